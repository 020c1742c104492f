import {
  type Policy,
  PolicyGradient,
  type PolicyGradientSettings,
  type Responses,
  type StarSettings,
  starRound,
  type TrainedChain,
  type TrialState,
  type Watch,
} from '../../src/index.js';
import { chainFrom, chainState, integerOf } from './chain-state.js';

/** How a pre-trained policy is taken on: by rounds of STaR, or by updates. */
export type Method =
  | { readonly kind: 'star'; readonly settings: Omit<StarSettings, 'round'> }
  | { readonly kind: 'gradient'; readonly settings: PolicyGradientSettings };

/** What post-training has done so far. */
export interface Done {
  /** Rounds or updates. */
  readonly steps: number;
  /** Responses drawn. */
  readonly sequences: number;
  /** Tokens of updates; 0 for STaR, which does not count them. */
  readonly tokens: number;
}

const NOTHING: Done = { steps: 0, sequences: 0, tokens: 0 };

/** Takes a policy on, a round or an update at a time. */
export interface PostTrainer {
  readonly done: Done;
  step(watch: Watch): Promise<void>;
}

/** @param done by an earlier trainer of this policy: its next step is the same as if there had been no other */
export function postTrainer<R extends Responses>(policy: Policy<R>, method: Method, done: Done = NOTHING): PostTrainer {
  return method.kind === 'star'
    ? new StarTrainer(policy, method.settings, done)
    : new GradientTrainer(policy, method.settings, done);
}

/** The responses that a step of a method draws. */
export function sequencesOfStep({ kind, settings }: Method): number {
  return kind === 'star' ? settings.samples : settings.prompts * settings.numGenerations;
}

/** What a trial saves of post-training. */
export function postTrainingState(chain: TrainedChain, { steps, sequences, tokens }: Done): TrialState {
  const { values, arrays } = chainState(chain);
  return { values: { ...values, steps, sequences, tokens }, arrays };
}

/** What {@link postTrainingState} saved. */
export function postTrainingFrom(state: TrialState): { readonly chain: TrainedChain; readonly done: Done } {
  const [steps, sequences, tokens] = ['steps', 'sequences', 'tokens'].map((name) => integerOf(state, name));
  return { chain: chainFrom(state), done: { steps: steps!, sequences: sequences!, tokens: tokens! } };
}

class StarTrainer<R extends Responses> implements PostTrainer {
  constructor(
    readonly policy: Policy<R>,
    readonly settings: Omit<StarSettings, 'round'>,
    public done: Done,
  ) {}

  async step(watch: Watch): Promise<void> {
    const { steps, sequences, tokens } = this.done;
    await starRound(this.policy, { ...this.settings, round: steps + 1 }, watch);
    this.done = { steps: steps + 1, sequences: sequences + this.settings.samples, tokens };
  }
}

class GradientTrainer<R extends Responses> implements PostTrainer {
  readonly #trainer: PolicyGradient<R>;

  constructor(policy: Policy<R>, settings: PolicyGradientSettings, { steps, sequences, tokens }: Done) {
    // A KL would need the policy that training began with, too.
    if (settings.beta > 0) throw new RangeError(`beta is ${settings.beta}; it must be 0`);
    this.#trainer = new PolicyGradient(policy, settings, { updates: steps, sequences, tokens, reference: null });
  }

  get done(): Done {
    const { updates, sequences, tokens } = this.#trainer.progress;
    return { steps: updates, sequences, tokens };
  }

  async step(watch: Watch): Promise<void> {
    await this.#trainer.update(watch);
  }
}
