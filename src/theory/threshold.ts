import { sigmoid } from '../numerics/index.js';
import { type LossOptions, requireLambda } from './optimum.js';
import { decreasingRoot } from './root.js';

/**
 * The fraction of long demonstrations at which greedy decoding after pre-training turns long, d >= 3: 1/3 for every
 * lambda; with a free constant (1 + y) / 3, y in (0, 1/2) the root of 2 (2 - y) sigma(-y / lambda) = 3 y.
 *
 * @throws RangeError unless lambda lies in [1e-300, 1e6]
 * Source: Lemma 3. The joint loss does not change it: the stop predictor sees every sequence.
 */
export function greedyThreshold({ lambda, freeConstant = false }: LossOptions): number {
  requireLambda(lambda);
  if (!freeConstant) return 1 / 3;
  const y = decreasingRoot((v) => 2 * (2 - v) * sigmoid(-v / lambda) - 3 * v, 0, 0.5).root;
  return (1 + y) / 3;
}
