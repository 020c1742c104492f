import { Pacer, type Watch } from '../../progress/index.js';
import { KeyedRandom } from '../../random/index.js';
import { type Ascent, Diverged, type Policy, type SampleRequest, type Scores } from '../../training/index.js';
import { initialParameters } from '../models/index.js';
import { type ParityPrograms, paddedSize, readyProgram } from './parity-programs.js';
import { fillNoise, fillPrompt, KeyedPrompts } from './sampling-inputs.js';
import { longestResponse, TokenResponses } from './token-responses.js';
import { EOS, VOCABULARY } from './tokens.js';

/** What training has made of a transformer. Arrays are never changed: a step makes others. */
export interface TransformerState {
  /** [P], and so are the moments of the optimiser. */
  readonly parameters: Float32Array;
  readonly firstMoment: Float32Array;
  readonly secondMoment: Float32Array;
  /** Steps that the optimiser has taken since its moments were 0. */
  readonly step: number;
}

/** How a transformer is trained on a list of responses. */
export interface FitSettings {
  /** Responses of each step, an integer >= 1. */
  readonly batch: number;
  /** How often each response is trained on, an integer >= 1. */
  readonly epochs: number;
  /** Of each step, > 0. */
  readonly learningRate: number;
}

export interface TransformerPolicyOptions extends ParityPrograms {
  /** Keys the parameters at the beginning, the prompts, the decoding and the order of responses in training. */
  readonly seed: number;
  readonly fit: FitSettings;
}

/** Sequences that are scored or sampled at once. */
const CHUNK = 256;

/** Of the order of responses in training: a stream that no purpose of src/random has in any round that can be played. */
const ORDER_STREAM = 0xfffffffe;

/** A state whose optimiser has not begun. */
export function begun(parameters: Float32Array): TransformerState {
  const zeros = () => new Float32Array(parameters.length);
  return { parameters, firstMoment: zeros(), secondMoment: zeros(), step: 0 };
}

/** A transformer as a policy. Its optimiser is AdamW, and every token of a response, EOS included, is a decision. */
export class TransformerPolicy implements Policy<TokenResponses> {
  #state: TransformerState;

  /**
   * @param state that of an earlier policy with these options; untrained by default
   * @throws RangeError if the model has other tokens, sees too few of them, or has other parameters than the state
   */
  constructor(
    readonly options: TransformerPolicyOptions,
    state: TransformerState = begun(initialParameters(options.model, options.seed)),
  ) {
    const { size, shape } = options.model;
    const seen = options.task.d + longestResponse(options.task);
    if (shape.vocabulary !== VOCABULARY)
      throw new RangeError(`vocabulary is ${shape.vocabulary}; it must be ${VOCABULARY}`);
    if (shape.context < seen)
      throw new RangeError(`context is ${shape.context}; prompts and responses need at least ${seen} tokens`);
    for (const name of ['parameters', 'firstMoment', 'secondMoment'] as const)
      if (state[name].length !== size)
        throw new RangeError(`${name} has ${state[name].length} numbers; the model has ${size} parameters`);
    this.#state = state;
  }

  get state(): TransformerState {
    return this.#state;
  }

  /** A chain of the task and EOS. */
  get longest(): number {
    return longestResponse(this.options.task);
  }

  empty(): TokenResponses {
    return new TokenResponses(this.options.task);
  }

  async sample(request: SampleRequest, watch: Watch): Promise<TokenResponses> {
    const { generations = 1, first, count } = request;
    const responses = new TokenResponses(this.options.task, generations * count);
    const pacer = new Pacer(watch);
    for (let done = 0; done < generations * count; done += CHUNK) {
      await pacer.checkpoint(done / (generations * count));
      const chunk = Math.min(CHUNK, generations * count - done);
      await this.#sampleChunk(request, generations * first + done, chunk, responses);
    }
    return responses;
  }

