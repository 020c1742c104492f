import { Pacer, part, type Watch } from '../progress/index.js';
import { type DemonstrationNoise, rewardCot, rewardE2e } from '../task/index.js';
import { requireAffordableAscent } from './cost.js';
import { demonstrationDistribution } from './distribution.js';
import { type EnumeratedGreedy, enumerateGreedy, requireEnumerable } from './enumeration.js';
import { features as exactFeatures } from './features.js';
import { combineWeights, type LinearChain, temperedChain } from './model.js';
import { fitChain, type OptimumOptions } from './optimum.js';
import { type Baseline, enumeratePolicyGradient, type PolicyAlgorithm } from './policy-gradient.js';
import { type EnumeratedSampling, enumerateSampling, type Rewards } from './sampling.js';

/** Plain gradient ascent from the optimum of next-token prediction, by enumeration on all weights. */
export interface EnumeratedAscentOptions extends OptimumOptions, DemonstrationNoise, Watch {
  /** Bits, an integer >= 2; small, see {@link requireAffordableAscent}. */
  readonly d: number;
  /** p in (0, 1). */
  readonly pCot: number;
  readonly algorithm: PolicyAlgorithm;
  readonly baseline: Baseline;
  readonly reward: 'cot' | 'e2e';
  /** Last step to compute; 0 is the optimum. */
  readonly steps: number;
  /** > 0. */
  readonly learningRate: number;
  /** Of sampling: divides every logit, the stop logit too. Default 1. */
  readonly temperature?: number;
  /** Divide each response's term by its number of tokens, EOS included: 'sequence'. Default 'none'. */
  readonly normalisation?: 'none' | 'sequence';
  /** What the rewards are; the task's own unless a falsehood is planted. */
  readonly rewards?: Rewards;
}

/** A point of the ascent and what the chain does there. */
export interface EnumeratedAscentPoint {
  readonly step: number;
  readonly model: LinearChain;
  /** E[r]; for GRPO E_x[2 arcsin sqrt(mu(x))]. */
  readonly objective: number;
  readonly sampling: EnumeratedSampling;
  readonly greedy: EnumeratedGreedy;
}

/**
 * Steps 0..steps of gradient ascent, without weight decay.
 *
 * @throws RangeError if the work is estimated above about 20 seconds, or lambda, p or the learning rate is out of range
 */
export async function enumerateAscent(options: EnumeratedAscentOptions): Promise<EnumeratedAscentPoint[]> {
  const { d, pCot, steps, learningRate } = options;
  requireAffordableAscent(d, steps, options);
  requireEnumerable(options);
  if (!(learningRate > 0 && learningRate < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`learningRate is ${learningRate}; it must be a positive number`);
  }
  const points: EnumeratedAscentPoint[] = [];
  const demonstrations = demonstrationDistribution(d, pCot, options);
  let model = await fitChain(demonstrations, options, new Pacer(part(options, 0, steps + 2)));
  for (let step = 0; step <= steps; step++) {
    const { gradient, ...point } = await pointAt(model, options, part(options, step + 1, steps + 2));
    points.push({ step, model, ...point });
    model = combineWeights(model, gradient, (w, g) => w + learningRate * g);
  }
  return points;
}

async function pointAt(model: LinearChain, options: EnumeratedAscentOptions, watch: Watch) {
  const { temperature = 1, features = exactFeatures, rewards = { cot: rewardCot, e2e: rewardE2e } } = options;
  const reward = rewards[options.reward];
  const found = await enumeratePolicyGradient(model, { ...options, reward }, new Pacer(part(watch, 0, 2)));
  const sampler = temperedChain(model, temperature);
  const sampling = await enumerateSampling(sampler, rewards, reward, features, new Pacer(part(watch, 1, 2)));
  return { ...found, sampling, greedy: enumerateGreedy(model, rewards.cot, features) };
}
