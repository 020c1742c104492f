import { featureCount, featureShape, type LinearChain, type Predictor, weightsOf } from '../../chain/index.js';
import { Pacer, type Watch } from '../../progress/index.js';
import { BLOCK, type DecodingRequest, PackedResponses } from '../../training/index.js';
import type { Instance } from './instance.js';

/** Samples that are decoded together, a multiple of a block: memory does not grow with the count of a request. */
const TOGETHER = 2 ** 13;

/** Bytes of the structure `Decoder` of assembly/decode.ts. */
const DECODER = 72;

/** Answers a request. Decisions are those of `decode`, the nearly equal ones too (assembly/decode.ts). */
export async function decodeRequest(
  instance: Instance,
  request: DecodingRequest,
  watch: Watch,
): Promise<PackedResponses> {
  const { model, first, count } = request;
  const pacer = new Pacer(watch);
  const responses = new PackedResponses(model.d, count);
  const decoder = new Decoder(instance, request, Math.min(count, TOGETHER));
  for (let start = 0; start < count; start += TOGETHER) {
    const some = Math.min(TOGETHER, count - start);
    const pace = (done: number) => pacer.checkpoint((start + done * some) / count);
    const words = await decoder.decode(first + start, some, pace);
    responses.words.set(words, (start / BLOCK) * responses.stride);
  }
  responses.written(count);
  return responses;
}

/** One chain in decoding. */
class Decoder {
  readonly #instance: Instance;
  readonly #model: LinearChain;
  readonly #sampled: boolean;
  readonly #address: number;
  readonly #weights: number;
  readonly #words: number;

  /** @param most samples that it decodes at once */
  constructor(instance: Instance, { model, seed, inputs, decoding, temperature }: DecodingRequest, most: number) {
    const { d } = model;
    const rows = Math.ceil((2 * d) / 32);
    const blocks = Math.ceil(most / BLOCK);
    const room = (blocks + 1) * BLOCK;
    this.#instance = instance;
    this.#model = model;
    this.#sampled = decoding !== null;
    const contexts = instance.take(rows * room * 4);
    const indices = instance.take(room * 4);
    const uniforms = instance.take(2 * room * 4);
    const sums = instance.take(room * 16);
    this.#weights = instance.take(8 * Math.max(featureCount(d, d), featureCount('stop', d)));
    const scratch = instance.take(rows * 32 * 4);
    this.#words = instance.take(blocks * (2 * d + 1) * 4);
    this.#address = instance.take(DECODER);
    instance.doubles(this.#address, 1)[0] = temperature;
    const numbers = [seed >>> 0, Math.floor(seed / 2 ** 32), inputs, decoding ?? 0, d, 0, 0, room];
    const places = [contexts, indices, uniforms, sums, this.#weights, scratch, this.#words];
    instance.words(this.#address + 8, 15).set([...numbers, ...places]);
  }

  /**
   * Decodes samples first..first + count - 1, predictor by predictor.
   *
   * @param first a multiple of 32
   * @returns the words of their `PackedResponses`; a view that later calls overwrite
   */
  async decode(first: number, count: number, pace: (done: number) => Promise<void>): Promise<Uint32Array> {
    const { exports } = this.#instance;
    const { d } = this.#model;
    this.#instance.words(this.#address + 28, 2).set([first, count]);
    exports.beginDecoding(this.#address);
    this.#draw(0);
    this.#decide(1, 1);
    this.#decide('stop', 0);
    for (let l = 2; l <= d; l++) {
      await pace(l / d);
      if (l % 2 === 0) this.#draw(l / 2);
      this.#decide(l, l);
    }
    exports.finishDecoding(this.#address);
    return this.#instance.words(this.#words, Math.ceil(count / BLOCK) * (2 * d + 1));
  }

  /** The uniform numbers of steps 2 `pair` and 2 `pair` + 1. */
  #draw(pair: number): void {
    if (this.#sampled) this.#instance.exports.drawUniforms(this.#address, pair);
  }

  #decide(predictor: Predictor, step: number): void {
    const { exports } = this.#instance;
    const { plain, products } = featureShape(predictor, this.#model.d);
    this.#instance.doubles(this.#weights, plain + products).set(weightsOf(this.#model, predictor));
    if (predictor === 'stop') exports.decideStop(this.#address, plain, products, this.#sampled);
    else exports.decideToken(this.#address, plain, products, step, this.#sampled);
  }
}
