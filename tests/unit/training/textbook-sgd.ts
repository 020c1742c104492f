import { featureCount, features, type Predictor } from '../../../src/chain/index.js';
import { sigmoid } from '../../../src/numerics/index.js';
import type { Average } from '../../../src/training/index.js';

/** A sample that reaches the predictor, or null for one that does not. */
export type Sample = { readonly context: Float64Array; readonly target: number } | null;

export interface TextbookOptions {
  readonly d: number;
  readonly predictor: Predictor;
  readonly lambda: number;
  readonly average: Average;
  readonly freeConstant?: boolean;
  readonly start?: { readonly weights: Float64Array; readonly steps: number } | undefined;
}

/**
 * SGD as textbooks write it: w_{t+1} = w_t - eta_t (lambda w_t - y sigma(-y <w_t, phi>) phi), eta_t = 1 / (lambda t), and
 * the mean of w_{t+1} over t > floor(T/2) (`tail`) or over all t.
 */
export function textbookSgd(samples: readonly Sample[], options: TextbookOptions): Float64Array {
  const { d, predictor, lambda, average, freeConstant = false, start } = options;
  const size = featureCount(predictor, d);
  let w = start ? start.weights.slice() : new Float64Array(size);
  const sum = new Float64Array(size);
  const decays = w.map((_, j) => (freeConstant && j === size - 1 ? 0 : lambda));
  const skipped = average === 'tail' ? Math.floor(samples.length / 2) : 0;
  for (const [i, sample] of samples.entries()) {
    const eta = 1 / (lambda * ((start?.steps ?? 0) + i + 1));
    const phi = sample ? features(predictor, sample.context, d) : new Float64Array(size);
    const y = sample?.target ?? 1;
    const z = phi.reduce((total, value, j) => total + value * w[j]!, 0);
    w = w.map((value, j) => value - eta * (decays[j]! * value - y * sigmoid(-y * z) * phi[j]!));
    if (i >= skipped) for (const [j, value] of w.entries()) sum[j]! += value;
  }
  return sum.map((value) => value / Math.max(1, samples.length - skipped));
}

/** max |a - b| / max |b|. */
export function distance(a: Float64Array, b: Float64Array): number {
  let [difference, size] = [0, 0];
  for (const [j, value] of b.entries()) {
    difference = Math.max(difference, Math.abs(a[j]! - value));
    size = Math.max(size, Math.abs(value));
  }
  return difference === 0 ? 0 : difference / size;
}

/**
 * How far two exact forms of SGD may drift apart by rounding, relative to the largest weight seen, 1 / lambda: 20 roundings
 * a step. An error in w_t is multiplied by I (1 - 1/t) - sigma' phi phi^T / (lambda t), whose norm exceeds 1 only in the
 * first steps, t < (1 + |phi|^2 / (4 lambda)) / 2.
 */
export function driftBound(steps: number, width: number, lambda: number): number {
  let amplification = 1;
  for (let t = 1; t <= steps; t++) amplification *= Math.max(1, (1 + width / (4 * lambda)) / t - 1);
  return 20 * steps * Number.EPSILON * amplification;
}
