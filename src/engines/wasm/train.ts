import { Pacer, type Watch } from '../../progress/index.js';
import {
  type Average,
  PackedResponses,
  type TrainedChain,
  type TrainingTask,
  withoutNoise,
} from '../../training/index.js';
import type { Precision } from '../engine.js';
import { headFloat64Steps } from './float64-steps.js';
import type { Instance } from './instance.js';
import { Seat } from './seat.js';
import { CHUNK, DrawnSamples, GivenSamples, type SampleSource } from './sources.js';
import { GROUP, SLICE } from './track.js';

/** Slices between two looks at the watch. */
const PACE = 16;

/** Chunks whose lengths are counted between two looks at the watch. */
const COUNTING_PACE = 4096;

/**
 * Trains a few chains together: the steps of their predictors 1 and 'stop', of which each chain has only a vector's worth,
 * alternate.
 */
export async function trainTogether(
  instance: Instance,
  tasks: readonly TrainingTask[],
  average: Average,
  precision: Precision,
  watch: Watch,
): Promise<TrainedChain[]> {
  const pacer = new Pacer(watch);
  const sources: SampleSource[] = [];
  for (const { data } of tasks) sources.push(await sourceOf(instance, await withoutNoise(data, watch), pacer));
  // The longest first, so that the chains that still take steps always come first.
  const order = tasks.map((_, i) => i).sort((i, j) => sources[j]!.count - sources[i]!.count);
  const heads = instance.take(GROUP * tasks.length);
  const seats = order.map(
    (i, place) => new Seat(instance, sources[i]!, tasks[i]!, average, precision, heads + GROUP * place),
  );
  await trainSeats(seats, heads, headFloat64Steps(precision), pacer);
  const chains: TrainedChain[] = [];
  for (const [place, i] of order.entries()) chains[i] = seats[place]!.finish();
  return chains;
}

/** @param seats those with more samples first */
async function trainSeats(seats: readonly Seat[], heads: number, narrowAt: number, pacer: Pacer): Promise<void> {
  const blocks = seats[0]!.blocks;
  const step = SLICE / CHUNK;
  for (let first = 0; first < blocks; first += step) {
    if (first % (PACE * step) === 0) await pacer.checkpoint(first / blocks);
    const active = seats.filter((seat) => first < seat.blocks);
    for (const seat of active) {
      for (let block = first; block < Math.min(first + step, seat.blocks); block++) seat.deal(block, block - first);
    }
    trainHeads(active, heads, Math.min(step, blocks - first), narrowAt);
  }
}

/** The averages of predictors l >= 2 depend on how many steps they will take, so lengths are drawn before all else. */
async function sourceOf(
  instance: Instance,
  data: TrainingTask['data'],
  pacer: Pacer,
): Promise<DrawnSamples | GivenSamples> {
  if (data instanceof PackedResponses) return new GivenSamples(instance, data);
  const source = new DrawnSamples(instance, data);
  const blocks = Math.ceil(data.samples / CHUNK);
  for (let from = 0; from < blocks; from += COUNTING_PACE) {
    await pacer.checkpoint(0);
    source.countLong(from, Math.min(blocks, from + COUNTING_PACE));
  }
  return source;
}

/**
 * All of these heads have taken the same steps, so that they go on in float32 at the same time. They need not begin to
 * average at the same time: what is added to sums before that is overwritten.
 *
 * @param chunks that the longest has samples for; the others do not take the steps beyond theirs
 */
function trainHeads(seats: readonly Seat[], heads: number, chunks: number, narrowAt: number): void {
  let averages = false;
  for (const { head } of seats) {
    if (head.schedule.taken === narrowAt) head.narrow();
    averages = head.beginSlice() || averages;
  }
  seats[0]!.head.trainTile(heads, seats.length, chunks, averages);
}
