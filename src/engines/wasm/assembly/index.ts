/** What the host calls. Addresses are bytes; the structures are described where they are defined. */
import { collectLong, inputWords, longMask, Stream } from './samples';
import { tabulatePairSigns, Track, unpackHead, unpackLong } from './patterns';
import { trainTile } from './sgd';

/** Once for each memory. */
export function prepare(): void {
  tabulatePairSigns();
}

/** How many samples of the blocks from..to - 1 are long. */
export function countLong(stream: Stream, from: u32, to: u32): u32 {
  let count: u32 = 0;
  for (let block = from; block < to; block++) count += popcnt<u32>(longMask(stream, block));
  return count;
}

/** How many of the samples of one block that `valid` names are long. */
export function countLongOf(stream: Stream, block: u32, valid: u32): u32 {
  return popcnt<u32>(longMask(stream, block) & valid);
}

/**
 * Draws the 32 samples of a block.
 *
 * @param valid which of them are wanted
 * @param headChunk where they go in `head`
 * @param longChunk where 32 long samples go in `long` if they are complete
 * @returns whether they were
 */
export function drawBlock(
  stream: Stream,
  head: Track,
  long: Track,
  block: u32,
  valid: u32,
  headChunk: u32,
  longChunk: u32,
): bool {
  const mask = longMask(stream, block) & valid;
  inputWords(stream, block, head.words);
  const complete = collectLong(stream, head.words, mask, long.words);
  unpackHead(head, headChunk, stream.d, mask);
  if (complete) unpackLong(long, longChunk, stream.d);
  return complete;
}

/** Unpacks the long samples that still wait, fewer than 32; the rest of the chunk is samples of signs +1. */
export function drawRest(stream: Stream, long: Track, longChunk: u32): void {
  memory.copy(long.words, stream.pending, stream.d * 4);
  unpackLong(long, longChunk, stream.d);
}

export function trainF64(tile: usize, count: u32, blocks: u32, average: bool): void {
  if (average) trainTile<f64>(tile, count, blocks, true);
  else trainTile<f64>(tile, count, blocks, false);
}

export function trainF32(tile: usize, count: u32, blocks: u32, average: bool): void {
  if (average) trainTile<f32>(tile, count, blocks, true);
  else trainTile<f32>(tile, count, blocks, false);
}
