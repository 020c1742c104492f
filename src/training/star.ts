import { decodeSampled } from '../chain/index.js';
import { Pacer } from '../progress/index.js';
import { streamOf } from '../random/index.js';
import { type Reward, type RewardName, rewardNamed } from '../task/index.js';
import { Prompts } from './evaluation.js';
import { ResponseStore } from './response-source.js';
import { requireCount, type SgdOptions, type TrainedChain, trainBySgd } from './sgd.js';

/** One round of STaR on finite samples. */
export interface StarRoundOptions extends SgdOptions {
  /** Round number, from 1: it keys the random numbers. */
  readonly round: number;
  /** Responses drawn; those that earn the reward are trained on. */
  readonly samples: number;
  readonly reward: RewardName;
  readonly seed: number;
  /** Sampling temperature, > 0: divides every logit, the stop logit too. Default 1. */
  readonly temperature?: number;
  /** Whether SGD starts from 0 (the paper's retraining, and the default) or goes on from the current chain. */
  readonly start?: 'fresh' | 'warm';
  /** What is accepted; the reward itself unless a falsehood is planted. */
  readonly accept?: Reward;
}

export interface StarRound {
  readonly trained: TrainedChain;
  /** Accepted responses, which were trained on. */
  readonly accepted: number;
  /** Long ones among them. */
  readonly acceptedLong: number;
}

/**
 * Samples responses from the current chain, keeps those that earn the reward and trains on them by SGD. With nothing
 * accepted the chain of weights 0 results, as for a predictor that no sample reaches.
 *
 * Sampling takes about as long as training; progress runs over both. Memory: 2d bits for each accepted response.
 */
export async function starRound(current: TrainedChain, options: StarRoundOptions): Promise<StarRound> {
  const { start = 'fresh', signal } = options;
  requireCount('samples', options.samples);
  const accepted = await sampleAccepted(current, options);
  const trained = await trainBySgd(
    accepted,
    { ...options, signal, onProgress: (done) => options.onProgress?.((1 + done) / 2) },
    start === 'warm' ? current : undefined,
  );
  return { trained, accepted: accepted.count, acceptedLong: accepted.longCount };
}

async function sampleAccepted({ model }: TrainedChain, options: StarRoundOptions): Promise<ResponseStore> {
  const { round, samples, seed, temperature = 1, accept = rewardNamed(options.reward) } = options;
  const { d } = model;
  const prompts = new Prompts(d, seed, streamOf('inputs', round), streamOf('decoding', round));
  const context = new Float64Array(2 * d);
  const x = context.subarray(0, d);
  const store = new ResponseStore(d);
  const pacer = new Pacer({ signal: options.signal, onProgress: (done) => options.onProgress?.(done / 2) });
  for (let i = 0; i < samples; i++) {
    if (i % 256 === 0) await pacer.checkpoint(i / samples);
    prompts.fill(i, context);
    const length = decodeSampled(model, context, (step) => prompts.uniform(step, i), temperature);
    if (accept(x, context.subarray(d, d + length))) store.push(context, length);
  }
  return store;
}
