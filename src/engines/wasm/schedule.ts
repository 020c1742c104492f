import { type Average, SuffixHarmonic } from '../../training/index.js';
import type { Instance } from './instance.js';

/** Bytes of a number: 8 for float64, 4 for float32. */
export type Width = 8 | 4;

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

  /** Writes the next unit of steps, [unit][SCHEDULE] numbers, and goes on. */
  advance({ exports }: Instance, out: number, width: Width): void {
    const { unit } = this;
    const left = Math.min(unit, this.steps - this.#taken);
    const skipped = Math.min(unit, Math.max(0, this.#skipped - this.#taken));
    const share = this.averages ? this.#harmonic(this.#taken + left) : 0;
    const write = width === 8 ? exports.scheduleF64 : exports.scheduleF32;
    write(out, unit, this.lambda, this.earlier + this.#taken, left, skipped, share);
    this.#taken += unit;
  }

  /** sum of 1/t over the steps after the first `count`. */
  #harmonic(count: number): number {
    return new SuffixHarmonic(this.earlier + count + 1, this.earlier + this.steps).value;
  }
}
