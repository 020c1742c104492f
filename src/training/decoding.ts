import { decodeGreedy, decodeSampled, type LinearChain } from '../chain/index.js';
import type { Pacer } from '../progress/index.js';
import { KeyedRandom, SIGN_BLOCK } from '../random/index.js';
import { PackedResponses } from './packed-responses.js';

/** Keyed inputs and what a chain is to answer them with. */
export interface DecodingRequest {
  readonly model: LinearChain;
  readonly seed: number;
  /** Stream of the inputs. */
  readonly inputs: number;
  /** Stream of the uniform numbers of sampled decoding; null decodes greedily. */
  readonly decoding: number | null;
  /** > 0: divides every logit, the stop logit too. Greedy decoding does not depend on it. */
  readonly temperature: number;
  /** Index of the first input, a multiple of 32. */
  readonly first: number;
  readonly count: number;
}

/** Inputs between two checkpoints. */
const PACE = 64;

/**
 * Answers inputs first..first + count - 1. Input i and the uniform numbers of its decoding depend on (seed, stream, i)
 * alone.
 */
export async function decode(request: DecodingRequest, pacer: Pacer): Promise<PackedResponses> {
  const { model, seed, first, count, temperature } = request;
  const inputs = new Inputs(model.d, seed, request.inputs);
  const decoding = request.decoding === null ? null : new KeyedRandom(seed, request.decoding);
  const responses = new PackedResponses(model.d, count);
  const context = new Float64Array(2 * model.d);
  for (let i = first; i < first + count; i++) {
    if (i % PACE === 0) await pacer.checkpoint((i - first) / count);
    inputs.fill(i, context);
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
