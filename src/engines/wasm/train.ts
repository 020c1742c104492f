import { Pacer, type Watch } from '../../progress/index.js';
import type { Average, TrainedChain } from '../../training/index.js';
import type { Precision } from '../engine.js';
import type { Replicate } from '../program.js';
import type { Instance } from './instance.js';
import { CHUNK, SampleStream, Seat } from './seat.js';
import { GROUP, SLICE, trainTile } from './track.js';

/** Steps of a predictor in float64 before it goes on in float32, a multiple of SLICE. */
export const NARROW_AT = 4096;

/** Chunks between two looks at the watch. */
const PACE = 32;

/** Chunks whose lengths are counted between two looks at the watch. */
const COUNTING_PACE = 4096;

/**
 * Trains a few chains together: the steps of their predictors 1 and 'stop', of which each chain has only a vector's worth,
 * alternate.
 */
export async function trainTogether(
  instance: Instance,
  replicates: readonly Replicate[],
  samples: number,
  average: Average,
  precision: Precision,
  watch: Watch,
): Promise<TrainedChain[]> {
  const pacer = new Pacer(watch);
  const narrowAt = precision === 'mixed' ? NARROW_AT : Number.POSITIVE_INFINITY;
  const heads = instance.take(GROUP * replicates.length);
  const seats: Seat[] = [];
  for (const [i, replicate] of replicates.entries()) {
    const stream = new SampleStream(instance, replicate, samples);
    const longCount = await countLong(stream, pacer);
    seats.push(new Seat(instance, replicate, stream, longCount, average, narrowAt, heads + GROUP * i));
  }
  const chunks = Math.ceil(samples / CHUNK);
  let headChunks = 0;
  for (let chunk = 0; chunk < chunks; chunk++) {
    if (chunk % PACE === 0) await pacer.checkpoint(chunk / chunks);
    for (const seat of seats) seat.draw(chunk, headChunks);
    headChunks++;
    if (headChunks * CHUNK < SLICE && chunk + 1 < chunks) continue;
    trainHeads(instance, seats, heads, headChunks, narrowAt);
    headChunks = 0;
  }
  return seats.map((seat) => seat.finish());
}

/** The averages of predictors l >= 2 depend on how many steps they will take, so lengths are drawn before all else. */
async function countLong(stream: SampleStream, pacer: Pacer): Promise<number> {
  const { chunks } = stream;
  let count = 0;
  for (let from = 0; from < chunks; from += COUNTING_PACE) {
    await pacer.checkpoint(0);
    count += stream.countLong(from, Math.min(chunks, from + COUNTING_PACE));
  }
  return count;
}

/** All heads have taken the same steps, so that they begin to average and go on in float32 at the same time. */
function trainHeads(instance: Instance, seats: readonly Seat[], heads: number, chunks: number, narrowAt: number): void {
  let averages = false;
  for (const { head } of seats) {
    if (head.schedule.taken === narrowAt) head.narrow();
    averages = head.beginSlice();
  }
  trainTile(instance, seats[0]!.head.width, heads, seats.length, chunks, averages);
}
