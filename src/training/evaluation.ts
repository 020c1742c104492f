import { decodeGreedy, decodeSampled, type LinearChain } from '../chain/index.js';
import { Pacer, type Watch } from '../progress/index.js';
import { KeyedRandom, SIGN_BLOCK, streamOf } from '../random/index.js';
import { rewardCot, rewardE2e } from '../task/index.js';

/** Fresh inputs and the random numbers of sampled decoding: sample i depends on (seed, stream, i) alone. */
export class Prompts {
  readonly #inputs: KeyedRandom;
  readonly #decoding: KeyedRandom;
  readonly #signs: Int8Array;
  #block = -1;

  constructor(
    readonly d: number,
    seed: number,
    inputStream: number,
    decodingStream: number,
  ) {
    this.#inputs = new KeyedRandom(seed, inputStream);
    this.#decoding = new KeyedRandom(seed, decodingStream);
    this.#signs = new Int8Array(SIGN_BLOCK * d);
  }

  /** Writes input `index` into context[0..d). */
  fill(index: number, context: Float64Array): void {
    const block = Math.floor(index / SIGN_BLOCK);
    if (block !== this.#block) {
      this.#inputs.signs(block, this.d, this.#signs);
      this.#block = block;
    }
    const row = index % SIGN_BLOCK;
    for (let j = 0; j < this.d; j++) context[j] = this.#signs[row * this.d + j]!;
  }

  /** The uniform number of decoding step `step` of sample `index`. */
  uniform(step: number, index: number): number {
    return this.#decoding.uniform(step, index);
  }
}

/** Counts over evaluated responses. */
export interface ResponseCounts {
  readonly samples: number;
  readonly long: number;
  /** r_e2e = 1. */
  readonly correct: number;
  /** r_cot = 1. */
  readonly correctCot: number;
  /** Long and r_cot = 1. */
  readonly longCorrect: number;
}

export interface Evaluation {
  readonly greedy: ResponseCounts;
  readonly sampled: ResponseCounts;
}

export interface EvaluationOptions extends Watch {
  /** Inputs, the same for greedy and sampled decoding and for every round of one seed. */
  readonly samples: number;
  readonly seed: number;
  /** Temperature of sampled decoding, > 0. Default 1. */
  readonly temperature?: number;
}

/** Decodes greedily and by sampling on fresh inputs and counts lengths and rewards. */
export async function evaluate(model: LinearChain, options: EvaluationOptions): Promise<Evaluation> {
  const { samples, seed, temperature = 1 } = options;
  const prompts = new Prompts(model.d, seed, streamOf('evaluation'), streamOf('evaluationDecoding'));
  const context = new Float64Array(2 * model.d);
  const greedy = new Counter(model.d);
  const sampled = new Counter(model.d);
  const pacer = new Pacer(options);
  for (let i = 0; i < samples; i++) {
    if (i % 64 === 0) await pacer.checkpoint(i / samples);
    prompts.fill(i, context);
    greedy.add(context, decodeGreedy(model, context));
    sampled.add(
      context,
      decodeSampled(model, context, (step) => prompts.uniform(step, i), temperature),
    );
  }
  return { greedy, sampled };
}

class Counter implements ResponseCounts {
  samples = 0;
  long = 0;
  correct = 0;
  correctCot = 0;
  longCorrect = 0;

  constructor(readonly d: number) {}

  add(context: Float64Array, length: number): void {
    const x = context.subarray(0, this.d);
    const tokens = context.subarray(this.d, this.d + length);
    const long = length === this.d;
    const right = rewardCot(x, tokens);
    this.samples++;
    if (long) this.long++;
    if (rewardE2e(x, tokens)) this.correct++;
    if (right) this.correctCot++;
    if (long && right) this.longCorrect++;
  }
}
