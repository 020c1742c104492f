import { checkChoice, checkCounts, checkOpenUnit } from './check-options.js';
import { logBetaDensity, logBetaTails } from './log-beta.js';

/**
 * What a test looks for: `two-sided` rejects p = p0, `greater` rejects p <= p0 in favour of p > p0, and `less` rejects
 * p >= p0 in favour of p < p0.
 */
export type Alternative = 'two-sided' | 'greater' | 'less';

const ALTERNATIVES: readonly Alternative[] = ['two-sided', 'greater', 'less'];

/** A null hypothesis about the probability p of a success. */
export interface NullHypothesis {
  /** The probability p0 that p is compared with, above 0 and below 1. */
  readonly null: number;
  /** The side on which evidence counts. */
  readonly alternative: Alternative;
}

/**
 * Checks a null hypothesis.
 * @throws RangeError if `null` or `alternative` is out of its range.
 */
export function checkHypothesis(hypothesis: NullHypothesis): void {
  checkOpenUnit(hypothesis.null, 'null');
  checkChoice(hypothesis.alternative, ALTERNATIVES, 'alternative');
}

/** `log P(X in the alternative)` for X of Beta(a, b). */
function logAlternativeMass({ null: p0, alternative }: NullHypothesis, a: number, b: number): number {
  if (alternative === 'two-sided') return 0;
  const { lower, upper } = logBetaTails(p0, a, b);
  return alternative === 'greater' ? upper : lower;
}

/**
 * `logEvidence` for options that were checked.
 *
 * The density ratio is the two-sided value `log B(k + 1/2, n - k + 1/2) - log B(1/2, 1/2) - k log p0 - (n - k) log(1 - p0)`
 * written as prior over posterior density at p0; cutting the prior down to one side multiplies it by the posterior
 * mass of that side and divides it by the prior one.
 */
export function uncheckedLogEvidence(hypothesis: NullHypothesis, successes: number, trials: number): number {
  const a = successes + 0.5;
  const b = trials - successes + 0.5;
  const ratio = logBetaDensity(hypothesis.null, 0.5, 0.5) - logBetaDensity(hypothesis.null, a, b);
  return ratio + logAlternativeMass(hypothesis, a, b) - logAlternativeMass(hypothesis, 0.5, 0.5);
}

/**
 * Evidence against a null hypothesis about a proportion, in nats: `log E_n` after `successes` = k of `trials` = n draws,
 * where
 *
 *     E_n = integral of (r/p0)^k ((1-r)/(1-p0))^(n-k) over the prior of r,
 *
 * with the prior Beta(1/2, 1/2) (the mixture of Krichevsky & Trofimov, 1981), for `greater` cut down to r > p0 and for
 * `less` to r < p0, and normalised.
 *
 * Why E_n is an e-process, so that it reaches 1/alpha at any time with probability at most alpha:
 * for one r, a draw multiplies the ratio by r/p0 after a success and by (1-r)/(1-p0) after a failure. If, given the
 * past, the draw succeeds with probability p, the mean of this factor is
 *
 *     p r/p0 + (1-p) (1-r)/(1-p0)  =  1 + (p - p0) (r - p0) / (p0 (1-p0)).
 *
 * - `two-sided`: it is 1 at p = p0 for every r, so each ratio, and with it the mixture (Tonelli), is a martingale.
 * - `greater`: the prior holds only r > p0, so it is at most 1 for every p <= p0, and the mixture is a nonnegative
 *   supermartingale under the whole composite null, even if p changes from draw to draw in view of the past but stays
 *   at or below p0. `less` is its mirror image.
 *
 * As E_0 = 1, Ville's inequality (1939) bounds P(E_n >= 1/alpha for some n) by alpha (Robbins, Ann. Math. Stat. 41, 1970).
 *
 * Absolute error: below `4 Number.EPSILON (k |log p0| + (n - k) |log(1 - p0)|) + 1e-14`, so about 1e-9 nats at a million draws.
 *
 * @throws RangeError if an option is out of its range (`trials` from 0 to 1e9).
 */
export function logEvidence(options: NullHypothesis & { readonly successes: number; readonly trials: number }): number {
  checkHypothesis(options);
  checkCounts(options.successes, options.trials);
  return uncheckedLogEvidence(options, options.successes, options.trials);
}
