import type { Watch } from '../progress/index.js';
import type { Reward, RewardName } from '../task/index.js';

/** Which prompts a policy answers, and how. A prompt is an input x, keyed by the policy's seed, a stream and its index. */
export interface SampleRequest {
  /** Stream of the inputs. */
  readonly inputs: number;
  /** Stream of the uniform numbers of sampled decoding; null decodes greedily. */
  readonly decoding: number | null;
  /** > 0: divides every logit, the stop logit too. Greedy decoding does not depend on it. */
  readonly temperature: number;
  /** Index of the first input, a multiple of 32. */
  readonly first: number;
  /** Inputs. */
  readonly count: number;
  /** Responses to each input, one after the other. Default 1. */
  readonly generations?: number;
  /** A response that has more tokens, EOS included, is cut after that many. Default: nothing is cut. */
  readonly maxCompletionLength?: number;
}

/** A list of responses with their prompts. A mask has a bit for each response, 32 to a word. */
export interface Responses {
  readonly count: number;
  /** Mask of those that reason before they answer. */
  readonly long: Uint32Array;
  readonly longCount: number;
  /** Tokens of each prompt. */
  readonly promptLength: number;
  /** Mask of those that earn the reward; one that was cut earns none. */
  rewarded(reward: RewardName): Uint32Array;
  /** The same for any other reward. */
  accepted(reward: Reward): Uint32Array;
  /** Tokens generated for each response, EOS included: [count]. */
  lengths(): Uint32Array;
  /** Mask of those that end with EOS, which a cut response lacks. */
  terminated(): Uint32Array;
  /** Decisions that the policy took for response i are those from offsets[i] to offsets[i + 1] - 1: [count + 1]. */
  offsets(): Uint32Array;
  /** Equal for equal prompts with equal responses, and for no others. */
  key(index: number): string;
  /** Appends those responses of `other` whose bit is set, in order. */
  append(other: this, kept: Uint32Array): void;
}

/** What a policy thinks of decisions that were taken. */
export interface Scores {
  /** log pi_temperature(decision | what was before it), in nats: [decisions]. */
  readonly logProbabilities: Float64Array;
  /** Entropy of pi_temperature at each decision, in nats: [decisions]. */
  readonly entropies: Float64Array;
}

/** Where on the objective a step is taken, and how far. */
export interface Ascent {
  /** > 0: the step is on pi_temperature, whose logits are divided by it. */
  readonly temperature: number;
  /** > 0. */
  readonly learningRate: number;
}

/** What the algorithms of this folder train. */
export interface Policy<R extends Responses> {
  /** Tokens of its longest responses, EOS included. */
  readonly longest: number;
  /** No responses yet, with room for some. */
  empty(): R;
  /** Answers keyed prompts: the same request and the same policy give the same responses. */
  sample(request: SampleRequest, watch: Watch): Promise<R>;
  /** Scores each decision of responses, whoever gave them. */
  score(responses: R, temperature: number, watch: Watch): Promise<Scores>;
  /**
   * One step of the policy's optimiser towards larger sum_k weights[k] log pi_temperature(decision k). A chain's is gradient ascent,
   * without momentum or weight decay; a transformer's is AdamW.
   *
   * @param weights [decisions], constants of the step
   * @throws Diverged if the step is not finite; the policy is then left as it was
   */
  ascend(responses: R, weights: Float64Array, ascent: Ascent, watch: Watch): Promise<void>;
  /** Next-token training on the responses by the policy's optimiser: from the untrained policy, or from this one. */
  fit(responses: R, start: 'fresh' | 'warm', watch: Watch): Promise<void>;
  /** The policy as it is now, which no later training of this one changes. */
  frozen(): Policy<R>;
}
