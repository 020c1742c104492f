/**
 * Decoding of many samples, predictor by predictor. A sample's context is a row of bits (1 meaning -1), so that 8 positions
 * are an index into a table of what they add to the two halves of a logit.
 */
import { exp2 } from './exp2';
import { DECODING_TABLES, OCTET_TABLE, RANDOM } from './layout';
import { philox4 } from './philox';
import { inputWords } from './samples';
import { transposeBits } from './transpose';

/** The host's own exponential, for decisions too close to call with another one. */
// @ts-ignore: decorator
@external("env", "exp")
declare function hostExp(x: f64): f64;

/** Samples and the chain that answers them. The host writes the fields up to `words`, in this order. */
@unmanaged
export class Decoder {
  /** Of the logits; greedy decoding does not read it. */
  temperature: f64;
  key0: u32;
  key1: u32;
  /** Streams of the generator. */
  inputs: u32;
  decoding: u32;
  d: u32;
  /** Index of the first sample, a multiple of 32. */
  first: u32;
  count: u32;
  /** Samples that there is room for: at least one, which is read and written in vain, beyond whole blocks of `count`. */
  room: u32;
  /** u32 [32 positions each][room]: bit j is position j. */
  contexts: usize;
  /** u32 [room]: the samples, from 0, that go on. */
  indices: usize;
  /** f32 [even step, odd step][room], by the place in `indices`: uniform numbers to 31 bits, rounded. */
  uniforms: usize;
  /** v128 [room]: sums over the plain and the product half, by the place in `indices`. */
  sums: usize;
  /** f64: the plain half of a predictor's weights, then the product half. */
  weights: usize;
  /** u32 [32 positions each][32]. */
  scratch: usize;
  /** [blocks][x, tokens, which are long]. */
  words: usize;
  /** Samples that go on. */
  active: u32;
}

/** Draws the inputs; all samples go on. */
export function beginDecoding(decoder: Decoder): void {
  const d = decoder.d;
  const rowBytes = <usize>decoder.room * 4;
  const scratch = decoder.scratch;
  memory.fill(decoder.contexts, 0, wordCount(2 * d) * rowBytes);
  for (let start: u32 = 0; start < decoder.count; start += 32) {
    inputWords(d, (decoder.first + start) / 32, decoder.inputs, decoder.key0, decoder.key1, scratch);
    memory.fill(scratch + <usize>d * 4, 0, (wordCount(d) * 32 - d) * 4);
    const left = decoder.count - start;
    if (left < 32) keepSamples(scratch, d, left);
    for (let row: usize = 0; row < wordCount(d); row++) {
      transposeBits(scratch + row * 128, decoder.contexts + row * rowBytes + start * 4);
    }
  }
  for (let i: u32 = 0; i < decoder.count; i++) store<u32>(decoder.indices + i * 4, i);
  setActive(decoder, decoder.count);
}

/** Clears the bits of the samples after the first `count`. */
function keepSamples(words: usize, d: usize, count: u32): void {
  const mask: u32 = (1 << count) - 1;
  for (const end = words + d * 4; words < end; words += 4) store<u32>(words, load<u32>(words) & mask);
}

/** Words for so many bits. */
// @ts-ignore: decorator
@inline
function wordCount(bits: usize): usize {
  return (bits + 31) / 32;
}

/** The places after the last one are a sample without meaning, since samples are decided in fours. */
function setActive(decoder: Decoder, active: u32): void {
  v128.store(decoder.indices + active * 4, i32x4.splat(decoder.room - 1));
  decoder.active = active;
}

/** Draws the uniform numbers of steps 2 `pair` and 2 `pair` + 1. */
export function drawUniforms(decoder: Decoder, pair: u32): void {
  const odd = <usize>decoder.room * 4;
  for (let i: usize = 0; i < decoder.active; i += 4) {
    drawWords(decoder, pair, v128.load(decoder.indices + i * 4));
    storeUniforms(decoder.uniforms + i * 4, RANDOM);
    storeUniforms(decoder.uniforms + odd + i * 4, RANDOM + 32);
  }
}

/** Writes the words of four samples to {@link RANDOM}: two of them for an even step, two for an odd one. */
// @ts-ignore: decorator
@inline
function drawWords(decoder: Decoder, pair: u32, samples: v128): void {
  const numbers = i32x4.add(samples, i32x4.splat(decoder.first));
  philox4(numbers, i32x4.splat(0), i32x4.splat(pair), i32x4.splat(decoder.decoding), decoder.key0, decoder.key1);
}

