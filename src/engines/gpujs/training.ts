import type { LinearChain, Predictor } from '../../chain/index.js';
import { featureCount, weightsOf } from '../../chain/index.js';
import { Pacer, part, type Watch } from '../../progress/index.js';
import {
  type Average,
  PackedResponses,
  requireLambda,
  type TrainedChain,
  type TrainingTask,
  withoutNoise,
} from '../../training/index.js';
import type { Device } from './device.js';
import { groupsOf } from './groups.js';
import { BLOCK } from './kernel-source.js';
import { stepsOfCall } from './pipelines.js';
import { CHUNK, type Samples, samplesOf } from './samples.js';
import { Schedule } from './schedule.js';
import { headTrack, longTrack, type Track, weightsLength } from './track.js';
import { TrackTraining } from './track-training.js';

/** Bytes of an array: the least that every implementation of WebGPU binds. */
const MAX_BYTES = 2 ** 27;

/** Replicates that one call trains: on a graphics processor, and here, where they share a cache and a call should be short. */
const TOGETHER = 256;
const TOGETHER_HERE = 8;

/** Trains tasks of any d; those of the same d share the calls. */
export async function train(
  device: Device,
  tasks: readonly TrainingTask[],
  average: Average,
  narrowAt: number,
  watch: Watch,
): Promise<TrainedChain[]> {
  for (const { lambda } of tasks) requireLambda(lambda);
  const groups = groupsOf(
    tasks,
    ({ data }) => data.d,
    (d) => mostTogether(device, d),
  );
  const chains: TrainedChain[] = [];
  for (const [i, group] of groups.entries()) {
    const members = group.map((index) => tasks[index]!);
    const trained = await trainTogether(device, members, average, narrowAt, part(watch, i, groups.length));
    for (const [j, index] of group.entries()) chains[index] = trained[j]!;
  }
  return chains;
}

/** How many replicates one call may train. */
function mostTogether(device: Device, d: number): number {
  if (device.backend !== 'webgpu') return TOGETHER_HERE;
  // A number for each pair of a block's samples and each predictor; the weights and their sums.
  const largest = Math.max(stepsOfCall(device) * BLOCK * (d - 1), 2 * weightsLength(longTrack(d)));
  return Math.min(TOGETHER, Math.max(1, Math.floor(MAX_BYTES / (4 * largest))));
}

/** Trains tasks of the same d. */
async function trainTogether(
  device: Device,
  tasks: readonly TrainingTask[],
  average: Average,
  narrowAt: number,
  watch: Watch,
): Promise<TrainedChain[]> {
  const pacer = new Pacer(watch);
  const samples: Samples[] = [];
  for (const { data } of tasks) samples.push(await samplesOf(await withoutNoise(data, watch), watch));
  const { d } = samples[0]!;

  const training = (track: Track, countOf: (samples: Samples) => number, stepsOf: (start: TrainedChain) => number) => {
    const starts = tasks.map(({ start }) => (start && stepsOf(start) > 0 ? start.model : undefined));
    const schedules = tasks.map(({ lambda, start }, r) => {
      return new Schedule(lambda, countOf(samples[r]!), start ? stepsOf(start) : 0, average);
    });
    return new TrackTraining(device, track, schedules, starts, narrowAt);
  };
  const head = training(
    headTrack(d),
    ({ count }) => count,
    ({ steps }) => steps,
  );
  const long = training(
    longTrack(d),
    ({ longCount }) => longCount,
    ({ longSteps }) => longSteps,
  );

  const size = stepsOfCall(device);
  const most = Math.max(...samples.map(({ count }) => count));
  const queues = samples.map(() => new LongQueue(d));
  for (let done = 0; done < most; done += size) {
    const pause = () => pacer.checkpoint(done / most);
    await pause();
    const drawn = samples.map((source) => source.next(size));
    await head.step(drawn, pause);
    for (const [r, queue] of queues.entries()) queue.push(drawn[r]!);
    const end = done + size >= most;
    // As soon as one replicate fills a call, the others go along with what they have.
    while (queues.some(({ count }) => count >= (end ? 1 : size))) {
      const taken = queues.map((queue) => queue.take(size, end));
      await long.step(taken, pause);
    }
  }
  return tasks.map(({ start }, r) => {
    const { count, longCount } = samples[r]!;
    const [first, stop] =
      count > 0 ? head.weights(r) : untrained([1, 'stop'], d, start?.steps ? start.model : undefined);
    const later = Array.from({ length: d - 1 }, (_, i) => i + 2);
    const next = longCount > 0 ? long.weights(r) : untrained(later, d, start?.longSteps ? start.model : undefined);
    const none = new Float64Array(0);
    return {
      model: { d, first: first!, stop: stop!, next: [none, none, ...next] },
      steps: count + (start?.steps ?? 0),
      longSteps: longCount + (start?.longSteps ?? 0),
    };
  });
}

/** The weights of predictors that take no step. */
function untrained(predictors: readonly Predictor[], d: number, start: LinearChain | undefined): Float64Array[] {
  return predictors.map((predictor) =>
    start ? weightsOf(start, predictor) : new Float64Array(featureCount(predictor, d)),
  );
}

/** Long samples that wait for training, in order. */
class LongQueue {
  #waiting: PackedResponses;

  constructor(d: number) {
    this.#waiting = new PackedResponses(d);
  }

  get count(): number {
    return this.#waiting.count;
  }

  push(samples: PackedResponses): void {
    this.#waiting.append(samples, samples.long);
  }

  /**
   * Up to `most` samples, a multiple of 32. Words that are not full are left for the end, so that a chain's blocks of steps do
   * not depend on when they are taken.
   */
  take(most: number, end: boolean): PackedResponses {
    const all = this.#waiting;
    const full = end ? all.blocks : Math.floor(all.count / CHUNK);
    const blocks = Math.min(full, most / CHUNK);
    const taken = new PackedResponses(all.d);
    this.#waiting = new PackedResponses(all.d);
    // All of them are long, so that the words of lengths say which there are.
    const { long } = all;
    taken.append(
      all,
      long.map((word, block) => (block < blocks ? word : 0)),
    );
    this.#waiting.append(
      all,
      long.map((word, block) => (block < blocks ? 0 : word)),
    );
    return taken;
  }
}
