/** What the host calls. Addresses are bytes; the structures are described where they are defined. */
import { completeChains, completeFirstTokens, tabulatePairSigns, Track, unpackHead, unpackLong } from './patterns';
import { collectLong, inputWords, longMask, Queue, Stream } from './samples';
import { writeSchedule } from './schedule';
import { trainTile } from './sgd';

/** Once for each memory. */
export function prepare(): void {
  tabulatePairSigns();
}

export { beginDecoding, decideStop, decideToken, drawUniforms, finishDecoding } from './decode';
export { countLong } from './samples';

/** A chain in training. The host writes it, field by field in this order. */
@unmanaged
class Seat {
  d: u32;
  head: Track;
  long: Track;
  queue: Queue;
}

/**
 * Draws the 32 samples of a block that has been counted.
 *
 * @param headChunk where they go in the head
 * @param longChunk where 32 long samples go if they are complete
 * @returns whether they were
 */
export function drawBlock(seat: Seat, stream: Stream, block: u32, headChunk: u32, longChunk: u32): bool {
  const words = seat.head.words;
  const mask = longMask(stream, block);
  inputWords(seat.d, block, stream.inputs, stream.key0, stream.key1, words);
  completeFirstTokens(words, seat.d, mask);
  return deal(seat, mask, headChunk, longChunk);
}

/** The same for 32 responses that the host has written to the words of the head: [x, tokens, which are long]. */
export function takeBlock(seat: Seat, headChunk: u32, longChunk: u32): bool {
  return deal(seat, load<u32>(seat.head.words + seat.d * 8), headChunk, longChunk);
}

function deal(seat: Seat, mask: u32, headChunk: u32, longChunk: u32): bool {
  const complete = collectLong(seat.queue, seat.head.words, mask, seat.long.words);
  unpackHead(seat.head, headChunk, seat.d, mask);
  if (complete) dealLong(seat, longChunk);
  return complete;
}

/** Unpacks the long samples that still wait, fewer than 32; the rest of the chunk is samples of signs +1. */
export function dealRest(seat: Seat, longChunk: u32): void {
  memory.copy(seat.long.words, seat.queue.pending, <usize>seat.queue.positions * 4);
  dealLong(seat, longChunk);
}

function dealLong(seat: Seat, longChunk: u32): void {
  if (seat.queue.positions === seat.d) completeChains(seat.long.words, seat.d);
  unpackLong(seat.long, longChunk, seat.d);
}

export function scheduleF64(
  out: usize,
  unit: i32,
  lambda: f64,
  before: f64,
  left: i32,
  skipped: i32,
  share: f64,
): void {
  writeSchedule<f64>(out, unit, lambda, before, left, skipped, share);
}

export function scheduleF32(
  out: usize,
  unit: i32,
  lambda: f64,
  before: f64,
  left: i32,
  skipped: i32,
  share: f64,
): void {
  writeSchedule<f32>(out, unit, lambda, before, left, skipped, share);
}

export function trainF64(tile: usize, count: u32, blocks: u32, average: bool): void {
  if (average) trainTile<f64>(tile, count, blocks, true, false);
  else trainTile<f64>(tile, count, blocks, false, false);
}

export function trainF32(tile: usize, count: u32, blocks: u32, average: bool): void {
  if (average) trainTile<f32>(tile, count, blocks, true, false);
  else trainTile<f32>(tile, count, blocks, false, false);
}

/** For groups of predictors 1 and 'stop'. */
export function trainHeadF32(tile: usize, count: u32, blocks: u32, average: bool): void {
  if (average) trainTile<f32>(tile, count, blocks, true, true);
  else trainTile<f32>(tile, count, blocks, false, true);
}
