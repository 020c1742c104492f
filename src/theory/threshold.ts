import { sigmoid } from '../numerics/index.js';
import { type LossOptions, requireLambda } from './optimum.js';
import { rational, toDouble } from './rational.js';
import { decreasingRoot } from './root.js';
import { exactStepNoise, type NoiseOptions } from './state.js';

/**
 * The fraction of long demonstrations at which greedy decoding after pre-training turns long, d >= 3: 1/3 for every
 * lambda; with a free constant (1 + y) / 3, y in (0, 1/2) the root of 2 (2 - y) sigma(-y / lambda) = 3 y.
 *
 * With step noise eta <= 1/2: 1 / (3 - 2 eta), and (1 + y) / (3 - 2 eta), y in [0, 1/2 - eta] the root of
 * 2 (2 - 2 eta - y) sigma(-y / lambda) - 4 eta (1 + y) sigma(y / lambda) = (3 - 2 eta) y. With eta > 1/2 that of 1 - eta,
 * where every step of the long answer is wrong. Wrong short answers do not move it.
 *
 * @throws RangeError unless lambda lies in [1e-300, 1e6] and the noise in [0, 1]
 * Source: Lemmas 3 and 8. The joint loss does not change it: the stop predictor sees every sequence.
 */
export function greedyThreshold({ lambda, freeConstant = false, ...noise }: LossOptions & NoiseOptions): number {
  requireLambda(lambda);
  const exact = exactStepNoise(noise);
  const wrong = exact.compare(rational(1, 2)) > 0 ? rational(1).sub(exact) : exact;
  const slope = rational(3).sub(wrong.mul(2));
  if (!freeConstant) return toDouble(rational(1).div(slope));
  const eta = toDouble(wrong);
  const rest = (y: number) =>
    2 * (2 - 2 * eta - y) * sigmoid(-y / lambda) - 4 * eta * (1 + y) * sigmoid(y / lambda) - (3 - 2 * eta) * y;
  return (1 + decreasingRoot(rest, 0, 0.5 - eta).root) / toDouble(slope);
}
