import { featureCount, type LinearChain, weightsOf } from '../../chain/index.js';
import type { PackedResponses } from '../../training/index.js';
import type { Device, Values } from './device.js';
import { stepOnHost, type Weights } from './host-steps.js';
import { HALF } from './kernel-source.js';
import { stepsOfCall, trainingPipeline } from './pipelines.js';
import type { Schedule } from './schedule.js';
import { forEachWeight, paddedColumns, type Track, weightsLength } from './track.js';

/** Rows of a schedule, as `stepsKernel` reads them. */
const [SCALE, TAKEN, SHARE, SCHEDULE] = [0, 1, 2, 3];

/** A replicate's predictors of one track. */
interface Seat {
  readonly schedule: Schedule;
  /** Steps taken. */
  taken: number;
  /** Its weights while its steps are taken in float64. */
  host: Weights | null;
  /** Whether the sums belong to the weights: before the first averaged iterate they need not. */
  summed: boolean;
}

/** The predictors of one track, of some replicates of the same d. */
export class TrackTraining {
  readonly #device: Device;
  readonly #track: Track;
  readonly #narrowAt: number;
  readonly #seats: readonly Seat[];
  /** Numbers of a replicate's weights. */
  readonly #length: number;
  /** Per replicate the weights lambda v_t, then their sums. */
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
      const values = startValues(track, starts[r], schedule.lambda * schedule.first);
      const share = schedule.firstShare;
      return { schedule, taken: 0, host: { values, sums: values.map((v) => share * v) }, summed: true };
    });
  }

  /**
   * @param samples for each replicate, at most as many as a call takes
   * @param pause awaited between pieces of work
   */
  async step(samples: readonly PackedResponses[], pause: () => Promise<void>): Promise<void> {
    // A call may begin on the host and go on, behind these samples, on the device.
    const onHost: number[] = [];
    for (const [r, seat] of this.#seats.entries()) {
      onHost.push(this.#stepOnHost(seat, samples[r]!));
      await pause();
    }
    if (samples.every(({ count }, r) => count === onHost[r])) return;
    const averages = this.#seats.some(
      ({ schedule, taken }, r) => taken + samples[r]!.count - onHost[r]! > schedule.skipped,
    );
    for (const [r, { count }] of samples.entries())
      if (count > onHost[r]!) this.#ready(r, count - onHost[r]!, averages);
    await this.#stepOnDevice(samples, onHost, averages);
    for (const [r, { count }] of samples.entries()) this.#seats[r]!.taken += count - onHost[r]!;
  }

  /** The averaged weights of each predictor of a replicate, after at least one step. */
  weights(r: number): Float64Array[] {
    const { schedule, host } = this.#seats[r]!;
    const sums = host?.sums ?? this.#sumsOf(r);
    return this.#track.predictors.map((predictor, l) => {
      const weights = new Float64Array(featureCount(predictor, this.#track.d));
      forEachWeight(this.#track, l, (weight, at) => {
        weights[weight] = sums[at]! / schedule.divisor;
      });
      return weights;
    });
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

  /** Makes the state what the next call begins with. */
  #ready(r: number, count: number, averages: boolean): void {
    const seat = this.#seats[r]!;
    if (seat.host) {
      this.#valuesOf(r).set(seat.host.values);
      this.#sumsOf(r).set(seat.host.sums);
      seat.host = null;
    }
    if (!seat.summed && seat.taken + count > seat.schedule.skipped) {
      const share = seat.schedule.firstShare;
      this.#sumsOf(r).set(this.#valuesOf(r).map((v) => share * v));
      seat.summed = true;
    }
    seat.summed &&= averages;
  }

  async #stepOnDevice(
    samples: readonly PackedResponses[],
    skipped: readonly number[],
    averages: boolean,
  ): Promise<void> {
    const { name, d } = this.#track;
    const replicates = this.#seats.length;
    const pipeline = `${name} d=${d} replicates=${replicates}${averages ? ' averaging' : ''}`;
    const record = () => trainingPipeline(this.#device, this.#track, replicates, averages);
    const counter: Values = { numbers: new Float32Array(4), size: [4, 1, 1] };
    const after = await this.#device.run(pipeline, record, [
      this.#stateOf(averages),
      halvesOf(this.#track, samples, stepsOfCall(this.#device)),
      this.#scheduleOf(samples, skipped),
      counter,
    ]);
    const row = paddedColumns(this.#track);
    for (const [r, rows] of after.entries()) {
      for (const [y, numbers] of rows.entries()) this.#state.set(numbers, 2 * r * this.#length + y * row);
    }
  }

  #stateOf(averages: boolean): Values {
    const row = paddedColumns(this.#track);
    const replicates = this.#seats.length;
    const lines = (averages ? 2 : 1) * (this.#length / row);
    const numbers = new Float32Array(replicates * lines * row);
    for (let r = 0; r < replicates; r++) {
      const from = 2 * r * this.#length;
      numbers.set(this.#state.subarray(from, from + lines * row), r * lines * row);
    }
    return { numbers, size: [row, lines, replicates] };
  }

  /** The steps of a call. Those that are not taken on the device have no effect. */
  #scheduleOf(samples: readonly PackedResponses[], skipped: readonly number[]): Values {
    const steps = stepsOfCall(this.#device);
    const numbers = new Float32Array(samples.length * SCHEDULE * steps);
    for (const [r, { schedule, taken }] of this.#seats.entries()) {
      const [from, to] = [skipped[r]!, samples[r]!.count];
      const rowOf = (row: number) =>
        numbers.subarray((r * SCHEDULE + row) * steps + from, (r * SCHEDULE + row) * steps + to);
      schedule.writeShares(taken, rowOf(SHARE));
      rowOf(TAKEN).fill(1);
      const scales = rowOf(SCALE);
      for (let i = 0; i < scales.length; i++) scales[i] = schedule.scale(taken + i + 1);
    }
    return { numbers, size: [steps, SCHEDULE, samples.length] };
  }
}

/** lambda (t - 1) w, the weights that SGD goes on with. */
function startValues(track: Track, start: LinearChain | undefined, factor: number): Float64Array {
  const values = new Float64Array(weightsLength(track));
  if (start === undefined) return values;
  for (const [l, predictor] of track.predictors.entries()) {
    const weights = weightsOf(start, predictor);
    forEachWeight(track, l, (weight, at) => {
      values[at] = factor * weights[weight]!;
    });
  }
  return values;
}

/** Positions of 16 samples each, [replicate][half][column]. */
function halvesOf(track: Track, samples: readonly PackedResponses[], steps: number): Values {
  const { columns } = track;
  const halves = steps / HALF;
  const numbers = new Float32Array(samples.length * halves * columns);
  for (const [r, responses] of samples.entries()) {
    for (let block = 0; block < responses.blocks; block++) {
      const at = (r * halves + 2 * block) * columns;
      for (let column = 0; column < columns; column++) {
        const word = track.word(responses, block, column);
        numbers[at + column] = word & 0xffff;
        numbers[at + columns + column] = word >>> HALF;
      }
    }
  }
  return { numbers, size: [columns, halves, samples.length] };
}
