import { requireTheoryD } from './behaviour.js';
import { type Optimum, requireLambda } from './optimum.js';

/** The largest squared norm of a predictor's features, the constant of predictor 2a among them, for d bits. */
export function squaredFeatureNorm(predictor: number | 'stop', d: number): number {
  if (predictor === 'stop') return 2 * d + 2;
  return predictor === 1 ? d : 2 * (d + predictor) - 3;
}

/**
 * E ||w - w*||^2 <= this, for w the tail average of SGD with steps 1 / (lambda t) on `samples` draws and w* the optimum.
 * Regularised constant, conditioned loss. Source: docs/theory.md, section 5.
 *
 * @param squaredNorm that no ||phi||^2 exceeds, > 0
 * @param samples >= 1
 */
export function squaredDistanceBound(squaredNorm: number, lambda: number, samples: number): number {
  return (8 * Math.LN2 * squaredNorm) / (lambda * lambda * samples);
}

export interface SampleBoundOptions {
  /** Bits, an integer >= 3. */
  readonly d: number;
  /** Within [1e-300, 1e6]. */
  readonly lambda: number;
  /** Probability that a sign may be another than that of the optimum, in (0, 1). */
  readonly delta: number;
  /** Fraction of long responses among those that SGD trains on, in (0, 1]. */
  readonly longFraction: number;
}

/** Predictor 1, predictor 2a along the greedy answer, and all predictors l >= 2. */
export type Deciding = 'first' | 'stop' | 'later';

/**
 * Samples after which, with probability 1 - delta, the logits of SGD's tail average have the signs of the optimum that it approaches, for
 * every input along its greedy answer: polynomial in d (of degree 3; 2 without later predictors), 1/delta, 1/lambda, 1/longFraction and
 * the inverse margins. Infinity at a tie. Regularised constant, conditioned loss. Source: docs/theory.md, section 5.
 *
 * @throws RangeError if an option is out of its range
 */
export function signSampleBound(
  model: Optimum,
  predictors: readonly Deciding[],
  { d, lambda, delta, longFraction }: SampleBoundOptions,
): number {
  requireTheoryD(d);
  requireLambda(lambda);
  if (!(delta > 0 && delta < 1)) throw new RangeError(`delta is ${delta}; it must lie strictly between 0 and 1`);
  if (!(longFraction > 0 && longFraction <= 1)) {
    throw new RangeError(`longFraction is ${longFraction}; it must lie above 0, up to 1`);
  }
  const needs: Record<Deciding, () => number> = {
    first: () => need(1, d, model.c1),
    stop: () => need('stop', d, model.c1 > 0 ? model.sPlus : model.sMinus),
    // The number of long ones is random: E[1 / N; N > 0] <= 2 / (share T).
    later: () => (2 / longFraction) * needOfSteps(d, model.c),
  };
  const sum = predictors.reduce((total, predictor) => total + needs[predictor](), 0);
  return Math.ceil((squaredDistanceBound(1, lambda, 1) / delta) * sum);
}

function needOfSteps(d: number, c: number): number {
  return Array.from({ length: d - 1 }, (_, i) => need(i + 2, d, c)).reduce((sum, one) => sum + one);
}

/** A logit is off by at most ||phi|| ||w - w*||, and its sign is right while that is below the margin. */
function need(predictor: number | 'stop', d: number, margin: number): number {
  return (squaredFeatureNorm(predictor, d) / margin) ** 2;
}
