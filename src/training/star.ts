import { part, type Watch } from '../progress/index.js';
import { streamOf } from '../random/index.js';
import type { Reward, RewardName } from '../task/index.js';
import { type Kernels, loops, type SgdSettings } from './kernels.js';
import { PackedResponses } from './packed-responses.js';
import { requireCount, type SgdOptions, type TrainedChain } from './sgd.js';

/** How the responses of a round are drawn, kept and trained on. */
export interface StarSettings {
  /** Round number, from 1: it keys the random numbers. */
  readonly round: number;
  /** Responses drawn; those that earn the reward are trained on. */
  readonly samples: number;
  readonly reward: RewardName;
  /** Sampling temperature, > 0: divides every logit, the stop logit too. Default 1. */
  readonly temperature?: number;
  /** Whether SGD starts from 0 (the paper's retraining, and the default) or goes on from the current chain. */
  readonly start?: 'fresh' | 'warm';
  /** What is accepted; the reward itself unless a falsehood is planted. */
  readonly accept?: Reward;
}

/** One round of STaR on finite samples. */
export interface StarRoundOptions extends StarSettings, SgdOptions {
  readonly seed: number;
}

/** A chain that takes part in a round. */
export interface StarTask {
  readonly current: TrainedChain;
  readonly seed: number;
  readonly lambda: number;
}

export interface StarRound {
  readonly trained: TrainedChain;
  /** Accepted responses, which were trained on. */
  readonly accepted: number;
  /** Long ones among them. */
  readonly acceptedLong: number;
}

/** Responses that are drawn at once. */
const CHUNK = 2 ** 13;

/**
 * Samples responses from the current chain, keeps those that earn the reward and trains on them by SGD. With nothing
 * accepted the chain of weights 0 results, as for a predictor that no sample reaches.
 *
 * Sampling takes about as long as training; progress runs over both. Memory: 2d bits for each accepted response.
 */
export async function starRound(current: TrainedChain, options: StarRoundOptions): Promise<StarRound> {
  const { average = 'tail', freeConstant = false, jointLoss = false, lambda, seed } = options;
  const settings = { average, freeConstant, jointLoss };
  const tasks = [{ current, seed, lambda }];
  return (await starRoundAll(loops(options.learner), tasks, options, settings, options))[0]!;
}

/** The same for many chains. */
export async function starRoundAll(
  kernels: Kernels,
  tasks: readonly StarTask[],
  star: StarSettings,
  settings: SgdSettings,
  watch: Watch,
): Promise<StarRound[]> {
  requireCount('samples', star.samples);
  const accepted = await sampleAccepted(kernels, tasks, star, part(watch, 0, 2));
  const trained = await kernels.train(
    tasks.map(({ current, lambda }, i) => {
      return { data: accepted[i]!, lambda, start: star.start === 'warm' ? current : undefined };
    }),
    settings,
    part(watch, 1, 2),
  );
  return trained.map((chain, i) => {
    return { trained: chain, accepted: accepted[i]!.count, acceptedLong: accepted[i]!.longCount };
  });
}

async function sampleAccepted(
  kernels: Kernels,
  tasks: readonly StarTask[],
  { round, samples, reward, temperature = 1, accept }: StarSettings,
  watch: Watch,
): Promise<PackedResponses[]> {
  const stores = tasks.map(({ current }) => new PackedResponses(current.model.d));
  const chunks = Math.ceil(samples / CHUNK);
  for (let chunk = 0; chunk < chunks; chunk++) {
    const first = chunk * CHUNK;
    const count = Math.min(CHUNK, samples - first);
    const requests = tasks.map(({ current: { model }, seed }) => {
      return { model, seed, inputs: streamOf('inputs', round), decoding: streamOf('decoding', round), first, count };
    });
    const drawn = await kernels.decode(
      requests.map((request) => ({ ...request, temperature })),
      part(watch, chunk, chunks),
    );
    for (const [i, responses] of drawn.entries()) {
      stores[i]!.append(responses, accept ? responses.accepted(accept) : responses.rewarded(reward));
    }
  }
  return stores;
}
