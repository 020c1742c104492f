import { type FeatureShape, linearForm } from '../chain/index.js';
import { sigmoid } from '../numerics/index.js';

/** Which iterates the output averages: all of them, or those after half of the steps. */
export type Average = 'tail' | 'all';

/** One predictor in training. Contexts are prefixes of (x, z); targets are +-1. */
export interface Learner {
  /** One step of SGD on one sample. */
  step(context: Float64Array, target: number): void;
  /** One step on a sample that does not reach this predictor: the decay alone (joint loss). */
  skip(): void;
  /** The averaged weights after the last step, [plain + products]; those of the start (or 0) if no step was taken. */
  weights(): Float64Array;
}

export interface LearnerOptions {
  readonly shape: FeatureShape;
  /** lambda > 0. */
  readonly lambda: number;
  /** T, the steps that will be taken; the average depends on it. */
  readonly steps: number;
  readonly average: Average;
  /** Leave the last weight (the stop predictor's constant) out of the decay. */
  readonly freeConstant: boolean;
  /** Go on from these weights as if `steps` steps had led to them. */
  readonly start?: { readonly weights: Float64Array; readonly steps: number } | undefined;
}

/** Makes the learner of one predictor. The default is {@link SgdLearner}; a check may plant another. */
export type LearnerFactory = (options: LearnerOptions) => Learner;

/**
 * SGD on the ridge-logistic loss with eta_t = 1 / (lambda t), in a form without the decay.
 *
 * With w_{t+1} = (1 - 1/t) w_t + phi_t e_t / t, e_t = y sigma(-y <w_t, phi_t>) / lambda, the vector v_t = (t - 1) w_t obeys
 * v_{t+1} = v_t + e_t phi_t: one update, and exactly the same iterates. The average of w_{t+1} = v_{t+1} / t over
 * t = S+1..T is sum_t h_t e_t phi_t / (T - S) with h_t = sum of 1/s over s = max(t, S+1)..T, so it needs one more vector,
 * and none before step S+1, where h is constant.
 *
 * The free constant does not decay: its iterate is b_{t+1} = b_t + e_t / t.
 */
export class SgdLearner implements Learner {
  readonly #shape: FeatureShape;
  readonly #lambda: number;
  readonly #free: boolean;
  readonly #v: Float64Array;
  readonly #average: Float64Array;
  readonly #first: number;
  readonly #skipped: number;
  readonly #steps: number;
  readonly #harmonic: SuffixHarmonic;
  readonly #startWeights: Float64Array;
  #t: number;
  #constant = 0;
  #constantSum = 0;

  constructor(options: LearnerOptions) {
    const { shape, lambda, steps, average, freeConstant, start } = options;
    const size = shape.plain + shape.products;
    this.#shape = shape;
    this.#lambda = lambda;
    this.#free = freeConstant;
    this.#startWeights = start ? start.weights.slice() : new Float64Array(size);
    this.#first = start?.steps ?? 0;
    this.#steps = steps;
    this.#skipped = average === 'tail' ? Math.floor(steps / 2) : 0;
    this.#v = this.#startWeights.map((w) => w * this.#first);
    this.#average = new Float64Array(size);
    this.#t = 0;
    this.#harmonic = new SuffixHarmonic(this.#first + this.#skipped + 1, this.#first + steps);
    if (freeConstant) {
      this.#constant = this.#startWeights[size - 1]!;
      this.#v[size - 1] = 0;
    }
  }

  step(context: Float64Array, target: number): void {
    const t = this.#beginStep();
    const z = this.#logit(context, t);
    const e = (target * sigmoid(-target * z)) / this.#lambda;
    const averaging = this.#t > this.#skipped;
    this.#add(context, e, averaging ? e * this.#harmonic.value : 0);
    if (this.#free) this.#constant += e / t;
    this.#endStep();
  }

  skip(): void {
    this.#beginStep();
    this.#endStep();
  }

  /** Numbers the step from 1 and freezes what came before the averaging window. */
  #beginStep(): number {
    this.#t++;
    if (this.#t === this.#skipped + 1) {
      const h = this.#harmonic.value;
      this.#v.forEach((v, j) => {
        this.#average[j] = v * h;
      });
    }
    return this.#first + this.#t;
  }

  #endStep(): void {
    if (this.#t <= this.#skipped) return;
    this.#constantSum += this.#constant;
    this.#harmonic.drop();
  }

  #logit(context: Float64Array, t: number): number {
    if (t === 1) return 0;
    const form = linearForm(this.#v, context, this.#shape);
    return form / (t - 1) + (this.#free ? this.#constant : 0);
  }

  #add(context: Float64Array, e: number, averaged: number): void {
    addFeatures(this.#v, context, this.#shape, e);
    if (averaged !== 0) addFeatures(this.#average, context, this.#shape, averaged);
    if (!this.#free) return;
    this.#v[this.#v.length - 1] = 0;
    this.#average[this.#average.length - 1] = 0;
  }

  weights(): Float64Array {
    if (this.#steps === 0) return this.#startWeights;
    const count = this.#steps - this.#skipped;
    const weights = this.#average.map((sum) => sum / count);
    if (this.#free) weights[weights.length - 1] = this.#constantSum / count;
    return weights;
  }
}

/** weights += factor * phi(context), without building phi. */
export function addFeatures(weights: Float64Array, context: Float64Array, shape: FeatureShape, factor: number): void {
  const { plain, products } = shape;
  const productFactor = factor * context[plain - 1]!;
  for (let j = 0; j < products; j++) {
    weights[j]! += factor * context[j]!;
    weights[plain + j]! += productFactor * context[j]!;
  }
  for (let j = products; j < plain; j++) weights[j]! += factor * context[j]!;
}

/** Beyond it the expansion below is exact to 1e-21. */
const DIRECT = 1000;

/** sum of 1/s over s = a+1..b for a >= DIRECT: H_n = log n + gamma + 1/(2n) - 1/(12 n^2) + 1/(120 n^4) + O(n^-6). */
function harmonicDifference(a: number, b: number): number {
  if (b <= a) return 0;
  const series = (n: number) => 1 / (2 * n) - 1 / (12 * n ** 2) + 1 / (120 * n ** 4);
  return Math.log1p((b - a) / a) + (series(b) - series(a));
}

/** sum of 1/s over s = k..last for growing k, by compensated subtraction, so that the last terms keep their digits. */
export class SuffixHarmonic {
  #sum = 0;
  #compensation = 0;
  #next: number;

  constructor(first: number, last: number) {
    this.#next = first;
    // Term by term up to DIRECT, and beyond by the expansion of the harmonic numbers.
    const direct = Math.min(last, Math.max(first - 1, DIRECT));
    for (let s = direct; s >= first; s--) this.#add(1 / s);
    this.#add(harmonicDifference(direct, last));
  }

  get value(): number {
    return this.#sum;
  }

  /** Drops the first term. */
  drop(): void {
    this.#add(-1 / this.#next++);
  }

  #add(term: number): void {
    const corrected = term - this.#compensation;
    const sum = this.#sum + corrected;
    this.#compensation = sum - this.#sum - corrected;
    this.#sum = sum;
  }
}
