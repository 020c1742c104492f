import { featureCount, featureShape, type LinearChain, type Predictor, weightsOf } from '../../chain/index.js';
import type { PackedResponses } from '../../training/index.js';
import type { TrackFormulas } from './training-kernels.js';

/** Where the weights of some predictors are: [2 predictor + half][position], half 1 being that of the products. */
export interface Layout {
  readonly d: number;
  readonly predictors: readonly Predictor[];
  /** Positions of a sample. A predictor reads the first ones, as many as `featureShape` says. */
  readonly columns: number;
}

/**
 * Predictors that learn from the same samples in the same steps: 1 and 'stop' from all of them, 2..d from long ones. What a
 * predictor learns is at the position after those that it reads.
 */
export interface Track extends Layout {
  readonly name: 'head' | 'long';
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

/** All predictors of a chain. */
export function chainLayout(d: number): Layout {
  return { d, predictors: [...headTrack(d).predictors, ...longTrack(d).predictors], columns: 2 * d };
}

/** Numbers of a row: rows are read four at a time. */
export function rowLength({ columns }: Layout): number {
  return 4 * Math.ceil(columns / 4);
}

/** Numbers of all rows. */
export function weightsLength(layout: Layout): number {
  return 2 * layout.predictors.length * rowLength(layout);
}

/** Calls visit(index in phi, index in the rows) for each weight of predictor number l. */
function forEachWeight(layout: Layout, l: number, visit: (weight: number, at: number) => void): void {
  const { plain, products } = featureShape(layout.predictors[l]!, layout.d);
  const row = rowLength(layout);
  for (let j = 0; j < plain; j++) visit(j, 2 * l * row + j);
  for (let j = 0; j < products; j++) visit(plain + j, (2 * l + 1) * row + j);
}

/** Writes a chain's weights, times a factor, to rows. */
export function writeWeights(
  layout: Layout,
  chain: LinearChain,
  factor: number,
  rows: Float32Array | Float64Array,
): void {
  for (const [l, predictor] of layout.predictors.entries()) {
    const weights = weightsOf(chain, predictor);
    forEachWeight(layout, l, (weight, at) => {
      rows[at] = factor * weights[weight]!;
    });
  }
}

/** The weights of each predictor from rows, over a divisor. */
export function readWeights(layout: Layout, rows: Float32Array | Float64Array, divisor: number): Float64Array[] {
  return layout.predictors.map((predictor, l) => {
    const weights = new Float64Array(featureCount(predictor, layout.d));
    forEachWeight(layout, l, (weight, at) => {
      weights[weight] = rows[at]! / divisor;
    });
    return weights;
  });
}
