import type { Scores } from './policy.js';

/** The sums over decisions that the objective may be made of: (1/N) sum_i (1/|y_i|) sum_k, sum_i sum_k / sum_i |y_i|, (1/N) sum_i sum_k. */
export const LOSS_TYPES = ['sequence', 'token', 'none'] as const;
export type LossType = (typeof LOSS_TYPES)[number];

/** What a decision of each response counts in the objective: [count]. @param lengths |y|, at least 1 */
export function decisionShares(lengths: Uint32Array, lossType: LossType): Float64Array {
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const shares = {
    sequence: (n: number) => 1 / (lengths.length * n),
    token: () => 1 / total,
    none: () => 1 / lengths.length,
  };
  return Float64Array.from(lengths, shares[lossType]);
}

/** A batch of responses, as the objective sees it. */
export interface ObjectiveBatch {
  /** Decisions of response i: offsets[i] to offsets[i + 1] - 1. */
  readonly offsets: Uint32Array;
  /** [count]. */
  readonly advantages: Float64Array;
  /** [count], see `decisionShares`. */
  readonly shares: Float64Array;
  /** log pi of each decision when it was taken, at the sampling temperature. */
  readonly old: Float64Array;
  /** log pi of each decision under the reference; null without KL. */
  readonly reference: Float64Array | null;
}

export interface ObjectiveSettings {
  /** The ratio of probabilities is clipped to 1 +- epsilon; null: it is not clipped. */
  readonly epsilon: number | null;
  /** Weight of the KL to the reference. */
  readonly beta: number;
}

/** The objective's gradient in the log-probabilities, and means over all decisions. */
export interface Objective {
  /** d objective / d log pi(decision): [decisions]. */
  readonly weights: Float64Array;
  /** Of k3 = exp(ref - log pi) - (ref - log pi) - 1, an estimate of KL(pi, reference); 0 without a reference. */
  readonly kl: number;
  /** Share of decisions whose ratio was clipped from below (with a negative advantage), and from above (with a positive one). */
  readonly clippedLow: number;
  readonly clippedHigh: number;
  readonly entropy: number;
}

/**
 * The objective sum_k share [min(ratio A, clip(ratio, 1 - epsilon, 1 + epsilon) A) - beta k3] at the current scores, where
 * ratio = exp(log pi - old).
 */
export function objectiveAt(scores: Scores, batch: ObjectiveBatch, { epsilon, beta }: ObjectiveSettings): Objective {
  const { offsets, advantages, shares, old, reference } = batch;
  const { logProbabilities, entropies } = scores;
  const weights = new Float64Array(logProbabilities.length);
  const bound = epsilon ?? Number.POSITIVE_INFINITY;
  let [kl, clippedLow, clippedHigh, entropy] = [0, 0, 0, 0];
  for (let i = 0; i < advantages.length; i++) {
    const advantage = advantages[i]!;
    for (let k = offsets[i]!; k < offsets[i + 1]!; k++) {
      const ratio = Math.exp(logProbabilities[k]! - old[k]!);
      const low = advantage < 0 && ratio < 1 - bound;
      const high = advantage > 0 && ratio > 1 + bound;
      const behind = reference ? reference[k]! - logProbabilities[k]! : 0;
      weights[k] = shares[i]! * ((low || high ? 0 : advantage * ratio) + beta * Math.expm1(behind));
      if (low) clippedLow++;
      if (high) clippedHigh++;
      kl += Math.expm1(behind) - behind;
      entropy += entropies[k]!;
    }
  }
  const mean = (sum: number) => sum / weights.length;
  return {
    weights,
    kl: mean(kl),
    clippedLow: mean(clippedLow),
    clippedHigh: mean(clippedHigh),
    entropy: mean(entropy),
  };
}
