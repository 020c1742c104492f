/** What the host calls. Addresses are bytes; the structures are described where they are defined. */
import { collectLong, inputWords, longMask, Stream } from './samples';
import { tabulatePairSigns, Track, unpackHead, unpackLong } from './patterns';
import { trainTile } from './sgd';

/** Once for each memory. */
export function prepare(): void {
  tabulatePairSigns();
}

export { countLong } from './samples';

/**
 * Draws the 32 samples of a block that has been counted.
 *
 * @param headChunk where they go in `head`
 * @param longChunk where 32 long samples go in `long` if they are complete
 * @returns whether they were
 */
export function drawBlock(
  stream: Stream,
  head: Track,
  long: Track,
  block: u32,
  headChunk: u32,
  longChunk: u32,
): bool {
  const mask = longMask(stream, block);
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
