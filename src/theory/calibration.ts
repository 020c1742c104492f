import { sigmoid } from '../numerics/index.js';
import { type LossOptions, optimum, requireLambda } from './optimum.js';
import { exactProbability, type Probability, toDouble } from './rational.js';
import { decreasingRoot } from './root.js';
import type { TrainingState } from './state.js';

/**
 * P(|y| = d) - q of the optimum as the identity states it: -lambda b - lambda c_1 (sigma(s) - sigma(t)); the first term
 * is absent with a free constant. Any state, d >= 3.
 *
 * Source: Lemma 4.
 */
export function calibrationGap(state: TrainingState, loss: LossOptions): number {
  const { c1, sPlus, sMinus, bias } = optimum(state, loss);
  const ofConstant = loss.freeConstant ? 0 : loss.lambda * bias;
  return -ofConstant - loss.lambda * c1 * (sigmoid(sPlus) - sigmoid(sMinus));
}

/** Bounds on P(|y| = d) - p after pre-training on D(p) with a regularised constant, d >= 3. */
export interface CalibrationBounds {
  readonly lower: number;
  readonly upper: number;
  /** (3/2) lambda log(1 + 2 / lambda), which bounds |P - p| for every p. */
  readonly uniform: number;
}

/**
 * -lambda [ max(0, log(2p/(1-p))) / 2 + log((1+p)/(1-p)) ] <= P - p <= lambda W((1-p)/lambda), W the Lambert function.
 *
 * Source: Lemma 4.
 */
export function calibrationBounds(pCot: Probability, lambda: number): CalibrationBounds {
  requireLambda(lambda);
  const p = toDouble(exactProbability(pCot));
  const steep = Math.max(0, Math.log((2 * p) / (1 - p))) / 2;
  return {
    lower: -lambda * (steep + Math.log1p((2 * p) / (1 - p))),
    upper: lambda * lambertW((1 - p) / lambda),
    uniform: 1.5 * lambda * Math.log1p(2 / lambda),
  };
}

/** W(x) for x > 0, the root of w e^w = x, by bisection of x e^-w - w between 0 and x. */
export function lambertW(x: number): number {
  return decreasingRoot((w) => x * Math.exp(-w) - w, 0, x).root;
}
