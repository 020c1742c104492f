import { sigmoid } from '../numerics/index.js';
import type { Pacer } from '../progress/index.js';
import type { Reward } from '../task/index.js';
import { allInputs } from './distribution.js';
import { features as exactFeatures, type FeatureMap, type Predictor } from './features.js';
import { combineWeights, type LinearChain, temperedChain, weightsOf, zeroChain } from './model.js';
import { contextLogit, forEachResponse } from './sampling.js';

/** REINFORCE, or GRPO with infinitely many generations for each input: rewards divided by their deviation on it. */
export type PolicyAlgorithm = 'reinforce' | 'grpo';

/** What is subtracted from a reward: nothing, E[r] or mu(x) = E[r | x]. */
export type Baseline = 'none' | 'mean' | 'prompt-mean';

/** How the chain is sampled and differentiated. */
export interface ScoreOptions {
  /** Of sampling: divides every logit, the stop logit too. Default 1. */
  readonly temperature?: number;
  /** phi; the exact map unless a falsehood is planted. */
  readonly features?: FeatureMap;
}

export interface PolicyGradientOptions extends ScoreOptions {
  readonly algorithm: PolicyAlgorithm;
  readonly baseline: Baseline;
  readonly reward: Reward;
  /** Divide each response's term by its number of tokens, EOS included: 'sequence'. Default 'none'. */
  readonly normalisation?: 'none' | 'sequence';
}

/** An objective and its gradient by all weights. */
export interface EnumeratedGradient {
  /** E[r]; for GRPO E_x[2 arcsin sqrt(mu(x))], mu(x) = P(r = 1 | x). */
  readonly objective: number;
  readonly gradient: LinearChain;
}

/** P(r = 1 | x) and P(r = 0 | x), each summed by itself. */
interface RewardOdds {
  readonly accepted: number;
  readonly rejected: number;
}

/**
 * The expected update E_x E_y [A(x, y) grad log pi(y | x)] over all inputs and responses, as the definition says: the baseline
 * is subtracted from the reward of each response, and every decision of the response contributes the gradient of its
 * log-probability.
 */
export async function enumeratePolicyGradient(
  model: LinearChain,
  options: PolicyGradientOptions,
  pacer: Pacer,
): Promise<EnumeratedGradient> {
  const { algorithm, reward, normalisation = 'none', temperature = 1, features = exactFeatures } = options;
  const sampler = temperedChain(model, temperature);
  const odds = new Map<Int8Array, RewardOdds>();
  for (const x of allInputs(model.d)) {
    await pacer.checkpoint(0);
    odds.set(x, rewardOdds(sampler, x, reward, features));
  }
  const mean = average([...odds.values()].map(({ accepted }) => accepted));
  const gradient = await enumerateScore(
    model,
    [...odds.keys()],
    (x, tokens) => {
      const [ofReward, ofNone] = advantagesOf(options, odds.get(x)!, mean);
      return (reward(x, tokens) ? ofReward : ofNone) / (normalisation === 'sequence' ? tokens.length + 1 : 1);
    },
    options,
    pacer,
  );
  const values = [...odds.values()].map(({ accepted, rejected }) =>
    algorithm === 'grpo' ? 2 * Math.atan2(Math.sqrt(accepted), Math.sqrt(rejected)) : accepted,
  );
  return { objective: average(values), gradient };
}

/** What a response to x is worth. */
export type Credit = (x: Int8Array, tokens: Int8Array) => number;

/** The mean over the inputs of E_y [credit(x, y) grad log pi(y | x)], over all responses. */
export async function enumerateScore(
  model: LinearChain,
  inputs: readonly Int8Array[],
  credit: Credit,
  { temperature = 1, features = exactFeatures }: ScoreOptions,
  pacer: Pacer,
): Promise<LinearChain> {
  const sampler = temperedChain(model, temperature);
  const total = zeroChain(model.d);
  for (const [i, x] of inputs.entries()) {
    await pacer.checkpoint(i / inputs.length);
    addLogGradients(sampler, x, credit, features, total);
  }
  return combineWeights(total, total, (g) => g / inputs.length / temperature);
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function rewardOdds(sampler: LinearChain, x: Int8Array, reward: Reward, features: FeatureMap): RewardOdds {
  const odds = { accepted: 0, rejected: 0 };
  forEachResponse(
    sampler,
    x,
    (context, length, probability) => {
      odds[reward(x, context.subarray(sampler.d, sampler.d + length)) ? 'accepted' : 'rejected'] += probability;
    },
    features,
  );
  return odds;
}

/** The advantages of reward 1 and of reward 0 on one input. */
function advantagesOf(
  { algorithm, baseline }: Pick<PolicyGradientOptions, 'algorithm' | 'baseline'>,
  { accepted, rejected }: RewardOdds,
  mean: number,
): [number, number] {
  const deviation = algorithm === 'grpo' ? Math.sqrt(accepted * rejected) : 1;
  // Where all rewards agree GRPO's advantages are 0.
  if (deviation === 0) return [0, 0];
  if (baseline === 'prompt-mean') return [rejected / deviation, -accepted / deviation];
  const subtracted = baseline === 'mean' ? mean : 0;
  return [(1 - subtracted) / deviation, -subtracted / deviation];
}

/** Adds sum over y of P(y | x) credit(x, y) grad log P(y | x), at temperature 1, to `total`. */
function addLogGradients(
  sampler: LinearChain,
  x: Int8Array,
  credit: Credit,
  features: FeatureMap,
  total: LinearChain,
): void {
  const { d } = sampler;
  const context = Int8Array.from({ length: 2 * d }, (_, i) => x[i] ?? 0);
  /** Probability times credit of all that follows both outcomes of a decision; adds the decision's own gradient. */
  const decide = (predictor: Predictor, probability: number, follow: (sign: number, reached: number) => number) => {
    const logit = contextLogit(sampler, predictor, context, features);
    const plus = follow(1, probability * sigmoid(logit));
    const minus = follow(-1, probability * sigmoid(-logit));
    // grad log sigma(+-z) = +-sigma(-+z) phi.
    const factor = plus * sigmoid(-logit) - minus * sigmoid(logit);
    const gradient = weightsOf(total, predictor);
    for (const [j, phi] of features(predictor, context, d).entries()) gradient[j]! += factor * phi;
    return plus + minus;
  };
  const end = (length: number, probability: number) => probability * credit(x, context.subarray(d, d + length));
  const tokenFrom = (l: number, probability: number): number => {
    if (l > d) return end(d, probability);
    return decide(l, probability, (sign, reached) => {
      context[d + l - 1] = sign;
      return l === 1 ? stopOrGoOn(reached) : tokenFrom(l + 1, reached);
    });
  };
  const stopOrGoOn = (probability: number): number =>
    decide('stop', probability, (sign, reached) => (sign > 0 ? tokenFrom(2, reached) : end(1, reached)));
  tokenFrom(1, 1);
}
