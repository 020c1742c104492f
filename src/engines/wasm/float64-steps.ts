import type { Precision } from '../engine.js';
import { SLICE } from './track.js';

/** Bounds on the float64 steps of a predictor in mixed precision, multiples of SLICE. */
const [FEWEST, MOST] = [1024, 4096];

/** Steps of predictors 1 and 'stop' before they go on in float32: the same for all chains, which are trained together. */
export function headFloat64Steps(precision: Precision): number {
  return precision === 'mixed' ? MOST : Number.POSITIVE_INFINITY;
}

/**
 * Steps of predictors 2..d before they go on in float32, in whole slices: those in which an error can grow,
 * t < |phi|^2 / (8 lambda) with |phi|^2 = 2 (2d - 1) - 1 at most, within bounds.
 */
export function longFloat64Steps(precision: Precision, d: number, lambda: number): number {
  if (precision === 'f64') return Number.POSITIVE_INFINITY;
  const growing = SLICE * Math.ceil((4 * d - 3) / (8 * lambda) / SLICE);
  return Math.min(MOST, Math.max(FEWEST, growing));
}
