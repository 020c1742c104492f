import { type Average, SuffixHarmonic } from '../../training/index.js';

/** Numbers a step, as assembly/group.ts reads them. */
export const SCHEDULE = 3;

/**
 * What SGD needs of the step numbers: log2(e) / (lambda (t - 1)), by which <lambda v_t, phi> becomes a logit in units of
 * log 2; 1 for a step that is taken and 0 beyond the last; and h_t, its share in the sum of iterates (see `SgdLearner`).
 */
export class Schedule {
  /** Iterates that are not averaged. */
  readonly #skipped: number;
  /** Steps before the unit with the first averaged iterate. */
  readonly #before: number;
  /** h_t up to the first averaged iterate. */
  readonly share: number;
  #taken = 0;

  /**
   * @param steps that will be taken
   * @param earlier steps that a warm start has taken: the numbers t go on from them
   * @param unit steps that are trained at once
   */
  constructor(
    readonly lambda: number,
    readonly steps: number,
    readonly earlier: number,
    average: Average,
    readonly unit: number,
  ) {
    this.#skipped = average === 'tail' ? Math.floor(steps / 2) : 0;
    this.#before = this.#skipped - (this.#skipped % unit);
    this.share = this.#harmonic(this.#skipped);
  }

  /** Steps taken, the earlier ones not counted; a multiple of the unit. */
  get taken(): number {
    return this.#taken;
  }

  /** The averaged weights are the sum over this. */
  get divisor(): number {
    return this.lambda * (this.steps - this.#skipped);
  }

  /** Whether averaging begins with the next unit: a little early, which changes nothing while h_t is constant. */
  get beginsAverage(): boolean {
    return this.#taken === this.#before;
  }

  /** Whether the next unit enters the average. */
  get averages(): boolean {
    return this.#taken >= this.#before;
  }

  /** Writes the next unit of steps, [unit][SCHEDULE], and goes on. */
  advance(out: Float64Array | Float32Array): void {
    const { lambda, steps, unit } = this;
    const left = steps - this.#taken;
    const before = this.earlier + this.#taken;
    if (this.averages) this.#writeShares(out);
    for (let i = 0; i < unit; i++) {
      // At t = 1 the weights are 0, and so is the logit.
      out[SCHEDULE * i] = before + i === 0 ? 0 : Math.LOG2E / (lambda * (before + i));
      out[SCHEDULE * i + 1] = i < left ? 1 : 0;
    }
    this.#taken += unit;
  }

  /** Backwards, since a sum of positive terms keeps its digits. */
  #writeShares(out: Float64Array | Float32Array): void {
    const last = Math.min(this.#taken + this.unit, this.steps);
    let share = this.#harmonic(last);
    for (let t = last; t > this.#taken; t--) {
      if (t > this.#skipped) share += 1 / (this.earlier + t);
      out[SCHEDULE * (t - 1 - this.#taken) + 2] = share;
    }
  }

  /** sum of 1/t over the steps after the first `count`. */
  #harmonic(count: number): number {
    return new SuffixHarmonic(this.earlier + count + 1, this.earlier + this.steps).value;
  }
}
