import { featureShape } from '../../chain/index.js';
import { sigmoid } from '../../numerics/index.js';
import type { PackedResponses } from '../../training/index.js';
import { CHUNK } from './samples.js';
import type { Schedule } from './schedule.js';
import { rowLength, type Track } from './track.js';

/** lambda v_t of a replicate's predictors and the sum of e h phi, each [2 predictor + half][position]. */
export interface Weights {
  readonly values: Float64Array;
  readonly sums: Float64Array;
}

/**
 * Takes steps in float64, as `SgdLearner` does.
 *
 * @param taken steps taken before
 * @param count samples of `responses` to take steps on, from the first
 */
export function stepOnHost(
  track: Track,
  weights: Weights,
  schedule: Schedule,
  taken: number,
  responses: PackedResponses,
  count: number,
): void {
  const shares = new Float64Array(count);
  schedule.writeShares(taken, shares);
  const context = new Float64Array(track.columns);
  for (let i = 0; i < count; i++) {
    const block = Math.floor(i / CHUNK);
    for (let j = 0; j < track.columns; j++)
      context[j] = 1 - 2 * ((track.word(responses, block, j) >>> (i % CHUNK)) & 1);
    stepOn(track, weights, context, schedule.scale(taken + i + 1), shares[i]!);
  }
}

/** One step of all predictors. */
function stepOn(track: Track, { values, sums }: Weights, context: Float64Array, scale: number, share: number): void {
  const row = rowLength(track);
  for (let l = 0; l < track.predictors.length; l++) {
    const { plain, products } = featureShape(track.predictors[l]!, track.d);
    const [first, second] = [2 * l * row, (2 * l + 1) * row];
    const last = context[plain - 1]!;
    let form = 0;
    for (let j = 0; j < plain; j++) form += values[first + j]! * context[j]!;
    let product = 0;
    for (let j = 0; j < products; j++) product += values[second + j]! * context[j]!;
    const target = context[plain]!;
    const e = target * sigmoid(-target * scale * (form + last * product));
    const eLast = e * last;
    for (let j = 0; j < plain; j++) {
      values[first + j]! += e * context[j]!;
      sums[first + j]! += e * share * context[j]!;
    }
    for (let j = 0; j < products; j++) {
      values[second + j]! += eLast * context[j]!;
      sums[second + j]! += eLast * share * context[j]!;
    }
  }
}
