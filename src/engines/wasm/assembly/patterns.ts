/**
 * What SGD needs to know of 32 samples: patterns (the signs of a position in 4 steps), signs as numbers, and the inner
 * products of the feature vectors of the steps of a block.
 */
import { BLOCK, CHUNK, ENTRY, PAIR_SIGNS } from './layout';

/** Blocks in a chunk. */
const BLOCKS: usize = CHUNK / BLOCK;

/** Pairs of steps in a block: (1,0), (2,0), (2,1), (3,0), (3,1), (3,2). */
export const PAIRS: usize = 6;

/** Strides of signs and of products for the two predictors 1 and 'stop'. */
const HEAD_SIGNS: usize = 8;
const HEAD_PRODUCTS: usize = 4;

/** Where the samples of a track are unpacked to. The host writes it, field by field in this order. */
@unmanaged
export class Track {
  /** Words of the contexts in the order of their positions, then padding up to a multiple of 8. */
  words: usize;
  /** u16 [block][position]. */
  patterns: usize;
  patternStride: usize;
  /** i16 [step][predictor + 1]: entry i is u_n of predictor i, and entry i + 1 its target. */
  signs: usize;
  signStride: usize;
  /** i16 [block][pair][predictor]. */
  products: usize;
  productStride: usize;
}

/** Fills {@link PAIR_SIGNS}; once for each memory. */
export function tabulatePairSigns(): void {
  for (let pattern: u32 = 0; pattern < 16; pattern++) {
    let at = PAIR_SIGNS + <usize>pattern * ENTRY;
    for (let k: u32 = 1; k < 4; k++) {
      for (let j: u32 = 0; j < k; j++, at += 2) store<i16>(at, ((pattern >> k) ^ (pattern >> j)) & 1 ? -1 : 1);
    }
  }
}

/** @param positions rounded up to a multiple of 8 */
function unpackPatterns(track: Track, chunk: usize, positions: usize): void {
  const stride = track.patternStride;
  const out = track.patterns + chunk * BLOCKS * stride;
  const mask = i32x4.splat(15 * <i32>ENTRY);
  for (let j: usize = 0; j < positions; j += 8) {
    const a = v128.load(track.words + j * 4);
    const b = v128.load(track.words + j * 4, 16);
    const to = out + j * 2;
    // Bits 4i..4i+3 belong to block i and go to bits 5..8.
    v128.store(to, narrow(v128.and(i32x4.shl(a, 5), mask), v128.and(i32x4.shl(b, 5), mask)));
    v128.store(to + stride, narrow(v128.and(i32x4.shl(a, 1), mask), v128.and(i32x4.shl(b, 1), mask)));
    for (let block = 2; block < 8; block++) {
      const shift = 4 * block - 5;
      const x = v128.and(i32x4.shr_u(a, shift), mask);
      const y = v128.and(i32x4.shr_u(b, shift), mask);
      v128.store(to + <usize>block * stride, narrow(x, y));
    }
  }
}

// @ts-ignore: decorator
@inline
function narrow(a: v128, b: v128): v128 {
  return i16x8.narrow_i32x4_s(a, b);
}

/** Step r of 32 from bit r: -1 or 1 in each lane. */
// @ts-ignore: decorator
@inline
function signsOfStep(a: v128, b: v128, step: i32): v128 {
  const x = i32x4.shr_s(i32x4.shl(a, 31 - step), 31);
  const y = i32x4.shr_s(i32x4.shl(b, 31 - step), 31);
  return v128.or(narrow(x, y), i16x8.splat(1));
}

/** Writes the prefix products of x behind it. */
export function completeChains(words: usize, d: usize): void {
  const tokens = words + d * 4;
  let product: u32 = 0;
  for (let j: usize = 0; j < d * 4; j += 4) {
    product ^= load<u32>(words + j);
    store<u32>(tokens + j, product);
  }
}

/** Unpacks 32 long samples: predictor l = 2..d reads (x, z_1, ..., z_{l-1}), target z_l. */
export function unpackLong(track: Track, chunk: usize, d: usize): void {
  const tokens = track.words + d * 4;
  unpackPatterns(track, chunk, 2 * d);
  for (let j: usize = 0; j < d; j += 8) {
    const a = v128.load(tokens + j * 4);
    const b = v128.load(tokens + j * 4, 16);
    let to = track.signs + chunk * CHUNK * track.signStride + j * 2;
    for (let step = 0; step < <i32>CHUNK; step++) {
      v128.store(to, signsOfStep(a, b, step));
      to += track.signStride;
    }
  }
  for (let block = chunk * BLOCKS, end = block + BLOCKS; block < end; block++) multiplyLong(track, block, d);
}

/**
 * <phi, phi'> of predictor l is U + c (U - c) = (1 + c) U - 1, where U is the inner product of the n plain entries and c
 * that of the last one.
 */
