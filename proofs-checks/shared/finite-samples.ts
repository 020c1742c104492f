import {
  type EvidenceContext,
  enumerateGreedy,
  enumerateSampling,
  Pacer,
  pretrain,
  type RewardName,
  starRound,
  type TrainedChain,
  type World,
} from '../../src/index.js';

/** A finite-sample experiment: pre-training on T samples, then rounds of STaR with T samples each. */
export type FiniteSetting = {
  readonly d: number;
  readonly pCot: number;
  readonly lambda: number;
  /** T. */
  readonly samples: number;
};

/** Pre-trains in a world. */
export function pretrainIn(
  world: World,
  setting: FiniteSetting,
  seed: number,
  { signal }: EvidenceContext,
): Promise<TrainedChain> {
  return pretrain({ ...setting, ...world.choices, learner: world.learner, seed, signal });
}

/** Pre-trains and runs `rounds` rounds of STaR, retrained from scratch, in a world. */
export async function starIn(
  world: World,
  setting: FiniteSetting & { readonly rounds: number },
  reward: RewardName,
  seed: number,
  context: EvidenceContext,
): Promise<TrainedChain> {
  let chain = await pretrainIn(world, setting, seed, context);
  const { rounds, ...options } = setting;
  for (let round = 1; round <= rounds; round++) {
    const accept = world.rewards[reward];
    const trained = { ...options, ...world.choices, learner: world.learner, signal: context.signal };
    chain = (await starRound(chain, { ...trained, round, reward, accept, seed })).trained;
  }
  return chain;
}

/** Greedy decoding of a trained chain over all 2^d inputs (small d): no evaluation error. */
export function exactGreedy({ model }: TrainedChain): ReturnType<typeof enumerateGreedy> {
  return enumerateGreedy(model);
}

/** P(|y| = d) of a trained chain over all inputs and responses (small d): no evaluation error. */
export async function exactLongProbability({ model }: TrainedChain, world: World): Promise<number> {
  const { cot } = world.rewards;
  return (await enumerateSampling(model, world.rewards, cot, world.features, new Pacer())).pLong;
}
