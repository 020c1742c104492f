import { acceptance } from './acceptance.js';
import { requireTemperature } from './optimum.js';
import type { PolicySampling } from './policy-gradient.js';
import { AT, bitsOf, type PolicyWeights } from './policy-weights.js';

/** Policy gradient whose loss divides each response by its length: then the baseline matters. */
export interface SequenceOptions extends PolicySampling {
  /** 'grpo' divides by the deviation of the reward given x. */
  readonly algorithm: 'reinforce' | 'grpo';
  /** What is subtracted from a reward: nothing, E[r] or mu(x). */
  readonly baseline: 'none' | 'mean' | 'prompt-mean';
}

/**
 * How fast each entry of the weights moves under E[(r - b) / (|y| + 1) grad log pi(y | x)], |y| + 1 = d + 1 or 2 tokens with
 * EOS. It is not the gradient of an expected reward: b no longer drops out, and without b short answers gain.
 *
 * Source: Lemma 7 (normalisation by length), d >= 3.
 */
export function sequenceFlow(weights: PolicyWeights, options: SequenceOptions): Float64Array {
  const { reward, temperature = 1 } = options;
  requireTemperature(temperature);
  const sampler = weights.map((w) => w / temperature);
  const count = { long: 1 / (bitsOf(weights) + 1), short: 1 / 2 };
  const cases = [1, -1].map((eps) => ({ ...acceptance(sampler, reward, eps), eps }));
  const mean = (cases[0]!.accepted + cases[1]!.accepted) / 2;
  const flow = new Float64Array(weights.length);
  for (const { accepted, rejected, eps } of cases) {
    const [ofReward, ofNone] = advantagesOf(options, accepted, rejected, mean);
    const weighted = acceptance(sampler, reward, eps, count);
    for (let j = 0; j < flow.length; j++) {
      const moved = ofReward * weighted.acceptedGradient[j]! + ofNone * weighted.rejectedGradient[j]!;
      flow[j]! += moved / 2 / temperature;
    }
  }
  // b + w and b - w move by the gradients of both.
  flow[AT.s]! *= 2;
  flow[AT.t]! *= 2;
  return flow;
}

/** The advantages of reward 1 and of reward 0. */
function advantagesOf(
  { algorithm, baseline }: SequenceOptions,
  accepted: number,
  rejected: number,
  mean: number,
): [number, number] {
  const deviation = algorithm === 'grpo' ? Math.sqrt(accepted * rejected) : 1;
  if (deviation === 0) return [0, 0];
  if (baseline === 'prompt-mean') return [rejected / deviation, -accepted / deviation];
  const subtracted = baseline === 'mean' ? mean : 0;
  return [(1 - subtracted) / deviation, -subtracted / deviation];
}