// @ts-ignore: decorator
@inline
function storeUniforms(to: usize, words: usize): void {
  const numbers = f32x4.convert_i32x4_s(i32x4.shr_u(v128.load(words), 1));
  v128.store(to, f32x4.mul(numbers, f32x4.splat(1 / <f32>((<u32>1) << 31))));
}

/** A uniform number with all of its 53 bits. */
function uniformOf(decoder: Decoder, step: u32, sample: u32): f64 {
  drawWords(decoder, step / 2, i32x4.splat(sample));
  const words = RANDOM + 32 * <usize>(step & 1);
  const large = <f64>(load<u32>(words) >> 5) * <f64>(1 << 26);
  return (large + <f64>(load<u32>(words, 16) >> 6)) / <f64>((<u64>1) << 53);
}

/** Decides token `step` of the samples that go on, with the predictor in `weights`. */
export function decideToken(decoder: Decoder, plain: u32, products: u32, step: u32, sampled: bool): void {
  addWeights(decoder, plain, products);
  if (sampled) decide(decoder, plain, products, step, false, true);
  else decide(decoder, plain, products, step, false, false);
}

/** Decides which samples go on, with the stop predictor in `weights`. */
export function decideStop(decoder: Decoder, plain: u32, products: u32, sampled: bool): void {
  addWeights(decoder, plain, products);
  if (sampled) decide(decoder, plain, products, 0, true, true);
  else decide(decoder, plain, products, 0, true, false);
}

/** Sums the two halves of each logit, 32 positions at a time, so that the tables stay in the first-level cache. */
function addWeights(decoder: Decoder, plain: u32, products: u32): void {
  memory.fill(decoder.sums, 0, <usize>decoder.active * 16);
  let contexts = decoder.contexts;
  for (let start: u32 = 0; start < plain; start += 32) {
    const octets = min<u32>(4, (plain - start + 7) / 8);
    for (let i: u32 = 0; i < octets; i++) tabulateOctet(decoder.weights, start + 8 * i, plain, products, i);
    if (octets == 1) addOctets(decoder, contexts, 1);
    else if (octets == 2) addOctets(decoder, contexts, 2);
    else if (octets == 3) addOctets(decoder, contexts, 3);
    else addOctets(decoder, contexts, 4);
    contexts += <usize>decoder.room * 4;
  }
}

/** Writes what 8 positions add to [plain, product] for each of their 256 sign patterns. */
function tabulateOctet(weights: usize, position: u32, plain: u32, products: u32, octet: usize): void {
  const table = DECODING_TABLES + octet * OCTET_TABLE;
  v128.store(table, f64x2.splat(0));
  for (let bit: u32 = 0; bit < 8; bit++, position++) {
    let weight = f64x2.splat(0);
    if (position < plain) weight = f64x2.replace_lane(weight, 0, load<f64>(weights + position * 8));
    if (position < products) weight = f64x2.replace_lane(weight, 1, load<f64>(weights + (plain + position) * 8));
    const size: usize = 16 << bit;
    for (let at = table, end = table + size; at < end; at += 16) {
      const sum = v128.load(at);
      v128.store(at, f64x2.add(sum, weight));
      v128.store(at + size, f64x2.sub(sum, weight));
    }
  }
}

// @ts-ignore: decorator
@inline
function addOctets(decoder: Decoder, contexts: usize, OCTETS: u32): void {
  let index = decoder.indices;
  let at = decoder.sums;
  for (const end = index + <usize>decoder.active * 4; index < end; index += 4, at += 16) {
    const context = load<u32>(contexts + load<u32>(index) * 4);
    let sum = f64x2.add(v128.load(at), entry(context << 4, 0));
    if (OCTETS > 1) sum = f64x2.add(sum, entry(context >> 4, 1));
    if (OCTETS > 2) sum = f64x2.add(sum, entry(context >> 12, 2));
    if (OCTETS > 3) sum = f64x2.add(sum, entry(context >> 20, 3));
    v128.store(at, sum);
  }
}

/** @param shifted the pattern times 16, among other bits */
// @ts-ignore: decorator
@inline
function entry(shifted: u32, octet: usize): v128 {
  return v128.load((<usize>shifted & 0xff0) + octet * OCTET_TABLE, DECODING_TABLES);
}