  /** Appends responses `first` to `first + count - 1` of the request's streams. What pads the batch repeats the last of them. */
  async #sampleChunk(request: SampleRequest, first: number, count: number, responses: TokenResponses): Promise<void> {
    const { seed, task } = this.options;
    const { generations = 1, decoding, temperature, maxCompletionLength = this.longest } = request;
    const prompts = new KeyedPrompts(task.d, seed, request.inputs);
    const random = decoding === null ? null : new KeyedRandom(seed, decoding);
    const sequences = paddedSize(count);
    const tokens = new Float32Array(sequences * (task.d + 1));
    const noise = new Float32Array(this.longest * sequences * VOCABULARY);
    const promptOf = (response: number) => prompts.bits(Math.floor(response / generations));
    for (let i = 0; i < sequences; i++) {
      const response = first + Math.min(i, count - 1);
      fillPrompt(promptOf(response), tokens.subarray(i * (task.d + 1)));
      if (random) fillNoise(noise, random, response, i, sequences);
    }
    const program = await readyProgram(this.options, 'sampling', sequences);
    const { responses: drawn } = await program.run({
      parameters: this.#state.parameters,
      prompts: tokens,
      noise,
      inverseTemperature: Float32Array.of(random ? 1 / temperature : 1),
    });
    for (let i = 0; i < count; i++) {
      const answer = untilEos(drawn!, i, sequences).slice(0, maxCompletionLength);
      responses.push(promptOf(first + i), answer);
    }
  }

  async score(responses: TokenResponses, temperature: number, watch: Watch): Promise<Scores> {
    const offsets = responses.offsets();
    const decisions = offsets[responses.count]!;
    const scores = { logProbabilities: new Float64Array(decisions), entropies: new Float64Array(decisions) };
    const pacer = new Pacer(watch);
    for (let first = 0; first < responses.count; first += CHUNK) {
      await pacer.checkpoint(first / responses.count);
      const chunk = range(first, Math.min(first + CHUNK, responses.count));
      const sequences = paddedSize(chunk.length);
      const { tokens, targets } = this.#batch(responses, chunk, sequences);
      const program = await readyProgram(this.options, 'scoring', sequences);
      const scored = await program.run({
        parameters: this.#state.parameters,
        tokens,
        targets,
        inverseTemperature: Float32Array.of(1 / temperature),
      });
      for (const [row, i] of chunk.entries()) {
        const [begin, end] = [row * this.longest, row * this.longest + offsets[i + 1]! - offsets[i]!];
        for (const name of ['logProbabilities', 'entropies'] as const)
          scores[name].set(scored[name]!.subarray(begin, end), offsets[i]!);
      }
    }
    return scores;
  }

  /** One step of AdamW on all responses at once. */
  async ascend(responses: TokenResponses, weights: Float64Array, ascent: Ascent, watch: Watch): Promise<void> {
    await new Pacer(watch).checkpoint(0);
    const chosen = range(0, responses.count);
    if (chosen.length > 0) await this.step(responses, chosen, (decision) => weights[decision]!, ascent);
  }

  /**
   * Minibatches of each epoch in a keyed order, the mean over the tokens of each as its loss, by an optimiser that begins with
   * moments 0. No responses leave the parameters that it begins with. An abort leaves the policy in the middle.
   */
  async fit(responses: TokenResponses, start: 'fresh' | 'warm', watch: Watch): Promise<void> {
    const { model, seed, fit } = this.options;
    const { batch, epochs, learningRate } = fit;
    const random = new KeyedRandom(seed, ORDER_STREAM);
    const lengths = responses.lengths();
    const pacer = new Pacer(watch);
    this.#state = begun(start === 'fresh' ? initialParameters(model, seed) : this.#state.parameters);
    for (let epoch = 0; epoch < epochs; epoch++) {
      const order = shuffled(responses.count, random, epoch);
      for (let first = 0; first < order.length; first += batch) {
        await pacer.checkpoint((epoch + first / order.length) / epochs);
        const chosen = order.slice(first, first + batch);
        const tokens = chosen.reduce((sum, i) => sum + lengths[i]!, 0);
        await this.step(responses, chosen, () => 1 / tokens, { temperature: 1, learningRate });
      }
    }
  }

  /**
   * One step of AdamW on the loss -sum_k weight(k) log pi_temperature(decision k) of the chosen responses, one program call.
   *
   * @param weight of a decision, by its number among those of all responses
   * @returns the loss before the step
   * @throws Diverged if the step is not finite; the policy is then left as it was
   */
  async step(
    responses: TokenResponses,
    chosen: readonly number[],
    weight: (decision: number) => number,
    { temperature, learningRate }: Ascent,
  ): Promise<number> {
    const { beta1, beta2 } = this.options.optimiser;
    const { step, ...before } = this.#state;
    const sequences = paddedSize(chosen.length);
    const program = await readyProgram(this.options, 'training', sequences);
    const after = await program.run({
      ...before,
      ...this.#batch(responses, chosen, sequences),
      weights: this.#weights(responses, chosen, sequences, weight),
      inverseTemperature: Float32Array.of(1 / temperature),
      learningRate: Float32Array.of(learningRate),
      firstCorrection: Float32Array.of(1 / (1 - beta1 ** (step + 1))),
      secondCorrection: Float32Array.of(1 / (1 - beta2 ** (step + 1))),
    });
    const { parameters, firstMoment, secondMoment, loss } = after as Record<keyof typeof before | 'loss', Float32Array>;
    const finite = [loss, parameters, firstMoment, secondMoment].every((values) => values.every(Number.isFinite));
    if (!finite) throw new Diverged(`step ${step + 1} of the optimiser diverged`, 'a smaller learning rate');
    this.#state = { parameters, firstMoment, secondMoment, step: step + 1 };
    return loss[0]!;
  }

  /** Sets the moments and the step of the optimiser to 0, as at the beginning of another algorithm. */
  resetOptimiser(): void {
    this.#state = begun(this.#state.parameters);
  }

  frozen(): TransformerPolicy {
    return new TransformerPolicy(this.options, this.#state);
  }

  /** Tokens and targets of the chosen responses; what pads the batch repeats the last of them. */
  #batch(responses: TokenResponses, chosen: readonly number[], sequences: number) {
    const seen = this.options.task.d + this.longest;
    const tokens = new Float32Array(sequences * seen);
    const targets = new Float32Array(sequences * this.longest);
    for (let row = 0; row < sequences; row++) {
      const i = chosen[Math.min(row, chosen.length - 1)]!;
      responses.fillTokens(i, tokens.subarray(row * seen));
      responses.fillTargets(i, targets.subarray(row * this.longest));
    }
    return { tokens, targets };
  }

  /** 0 after the end of a response, and for what pads the batch. */
  #weights(
    responses: TokenResponses,
    chosen: readonly number[],
    sequences: number,
    weight: (decision: number) => number,
  ): Float32Array {
    const offsets = responses.offsets();
    const weights = new Float32Array(sequences * this.longest);
    for (const [row, i] of chosen.entries())
      for (let k = offsets[i]!; k < offsets[i + 1]!; k++) weights[row * this.longest + k - offsets[i]!] = weight(k);
    return weights;
  }
}

/** The response of one sequence, up to its EOS. @param drawn [tokens, sequences] */
function untilEos(drawn: Float32Array, sequence: number, sequences: number): number[] {
  const tokens: number[] = [];
  for (let at = sequence; at < drawn.length; at += sequences) {
    tokens.push(drawn[at]!);
    if (drawn[at] === EOS) break;
  }
  return tokens;
}

const range = (begin: number, end: number) => Array.from({ length: end - begin }, (_, i) => begin + i);

/** 0 to count - 1 in the order of an epoch's uniform numbers. */
function shuffled(count: number, random: KeyedRandom, epoch: number): number[] {
  const keys = Float64Array.from({ length: count }, (_, i) => random.uniform(epoch, i));
  return range(0, count).sort((i, j) => keys[i]! - keys[j]!);
}
