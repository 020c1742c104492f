import { philox4x32 } from './philox.js';

/** How many consecutive samples share one word of {@link KeyedRandom.signs}: one bit each. */
export const SIGN_BLOCK = 32;

/**
 * What a number is drawn for. Each purpose is a stream of its own, so that no two uses ever share a bit; STaR's rounds
 * use `streamOf(purpose, round)`.
 */
export const PURPOSES = [
  'inputs',
  'lengths',
  'noise',
  'decoding',
  'evaluation',
  'evaluationDecoding',
  'cases',
] as const;
export type Purpose = (typeof PURPOSES)[number];

/** The stream of a purpose in a round (0 for pre-training). */
export function streamOf(purpose: Purpose, round = 0): number {
  return PURPOSES.indexOf(purpose) + PURPOSES.length * round;
}

/**
 * Random numbers as a pure function of (seed, stream, step, sample): no state advances, so neither the order of the
 * draws nor the number of workers can change a value.
 *
 * Layout: Philox4x32-10 with key = seed (64 bits) and counter = (sample low, sample high, step, stream).
 */
export class KeyedRandom {
  readonly #keyLow: number;
  readonly #keyHigh: number;
  readonly #words = new Uint32Array(4);
  #step = -1;
  #sample = -1;

  /**
   * @param seed integer, 0 <= seed <= 2^53 - 1
   * @param stream integer, 0 <= stream < 2^32
   * @throws RangeError if either is outside its range
   */
  constructor(
    readonly seed: number,
    readonly stream: number,
  ) {
    if (!Number.isSafeInteger(seed) || seed < 0) {
      throw new RangeError(`seed is ${seed}; it must be an integer from 0 to ${Number.MAX_SAFE_INTEGER}`);
    }
    if (!Number.isInteger(stream) || stream < 0 || stream > 0xffffffff) {
      throw new RangeError(`stream is ${stream}; it must be an integer from 0 to 4294967295`);
    }
    this.#keyLow = seed >>> 0;
    this.#keyHigh = Math.floor(seed / 2 ** 32);
  }

  /** The four 32-bit words at (step, sample). The array is reused by the next call. */
  words(step: number, sample: number): Uint32Array {
    if (step !== this.#step || sample !== this.#sample) {
      philox4x32(sample, sample / 2 ** 32, step, this.stream, this.#keyLow, this.#keyHigh, this.#words);
      this.#step = step;
      this.#sample = sample;
    }
    return this.#words;
  }

  /** A uniform number in [0, 1) with 53 random bits. Steps 2k and 2k+1 share one call of the generator. */
  uniform(step: number, sample: number): number {
    const words = this.words(Math.floor(step / 2), sample);
    const half = (step % 2) * 2;
    return ((words[half]! >>> 5) * 2 ** 26 + (words[half + 1]! >>> 6)) / 2 ** 53;
  }

  /**
   * Fair signs of `count` positions for the {@link SIGN_BLOCK} samples of one block: one word holds the same position of
   * 32 consecutive samples, bit 1 meaning -1.
   *
   * @param block index of the block, i.e. floor(sample / 32)
   * @param count positions per sample
   * @param out [32 * count] row by row, sample by sample
   */
  signs(block: number, count: number, out: Int8Array): void {
    for (let position = 0; position < count; position++) {
      const word = this.words(position >>> 2, block)[position & 3]!;
      for (let row = 0, at = position; row < SIGN_BLOCK; row++, at += count) out[at] = 1 - 2 * ((word >>> row) & 1);
    }
  }
}
