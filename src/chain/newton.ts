import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import type { Pacer } from '../progress/index.js';
import { nextTokenGradient, nextTokenHessian, nextTokenLoss, type WeightedContexts } from './loss.js';

/** Newton's method gives up after this many steps; damped logistic Newton needs about 10 + log2(1 / lambda). */
export const NEWTON_STEPS = 200;

/**
 * The unique minimiser of the regularised next-token loss on all features, by damped Newton with Cholesky solves.
 *
 * It stops when a full step no longer changes the weights beyond rounding: the convergence is quadratic, so the step
 * before a negligible one already bounds the error by about its square.
 *
 * @param penalty [width] lambda for each weight
 * @throws Error if it does not converge, which means that the problem has no minimiser (an unregularised weight on
 *   separable targets) or lies beyond double precision
 */
export async function minimiseByNewton(
  contexts: WeightedContexts,
  penalty: Float64Array,
  pacer: Pacer,
  done: number,
): Promise<Float64Array> {
  let weights = new Float64Array(contexts.width);
  let loss = nextTokenLoss(contexts, weights, penalty);
  let previousStep = Number.POSITIVE_INFINITY;
  for (let iteration = 0; iteration < NEWTON_STEPS; iteration++) {
    await pacer.checkpoint(done);
    const step = newtonStep(contexts, weights, penalty);
    const size = largest(step) / (1 + largest(weights));
    // Quadratic convergence has ended: what is left is rounding.
    if (size <= 1e-15 || (size <= 1e-6 && size >= previousStep / 2)) return weights;
    let scale = 1;
    let next = moved(weights, step, scale);
    let nextLoss = nextTokenLoss(contexts, next, penalty);
    // Near the optimum the loss is flat to rounding, and the full step is right.
    while (size > 1e-6 && !(nextLoss < loss) && scale > 1e-10) {
      scale /= 2;
      next = moved(weights, step, scale);
      nextLoss = nextTokenLoss(contexts, next, penalty);
    }
    weights = next;
    loss = nextLoss;
    previousStep = size;
  }
  throw new Error(
    `Newton's method did not converge in ${NEWTON_STEPS} steps: the loss has no minimiser in double precision`,
  );
}

function newtonStep(contexts: WeightedContexts, weights: Float64Array, penalty: Float64Array): Float64Array {
  const { width } = contexts;
  const gradient = nextTokenGradient(contexts, weights, penalty);
  const hessian = Matrix.from1DArray(width, width, nextTokenHessian(contexts, weights, penalty));
  const decomposition = new CholeskyDecomposition(hessian);
  return Float64Array.from(decomposition.solve(Matrix.columnVector(gradient)).to1DArray());
}

function moved(weights: Float64Array, step: Float64Array, scale: number): Float64Array<ArrayBuffer> {
  return new Float64Array(weights.map((w, j) => w - scale * step[j]!));
}

function largest(values: Float64Array): number {
  let size = 0;
  for (const value of values) size = Math.max(size, Math.abs(value));
  return size;
}