/**
 * Decides the samples that go on, four at a time, from their sums.
 *
 * The sums are rounded in another order than those of `linearForm`, by no more than 2n roundings of at most the sum of all
 * |w| each way: by more than n 2^-51 sum |w| they cannot differ. A sampled decision is u (1 + e^(-z/T)) < 1 here, in float32,
 * and u < sigma(z/T) there. Relatively, e^(-z/T) is off by the error of z/T, by 125 log 2 2^-24 < 6e-6 since its exponent is
 * rounded, and by some 2^-22 more; u by 2^-24 and, unless it is below 2^-14, by 2^-31 2^14 < 8e-6 since it is cut to 31 bits.
 * What is closer than that is decided again, as the definition has it.
 */
// @ts-ignore: decorator
@inline
function decide(decoder: Decoder, plain: u32, products: u32, step: u32, STOP: bool, SAMPLED: bool): void {
  const rowBytes = <usize>decoder.room * 4;
  const last = decoder.contexts + <usize>((plain - 1) / 32) * rowBytes;
  // Shifted left by so much, a word begins with the sign of u_n.
  const toSign = 31 - <i32>((plain - 1) % 32);
  const position = decoder.d + step - 1;
  const token = decoder.contexts + <usize>(position / 32) * rowBytes;
  const indices = decoder.indices;
  const uniforms = decoder.uniforms + <usize>(step & 1) * rowBytes;
  const scale = -1.4426950408889634 / decoder.temperature;
  const margin = <f64>plain * absoluteSum(decoder.weights, plain + products) * (1 / <f64>((<u64>1) << 50));
  let close = margin;
  if (SAMPLED) {
    close = margin / decoder.temperature + 2e-5;
    // At so small a temperature nothing is far from 1 for certain, or the scale is no number.
    if (close > 0.5 || !isFinite(scale)) close = Infinity;
  }
  let kept: u32 = 0;
  for (let i: u32 = 0; i < decoder.active; i += 4) {
    const sample0 = load<u32>(indices + i * 4);
    const sample1 = load<u32>(indices + i * 4, 4);
    const sample2 = load<u32>(indices + i * 4, 8);
    const sample3 = load<u32>(indices + i * 4, 12);
    let signs = v128.load32_zero(last + sample0 * 4);
    signs = v128.load32_lane(last + sample1 * 4, signs, 1);
    signs = v128.load32_lane(last + sample2 * 4, signs, 2);
    signs = v128.load32_lane(last + sample3 * 4, signs, 3);
    signs = v128.and(i32x4.shl(signs, toSign), i32x4.splat(1 << 31));
    const logits01 = logits(decoder.sums + i * 16, i64x2.extend_low_i32x4_u(signs));
    const logits23 = logits(decoder.sums + i * 16 + 32, i64x2.extend_high_i32x4_u(signs));
    let answer: u32;
    let unsure: u32;
    if (SAMPLED) {
      const exponents01 = f32x4.demote_f64x2_zero(f64x2.mul(logits01, f64x2.splat(scale)));
      const exponents23 = f32x4.demote_f64x2_zero(f64x2.mul(logits23, f64x2.splat(scale)));
      const odds = exp2<f32>(v128.shuffle<u64>(exponents01, exponents23, 0, 2));
      const one = f32x4.splat(1);
      const uniform = v128.load(uniforms + i * 4);
      const share = f32x4.mul(uniform, f32x4.add(odds, one));
      const near = f32x4.lt(f32x4.abs(f32x4.sub(share, one)), f32x4.splat(<f32>close));
      answer = i32x4.bitmask(f32x4.lt(share, one));
      unsure = i32x4.bitmask(v128.or(near, f32x4.lt(uniform, f32x4.splat(1 / <f32>(1 << 14)))));
    } else {
      const zero = f64x2.splat(0);
      const yes01 = STOP ? f64x2.gt(logits01, zero) : f64x2.ge(logits01, zero);
      const yes23 = STOP ? f64x2.gt(logits23, zero) : f64x2.ge(logits23, zero);
      const near01 = f64x2.lt(f64x2.abs(logits01), f64x2.splat(close));
      const near23 = f64x2.lt(f64x2.abs(logits23), f64x2.splat(close));
      answer = i64x2.bitmask(yes01) | (i64x2.bitmask(yes23) << 2);
      unsure = i64x2.bitmask(near01) | (i64x2.bitmask(near23) << 2);
    }
    for (; unsure; unsure &= unsure - 1) {
      const lane = ctz<u32>(unsure);
      const sample = load<u32>(indices + (i + lane) * 4);
      const again = <u32>decideAgain(decoder, plain, products, step, sample, STOP, SAMPLED);
      answer = (answer & ~(1 << lane)) | (again << lane);
    }
    if (STOP) {
      if (decoder.active - i < 4) answer &= (1 << (decoder.active - i)) - 1;
      kept = keepIf(indices, kept, sample0, answer & 1);
      kept = keepIf(indices, kept, sample1, (answer >> 1) & 1);
      kept = keepIf(indices, kept, sample2, (answer >> 2) & 1);
      kept = keepIf(indices, kept, sample3, answer >> 3);
    } else {
      const minus = answer ^ 15;
      setBit(token + sample0 * 4, minus & 1, position);
      setBit(token + sample1 * 4, (minus >> 1) & 1, position);
      setBit(token + sample2 * 4, (minus >> 2) & 1, position);
      setBit(token + sample3 * 4, minus >> 3, position);
    }
  }
  if (STOP) setActive(decoder, kept);
}

