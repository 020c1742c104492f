import { type FeatureShape, type Learner, type LearnerOptions, sigmoid } from '../../src/index.js';

/** A falsehood to plant in the recursion. */
export type Flaw = 'no decay' | 'average one late';

/**
 * SGD as it is defined, step by step: w_{t+1} = w_t - eta_t (lambda w_t - y sigma(-y <w_t, phi>) phi), eta_t = 1 / (lambda t),
 * and the mean of w_{t+1} over t > floor(T/2) or all t. Slow on purpose: the second route to the learner that is used.
 */
export class TextbookSgd implements Learner {
  readonly #shape: FeatureShape;
  readonly #weights: Float64Array;
  readonly #sum: Float64Array;
  readonly #skipped: number;
  #t = 0;

  constructor(
    readonly options: LearnerOptions,
    readonly flaw?: Flaw,
  ) {
    const { shape, steps, average } = options;
    this.#shape = shape;
    this.#weights = new Float64Array(shape.plain + shape.products);
    this.#sum = new Float64Array(this.#weights.length);
    this.#skipped = (average === 'tail' ? Math.floor(steps / 2) : 0) + (flaw === 'average one late' ? 1 : 0);
  }

  step(context: Float64Array, target: number): void {
    const { plain } = this.#shape;
    const phi = this.#weights.map((_, j) => (j < plain ? context[j]! : context[plain - 1]! * context[j - plain]!));
    const z = phi.reduce((sum, value, j) => sum + value * this.#weights[j]!, 0);
    const pull = target * sigmoid(-target * z);
    this.#move((j) => pull * phi[j]!);
  }

  skip(): void {
    this.#move(() => 0);
  }

  /** One step along `ascent` minus the decay, counted into the average. */
  #move(ascent: (j: number) => number): void {
    const { lambda, freeConstant } = this.options;
    const eta = 1 / (lambda * ++this.#t);
    const last = this.#weights.length - 1;
    for (let j = 0; j <= last; j++) {
      const decays = this.flaw !== 'no decay' && !(freeConstant && j === last);
      this.#weights[j]! += eta * (ascent(j) - (decays ? lambda * this.#weights[j]! : 0));
      if (this.#t > this.#skipped) this.#sum[j]! += this.#weights[j]!;
    }
  }

  weights(): Float64Array {
    const averaged = Math.max(1, this.options.steps - this.#skipped);
    return this.#sum.map((sum) => sum / averaged);
  }
}
