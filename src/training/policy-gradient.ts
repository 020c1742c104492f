import { Pacer, part, type Watch } from '../progress/index.js';
import { streamOf } from '../random/index.js';
import type { Reward, RewardName } from '../task/index.js';
import { ADVANTAGES, type AdvantageName, advantages } from './advantages.js';
import { decisionShares, LOSS_TYPES, type LossType, type Objective, objectiveAt } from './objective.js';
import { bitOf } from './packed-responses.js';
import type { Policy, Responses } from './policy.js';
import { requireCount } from './sgd.js';
import { lengthMetrics, objectiveMetrics, rewardMetrics, type UpdateMetrics } from './update-metrics.js';

/** How a policy gradient is estimated and followed. Names are TRL's where it has one. */
export interface PolicyGradientSettings {
  readonly advantages: AdvantageName;
  /** Prompts of each update, an integer >= 1; their responses, each as long as the longest, are 2e7 tokens at most. */
  readonly prompts: number;
  /** Responses to each prompt, an integer >= 1; `prompt-mean` and `group` need 2. */
  readonly numGenerations: number;
  readonly reward: RewardName;
  /** What earns reward 1; the named reward itself unless a falsehood is planted. */
  readonly accept?: Reward;
  /** Sampling temperature, > 0: divides every logit, the stop logit too, in sampling and in the objective. */
  readonly temperature: number;
  /** Of each step of the policy's optimiser, > 0. */
  readonly learningRate: number;
  readonly lossType: LossType;
  /** Whether |y| in the loss counts EOS. */
  readonly countEos: boolean;
  /** Weight of the KL to the policy that training began with, >= 0. */
  readonly beta: number;
  /** Ratios are clipped to 1 +- epsilon, > 0; null: they are not clipped. */
  readonly epsilon: number | null;
  /** Steps on each batch, an integer >= 1. */
  readonly numIterations: number;
  /** Tokens of a response at most, EOS included; null: as many as the policy gives. */
  readonly maxCompletionLength: number | null;
}

/** Tokens of an update at most: each takes up to 50 bytes, and an abort waits for no more than one pass over them. */
const MOST_TOKENS = 2e7;

const COMMON = {
  prompts: 1024,
  reward: 'cot',
  temperature: 1,
  countEos: true,
  beta: 0,
  numIterations: 1,
  maxCompletionLength: null,
} as const;

/** Settings of REINFORCE. Baselines: none (the default), the batch's mean, the prompt's mean (with 2 generations). */
export function reinforceSettings(settings: Partial<PolicyGradientSettings> = {}): PolicyGradientSettings {
  const numGenerations = settings.advantages === 'prompt-mean' ? 2 : 1;
  const own = { advantages: 'none', numGenerations, learningRate: 1, lossType: 'none', epsilon: null } as const;
  return { ...COMMON, ...own, ...settings };
}

/** Settings of GRPO: TRL's defaults, but for the optimiser and the size of the batch. */
export function grpoSettings(settings: Partial<PolicyGradientSettings> = {}): PolicyGradientSettings {
  const own = { advantages: 'group', numGenerations: 8, learningRate: 10, lossType: 'token', epsilon: 0.2 } as const;
  return { ...COMMON, ...own, ...settings };
}

/** A step of training that is not finite. */
export class Diverged extends Error {
  override readonly name = 'Diverged';

  /** @param what happened; @param remedy what is needed */
  constructor(what: string, remedy: string) {
    super(`${what}: ${remedy} is needed`);
  }
}

/** What an update has led to. */
export interface Update {
  readonly metrics: UpdateMetrics;
  /** Said if no response was better than another, so that the rewards taught nothing. */
  readonly warning: string | null;
}

/** How far a trainer has come: with the policy as it is then, all that another trainer needs to go on from there. */
export interface PolicyGradientProgress<R extends Responses> {
  readonly updates: number;
  /** Responses drawn. */
  readonly sequences: number;
  /** Tokens of prompts and responses. */
  readonly tokens: number;
  /** The policy that training began with, for the KL; null if `beta` is 0, or before the first update. */
  readonly reference: Policy<R> | null;
}

const NOTHING_DONE = { updates: 0, sequences: 0, tokens: 0, reference: null } as const;

