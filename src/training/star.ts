import { part, type Watch } from '../progress/index.js';
import { streamOf } from '../random/index.js';
import type { Reward, RewardName } from '../task/index.js';
import { BLOCK } from './packed-responses.js';
import type { Policy, Responses } from './policy.js';
import { requireCount } from './sgd.js';

/** How the responses of a round are drawn, kept and trained on. */
export interface StarSettings {
  /** Round number, from 1: it keys the random numbers. */
  readonly round: number;
  /** Responses drawn; those that earn the reward are trained on. */
  readonly samples: number;
  readonly reward: RewardName;
  /** Sampling temperature, > 0: divides every logit, the stop logit too. Default 1. */
  readonly temperature?: number;
  /** Whether training starts from the untrained policy (the paper's retraining, and the default) or from the current one. */
  readonly start?: 'fresh' | 'warm';
  /** Whether a response to a prompt that has been given before in this round is kept again. Default 'keep'. */
  readonly duplicates?: 'keep' | 'reject';
  /** What is accepted; the reward itself unless a falsehood is planted. */
  readonly accept?: Reward;
}

/** What a round was trained on. */
export interface StarRound {
  /** Accepted responses. */
  readonly accepted: number;
  /** Long ones among them. */
  readonly acceptedLong: number;
}

/** Responses that are drawn at once. */
const CHUNK = 2 ** 13;

/**
 * One round of STaR on finite samples: draws responses from the policy, keeps those that earn the reward and trains it on
 * them. With nothing accepted a fresh start leaves the untrained policy.
 *
 * Sampling takes about as long as training; progress runs over both. Memory: the accepted responses.
 */
export async function starRound<R extends Responses>(
  policy: Policy<R>,
  settings: StarSettings,
  watch: Watch = {},
): Promise<StarRound> {
  requireCount('samples', settings.samples);
  const accepted = await sampleAccepted(policy, settings, part(watch, 0, 2));
  await policy.fit(accepted, settings.start ?? 'fresh', part(watch, 1, 2));
  return { accepted: accepted.count, acceptedLong: accepted.longCount };
}

async function sampleAccepted<R extends Responses>(
  policy: Policy<R>,
  { round, samples, reward, temperature = 1, duplicates, accept }: StarSettings,
  watch: Watch,
): Promise<R> {
  const store = policy.empty();
  const seen = duplicates === 'reject' ? new Set<string>() : null;
  const streams = { inputs: streamOf('inputs', round), decoding: streamOf('decoding', round) };
  const chunks = Math.ceil(samples / CHUNK);
  for (let chunk = 0; chunk < chunks; chunk++) {
    const first = chunk * CHUNK;
    const count = Math.min(CHUNK, samples - first);
    const drawn = await policy.sample({ ...streams, temperature, first, count }, part(watch, chunk, chunks));
    const kept = accept ? drawn.accepted(accept) : drawn.rewarded(reward);
    if (seen) dropSeen(drawn, kept, seen);
    store.append(drawn, kept);
  }
  return store;
}

/** Unsets the bits of responses that were seen, and notes the others. */
function dropSeen(responses: Responses, kept: Uint32Array, seen: Set<string>): void {
  for (let i = 0; i < responses.count; i++) {
    const [block, bit] = [Math.floor(i / BLOCK), 1 << (i % BLOCK)];
    if (!(kept[block]! & bit)) continue;
    const key = responses.key(i);
    if (seen.has(key)) kept[block]! &= ~bit;
    seen.add(key);
  }
}
