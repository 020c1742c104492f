import type { Predictor } from '../../chain/index.js';
import { streamOf } from '../../random/index.js';
import type { Average, TrainedChain } from '../../training/index.js';
import type { Replicate } from '../program.js';
import type { Instance } from './instance.js';
import { Schedule } from './schedule.js';
import { SLICE, Track } from './track.js';

/** Samples in a word of bits. */
export const CHUNK = 32;

/** Chunks whose lengths are kept from counting to training: 2 MB for 16 million samples. Later ones are drawn again. */
const MAX_KEPT = 2 ** 19;

/** The stream of a replicate's samples, as assembly/samples.ts reads it. */
export class SampleStream {
  readonly address: number;
  readonly #instance: Instance;

  constructor(
    instance: Instance,
    { d, pCot, seed }: Replicate,
    readonly samples: number,
  ) {
    this.#instance = instance;
    const pending = instance.take(4 * d);
    const keptBlocks = Math.min(this.chunks, MAX_KEPT);
    const masks = instance.take(4 * keptBlocks);
    this.address = instance.take(48);
    const fields = instance.fields(this.address, 48);
    const write = (field: number, value: number) => fields.setUint32(4 * field, value, true);
    write(0, seed >>> 0);
    write(1, Math.floor(seed / 2 ** 32));
    write(2, streamOf('inputs'));
    write(3, streamOf('lengths'));
    // n / 2^53 < p for an integer n means n < ceil(p 2^53), and the product is exact.
    fields.setBigUint64(16, BigInt(Math.ceil(pCot * 2 ** 53)), true);
    write(6, d);
    write(8, pending);
    write(9, masks);
    write(10, keptBlocks);
    write(11, samples);
  }

  /** Chunks that will be drawn; the last may have room for more samples. */
  get chunks(): number {
    return Math.ceil(this.samples / CHUNK);
  }

  /** Long samples that are drawn and not yet handed over. */
  get waiting(): number {
    return this.#instance.words(this.address, 10)[7]!;
  }

  /** How many samples of the chunks from..to - 1 are long. */
  countLong(from: number, to: number): number {
    return this.#instance.exports.countLong(this.address, from, to);
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
   * @param stream of the samples, which have been counted
   * @param longCount how many of them are long
   * @param narrowAt steps after which a predictor goes on in float32
   * @param headGroup address of room for the group of predictors 1 and 'stop'
   */
  constructor(
    instance: Instance,
    readonly replicate: Replicate,
    stream: SampleStream,
    readonly longCount: number,
    average: Average,
    readonly narrowAt: number,
    headGroup: number,
  ) {
    const { d, lambda } = replicate;
    this.#instance = instance;
    this.#stream = stream;
    const later = Array.from({ length: d - 1 }, (_, i): Predictor => i + 2);
    this.head = new Track(instance, d, [1, 'stop'], new Schedule(lambda, stream.samples, average, SLICE), headGroup);
    this.#long = new Track(instance, d, later, new Schedule(lambda, longCount, average, SLICE));
  }

  /** Draws the samples of a block into chunk `headChunk` of the head, and trains predictors 2..d when a slice is full. */
  draw(block: number, headChunk: number): void {
    const { exports } = this.#instance;
    const { address } = this.#stream;
    if (exports.drawBlock(address, this.head.address, this.#long.address, block, headChunk, this.#chunks)) {
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
    return { model, steps: this.#stream.samples, longSteps: this.longCount };
  }

  #trainLong(): void {
    if (this.#long.schedule.taken === this.narrowAt) this.#long.narrow();
    const averages = this.#long.beginSlice();
    this.#long.train(this.#chunks, averages);
    this.#chunks = 0;
  }
}
