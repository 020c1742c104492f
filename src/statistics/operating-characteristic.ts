import { bisect } from './bisect.js';
import { checkAlpha, checkCounts, checkOpenUnit, MIN_ALPHA } from './check-options.js';
import { type Alternative, uncheckedLogEvidence } from './log-evidence.js';
import type { ThresholdAnswer } from './threshold-decision.js';

/** A {@link ThresholdDecision} that looks after every draw and is given up after so many. */
export interface DecisionDesign {
  /** In (0, 1). */
  readonly threshold: number;
  /** As for the decision. */
  readonly alpha: number;
  /** Draws, an integer from 1 to 1e6. */
  readonly trials: number;
}

/** Successes that are rarer than this are none, in so few draws. */
const LEAST = 1e-12;

/**
 * What a decision answers with which probability: exact, by following the distribution of the successes from draw to draw, up to
 * the rounding of sums. No simulation.
 */
export class OperatingCharacteristic {
  /** After n draws: 'above' from above[n] successes on, 'below' up to below[n]. */
  readonly #above: Int32Array;
  readonly #below: Int32Array;

  /** @throws RangeError if an option is out of its range */
  constructor(readonly design: DecisionDesign) {
    const { threshold, alpha, trials } = design;
    checkOpenUnit(threshold, 'threshold');
    checkAlpha(alpha, 'alpha', 2 * MIN_ALPHA);
    checkCounts(0, trials, 1);
    if (trials > 1e6) throw new RangeError(`trials is ${trials}; it must be at most 1e6`);
    [this.#above, this.#below] = [new Int32Array(trials + 1), new Int32Array(trials + 1)];
    const rejects = (alternative: Alternative, successes: number, n: number) =>
      uncheckedLogEvidence({ null: threshold, alternative }, successes, n) >= -Math.log(alpha / 2);
    // More successes are more evidence for 'above', so each boundary moves one way as draws are added.
    let [above, below] = [0, -1];
    for (let n = 1; n <= trials; n++) {
      while (above <= n && !rejects('greater', above, n)) above++;
      while (below + 1 <= n && rejects('less', below + 1, n)) below++;
      [this.#above[n], this.#below[n]] = [above, below];
    }
  }

  /** The probabilities of the answers if each draw succeeds with probability p in [0, 1], independently. */
  probabilities(p: number): Readonly<Record<ThresholdAnswer, number>> {
    if (!(p >= 0 && p <= 1)) throw new RangeError(`p is ${p}; it must lie in [0, 1]`);
    const { trials } = this.design;
    let [above, below] = [0, 0];
    /** Probability of k successes and no answer yet. */
    const mass = new Float64Array(trials + 2);
    mass[0] = 1;
    let [first, last] = [0, 0];
    for (let n = 1; n <= trials; n++) {
      last++;
      for (let k = last; k >= first; k--) mass[k] = (1 - p) * mass[k]! + (k > first ? p * mass[k - 1]! : 0);
      for (; last >= this.#above[n]! && last >= first; last--) {
        above += mass[last]!;
        mass[last] = 0;
      }
      for (; first <= this.#below[n]! && first <= last; first++) {
        below += mass[first]!;
        mass[first] = 0;
      }
      if (first > last) break;
    }
    return { above, below, undecided: Math.max(0, 1 - above - below) };
  }

  /** The largest probability of a success that is found to be below the threshold with probability `power`; null if none is. */
  detectedBelow(power: number): number | null {
    if (this.probabilities(LEAST).below < power) return null;
    return bisect(LEAST, this.design.threshold, (p) => this.probabilities(p).below >= power).low;
  }

  /** The smallest probability of a success that is found to be above the threshold with probability `power`; null if none is. */
  detectedAbove(power: number): number | null {
    if (this.probabilities(1).above < power) return null;
    return bisect(this.design.threshold, 1, (p) => this.probabilities(p).above < power).high;
  }
}
