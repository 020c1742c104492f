/**
 * Samples, 32 at a time and bit-sliced: one word holds one position of 32 consecutive samples, bit 1 meaning -1. The bits
 * that are drawn are those of `Demonstrations`.
 */
import { RANDOM } from './layout';
import { philox4 } from './philox';

/** A stream of samples of D(p). The host writes it, field by field in this order. */
@unmanaged
export class Stream {
  key0: u32;
  key1: u32;
  /** Streams of the generator. */
  inputs: u32;
  lengths: u32;
  /** A sample is long iff its 53-bit integer is below. */
  threshold: u64;
  /** [keptBlocks] words: the masks of the first blocks, once they have been counted. */
  masks: usize;
  keptBlocks: u32;
  /** T: samples beyond it count as short, and are not trained on. */
  samples: u32;
}

/** Draws the lengths of the blocks from..to - 1 and counts the long samples. */
export function countLong(stream: Stream, from: u32, to: u32): u32 {
  let count: u32 = 0;
  for (let block = from; block < to; block++) {
    const mask = drawMask(stream, block);
    if (block < stream.keptBlocks) store<u32>(stream.masks + <usize>block * 4, mask);
    count += popcnt<u32>(mask);
  }
  return count;
}

/** Bit r: sample 32 block + r is long. To be called for blocks that have been counted. */
export function longMask(stream: Stream, block: u32): u32 {
  return block < stream.keptBlocks ? load<u32>(stream.masks + <usize>block * 4) : drawMask(stream, block);
}

function drawMask(stream: Stream, block: u32): u32 {
  let mask: u32 = 0;
  const lane = i32x4(0, 1, 2, 3);
  const zero = i32x4.splat(0);
  const thresholdHigh = i32x4.splat(<i32>(stream.threshold >> 26));
  const thresholdLow = i32x4.splat(<i32>(stream.threshold & ((1 << 26) - 1)));
  for (let row: u32 = 0; row < 32; row += 4) {
    const sample = i32x4.add(i32x4.splat(block * 32 + row), lane);
    philox4(sample, zero, zero, i32x4.splat(stream.lengths), stream.key0, stream.key1);
    const high = i32x4.shr_u(v128.load(RANDOM), 5);
    const low = i32x4.shr_u(v128.load(RANDOM, 16), 6);
    const below = v128.and(i32x4.eq(high, thresholdHigh), i32x4.lt_s(low, thresholdLow));
    mask |= i32x4.bitmask(v128.or(i32x4.lt_s(high, thresholdHigh), below)) << row;
  }
  const left = stream.samples - block * 32;
  return left < 32 ? mask & ((1 << left) - 1) : mask;
}

/** Inputs x of the 32 samples of a block: [d] words, written in sixteens. */
export function inputWords(d: u32, block: u32, stream: u32, key0: u32, key1: u32, out: usize): void {
  const zero = i32x4.splat(0);
  const sample = i32x4.splat(block);
  let step = i32x4(0, 1, 2, 3);
  for (let position: u32 = 0; position < d; position += 16) {
    philox4(sample, zero, step, i32x4.splat(stream), key0, key1);
    transpose(RANDOM, out);
    step = i32x4.add(step, i32x4.splat(4));
    out += 64;
  }
}

/** Turns [4 words][4 calls] into [4 calls][4 words]. */
// @ts-ignore: decorator
@inline
function transpose(from: usize, to: usize): void {
  const a = v128.load(from);
  const b = v128.load(from, 16);
  const c = v128.load(from, 32);
  const d = v128.load(from, 48);
  const ab = v128.shuffle<u32>(a, b, 0, 4, 1, 5);
  const cd = v128.shuffle<u32>(c, d, 0, 4, 1, 5);
  const abHigh = v128.shuffle<u32>(a, b, 2, 6, 3, 7);
  const cdHigh = v128.shuffle<u32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<u64>(ab, cd, 0, 2));
  v128.store(to, v128.shuffle<u64>(ab, cd, 1, 3), 16);
  v128.store(to, v128.shuffle<u64>(abHigh, cdHigh, 0, 2), 32);
  v128.store(to, v128.shuffle<u64>(abHigh, cdHigh, 1, 3), 48);
}

/** Long samples that wait until 32 are complete. The host writes it, field by field in this order. */
@unmanaged
export class Queue {
  /** [positions] words. */
  pending: usize;
  /** What is kept of a long sample: x, [d] words, if its tokens are the prefix products; else x and the tokens, [2d]. */
  positions: u32;
  /** Fewer than 32. */
  waiting: u32;
}

/**
 * Appends the long samples of a block to those that wait; 32 of them are written out.
 *
 * @param words [positions] words of the block, and room up to a multiple of 4, as in `pending` and `out`
 * @param mask which samples are long
 * @param out [positions] words, written if the result is true
 * @returns whether 32 long samples were complete
 */
export function collectLong(queue: Queue, words: usize, mask: u32, out: usize): bool {
  const shift = queue.waiting;
  const total = shift + popcnt<u32>(mask);
  const complete = total >= 32;
  // How far each kept bit moves right, as a sum of powers of two (Warren, Hacker's Delight, 7-4).
  let kept = mask;
  let below = ~mask << 1;
  const move1 = movers(below, kept);
  kept = (kept ^ move1) | (move1 >> 1);
  below &= ~prefixParity(below);
  const move2 = movers(below, kept);
  kept = (kept ^ move2) | (move2 >> 2);
  below &= ~prefixParity(below);
  const move4 = movers(below, kept);
  kept = (kept ^ move4) | (move4 >> 4);
  below &= ~prefixParity(below);
  const move8 = movers(below, kept);
  kept = (kept ^ move8) | (move8 >> 8);
  below &= ~prefixParity(below);
  const move16 = movers(below, kept);
  const pending = queue.pending;
  for (let at: usize = 0, end = <usize>queue.positions * 4; at < end; at += 16) {
    let bits = v128.and(v128.load(words + at), i32x4.splat(mask));
    bits = moveRight(bits, move1, 1);
    bits = moveRight(bits, move2, 2);
    bits = moveRight(bits, move4, 4);
    bits = moveRight(bits, move8, 8);
    bits = moveRight(bits, move16, 16);
    const filled = v128.or(v128.load(pending + at), i32x4.shl(bits, shift));
    if (complete) v128.store(out + at, filled);
    // Two shifts, since a shift by 32 would be none.
    const rest = complete ? i32x4.shr_u(i32x4.shr_u(bits, 31 - shift), 1) : filled;
    v128.store(pending + at, rest);
  }
  queue.waiting = complete ? total - 32 : total;
  return complete;
}

/** Bit i: the parity of bits 0..i. */
// @ts-ignore: decorator
@inline
function prefixParity(bits: u32): u32 {
  bits ^= bits << 1;
  bits ^= bits << 2;
  bits ^= bits << 4;
  bits ^= bits << 8;
  return bits ^ (bits << 16);
}

// @ts-ignore: decorator
@inline
function movers(below: u32, kept: u32): u32 {
  return prefixParity(below) & kept;
}

// @ts-ignore: decorator
@inline
function moveRight(bits: v128, which: u32, distance: i32): v128 {
  const moved = v128.and(bits, i32x4.splat(which));
  return v128.or(v128.xor(bits, moved), i32x4.shr_u(moved, distance));
}
