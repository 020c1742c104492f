import { bisect } from './bisect.js';
import { checkAlpha, checkCounts } from './check-options.js';
import { logBetaTails } from './log-beta.js';

/** A sample of independent draws, each a success with the same unknown probability, and a level for its bounds. */
export interface ProportionSample {
  /** Number of successes, an integer from 0 to `trials`. */
  readonly successes: number;
  /** Number of draws, an integer from 1 to 1e9, fixed before the first draw. */
  readonly trials: number;
  /** Probability that the bounds miss the truth, from 1e-300 to below 1. */
  readonly alpha: number;
}

/** A proportion: its maximum-likelihood value and bounds `[low, high]`, all in [0, 1]. */
export interface ProportionEstimate {
  readonly value: number;
  readonly bounds: readonly [number, number];
}

/** The p at which `P(Binomial(trials, p) >= successes) = alpha`, rounded down. */
function lowerBound({ successes, trials, alpha }: ProportionSample): number {
  if (successes === 0) return 0;
  const target = Math.log(alpha);
  const isBelow = (p: number) => logBetaTails(p, successes, trials - successes + 1).lower < target;
  return bisect(Number.MIN_VALUE, 1, isBelow).low;
}

/** The p at which `P(Binomial(trials, p) <= successes) = alpha`, rounded up. */
function upperBound({ successes, trials, alpha }: ProportionSample): number {
  if (successes === trials) return 1;
  const target = Math.log(alpha);
  // The upper tail itself, never `1 - alpha` of the lower one: that is 1 for every alpha below 1e-16.
  const isBelow = (p: number) => logBetaTails(p, successes + 1, trials - successes).upper > target;
  return bisect(Number.MIN_VALUE, 1, isBelow).high;
}

function checkSample({ successes, trials, alpha }: ProportionSample): void {
  checkCounts(successes, trials, 1);
  checkAlpha(alpha);
}

/**
 * One-sided exact lower confidence bound: at most `alpha` is the probability that it lies above the true proportion.
 * It is exactly 0 without successes. Accuracy as for `clopperPearson`.
 *
 * @throws RangeError if an option is out of its range.
 */
export function clopperPearsonLower(sample: ProportionSample): number {
  checkSample(sample);
  return lowerBound(sample);
}

/**
 * One-sided exact upper confidence bound: at most `alpha` is the probability that it lies below the true proportion.
 * It is exactly 1 without failures. Accuracy as for `clopperPearson`.
 *
 * @throws RangeError if an option is out of its range.
 */
export function clopperPearsonUpper(sample: ProportionSample): number {
  checkSample(sample);
  return upperBound(sample);
}

/**
 * Two-sided exact confidence interval of a binomial proportion at level `1 - alpha`, with `alpha / 2` on either side
 * (Clopper & Pearson, Biometrika 26, 1934). It holds for one look at a sample whose size was fixed beforehand; whoever
 * looks repeatedly needs `anytimeBounds`.
 *
 * The bounds solve `log tail = log(alpha / 2)` by bisection down to neighbouring float64 numbers and take the outer one.
 * The relative error of a bound is below 1e-12 up to a million trials and 1e-11 up to 1e9, also in far tails; a lower
 * bound under 2.3e-308, which float64 holds with fewer digits, has their error.
 *
 * @throws RangeError if an option is out of its range.
 */
export function clopperPearson({ successes, trials, alpha }: ProportionSample): ProportionEstimate {
  checkSample({ successes, trials, alpha });
  const side = { successes, trials, alpha: alpha / 2 };
  return { value: successes / trials, bounds: [lowerBound(side), upperBound(side)] };
}
