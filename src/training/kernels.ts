import { Pacer, part, type Watch } from '../progress/index.js';
import { type DemonstrationNoise, isNoisy, requireNoise } from '../task/index.js';
import { type DecodingRequest, decode } from './decoding.js';
import type { Average, LearnerFactory } from './learner.js';
import { PackedResponses } from './packed-responses.js';
import { demonstrationSource } from './response-source.js';
import { requireCount, requireLambda, type TrainedChain, trainBySgd } from './sgd.js';

/** T samples of D(p; eta, nu). */
export interface Mixture extends DemonstrationNoise {
  /** Bits, an integer >= 2. */
  readonly d: number;
  /** p in (0, 1). */
  readonly pCot: number;
  /** Keys the samples, as in `Demonstrations`. */
  readonly seed: number;
  /** T, sequences. */
  readonly samples: number;
}

/** One chain to train. */
export interface TrainingTask {
  /** What SGD takes its steps on, in this order. */
  readonly data: Mixture | PackedResponses;
  /** lambda, in [1e-100, 1e6]. */
  readonly lambda: number;
  /** A chain to go on from, and its step numbers. */
  readonly start?: TrainedChain | undefined;
}

/** How the loss and SGD are defined. */
export interface SgdSettings {
  readonly average: Average;
  /** Do not regularise the stop predictor's constant. */
  readonly freeConstant: boolean;
  /** Every sample is a step of every predictor (those that it does not reach only decay). */
  readonly jointLoss: boolean;
}

/** The two computations that training is made of, on many chains at once. */
export interface Kernels {
  /** A trained chain for each task, by SGD exactly as defined. */
  train(tasks: readonly TrainingTask[], settings: SgdSettings, watch: Watch): Promise<TrainedChain[]>;
  /** The responses to each request. */
  decode(requests: readonly DecodingRequest[], watch: Watch): Promise<PackedResponses[]>;
}

/**
 * The float64 loops of this folder, one chain after the other.
 *
 * @param learner of each predictor; SGD itself unless a falsehood is planted
 */
export function loops(learner?: LearnerFactory): Kernels {
  return {
    async train(tasks, settings, watch) {
      const chains: TrainedChain[] = [];
      for (const [i, { data, lambda, start }] of tasks.entries()) {
        requireLambda(lambda);
        const options = { ...settings, learner, lambda, ...part(watch, i, tasks.length) };
        chains.push(await trainBySgd(await sourceOf(data, watch), options, start));
      }
      return chains;
    },
    async decode(requests, watch) {
      const all: PackedResponses[] = [];
      for (const [i, request] of requests.entries()) {
        all.push(await decode(request, new Pacer(part(watch, i, requests.length))));
      }
      return all;
    },
  };
}

async function sourceOf(data: Mixture | PackedResponses, watch: Watch) {
  if (data instanceof PackedResponses) return data;
  requireCount('samples', data.samples);
  return demonstrationSource(data.d, data.pCot, data.seed, data.samples, watch, data);
}

/** Bits of the noisy demonstrations that are kept: 1 GiB. */
const MOST_BITS = 2 ** 33;

/**
 * The samples of a mixture with noise, which kernels that draw valid demonstrations themselves are given instead: T (2d + 1)
 * bits of memory. Other data as they are.
 *
 * @throws RangeError if the noise lies outside of [0, 1], or they do not fit into 1 GiB
 */
export async function withoutNoise(data: Mixture | PackedResponses, watch: Watch): Promise<Mixture | PackedResponses> {
  if (data instanceof PackedResponses) return data;
  requireNoise(data);
  if (!isNoisy(data)) return data;
  const bits = 2 * data.d + 1;
  if (data.samples > MOST_BITS / bits) {
    throw new RangeError(
      `samples is ${data.samples}; noisy demonstrations of ${data.d} bits are kept in memory, at most ${Math.floor(MOST_BITS / bits)} of them, but by the engine plain`,
    );
  }
  const responses = new PackedResponses(data.d, data.samples);
  const source = await sourceOf(data, watch);
  await source.forEach(
    (context, length) => {
      responses.push(context, length);
    },
    new Pacer({ signal: watch.signal }),
  );
  return responses;
}
