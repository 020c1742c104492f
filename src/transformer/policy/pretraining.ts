import { Pacer, type Watch } from '../../progress/index.js';
import { Demonstrations } from '../../task/index.js';
import { TokenResponses } from './token-responses.js';
import { EOS, signToken } from './tokens.js';
import type { TransformerPolicy } from './transformer-policy.js';

/** How the learning rate goes on after the warm-up: as it is, or down to 0 as a half wave of the cosine. */
export const DECAYS = ['constant', 'cosine'] as const;
export type Decay = (typeof DECAYS)[number];

/** Next-token prediction on demonstrations, each of them seen once. */
export interface TransformerPretraining {
  /** p, the share of long demonstrations, in (0, 1). */
  readonly pCot: number;
  /** Demonstrations of each step, an integer >= 1. */
  readonly sequences: number;
  /** Of each step after the warm-up, > 0. */
  readonly learningRate: number;
  /** Steps in which the learning rate rises to its value, an integer >= 0. */
  readonly warmupSteps: number;
  readonly decay: Decay;
  /** The step at whose end the learning rate would be 0 with `cosine`, more than `warmupSteps`. */
  readonly decaySteps: number;
}

/** The learning rate of step 1, 2, ... */
export function learningRateAt(step: number, settings: TransformerPretraining): number {
  const { learningRate, warmupSteps, decay, decaySteps } = settings;
  if (step <= warmupSteps) return (learningRate * step) / warmupSteps;
  if (decay === 'constant') return learningRate;
  const gone = Math.min(1, (step - 1 - warmupSteps) / (decaySteps - warmupSteps));
  return (learningRate * (1 + Math.cos(Math.PI * gone))) / 2;
}

/**
 * Pre-trains a policy from the step that its optimiser is at to step `until`. The demonstrations of a step depend on the policy's seed
 * and the step alone, so that a policy with the state of an earlier one goes on as that one would have done, to the same bytes.
 *
 * @returns the losses before each step, in nats a token of the response, EOS included
 * @throws Diverged if a step is not finite; the policy is then left as it was before the step
 */
export async function pretrainTransformer(
  policy: TransformerPolicy,
  settings: TransformerPretraining,
  until: number,
  watch: Watch = {},
): Promise<number[]> {
  const { task, seed } = policy.options;
  const { pCot, sequences } = settings;
  const demonstrations = new Demonstrations({ ...task, pCot, seed });
  const pacer = new Pacer(watch);
  const begin = policy.state.step;
  const losses: number[] = [];
  for (let step = begin + 1; step <= until; step++) {
    await pacer.checkpoint((step - 1 - begin) / (until - begin));
    const responses = new TokenResponses(task, sequences);
    const chosen = Array.from({ length: sequences }, (_, i) => i);
    for (const i of chosen) pushDemonstration(responses, demonstrations, (step - 1) * sequences + i);
    const tokens = responses.lengths().reduce((sum, length) => sum + length, 0);
    const ascent = { temperature: 1, learningRate: learningRateAt(step, settings) };
    losses.push(await policy.step(responses, chosen, () => 1 / tokens, ascent));
  }
  return losses;
}

function pushDemonstration(responses: TokenResponses, demonstrations: Demonstrations, index: number): void {
  const tokens = demonstrations.tokens(index).map(signToken);
  responses.push(demonstrations.input(index), [...tokens, EOS]);
}