/**
 * REINFORCE and GRPO. Update n = 1, 2, ... draws responses from the streams of round n, and then takes `numIterations`
 * steps on them.
 */
export class PolicyGradient<R extends Responses> {
  readonly #reference: Policy<R> | null;
  #updates: number;
  #sequences: number;
  #tokens: number;

  /**
   * @param begin where an earlier trainer with these settings was when the policy was as it is now; its updates go on from there
   * @throws RangeError if a setting is outside its range
   */
  constructor(
    readonly policy: Policy<R>,
    readonly settings: PolicyGradientSettings,
    begin: PolicyGradientProgress<R> = NOTHING_DONE,
  ) {
    requirePolicyGradient(settings, policy.longest);
    requireProgress(begin, settings);
    this.#reference = settings.beta > 0 ? (begin.reference ?? policy.frozen()) : null;
    this.#updates = begin.updates;
    this.#sequences = begin.sequences;
    this.#tokens = begin.tokens;
  }

  get progress(): PolicyGradientProgress<R> {
    return {
      updates: this.#updates,
      sequences: this.#sequences,
      tokens: this.#tokens,
      reference: this.#reference,
    };
  }

  /** @throws Diverged if a step is not finite; the policy is then left as it was before the step */
  async update(watch: Watch = {}): Promise<Update> {
    const { policy, settings } = this;
    const { numGenerations, numIterations, temperature } = settings;
    const parts = 2 + 2 * numIterations;
    const pacer = new Pacer({ signal: watch.signal });
    this.#updates++;
    const responses = await this.#sample(part(watch, 0, parts));
    const rewards = rewardsOf(responses, settings);
    const reference = await this.#reference?.score(responses, temperature, part(watch, 1, parts));
    const batch = {
      offsets: responses.offsets(),
      advantages: advantages(rewards, numGenerations, settings.advantages),
      shares: decisionShares(lossLengths(responses, settings.countEos), settings.lossType),
      reference: reference?.logProbabilities ?? null,
    };
    await pacer.checkpoint(0);
    const epochs: Objective[] = [];
    let old: Float64Array | undefined;
    for (let epoch = 1; epoch <= numIterations; epoch++) {
      const scores = await policy.score(responses, temperature, part(watch, 2 * epoch, parts));
      old ??= scores.logProbabilities;
      const objective = objectiveAt(scores, { ...batch, old }, settings);
      if (!objective.weights.every(Number.isFinite))
        throw new Diverged(`update ${this.#updates} diverged in step ${epoch}`, 'a smaller learning rate or beta');
      await pacer.checkpoint(0);
      await policy.ascend(responses, objective.weights, settings, part(watch, 2 * epoch + 1, parts));
      epochs.push(objective);
    }
    const taught = batch.advantages.some((advantage) => advantage !== 0);
    return { metrics: this.#metrics(responses, rewards, epochs), warning: taught ? null : this.#warning(rewards) };
  }

  #sample(watch: Watch): Promise<R> {
    const { policy, settings } = this;
    const { prompts, numGenerations, temperature } = settings;
    const request = {
      inputs: streamOf('inputs', this.#updates),
      decoding: streamOf('decoding', this.#updates),
      temperature,
      first: 0,
      count: prompts,
      generations: numGenerations,
      maxCompletionLength: settings.maxCompletionLength ?? policy.longest,
    };
    return policy.sample(request, watch);
  }

  #metrics(responses: R, rewards: Float64Array, epochs: readonly Objective[]): UpdateMetrics {
    this.#sequences += responses.count;
    this.#tokens += responses.count * responses.promptLength + responses.lengths().reduce((sum, n) => sum + n, 0);
    return {
      update: this.#updates,
      sequences: this.#sequences,
      num_tokens: this.#tokens,
      max_completion_length: this.settings.maxCompletionLength ?? this.policy.longest,
      ...lengthMetrics(responses),
      ...rewardMetrics(rewards, this.settings.numGenerations),
      ...objectiveMetrics(epochs, this.#reference !== null),
    };
  }

  #warning(rewards: Float64Array): string {
    const all = rewards.every((reward) => reward === rewards[0])
      ? `all rewards are ${rewards[0]}`
      : 'rewards differ between prompts only';
    return `update ${this.#updates}: every advantage is 0 (${all}), so the rewards taught nothing`;
  }
}

function rewardsOf(responses: Responses, { reward, accept }: PolicyGradientSettings): Float64Array {
  const mask = accept ? responses.accepted(accept) : responses.rewarded(reward);
  return Float64Array.from({ length: responses.count }, (_, i) => bitOf(mask, i));
}

/** |y| of the loss. A cut response has no EOS to leave out. */
function lossLengths(responses: Responses, countEos: boolean): Uint32Array {
  const lengths = responses.lengths();
  if (countEos) return lengths;
  const mask = responses.terminated();
  return lengths.map((length, i) => length - bitOf(mask, i));
}

/**
 * @param longest tokens of the policy's longest responses, EOS included
 * @throws RangeError if a setting is outside its range
 */
export function requirePolicyGradient(settings: PolicyGradientSettings, longest: number): void {
  const { prompts, numGenerations, numIterations, temperature, learningRate, beta, epsilon } = settings;
  requireOneOf('advantages', settings.advantages, ADVANTAGES);
  requireOneOf('lossType', settings.lossType, LOSS_TYPES);
  requireOneOf('reward', settings.reward, ['cot', 'e2e']);
  requireCount('prompts', prompts);
  requireCount('numGenerations', numGenerations);
  requireCount('numIterations', numIterations);
  requirePositive('temperature', temperature);
  requirePositive('learningRate', learningRate);
  if (epsilon !== null) requirePositive('epsilon', epsilon);
  if (!(beta >= 0 && beta < Number.POSITIVE_INFINITY))
    throw new RangeError(`beta is ${beta}; it must be 0 or a positive number`);
  requireComparable(settings);
  requireBounded(settings, longest);
  const cap = settings.maxCompletionLength ?? longest;
  if (!Number.isInteger(cap) || cap < 1 || cap > longest) {
    throw new RangeError(`maxCompletionLength is ${cap}; it must be an integer from 1 to ${longest}`);
  }
}

function requireProgress(begin: PolicyGradientProgress<Responses>, { beta }: PolicyGradientSettings): void {
  for (const name of ['updates', 'sequences', 'tokens'] as const) {
    const value = begin[name];
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new RangeError(`${name} is ${value}; it must be an integer of at least 0`);
    }
  }
  // The policy as it is now is no longer the one that training began with.
  if (beta > 0 && begin.updates > 0 && begin.reference === null) {
    throw new RangeError(`reference is null; with beta ${beta} after ${begin.updates} updates it must be given`);
  }
}

