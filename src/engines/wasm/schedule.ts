import { type Average, SuffixHarmonic } from '../../training/index.js';

/** Numbers a step, as assembly/group.ts reads them. */
export const SCHEDULE = 3;

/**
 * What SGD needs of the step numbers: log2(e) / (lambda (t - 1)), by which <lambda v_t, phi> becomes a logit in units of
 * log 2; 1 for a step that is taken and 0 beyond the last; and h_t, its share in the sum of iterates (see `SgdLearner`).
 */
export class Schedule {
  /** Iterates that are not averaged. */
  readonly skipped: number;
  readonly #harmonic: SuffixHarmonic;
  #t = 0;

  /**
   * @param steps that will be taken
   * @param unit steps that are trained at once
   */
  constructor(
    readonly lambda: number,
    readonly steps: number,
    average: Average,
    readonly unit: number,
  ) {
    this.skipped = average === 'tail' ? Math.floor(steps / 2) : 0;
    this.#harmonic = new SuffixHarmonic(this.skipped + 1, steps);
  }

  /** Steps taken. */
  get taken(): number {
    return this.#t;
  }

  /** Weights are w_T's average = sum / divisor. */
  get divisor(): number {
    return this.lambda * (this.steps - this.skipped);
  }

  /**
   * Whether averaging begins with the next unit. It may begin early, since h_t is constant up to the first averaged iterate.
   */
  get beginsAverage(): boolean {
    return this.#t === this.skipped - (this.skipped % this.unit);
  }

  get averages(): boolean {
    return this.#t >= this.skipped - (this.skipped % this.unit);
  }

  /** h_t of the next step. */
  get share(): number {
    return this.#harmonic.value;
  }

  /** Writes the next `unit` steps, [unit][SCHEDULE], and goes on. */
  advance(out: Float64Array | Float32Array): void {
    for (let at = 0; at < this.unit * SCHEDULE; at += SCHEDULE) {
      const t = ++this.#t;
      out[at] = t === 1 ? 0 : Math.LOG2E / (this.lambda * (t - 1));
      out[at + 1] = t <= this.steps ? 1 : 0;
      out[at + 2] = this.#harmonic.value;
      if (t > this.skipped && t <= this.steps) this.#harmonic.drop();
    }
  }
}
