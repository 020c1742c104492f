import type { Predictor } from '../../chain/index.js';
import type { Average, TrainedChain, TrainingTask } from '../../training/index.js';
import type { Precision } from '../engine.js';
import { longFloat64Steps } from './float64-steps.js';
import type { Instance } from './instance.js';
import { Schedule } from './schedule.js';
import { CHUNK, type SampleSource } from './sources.js';
import { SLICE, Track } from './track.js';

/** One chain in training. */
export class Seat {
  readonly head: Track;
  readonly #long: Track;
  readonly #instance: Instance;
  /** Address of the structure `Seat` of assembly/index.ts. */
  readonly #address: number;
  /** Steps after which predictors 2..d go on in float32. */
  readonly #narrowAt: number;
  /** Chunks of long samples that wait for training. */
  #chunks = 0;

  /**
   * @param source of the samples, which have been counted
   * @param headGroup address of room for the group of predictors 1 and 'stop'
   */
  constructor(
    instance: Instance,
    readonly source: SampleSource,
    { lambda, start }: TrainingTask,
    average: Average,
    precision: Precision,
    headGroup: number,
  ) {
    const { d, count, longCount, positions } = source;
    this.#instance = instance;
    this.#narrowAt = longFloat64Steps(precision, d, lambda);
    const later = Array.from({ length: d - 1 }, (_, i): Predictor => i + 2);
    const schedule = new Schedule(lambda, count, start?.steps ?? 0, average, SLICE);
    const longSchedule = new Schedule(lambda, longCount, start?.longSteps ?? 0, average, SLICE);
    this.head = new Track(instance, d, [1, 'stop'], schedule, start?.model, headGroup);
    this.#long = new Track(instance, d, later, longSchedule, start?.model);
    const pending = instance.take(4 * positions);
    const queue = instance.take(12);
    instance.words(queue, 2).set([pending, positions]);
    this.#address = instance.take(16);
    instance.words(this.#address, 4).set([d, this.head.address, this.#long.address, queue]);
  }

  /** Blocks of samples; the last may have room for more. */
  get blocks(): number {
    return Math.ceil(this.source.count / CHUNK);
  }

  /** Puts the samples of a block into chunk `headChunk` of the head, and trains predictors 2..d when a slice is full. */
  deal(block: number, headChunk: number): void {
    if (this.source.deal(this.#address, this.head.words, block, headChunk, this.#chunks)) this.#chunks++;
    if (this.#chunks * CHUNK === SLICE) this.#trainLong();
  }

  /** Trains predictors 2..d on what is left. */
  finish(): TrainedChain {
    const { d, longCount } = this.source;
    if (longCount % CHUNK > 0) this.#instance.exports.dealRest(this.#address, this.#chunks++);
    if (this.#chunks > 0) this.#trainLong();
    const { head } = this;
    const [first, stop] = head.weights();
    const none = new Float64Array(0);
    return {
      model: { d, first: first!, stop: stop!, next: [none, none, ...this.#long.weights()] },
      steps: head.schedule.earlier + head.schedule.steps,
      longSteps: this.#long.schedule.earlier + longCount,
    };
  }

  #trainLong(): void {
    if (this.#long.schedule.taken === this.#narrowAt) this.#long.narrow();
    const averages = this.#long.beginSlice();
    this.#long.train(this.#chunks, averages);
    this.#chunks = 0;
  }
}