/** Logits of two samples. @param signs of u_n, in the high bits of the low halves */
// @ts-ignore: decorator
@inline
function logits(sums: usize, signs: v128): v128 {
  const a = v128.load(sums);
  const b = v128.load(sums, 16);
  const product = v128.xor(v128.shuffle<u64>(a, b, 1, 3), i64x2.shl(signs, 32));
  return f64x2.add(v128.shuffle<u64>(a, b, 0, 2), product);
}

/** Appends a sample to those that are kept; it is overwritten by the next unless `keeps` is 1. */
// @ts-ignore: decorator
@inline
function keepIf(indices: usize, kept: u32, sample: u32, keeps: u32): u32 {
  store<u32>(indices + kept * 4, sample);
  return kept + keeps;
}

/** @param position whose low 5 bits say which bit */
// @ts-ignore: decorator
@inline
function setBit(at: usize, bit: u32, position: u32): void {
  store<u32>(at, load<u32>(at) | (bit << position));
}

function absoluteSum(weights: usize, count: usize): f64 {
  let sum: f64 = 0;
  for (const end = weights + count * 8; weights < end; weights += 8) sum += abs(load<f64>(weights));
  return sum;
}

/** The decision of one sample by the very operations of `linearForm` and `sigmoid`, in their order. */
function decideAgain(
  decoder: Decoder,
  plain: u32,
  products: u32,
  step: u32,
  sample: u32,
  stop: bool,
  sampled: bool,
): bool {
  let sum: f64 = 0;
  let product: f64 = 0;
  for (let j: u32 = 0; j < plain; j++) {
    const sign = signAt(decoder, sample, j);
    sum += load<f64>(decoder.weights + j * 8) * sign;
    if (j < products) product += load<f64>(decoder.weights + (plain + j) * 8) * sign;
  }
  if (products > 0) sum += signAt(decoder, sample, plain - 1) * product;
  if (!sampled) return stop ? sum > 0 : sum >= 0;
  const uniform = uniformOf(decoder, step, sample);
  const logit = sum / decoder.temperature;
  if (logit >= 0) return uniform < 1 / (1 + hostExp(-logit));
  const odds = hostExp(logit);
  return uniform < odds / (1 + odds);
}

function signAt(decoder: Decoder, sample: u32, position: u32): f64 {
  const word = load<u32>(decoder.contexts + ((position / 32) * decoder.room + sample) * 4);
  return 1 - 2 * <f64>((word >> position) & 1);
}

/** Writes the responses, bit-sliced. */
export function finishDecoding(decoder: Decoder): void {
  const d = decoder.d;
  const rowBytes = <usize>decoder.room * 4;
  const stride = (2 * d + 1) * 4;
  let words = decoder.words;
  for (let start: u32 = 0; start < decoder.count; start += 32, words += stride) {
    for (let row: usize = 0; row < wordCount(2 * d); row++) {
      transposeBits(decoder.contexts + row * rowBytes + start * 4, decoder.scratch + row * 128);
    }
    memory.copy(words, decoder.scratch, 2 * d * 4);
    store<u32>(words + 2 * d * 4, 0);
  }
  for (let i: u32 = 0; i < decoder.active; i++) {
    const sample = load<u32>(decoder.indices + i * 4);
    setBit(decoder.words + (sample / 32) * stride + 2 * d * 4, 1, sample);
  }
}
