import { deviationOf, groupsOf, meanOf } from './advantages.js';
import type { Objective } from './objective.js';
import { bitOf } from './packed-responses.js';
import type { Responses } from './policy.js';

/** What an update recorded, under TRL's names. Lengths count EOS; those of no responses are 0. */
export interface UpdateMetrics {
  /** Number of the update, from 1. */
  readonly update: number;
  /** Responses drawn so far. */
  readonly sequences: number;
  /** Tokens of prompts and responses so far. */
  readonly num_tokens: number;
  /** The cap on a response's tokens. */
  readonly max_completion_length: number;
  readonly 'completions/mean_length': number;
  readonly 'completions/min_length': number;
  readonly 'completions/max_length': number;
  /** Share of responses that were cut, and so have no EOS. */
  readonly 'completions/clipped_ratio': number;
  readonly 'completions/mean_terminated_length': number;
  readonly 'completions/min_terminated_length': number;
  readonly 'completions/max_terminated_length': number;
  /** Mean over the batch. */
  readonly reward: number;
  /** Standard deviation over the batch, with n - 1. */
  readonly reward_std: number;
  /** Share of prompts whose responses all earned the same; null with one response a prompt, which always agrees with itself. */
  readonly frac_reward_zero_std: number | null;
  /** Mean over decisions (and epochs), in nats. */
  readonly entropy: number;
  /** Mean of k3 over decisions (and epochs); null without a reference (beta = 0). */
  readonly kl: number | null;
  /** Shares of decisions (mean over epochs) whose ratio was clipped from below, from above, either way. */
  readonly 'clip_ratio/low_mean': number;
  readonly 'clip_ratio/high_mean': number;
  readonly 'clip_ratio/region_mean': number;
}

/** The numbers of a batch that its responses tell. */
export function lengthMetrics(responses: Responses) {
  const lengths = responses.lengths();
  const mask = responses.terminated();
  const ended = lengths.filter((_, i) => bitOf(mask, i));
  const [all, terminated] = [spanOf(lengths), spanOf(ended)];
  return {
    'completions/mean_length': all.mean,
    'completions/min_length': all.min,
    'completions/max_length': all.max,
    'completions/clipped_ratio': 1 - ended.length / lengths.length,
    'completions/mean_terminated_length': terminated.mean,
    'completions/min_terminated_length': terminated.min,
    'completions/max_terminated_length': terminated.max,
  };
}

/** The numbers of a batch that its rewards tell. @param rewards [prompts * generations] */
export function rewardMetrics(rewards: Float64Array, generations: number) {
  let agree = 0;
  for (const group of groupsOf(rewards, generations)) if (group.every((reward) => reward === group[0])) agree++;
  return {
    reward: meanOf(rewards),
    reward_std: deviationOf(rewards),
    frac_reward_zero_std: generations > 1 ? agree / (rewards.length / generations) : null,
  };
}

/** The numbers of a batch that its epochs tell. */
export function objectiveMetrics(epochs: readonly Objective[], withReference: boolean) {
  const mean = (name: Exclude<keyof Objective, 'weights'>) => meanOf(epochs.map((epoch) => epoch[name]));
  const [low, high] = [mean('clippedLow'), mean('clippedHigh')];
  return {
    entropy: mean('entropy'),
    kl: withReference ? mean('kl') : null,
    'clip_ratio/low_mean': low,
    'clip_ratio/high_mean': high,
    'clip_ratio/region_mean': low + high,
  };
}

function spanOf(lengths: Uint32Array): { mean: number; min: number; max: number } {
  if (lengths.length === 0) return { mean: 0, min: 0, max: 0 };
  // Not Math.min(...lengths): a call takes no arbitrary number of arguments.
  const [min, max] = [lengths.reduce((a, b) => Math.min(a, b)), lengths.reduce((a, b) => Math.max(a, b))];
  return { mean: meanOf(lengths), min, max };
}
