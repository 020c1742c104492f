import type { LinearChain } from '../../chain/index.js';
import type { PackedResponses } from '../../training/index.js';
import type { Device, Values } from './device.js';
import { packHalves } from './halves.js';
import { stepOnHost, type Weights } from './host-steps.js';
import { stepsOfCall, trainingPipeline } from './pipelines.js';
import type { Schedule } from './schedule.js';
import { readWeights, rowLength, type Track, weightsLength, writeWeights } from './track.js';

/** Rows of a schedule, as `stepsKernel` reads them, and their number. */
const [SCALE, TAKEN, SHARE, SCHEDULE] = [0, 1, 2, 3];

/** A replicate's predictors of one track. */
interface Seat {
  readonly schedule: Schedule;
  /** Steps taken. */
  taken: number;
  /** Its weights while its steps are taken in float64. */
  host: Weights | null;
}

/** A range of the samples of a call. */
interface Range {
  readonly from: number;
  readonly to: number;
}

/**
 * The predictors of one track, of some replicates of the same d. Blocks of steps begin at multiples of 8 of a replicate's
 * own samples, and its average begins with a call of its own: with whom it shares calls changes no bit of its weights.
 */
export class TrackTraining {
  readonly #device: Device;
  readonly #track: Track;
  readonly #narrowAt: number;
  readonly #seats: readonly Seat[];
  /** Numbers of a replicate's weights. */
  readonly #length: number;
  /** Per replicate the weights lambda v_t, then their sums, which count from the first averaged iterate on. */
  readonly #state: Float32Array;

  /**
   * @param starts the chains that training goes on from
   * @param narrowAt t after which a predictor goes on in float32, on the device
   */
  constructor(
    device: Device,
    track: Track,
    schedules: readonly Schedule[],
    starts: readonly (LinearChain | undefined)[],
    narrowAt: number,
  ) {
    this.#device = device;
    this.#track = track;
    this.#narrowAt = narrowAt;
    this.#length = weightsLength(track);
    this.#state = new Float32Array(schedules.length * 2 * this.#length);
    this.#seats = schedules.map((schedule, r) => {
      const values = new Float64Array(this.#length);
      const start = starts[r];
      if (start) writeWeights(track, start, schedule.lambda * schedule.first, values);
      const share = schedule.firstShare;
      return { schedule, taken: 0, host: { values, sums: values.map((v) => share * v) } };
    });
  }

  /**
   * @param samples for each replicate, at most as many as a call takes
   * @param pause awaited between pieces of work
   */
  async step(samples: readonly PackedResponses[], pause: () => Promise<void>): Promise<void> {
    const before: Range[] = [];
    const averaged: Range[] = [];
    for (const [r, seat] of this.#seats.entries()) {
      const { count } = samples[r]!;
      const from = this.#stepOnHost(seat, samples[r]!);
      if (seat.host && from < count) this.#narrow(r, seat.host);
      const first = Math.min(count, from + Math.max(0, seat.schedule.skipped - seat.taken));
      before.push({ from, to: first });
      averaged.push({ from: first, to: count });
      await pause();
    }
    await this.#stepOnDevice(samples, before, false);
    for (const [r, { schedule, taken }] of this.#seats.entries()) {
      if (taken === schedule.skipped && averaged[r]!.to > averaged[r]!.from) this.#beginAverage(r, schedule.firstShare);
    }
    await this.#stepOnDevice(samples, averaged, true);
  }

  /** The averaged weights of each predictor of a replicate, after at least one step. */
  weights(r: number): Float64Array[] {
    const { schedule, host } = this.#seats[r]!;
    return readWeights(this.#track, host?.sums ?? this.#sumsOf(r), schedule.divisor);
  }

  #valuesOf(r: number): Float32Array {
    return this.#state.subarray(2 * r * this.#length, (2 * r + 1) * this.#length);
  }

  #sumsOf(r: number): Float32Array {
    return this.#state.subarray((2 * r + 1) * this.#length, (2 * r + 2) * this.#length);
  }

  /** Takes the steps that are due in float64. @returns how many */
  #stepOnHost(seat: Seat, samples: PackedResponses): number {
    const { schedule, taken, host } = seat;
    if (host === null) return 0;
    const count = Math.min(samples.count, Math.max(0, this.#narrowAt - schedule.first - taken));
    stepOnHost(this.#track, host, schedule, taken, samples, count);
    seat.taken += count;
    return count;
  }

  #narrow(r: number, { values, sums }: Weights): void {
    this.#valuesOf(r).set(values);
    this.#sumsOf(r).set(sums);
    this.#seats[r]!.host = null;
  }

  /** Before the first averaged iterate all steps have the same share in the sums. */
  #beginAverage(r: number, share: number): void {
    this.#sumsOf(r).set(this.#valuesOf(r).map((v) => share * v));
  }

  async #stepOnDevice(samples: readonly PackedResponses[], ranges: readonly Range[], averages: boolean): Promise<void> {
    if (ranges.every(({ from, to }) => from === to)) return;
    const { name, d } = this.#track;
    const replicates = this.#seats.length;
    const pipeline = `${name} d=${d} replicates=${replicates}${averages ? ' averaging' : ''}`;
    const record = () => trainingPipeline(this.#device, this.#track, replicates, averages);
    const counter: Values = { numbers: new Float32Array(4), size: [4, 1, 1] };
    const after = await this.#device.run(pipeline, record, [
      this.#stateOf(averages),
      this.#halvesOf(samples),
      this.#scheduleOf(ranges),
      counter,
    ]);
    const row = rowLength(this.#track);
    for (const [r, rows] of after.entries()) {
      for (const [y, numbers] of rows.entries()) this.#state.set(numbers, 2 * r * this.#length + y * row);
      this.#seats[r]!.taken += ranges[r]!.to - ranges[r]!.from;
    }
  }

  #stateOf(averages: boolean): Values {
    const row = rowLength(this.#track);
    const replicates = this.#seats.length;
    const length = (averages ? 2 : 1) * this.#length;
    const numbers = new Float32Array(replicates * length);
    for (let r = 0; r < replicates; r++) {
      const from = 2 * r * this.#length;
      numbers.set(this.#state.subarray(from, from + length), r * length);
    }
    return { numbers, size: [row, length / row, replicates] };
  }

  #halvesOf(samples: readonly PackedResponses[]): Values {
    const { columns, word } = this.#track;
    const wordOf = (r: number, block: number, column: number) => word(samples[r]!, block, column);
    const blocks = samples.map((responses) => responses.blocks);
    return packHalves(columns, stepsOfCall(this.#device), blocks, wordOf);
  }

  /** The steps of a call: those outside of a replicate's range are not taken. */
  #scheduleOf(ranges: readonly Range[]): Values {
    const steps = stepsOfCall(this.#device);
    const numbers = new Float32Array(ranges.length * SCHEDULE * steps);
    for (const [r, { schedule, taken }] of this.#seats.entries()) {
      const { from, to } = ranges[r]!;
      const rowOf = (row: number) => {
        const at = (r * SCHEDULE + row) * steps;
        return numbers.subarray(at + from, at + to);
      };
      schedule.writeShares(taken, rowOf(SHARE));
      rowOf(TAKEN).fill(1);
      const scales = rowOf(SCALE);
      for (let i = 0; i < scales.length; i++) scales[i] = schedule.scale(taken + i + 1);
    }
    return { numbers, size: [steps, SCHEDULE, ranges.length] };
  }
}
