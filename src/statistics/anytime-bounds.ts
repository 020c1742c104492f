import { bisect } from './bisect.js';
import { checkAlpha, checkCounts } from './check-options.js';
import type { ProportionEstimate } from './clopper-pearson.js';
import { uncheckedLogEvidence } from './log-evidence.js';

/**
 * Confidence sequence of a proportion: the probability that the bounds miss the true proportion after any number of
 * draws, however often they are looked at, is at most `alpha` (Robbins, Ann. Math. Stat. 41, 1970).
 *
 * The bounds hold every p0 that the two-sided `SequentialTest` would not reject at this look. `log E_n` is convex in p0
 * and at most 0 at `successes / trials`, so these p0 form one interval around it; each end is bisected down to
 * neighbouring float64 numbers and rounded outwards. Without successes it starts at exactly 0, without failures it ends
 * at exactly 1.
 *
 * @param options.successes Number of successes, an integer from 0 to `trials`.
 * @param options.trials Number of draws so far, an integer from 1 to 1e9.
 * @param options.alpha Probability of ever missing, from 1e-300 to below 1.
 * @throws RangeError if an option is out of its range.
 */
export function anytimeBounds(options: { successes: number; trials: number; alpha: number }): ProportionEstimate {
  const { successes, trials, alpha } = options;
  checkCounts(successes, trials, 1);
  checkAlpha(alpha);
  const value = successes / trials;
  const isRejected = (p0: number) =>
    uncheckedLogEvidence({ null: p0, alternative: 'two-sided' }, successes, trials) >= -Math.log(alpha);
  const low = successes === 0 ? 0 : bisect(Number.MIN_VALUE, value, isRejected).low;
  const high = successes === trials ? 1 : bisect(value || Number.MIN_VALUE, 1, (p0) => !isRejected(p0)).high;
  return { value, bounds: [low, high] };
}
