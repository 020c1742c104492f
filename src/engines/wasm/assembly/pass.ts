/**
 * One pass over the weights of a group: adds the change of a block of 4 steps and sums the weights for the inner products
 * of the next block. A position's signs in the 4 steps are one of 16 patterns, so that all of its change is one entry of a
 * table, and the inner products need only the sums of the weights with the same pattern.
 */
import { Group, PRODUCT } from './group';
import { AVERAGE_CHANGES, BUCKETS, CHANGES } from './layout';
import { add, sub } from './lanes';

/**
 * @param block index of the block whose change is added; its successor's inner products are prepared (block 0's if UPDATE
 *   is false)
 * @param FOLDED whether a position is one vector (see `Group`)
 */
// @ts-ignore: decorator
@inline
export function pass<F>(
  group: Group,
  block: usize,
  UPDATE: bool,
  AVERAGE: bool,
  DOT: bool,
  FOLDED: bool,
): void {
  const size: usize = FOLDED ? 16 : 32;
  const stride = group.patternStride;
  let weights = group.weights;
  let sums = group.sums;
  let pattern = group.patterns + block * stride;
  let following = UPDATE ? pattern + stride : pattern;
  const end = weights + group.uniform * size;
  if (group.uniform & 1) {
    visit<F>(weights, sums, pattern, following, 0, UPDATE, AVERAGE, DOT, FOLDED);
    weights += size;
    sums += size;
    pattern += 2;
    following += 2;
  }
  while (weights < end) {
    visit<F>(weights, sums, pattern, following, 0, UPDATE, AVERAGE, DOT, FOLDED);
    visit<F>(weights + size, sums + size, pattern + 2, following + 2, 0, UPDATE, AVERAGE, DOT, FOLDED);
    weights += 2 * size;
    sums += 2 * size;
    pattern += 4;
    following += 4;
  }
  for (let mask = group.masks, last = mask + group.edges * size; mask < last; mask += size) {
    visit<F>(weights, sums, pattern, following, mask, UPDATE, AVERAGE, DOT, FOLDED);
    weights += size;
    sums += size;
    pattern += 2;
    following += 2;
  }
}

/** One position. @param mask the lanes that read it, or 0 if all do */
// @ts-ignore: decorator
@inline
function visit<F>(
  weights: usize,
  sums: usize,
  pattern: usize,
  following: usize,
  mask: usize,
  UPDATE: bool,
  AVERAGE: bool,
  DOT: bool,
  FOLDED: bool,
): void {
  let plain = v128.load(weights);
  let product = FOLDED ? plain : v128.load(weights, 16);
  if (UPDATE) {
    const entry = <usize>load<u16>(pattern);
    plain = add<F>(plain, v128.load(entry, CHANGES));
    if (mask) plain = v128.and(plain, v128.load(mask));
    v128.store(weights, plain);
    if (!FOLDED) {
      product = add<F>(product, v128.load(entry, CHANGES + 16));
      if (mask) product = v128.and(product, v128.load(mask, 16));
      v128.store(weights, product, 16);
    }
    // Lanes that do not read this position gather sums nobody looks at.
    if (AVERAGE) {
      v128.store(sums, add<F>(v128.load(sums), v128.load(entry, AVERAGE_CHANGES)));
      if (!FOLDED) v128.store(sums, add<F>(v128.load(sums, 16), v128.load(entry, AVERAGE_CHANGES + 16)), 16);
    }
  }
  if (DOT) {
    const bucket = <usize>load<u16>(following);
    v128.store(bucket, add<F>(v128.load(bucket, BUCKETS), plain), BUCKETS);
    if (!FOLDED) v128.store(bucket, add<F>(v128.load(bucket, BUCKETS + 16), product), BUCKETS + 16);
  }
}

/**
 * Writes the sums +-e_0 +-e_1 +-e_2 +-e_3 for the 16 patterns, from the [plain, product][step] at `steps`.
 *
 * @param halves 1 if the plain half is all there is
 */
export function tabulate<F>(steps: usize, table: usize, halves: usize): void {
  for (let half: usize = 0; half < halves; half++) {
    const e0 = v128.load(steps);
    const e1 = v128.load(steps, 16);
    const e2 = v128.load(steps, 32);
    const e3 = v128.load(steps, 48);
    const a0 = add<F>(e0, e1);
    const a1 = sub<F>(e1, e0);
    const a2 = v128.neg<F>(a1);
    const a3 = v128.neg<F>(a0);
    const b0 = add<F>(e2, e3);
    const b1 = sub<F>(e3, e2);
    storeRow<F>(table, a0, a1, a2, a3, b0);
    storeRow<F>(table + 128, a0, a1, a2, a3, b1);
    storeRow<F>(table + 256, a0, a1, a2, a3, v128.neg<F>(b1));
    storeRow<F>(table + 384, a0, a1, a2, a3, v128.neg<F>(b0));
    steps += PRODUCT;
    table += 16;
  }
}

// @ts-ignore: decorator
@inline
function storeRow<F>(to: usize, a0: v128, a1: v128, a2: v128, a3: v128, b: v128): void {
  v128.store(to, add<F>(a0, b));
  v128.store(to, add<F>(a1, b), 32);
  v128.store(to, add<F>(a2, b), 64);
  v128.store(to, add<F>(a3, b), 96);
}

/**
 * The inner products of the 4 steps, [plain, product][step], from the 16 buckets, which are emptied.
 *
 * @param halves 1 if the plain half is all there is
 */
export function collect<F>(dots: usize, halves: usize): void {
  const zero = v128.splat<F>(0);
  for (let half: usize = 0; half < halves * 16; half += 16) {
    // Sums over the patterns with the same two low bits, and over those with the same two high bits.
    let low0 = zero;
    let low1 = zero;
    let low2 = zero;
    let low3 = zero;
    let high0 = zero;
    let high1 = zero;
    let high2 = zero;
    let high3 = zero;
    for (let high: usize = 0; high < 4; high++) {
      const at = BUCKETS + half + high * 128;
      const a = v128.load(at);
      const b = v128.load(at, 32);
      const c = v128.load(at, 64);
      const d = v128.load(at, 96);
      v128.store(at, zero);
      v128.store(at, zero, 32);
      v128.store(at, zero, 64);
      v128.store(at, zero, 96);
      low0 = add<F>(low0, a);
      low1 = add<F>(low1, b);
      low2 = add<F>(low2, c);
      low3 = add<F>(low3, d);
      const all = add<F>(add<F>(a, b), add<F>(c, d));
      if (high == 0) high0 = all;
      else if (high == 1) high1 = all;
      else if (high == 2) high2 = all;
      else high3 = all;
    }
    v128.store(dots, add<F>(sub<F>(low0, low1), sub<F>(low2, low3)));
    v128.store(dots, sub<F>(add<F>(low0, low1), add<F>(low2, low3)), 16);
    v128.store(dots, add<F>(sub<F>(high0, high1), sub<F>(high2, high3)), 32);
    v128.store(dots, sub<F>(add<F>(high0, high1), add<F>(high2, high3)), 48);
    dots += PRODUCT;
  }
}
