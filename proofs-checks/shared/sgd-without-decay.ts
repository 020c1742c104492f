import { type FeatureShape, type Learner, type LearnerOptions, sigmoid } from '../../src/index.js';

/** A falsehood to plant: SGD with the step sizes of the real one whose gradient leaves out lambda w. */
export class SgdWithoutDecay implements Learner {
  readonly #shape: FeatureShape;
  readonly #weights: Float64Array;
  readonly #sum: Float64Array;
  #t = 0;

  constructor(readonly options: LearnerOptions) {
    this.#shape = options.shape;
    this.#weights = new Float64Array(options.shape.plain + options.shape.products);
    this.#sum = new Float64Array(this.#weights.length);
  }

  step(context: Float64Array, target: number): void {
    const { plain } = this.#shape;
    const phi = this.#weights.map((_, j) => (j < plain ? context[j]! : context[plain - 1]! * context[j - plain]!));
    const z = phi.reduce((sum, value, j) => sum + value * this.#weights[j]!, 0);
    this.#t++;
    const move = (target * sigmoid(-target * z)) / (this.options.lambda * this.#t);
    for (let j = 0; j < phi.length; j++) this.#weights[j]! += move * phi[j]!;
    if (this.#t > this.options.steps / 2) for (let j = 0; j < phi.length; j++) this.#sum[j]! += this.#weights[j]!;
  }

  skip(): void {
    this.#t++;
  }

  weights(): Float64Array {
    const averaged = Math.max(1, this.options.steps - Math.floor(this.options.steps / 2));
    return this.#sum.map((sum) => sum / averaged);
  }
}
