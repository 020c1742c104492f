import { requireTheoryD } from './behaviour.js';
import type { Optimum } from './optimum.js';

/**
 * The weights of the chain that policy gradient moves from the optimum on, [d + 6]; all others stay 0. In this order:
 *
 * - c1: of x_1 in predictor 1;
 * - s and t, the sum and the difference of the weights of the constant and of z_1 x_1 in the stop predictor: its logits where
 *   z_1 x_1 = +1 and -1. (The sum of two weights moves by the sum of their gradients, twice the derivative by s.);
 * - x1, z1: of x_1 and of z_1 in predictor d; z1x3: of z_1 x_3 in predictor 2 and z2x2: of z_2 x_2 in predictor 3, both for
 *   d = 3 only. These four start at 0, and only the normalisation of GRPO moves them;
 * - from c on, for l = 2..d: of z_{l-1} x_l in predictor l.
 *
 * Source: Lemma 7.
 */
export type PolicyWeights = Float64Array;

/** Where each weight lies. */
export const AT = { c1: 0, s: 1, t: 2, x1: 3, z1: 4, z1x3: 5, z2x2: 6, c: 7 } as const;

/** The optimum of next-token prediction as the start of policy gradient. @throws RangeError unless d is an integer >= 3 */
export function policyWeights({ c1, sPlus, sMinus, c }: Optimum, d: number): PolicyWeights {
  requireTheoryD(d);
  const weights = new Float64Array(AT.c + d - 1).fill(c, AT.c);
  weights[AT.c1] = c1;
  weights[AT.s] = sPlus;
  weights[AT.t] = sMinus;
  return weights;
}

/** d of a chain with these weights. */
export function bitsOf(weights: PolicyWeights): number {
  return weights.length - AT.c + 1;
}
