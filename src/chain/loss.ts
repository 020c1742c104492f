import { sigmoid, softplus } from '../numerics/index.js';

/** Contexts of one predictor with the probability of each target, as rows of features. */
export interface WeightedContexts {
  /** Columns of `rows`. */
  readonly width: number;
  /** [N, width] features, row by row. */
  readonly rows: Float64Array;
  /** [N] probability of the context with target +1. */
  readonly plus: Float64Array;
  /** [N] probability of the context with target -1. */
  readonly minus: Float64Array;
}

/**
 * The next-token loss of one predictor: sum over contexts of P(context, t) log(1 + exp(-t <w, phi>)) plus
 * (1/2) sum_j penalty_j w_j^2, in nats.
 *
 * @param penalty [width] lambda for each weight; 0 leaves a weight unregularised
 */
export function nextTokenLoss(contexts: WeightedContexts, weights: Float64Array, penalty: Float64Array): number {
  let loss = 0;
  for (let i = 0; i < contexts.plus.length; i++) {
    const z = rowLogit(contexts, weights, i);
    loss += contexts.plus[i]! * softplus(-z) + contexts.minus[i]! * softplus(z);
  }
  for (let j = 0; j < weights.length; j++) loss += (penalty[j]! * weights[j]! ** 2) / 2;
  return loss;
}

/** Gradient of {@link nextTokenLoss} with respect to the weights, [width]. */
export function nextTokenGradient(
  contexts: WeightedContexts,
  weights: Float64Array,
  penalty: Float64Array,
): Float64Array {
  const { width, rows } = contexts;
  const gradient = weights.map((w, j) => penalty[j]! * w);
  for (let i = 0; i < contexts.plus.length; i++) {
    const z = rowLogit(contexts, weights, i);
    // Two terms, so that nothing cancels where only one target occurs.
    const residual = contexts.minus[i]! * sigmoid(z) - contexts.plus[i]! * sigmoid(-z);
    for (let j = 0; j < width; j++) gradient[j]! += residual * rows[i * width + j]!;
  }
  return gradient;
}

/** Hessian of {@link nextTokenLoss}, [width * width] row by row. */
export function nextTokenHessian(
  contexts: WeightedContexts,
  weights: Float64Array,
  penalty: Float64Array,
): Float64Array {
  const { width, rows } = contexts;
  const hessian = new Float64Array(width * width);
  for (let i = 0; i < contexts.plus.length; i++) {
    const z = rowLogit(contexts, weights, i);
    const curvature = (contexts.plus[i]! + contexts.minus[i]!) * sigmoid(z) * sigmoid(-z);
    for (let j = 0, at = i * width; j < width; j++) {
      const scaled = curvature * rows[at + j]!;
      for (let k = 0; k <= j; k++) hessian[j * width + k]! += scaled * rows[at + k]!;
    }
  }
  for (let j = 0; j < width; j++) {
    hessian[j * width + j]! += penalty[j]!;
    for (let k = 0; k < j; k++) hessian[k * width + j] = hessian[j * width + k]!;
  }
  return hessian;
}

function rowLogit({ width, rows }: WeightedContexts, weights: Float64Array, i: number): number {
  let z = 0;
  for (let j = 0, at = i * width; j < width; j++) z += rows[at + j]! * weights[j]!;
  return z;
}
