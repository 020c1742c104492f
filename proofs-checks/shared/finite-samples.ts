import {
  allInputs,
  ChainPolicy,
  type DemonstrationNoise,
  decodeGreedy,
  type Effort,
  type EvidenceContext,
  enumerateGreedy,
  KeyedRandom,
  logitOf,
  type Reward,
  type RewardName,
  rewardCot,
  rewardNamed,
  type StarSettings,
  sigmoid,
  starRound,
  streamOf,
  type TrainedChain,
  type World,
} from '../../src/index.js';

/** A finite-sample experiment: pre-training on T samples, then rounds of STaR with T samples each. */
export type FiniteSetting = DemonstrationNoise & {
  readonly d: number;
  readonly pCot: number;
  readonly lambda: number;
  /** T. */
  readonly samples: number;
};

/** The paper's size, d = 50 and p = .25, and a smaller one for quick effort. */
export const PAPER_SIZE: Readonly<Record<Effort, FiniteSetting & { readonly rounds: number }>> = {
  quick: { d: 20, pCot: 0.25, lambda: 1e-3, samples: 50_000, rounds: 4 },
  standard: { d: 50, pCot: 0.25, lambda: 1e-3, samples: 100_000, rounds: 3 },
  thorough: { d: 50, pCot: 0.25, lambda: 1e-3, samples: 400_000, rounds: 3 },
};

/** Greedy decoding of one fresh input by a trained chain. */
export function greedyAnswer({ model }: TrainedChain, seed: number): { long: boolean; valid: boolean } {
  const { d } = model;
  const context = new Float64Array(2 * d);
  const inputs = new KeyedRandom(seed, streamOf('cases'));
  for (let j = 0; j < d; j++) context[j] = inputs.uniform(j, 0) < 0.5 ? 1 : -1;
  const length = decodeGreedy(model, context);
  return { long: length === d, valid: rewardCot(context.subarray(0, d), context.subarray(d, d + length)) };
}

/** Pre-trains in a world. */
export async function pretrainIn(
  { kernels, choices }: World,
  { lambda, ...mixture }: FiniteSetting,
  seed: number,
  { signal }: EvidenceContext,
): Promise<TrainedChain> {
  const [chain] = await kernels.train([{ data: { ...mixture, seed }, lambda }], choices, { signal });
  return chain!;
}

/** The reward of a world where it is not the actual one, whose name an engine understands. */
export function plantedReward({ rewards }: World, name: RewardName): Reward | null {
  return rewards[name] === rewardNamed(name) ? null : rewards[name];
}

/** Pre-trains and runs `rounds` rounds of STaR, retrained from scratch, in a world. */
export async function starIn(
  world: World,
  setting: FiniteSetting & { readonly rounds: number },
  reward: RewardName,
  seed: number,
  context: EvidenceContext,
): Promise<TrainedChain> {
  const { rounds, ...pretraining } = setting;
  const chain = await pretrainIn(world, pretraining, seed, context);
  return starFrom(world, chain, { ...setting, reward, temperature: 1 }, seed, context);
}

/** Rounds of STaR, retrained from scratch, in a world. */
export async function starFrom(
  world: World,
  chain: TrainedChain,
  options: Omit<StarSettings, 'round'> & { readonly rounds: number; readonly lambda: number },
  seed: number,
  { signal }: EvidenceContext,
): Promise<TrainedChain> {
  const { rounds, samples, lambda, reward, temperature = 1 } = options;
  const { kernels, choices } = world;
  const accept = plantedReward(world, reward);
  const policy = new ChainPolicy(chain, { ...choices, seed, lambda, kernels });
  for (let round = 1; round <= rounds; round++) {
    const star = { round, samples, reward, temperature, ...(accept ? { accept } : {}) };
    await starRound(policy, star, { signal });
  }
  return policy.chain;
}

/** Greedy decoding of a trained chain over all 2^d inputs (small d): no evaluation error. */
export function exactGreedy({ model }: TrainedChain): ReturnType<typeof enumerateGreedy> {
  return enumerateGreedy(model);
}

/** P(|y| = d) of a trained chain over all inputs and first tokens (small d): no evaluation error. */
export function exactLongProbability({ model }: TrainedChain): number {
  let total = 0;
  const inputs = allInputs(model.d);
  for (const x of inputs) {
    for (const token of [1, -1]) {
      const context = Int8Array.from([...x, token]);
      total += sigmoid(token * logitOf(model, 1, context)) * sigmoid(logitOf(model, 'stop', context));
    }
  }
  return total / inputs.length;
}
