import { decodeGreedy, decodeSampled, type LinearChain } from '../chain/index.js';
import type { Pacer } from '../progress/index.js';
import { KeyedRandom, SIGN_BLOCK } from '../random/index.js';
import { PackedResponses } from './packed-responses.js';
import type { SampleRequest } from './policy.js';

/** Keyed inputs, and the chain that is to answer each of them once. */
export interface DecodingRequest extends Omit<SampleRequest, 'generations' | 'maxCompletionLength'> {
  readonly model: LinearChain;
  readonly seed: number;
}

/** Responses between two checkpoints. */
const PACE = 64;

/**
 * Answers inputs first..first + count - 1, each `generations` times (default 1). Input i depends on (seed, stream, i) alone,
 * and the uniform numbers of its response g = 0, 1, ... on (seed, stream, generations * i + g).
 */
export async function decode(
  request: DecodingRequest & { readonly generations?: number },
  pacer: Pacer,
): Promise<PackedResponses> {
  const { model, seed, first, count, temperature, generations = 1 } = request;
  const inputs = new Inputs(model.d, seed, request.inputs);
  const decoding = request.decoding === null ? null : new KeyedRandom(seed, request.decoding);
  const responses = new PackedResponses(model.d, generations * count);
  const context = new Float64Array(2 * model.d);
  for (let i = generations * first; i < generations * (first + count); i++) {
    if (i % PACE === 0) await pacer.checkpoint(responses.count / (generations * count));
    inputs.fill(Math.floor(i / generations), context);
    const length = decoding
      ? decodeSampled(model, context, (step) => decoding.uniform(step, i), temperature)
      : decodeGreedy(model, context);
    responses.push(context, length);
  }
  return responses;
}

/** Inputs of a stream. Signs come in blocks of 32, which are cached, so walking in order is cheap. */
class Inputs {
  readonly #random: KeyedRandom;
  readonly #signs: Int8Array;
  #block = -1;

  constructor(
    readonly d: number,
    seed: number,
    stream: number,
  ) {
    this.#random = new KeyedRandom(seed, stream);
    this.#signs = new Int8Array(SIGN_BLOCK * d);
  }

  /** Writes input `index` into context[0..d). */
  fill(index: number, context: Float64Array): void {
    const block = Math.floor(index / SIGN_BLOCK);
    if (block !== this.#block) {
      this.#random.signs(block, this.d, this.#signs);
      this.#block = block;
    }
    const row = index % SIGN_BLOCK;
    for (let j = 0; j < this.d; j++) context[j] = this.#signs[row * this.d + j]!;
  }
}
