import { checkAlpha, checkCounts } from './check-options.js';
import { type Alternative, checkHypothesis, type NullHypothesis, uncheckedLogEvidence } from './log-evidence.js';

/** Options of a sequential test: the null hypothesis and the level. */
export interface SequentialTestOptions extends NullHypothesis {
  /** Probability of rejecting a true null hypothesis at any time, from 1e-300 to below 1. */
  readonly alpha: number;
}

/**
 * An anytime-valid test of a proportion: look after every draw, stop whenever you like, and a true null hypothesis is
 * still rejected with probability at most `alpha` (see `logEvidence` for the process and the proof).
 *
 * @example
 * const test = new SequentialTest({ null: 1 / 3, alternative: 'greater', alpha: 1e-6 });
 * while (!test.rejected && test.trials < 10_000) test.observe(draw());
 */
export class SequentialTest {
  readonly null: number;
  readonly alternative: Alternative;
  readonly alpha: number;
  #successes = 0;
  #trials = 0;
  #logEvidence = 0;
  #rejected = false;

  /** @throws RangeError if an option is out of its range. */
  constructor(options: SequentialTestOptions) {
    checkHypothesis(options);
    checkAlpha(options.alpha);
    this.null = options.null;
    this.alternative = options.alternative;
    this.alpha = options.alpha;
  }

  /** Number of successes seen so far. */
  get successes(): number {
    return this.#successes;
  }

  /** Number of draws seen so far. */
  get trials(): number {
    return this.#trials;
  }

  /** Evidence against the null hypothesis now, `log E_n` in nats; 0 before the first draw. */
  get logEvidence(): number {
    return this.#logEvidence;
  }

  /** Whether `log E_n` was at or above `log(1 / alpha)` after any look so far; it stays true once it is true. */
  get rejected(): boolean {
    return this.#rejected;
  }

  /**
   * Takes in one draw and looks.
   * @throws RangeError if `success` is neither a boolean nor 0 or 1.
   */
  observe(success: boolean | 0 | 1): void {
    this.observeMany(Number(success), 1);
  }

  /**
   * Takes in a batch of draws and looks once, after the batch: their order is not known. Fewer looks keep the test valid.
   * @throws RangeError unless `successes` and `trials` are integers with `0 <= successes <= trials` and at most 1e9 draws
   *   were taken in altogether.
   */
  observeMany(successes: number, trials: number): void {
    checkCounts(successes, trials);
    checkCounts(this.#successes + successes, this.#trials + trials);
    this.#successes += successes;
    this.#trials += trials;
    this.#logEvidence = uncheckedLogEvidence(this, this.#successes, this.#trials);
    this.#rejected ||= this.#logEvidence >= -Math.log(this.alpha);
  }
}