function multiplyLong(track: Track, block: usize, d: usize): void {
  const one = i16x8.splat(1);
  let pattern = track.patterns + block * track.patternStride;
  let sum = inputProducts(pattern, d);
  pattern += 2 * d;
  let to = track.products + block * PAIRS * track.productStride;
  for (const end = to + 2 * (d - 1); to < end; to += 2, pattern += 2) {
    const last = pairSigns(pattern);
    sum = i16x8.add(sum, last);
    storePairs(to, track.productStride, i16x8.sub(i16x8.mul(i16x8.add(last, one), sum), one));
  }
}

/** Writes the first token of demonstrations behind x: x_1 if the sample is long, else chi(x). */
export function completeFirstTokens(words: usize, d: usize, long: u32): void {
  let parity: u32 = 0;
  for (let j: usize = 0; j < d * 4; j += 4) parity ^= load<u32>(words + j);
  store<u32>(words + d * 4, (load<u32>(words) & long) | (parity & ~long));
}

/**
 * Unpacks 32 samples for predictor 1, which reads x with target z_1, and the stop predictor, which reads (x, z_1) with
 * target +1 if the sample is long. As if it had a last entry of 0, predictor 1 has no product half.
 *
 * @param long which samples are long
 */
export function unpackHead(track: Track, chunk: usize, d: usize, long: u32): void {
  const token = load<u32>(track.words + d * 4);
  unpackPatterns(track, chunk, d + 1);
  let to = track.signs + chunk * CHUNK * HEAD_SIGNS;
  for (let step: u32 = 0; step < <u32>CHUNK; step += 8, to += 8 * HEAD_SIGNS) {
    storeHeadSigns(to, signsOfBits(token >> step), signsOfBits(~long >> step));
  }
  for (let block = chunk * BLOCKS, end = block + BLOCKS; block < end; block++) multiplyHead(track, block, d);
}

/** -1 or 1 for each of the 8 low bits. */
// @ts-ignore: decorator
@inline
function signsOfBits(bits: u32): v128 {
  const each = i16x8(1, 2, 4, 8, 16, 32, 64, 128);
  const set = i16x8.eq(v128.and(i16x8.splat(<i16>bits), each), each);
  return v128.or(set, i16x8.splat(1));
}

/** Eight rows of [0, token, target of the stop predictor, 0]. */
// @ts-ignore: decorator
@inline
function storeHeadSigns(to: usize, tokens: v128, long: v128): void {
  const low = v128.shuffle<u16>(tokens, long, 0, 8, 1, 9, 2, 10, 3, 11);
  const high = v128.shuffle<u16>(tokens, long, 4, 12, 5, 13, 6, 14, 7, 15);
  v128.store(to, i64x2.shl(i64x2.extend_low_i32x4_u(low), 16));
  v128.store(to, i64x2.shl(i64x2.extend_high_i32x4_u(low), 16), 16);
  v128.store(to, i64x2.shl(i64x2.extend_low_i32x4_u(high), 16), 32);
  v128.store(to, i64x2.shl(i64x2.extend_high_i32x4_u(high), 16), 48);
}

/** U for predictor 1 and, since the product half of the stop predictor has its n-th entry too, U + c U for that one. */
function multiplyHead(track: Track, block: usize, d: usize): void {
  const pattern = track.patterns + block * track.patternStride;
  const sum = inputProducts(pattern, d);
  const last = pairSigns(pattern + 2 * d);
  const stop = i16x8.mul(i16x8.add(last, i16x8.splat(1)), i16x8.add(sum, last));
  const to = track.products + block * PAIRS * HEAD_PRODUCTS;
  v128.store(to, v128.shuffle<u16>(sum, stop, 0, 8, 1, 9, 2, 10, 3, 11));
  v128.store64_lane(to, v128.shuffle<u16>(sum, stop, 4, 12, 5, 13, 6, 14, 7, 15), 0, 16);
}

// @ts-ignore: decorator
@inline
function pairSigns(pattern: usize): v128 {
  return v128.load(<usize>load<u16>(pattern), PAIR_SIGNS);
}

/** The inner products of x for the six pairs, i16 in lanes 0..5. */
// @ts-ignore: decorator
@inline
function inputProducts(pattern: usize, d: usize): v128 {
  let sum = i16x8.splat(0);
  for (const end = pattern + 2 * d; pattern < end; pattern += 2) sum = i16x8.add(sum, pairSigns(pattern));
  return sum;
}

// @ts-ignore: decorator
@inline
function storePairs(to: usize, stride: usize, values: v128): void {
  v128.store_lane<i16>(to, values, 0);
  v128.store_lane<i16>(to + stride, values, 1);
  v128.store_lane<i16>(to + 2 * stride, values, 2);
  v128.store_lane<i16>(to + 3 * stride, values, 3);
  v128.store_lane<i16>(to + 4 * stride, values, 4);
  v128.store_lane<i16>(to + 5 * stride, values, 5);
}