/** Advantages other than `none` compare a response with others. */
function requireComparable({ advantages, prompts, numGenerations }: PolicyGradientSettings): void {
  if (numGenerations < 2 && (advantages === 'prompt-mean' || advantages === 'group')) {
    throw new RangeError(`numGenerations is ${numGenerations}; with advantages '${advantages}' it must be at least 2`);
  }
  if (prompts * numGenerations < 2 && advantages === 'mean') {
    throw new RangeError(`prompts is ${prompts}; with advantages 'mean' an update needs at least 2 responses`);
  }
}

/** An update is held in memory as a whole. Responses count as if nothing were cut: they are drawn before they are cut. */
function requireBounded({ prompts, numGenerations }: PolicyGradientSettings, longest: number): void {
  const generations = Math.floor(MOST_TOKENS / longest);
  if (numGenerations > generations) {
    throw new RangeError(
      `numGenerations is ${numGenerations}; with up to ${longest} tokens each it must be at most ${generations}`,
    );
  }
  const most = Math.floor(generations / numGenerations);
  if (prompts > most) {
    throw new RangeError(
      `prompts is ${prompts}; with ${numGenerations} generations of up to ${longest} tokens each it must be at most ${most}`,
    );
  }
}

function requirePositive(name: string, value: number): void {
  if (!(value > 0 && value < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`${name} is ${value}; it must be a positive number`);
  }
}

/** @throws RangeError unless the value is one of those allowed: not every caller has a compiler that checks types */
export function requireOneOf(name: string, value: string, allowed: readonly string[]): void {
  if (!allowed.includes(value)) throw new RangeError(`${name} is ${value}; it must be one of ${allowed.join(', ')}`);
}
