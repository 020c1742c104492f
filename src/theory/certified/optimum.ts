import { type Interval, intervals } from '../../numerics/index.js';
import { type ParameterBox, requireBox } from './box.js';
import { ridgeLogitEnclosure } from './ridge-logit.js';

const { divide, exactly, log, log1p, multiply, sigmoid, negate, subtract } = intervals;

const ONE = exactly(1);
const TWO = exactly(2);
/** The log-odds of labels that are certain. */
const ALWAYS: Interval = { low: Number.POSITIVE_INFINITY, high: Number.POSITIVE_INFINITY };
const NEVER = negate(ALWAYS);

/** A training distribution of valid chains: the two of the four log-odds of a TrainingState that are finite, enclosed. */
export interface StateEnclosure {
  /** logit m+. */
  readonly logitPlus: Interval;
  /** log R = logit r+. */
  readonly longPlus: Interval;
}

/** The four scalars of Lemma 2, enclosed: conditioned loss, regularised constant. */
export interface OptimumEnclosure {
  readonly c1: Interval;
  /** s. */
  readonly sPlus: Interval;
  /** t. */
  readonly sMinus: Interval;
  readonly c: Interval;
}

/** D(p) for every p of an interval within (0, 1): log((1+p)/(1-p)) = log(1 + o) and log o with the odds o = 2p/(1-p). */
export function demonstrationEnclosure(p: Interval): StateEnclosure {
  const odds = divide(multiply(TWO, p), subtract(ONE, p));
  return { logitPlus: log1p(odds), longPlus: log(odds) };
}

/**
 * Encloses the optimum of every training distribution of an enclosure at every lambda of an interval; d >= 3, conditioned
 * loss, regularised constant.
 *
 * Source: Lemma 2.
 */
export function optimumOfState({ logitPlus, longPlus }: StateEnclosure, lambda: Interval): OptimumEnclosure {
  const stopPenalty = (m: Interval) => divide(lambda, multiply(TWO, m));
  return {
    c1: ridgeLogitEnclosure(logitPlus, lambda),
    sPlus: ridgeLogitEnclosure(longPlus, stopPenalty(sigmoid(logitPlus))),
    sMinus: ridgeLogitEnclosure(NEVER, stopPenalty(sigmoid(negate(logitPlus)))),
    c: ridgeLogitEnclosure(ALWAYS, lambda),
  };
}

/** Encloses the optimum of D(p) for every p and lambda of a box. @throws RangeError if the box leaves (0, 1) or [1e-300, 1e6] */
export function optimumEnclosure(box: ParameterBox): OptimumEnclosure {
  requireBox(box);
  return optimumOfState(demonstrationEnclosure(box.p), box.lambda);
}
