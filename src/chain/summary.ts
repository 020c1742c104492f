import { parity } from '../task/index.js';
import type { ResponseDistribution } from './distribution.js';
import { productIndex } from './features.js';
import type { LinearChain } from './model.js';

/** The weights that the theory speaks of, read off a chain. */
export interface SupportWeights {
  /** Of x_1 in predictor 1. */
  readonly c1: number;
  /** Of the constant in the stop predictor. */
  readonly bias: number;
  /** Of z_1 x_1 in the stop predictor. */
  readonly weight: number;
  /** c[l - 2], of z_{l-1} x_l in predictor l = 2..d. */
  readonly c: readonly number[];
}

export function supportWeights(model: LinearChain): SupportWeights {
  const { d } = model;
  return {
    c1: model.first[0]!,
    bias: model.stop[productIndex('stop', d + 1, d)]!,
    weight: model.stop[productIndex('stop', 1, d)]!,
    c: Array.from({ length: d - 1 }, (_, i) => model.next[i + 2]![productIndex(i + 2, i + 2, d)]!),
  };
}

/** The largest weight in absolute value that {@link supportWeights} does not name. */
export function largestOffSupport(model: LinearChain): number {
  const { d } = model;
  const support = new Map<Float64Array, readonly number[]>([
    [model.first, [0]],
    [model.stop, [productIndex('stop', 1, d), productIndex('stop', d + 1, d)]],
  ]);
  for (let l = 2; l <= d; l++) support.set(model.next[l]!, [productIndex(l, l, d)]);
  let largest = 0;
  for (const [weights, named] of support) {
    for (const [j, w] of weights.entries()) if (!named.includes(j)) largest = Math.max(largest, Math.abs(w));
  }
  return largest;
}

/** Probabilities of an enumerated distribution that the theory speaks of. */
export interface DistributionShares {
  /** q, the probability of a long response. */
  readonly longFraction: number;
  /** P(chi x_1 = +1 | short); null if there are no short responses. */
  readonly rho: number | null;
  /** P(e_2 = +1 | long), e_l = z_l z_{l-1} x_l; null if there are no long responses. */
  readonly alpha: number | null;
  /** P(e_1 = +1 | long), e_1 = z_1 x_1; null if there are no long responses. */
  readonly firstStep: number | null;
}

export function sharesOf({ d, contexts, probabilities }: ResponseDistribution): DistributionShares {
  let [long, short, first, second, shortPlus] = [0, 0, 0, 0, 0];
  contexts.forEach((context, i) => {
    const probability = probabilities[i]!;
    if (context.length === 2 * d) {
      long += probability;
      if (context[d] === context[0]) first += probability;
      if (context[d + 1]! * context[d]! === context[1]) second += probability;
    } else {
      short += probability;
      if (parity(context.subarray(0, d)) === context[0]) shortPlus += probability;
    }
  });
  return {
    longFraction: long,
    rho: short > 0 ? shortPlus / short : null,
    alpha: long > 0 ? second / long : null,
    firstStep: long > 0 ? first / long : null,
  };
}
