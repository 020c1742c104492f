import { featureShape, type Predictor } from '../../chain/index.js';
import type { PackedResponses } from '../../training/index.js';
import type { TrackFormulas } from './training-kernels.js';

/** Predictors that learn from the same samples in the same steps: 1 and 'stop' from all of them, 2..d from long ones. */
export interface Track {
  readonly name: 'head' | 'long';
  readonly d: number;
  readonly predictors: readonly Predictor[];
  /**
   * Positions of a sample. Predictor number l reads the first ones, as many as `featureShape` says, and learns the one
   * after them.
   */
  readonly columns: number;
  readonly formulas: TrackFormulas;
  /** The word of a position in a block of responses. */
  word(responses: PackedResponses, block: number, column: number): number;
}

/** Positions x_1..x_d, z_1 (the target of predictor 1) and the stop predictor's target, of which bit 1 means short. */
export function headTrack(d: number): Track {
  return {
    name: 'head',
    d,
    predictors: [1, 'stop'],
    columns: d + 2,
    // The stop predictor's last product is its constant; predictor 1 has none.
    formulas: { plain: `${d} + l`, products: 'l * n', gram: '(1.0 + l * cc) * U' },
    word: ({ words, stride }, block, column) => {
      const at = block * stride;
      return column <= d ? words[at + column]! : ~words[at + 2 * d]!;
    },
  };
}

/** Positions x_1..x_d, z_1..z_d of long samples. */
export function longTrack(d: number): Track {
  return {
    name: 'long',
    d,
    predictors: Array.from({ length: d - 1 }, (_, i) => i + 2),
    columns: 2 * d,
    // The product half leaves out u_n u_n = 1.
    formulas: { plain: `${d + 1} + l`, products: 'n - 1', gram: '(1.0 + cc) * U - 1.0' },
    word: ({ words, stride }, block, column) => words[block * stride + column]!,
  };
}

/** Positions of a half in memory: rows of weights are read four at a time. */
export function paddedColumns({ columns }: Track): number {
  return 4 * Math.ceil(columns / 4);
}

/** Numbers of a replicate's weights, [2 predictor + half][position]. */
export function weightsLength(track: Track): number {
  return 2 * track.predictors.length * paddedColumns(track);
}

/** Calls visit(index in phi, index in a replicate's weights) for each weight of predictor number l. */
export function forEachWeight(track: Track, l: number, visit: (weight: number, at: number) => void): void {
  const { plain, products } = featureShape(track.predictors[l]!, track.d);
  const row = paddedColumns(track);
  for (let j = 0; j < plain; j++) visit(j, 2 * l * row + j);
  for (let j = 0; j < products; j++) visit(plain + j, (2 * l + 1) * row + j);
}
