import { type Average, SuffixHarmonic } from '../../training/index.js';

/** The numbers of a predictor's steps: t, and h_t, its share in the sum of iterates (see `SgdLearner`). */
export class Schedule {
  /** Steps whose iterates are not averaged. */
  readonly skipped: number;

  /**
   * @param steps that will be taken
   * @param first steps that were taken before them, by the chain that training goes on from
   */
  constructor(
    readonly lambda: number,
    readonly steps: number,
    readonly first: number,
    average: Average,
  ) {
    this.skipped = average === 'tail' ? Math.floor(steps / 2) : 0;
  }

  /** h_t up to the first averaged iterate. */
  get firstShare(): number {
    return this.#sharesFrom(this.skipped + 1);
  }

  /** The averaged weights are the sum over this. */
  get divisor(): number {
    return this.lambda * (this.steps - this.skipped);
  }

  /** What turns <lambda v_t, phi> into a logit at step `step`, from 1; at t = 1 the weights are 0, and so is the logit. */
  scale(step: number): number {
    const t = this.first + step;
    return t === 1 ? 0 : 1 / (this.lambda * (t - 1));
  }

  /** Writes h_t of the steps after `taken`. Backwards, since a sum of positive terms keeps its digits. */
  writeShares(taken: number, out: Float64Array | Float32Array): void {
    let share = this.#sharesFrom(taken + out.length + 1);
    for (let step = taken + out.length; step > taken; step--) {
      if (step > this.skipped) share += 1 / (this.first + step);
      out[step - taken - 1] = share;
    }
  }

  /** sum of 1/t over the averaged steps from `step` on. */
  #sharesFrom(step: number): number {
    return new SuffixHarmonic(this.first + Math.max(step, this.skipped + 1), this.first + this.steps).value;
  }
}
