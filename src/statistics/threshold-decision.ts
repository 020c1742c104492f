import { checkAlpha, checkOpenUnit, MIN_ALPHA } from './check-options.js';
import { SequentialTest } from './sequential-test.js';

/** On which side of a threshold a proportion lies, or that the draws so far do not tell. */
export type ThresholdAnswer = 'above' | 'below' | 'undecided';

/**
 * Decides draw by draw on which side of a threshold a proportion p lies, by two one-sided `SequentialTest`s at `alpha / 2`
 * each. The first to reject gives the answer, which is final.
 *
 * The probability of ever answering `above` is at most `alpha / 2` if p <= threshold, that of `below` is at most
 * `alpha / 2` if p >= threshold; so a wrong side has at most `alpha / 2`, and any answer at p = threshold at most `alpha`.
 */
export class ThresholdDecision {
  readonly threshold: number;
  readonly alpha: number;
  readonly #above: SequentialTest;
  readonly #below: SequentialTest;
  #answer: ThresholdAnswer = 'undecided';

  /**
   * @param options.threshold The proportion to compare with, above 0 and below 1.
   * @param options.alpha Probability of a false answer at any time, from 2e-300 to below 1.
   * @throws RangeError if an option is out of its range.
   */
  constructor({ threshold, alpha }: { threshold: number; alpha: number }) {
    checkOpenUnit(threshold, 'threshold');
    checkAlpha(alpha, 'alpha', 2 * MIN_ALPHA);
    this.threshold = threshold;
    this.alpha = alpha;
    this.#above = new SequentialTest({ null: threshold, alternative: 'greater', alpha: alpha / 2 });
    this.#below = new SequentialTest({ null: threshold, alternative: 'less', alpha: alpha / 2 });
  }

  /** The answer so far. */
  get answer(): ThresholdAnswer {
    return this.#answer;
  }

  /** Number of successes seen so far. */
  get successes(): number {
    return this.#above.successes;
  }

  /** Number of draws seen so far. */
  get trials(): number {
    return this.#above.trials;
  }

  /** Evidence against p <= threshold (`above`) and against p >= threshold (`below`) now, in nats. */
  get logEvidence(): { readonly above: number; readonly below: number } {
    return { above: this.#above.logEvidence, below: this.#below.logEvidence };
  }

  /**
   * Takes in one draw and answers.
   * @throws RangeError if `success` is neither a boolean nor 0 or 1.
   */
  observe(success: boolean | 0 | 1): ThresholdAnswer {
    return this.observeMany(Number(success), 1);
  }

  /**
   * Takes in a batch of draws, looks once, and answers.
   * @throws RangeError as `SequentialTest.observeMany` does.
   */
  observeMany(successes: number, trials: number): ThresholdAnswer {
    this.#above.observeMany(successes, trials);
    this.#below.observeMany(successes, trials);
    if (this.#answer === 'undecided') this.#answer = this.#look();
    return this.#answer;
  }

  /** At one look at most one test rejects: the likelihood has one peak, so no mixture beyond p0 on its far side beats p0. */
  #look(): ThresholdAnswer {
    if (this.#above.rejected) return 'above';
    return this.#below.rejected ? 'below' : 'undecided';
  }
}
