import { streamOf } from '../../random/index.js';
import type { Mixture, PackedResponses } from '../../training/index.js';
import type { Instance } from './instance.js';

/** Samples in a word of bits. */
export const CHUNK = 32;

/** Chunks whose lengths are kept from counting to training: 2 MB for 16 million samples. Later ones are drawn again. */
const MAX_KEPT = 2 ** 19;

/** Where a seat's samples come from. */
export interface SampleSource {
  readonly d: number;
  readonly count: number;
  /** How many of them are long. */
  readonly longCount: number;
  /** Words that are kept of a long sample (`Queue` of assembly/samples.ts): d, or 2d if its tokens do not follow from x. */
  readonly positions: number;
  /**
   * Deals 32 samples to the predictors of a seat.
   *
   * @param seat address of its structure `Seat` of assembly/index.ts
   * @param words address of the head's words
   * @param headChunk where they go in the head
   * @param longChunk where 32 long samples go if they are complete
   * @returns whether they were
   */
  deal(seat: number, words: number, block: number, headChunk: number, longChunk: number): boolean;
}

/** Samples of D(p), drawn when they are needed. */
export class DrawnSamples implements SampleSource {
  readonly d: number;
  readonly count: number;
  readonly positions: number;
  readonly #instance: Instance;
  /** Address of the structure `Stream` of assembly/samples.ts. */
  readonly #stream: number;
  #longCount = 0;

  constructor(instance: Instance, { d, pCot, seed, samples }: Mixture) {
    this.#instance = instance;
    this.d = d;
    this.count = samples;
    this.positions = d;
    const keptBlocks = Math.min(Math.ceil(samples / CHUNK), MAX_KEPT);
    const masks = instance.take(4 * keptBlocks);
    this.#stream = instance.take(40);
    const fields = instance.fields(this.#stream, 40);
    const write = (field: number, value: number) => fields.setUint32(4 * field, value, true);
    write(0, seed >>> 0);
    write(1, Math.floor(seed / 2 ** 32));
    write(2, streamOf('inputs'));
    write(3, streamOf('lengths'));
    // n / 2^53 < p for an integer n means n < ceil(p 2^53), and the product is exact.
    fields.setBigUint64(16, BigInt(Math.ceil(pCot * 2 ** 53)), true);
    write(6, masks);
    write(7, keptBlocks);
    write(8, samples);
  }

  get longCount(): number {
    return this.#longCount;
  }

  /** To be called for all blocks, in order, before any is dealt. */
  countLong(from: number, to: number): void {
    this.#longCount += this.#instance.exports.countLong(this.#stream, from, to);
  }

  deal(seat: number, _words: number, block: number, headChunk: number, longChunk: number): boolean {
    return this.#instance.exports.drawBlock(seat, this.#stream, block, headChunk, longChunk) !== 0;
  }
}

/** Responses that are given. */
export class GivenSamples implements SampleSource {
  readonly positions: number;

  constructor(
    readonly instance: Instance,
    readonly responses: PackedResponses,
  ) {
    this.positions = 2 * responses.d;
  }

  get d(): number {
    return this.responses.d;
  }

  get count(): number {
    return this.responses.count;
  }

  get longCount(): number {
    return this.responses.longCount;
  }

  deal(seat: number, words: number, block: number, headChunk: number, longChunk: number): boolean {
    const { stride, words: all } = this.responses;
    this.instance.words(words, stride).set(all.subarray(block * stride, (block + 1) * stride));
    return this.instance.exports.takeBlock(seat, headChunk, longChunk) !== 0;
  }
}
