import type { Predictor } from '../../chain/index.js';
import { streamOf } from '../../random/index.js';
import type { Average, TrainedChain } from '../../training/index.js';
import type { Replicate } from '../engine.js';
import type { Instance } from './instance.js';
import { Schedule } from './schedule.js';
import { SLICE, Track } from './track.js';

/** Samples in a word of bits. */
export const CHUNK = 32;

/** The stream of a replicate's samples, as assembly/samples.ts reads it. */
export class SampleStream {
  readonly address: number;
  readonly #instance: Instance;

  constructor(instance: Instance, { d, pCot, seed }: Replicate) {
    this.#instance = instance;
    const pending = instance.take(4 * d);
    this.address = instance.take(40);
    const fields = instance.fields(this.address, 40);
    const write = (field: number, value: number) => fields.setUint32(4 * field, value, true);
    write(0, seed >>> 0);
    write(1, Math.floor(seed / 2 ** 32));
    write(2, streamOf('inputs'));
    write(3, streamOf('lengths'));
    // n / 2^53 < p for an integer n means n < ceil(p 2^53), and the product is exact.
    fields.setBigUint64(16, BigInt(Math.ceil(pCot * 2 ** 53)), true);
    write(6, d);
    write(8, pending);
  }

  /** Long samples that are drawn and not yet handed over. */
  get waiting(): number {
    return this.#instance.words(this.address, 10)[7]!;
  }

  /** How many samples of the blocks from..to - 1 are long. */
  countLong(from: number, to: number): number {
    return this.#instance.exports.countLong(this.address, from, to);
  }

  /** How many of the first `count` < 32 samples of a block are long. */
  countLongOf(block: number, count: number): number {
    return this.#instance.exports.countLongOf(this.address, block, 2 ** count - 1);
  }
}

/** One replicate in training. */
export class Seat {
  readonly head: Track;
  readonly #long: Track;
  readonly #instance: Instance;
  readonly #stream: SampleStream;
  /** Chunks of long samples that wait for training. */
  #chunks = 0;

  /**
   * @param longCount how many of the samples are long
   * @param narrowAt steps after which a predictor goes on in float32
   * @param headGroup address of room for the group of predictors 1 and 'stop'
   */
  constructor(
    instance: Instance,
    readonly replicate: Replicate,
    readonly samples: number,
    readonly longCount: number,
    average: Average,
    readonly narrowAt: number,
    headGroup: number,
  ) {
    const { d, lambda } = replicate;
    this.#instance = instance;
    this.#stream = new SampleStream(instance, replicate);
    const later = Array.from({ length: d - 1 }, (_, i): Predictor => i + 2);
    this.head = new Track(instance, d, [1, 'stop'], new Schedule(lambda, samples, average, SLICE), headGroup);
    this.#long = new Track(instance, d, later, new Schedule(lambda, longCount, average, SLICE));
  }

  /** Draws the samples of a block into chunk `headChunk` of the head, and trains predictors 2..d when a slice is full. */
  draw(block: number, headChunk: number): void {
    const { exports } = this.#instance;
    const { address } = this.#stream;
    const count = Math.min(CHUNK, this.samples - CHUNK * block);
    const valid = count === CHUNK ? 0xffffffff : 2 ** count - 1;
    if (exports.drawBlock(address, this.head.address, this.#long.address, block, valid, headChunk, this.#chunks)) {
      this.#chunks++;
    }
    if (this.#chunks * CHUNK === SLICE) this.#trainLong();
  }

  /** Trains predictors 2..d on what is left. */
  finish(): TrainedChain {
    if (this.#stream.waiting > 0) {
      this.#instance.exports.drawRest(this.#stream.address, this.#long.address, this.#chunks++);
    }
    if (this.#chunks > 0) this.#trainLong();
    const [first, stop] = this.head.weights();
    const none = new Float64Array(0);
    const model = { d: this.replicate.d, first: first!, stop: stop!, next: [none, none, ...this.#long.weights()] };
    return { model, steps: this.samples, longSteps: this.longCount };
  }

  #trainLong(): void {
    if (this.#long.schedule.taken === this.narrowAt) this.#long.narrow();
    const averages = this.#long.beginSlice();
    this.#long.train(this.#chunks, averages);
    this.#chunks = 0;
  }
}
