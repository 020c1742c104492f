/**
 * SGD exactly as defined, for a tile of groups: their steps alternate, so that the processor works on one group while
 * another waits for its division.
 */
import { exp2 } from './exp2';
import { AVERAGE_STEPS, DOTS, GROUP, Group, PRODUCT, SCHEDULE, STEPS } from './group';
import { add, integers, mul, spread } from './lanes';
import { AVERAGE_CHANGES, BLOCK, CHANGES } from './layout';
import { collect, pass, tabulate } from './pass';
import { PAIRS } from './patterns';

/**
 * @param tile address of the first group; the others follow it
 * @param count groups in the tile
 * @param blocks blocks of 4 steps
 * @param AVERAGE whether these steps enter the average
 * @param FOLDED whether the groups are (see `Group`)
 */
// @ts-ignore: decorator
@inline
export function trainTile<F>(tile: usize, count: usize, blocks: usize, AVERAGE: bool, FOLDED: bool): void {
  const end = tile + count * GROUP;
  for (let at = tile; at < end; at += GROUP) {
    pass<F>(changetype<Group>(at), 0, false, false, true, FOLDED);
    collect<F>(at + DOTS, FOLDED ? 1 : 2);
  }
  for (let block: usize = 0; block < blocks; block++) {
    step<F>(tile, end, block, 0, AVERAGE, FOLDED);
    step<F>(tile, end, block, 1, AVERAGE, FOLDED);
    step<F>(tile, end, block, 2, AVERAGE, FOLDED);
    step<F>(tile, end, block, 3, AVERAGE, FOLDED);
    for (let at = tile; at < end; at += GROUP) update<F>(at, block, block + 1 < blocks, AVERAGE, FOLDED);
  }
}

/** Adds the block's steps to the weights, and prepares the inner products of the next block. */
// @ts-ignore: decorator
@inline
function update<F>(at: usize, block: usize, more: bool, AVERAGE: bool, FOLDED: bool): void {
  const halves: usize = FOLDED ? 1 : 2;
  tabulate<F>(at + STEPS, CHANGES, halves);
  if (AVERAGE) tabulate<F>(at + AVERAGE_STEPS, AVERAGE_CHANGES, halves);
  if (!more) {
    pass<F>(changetype<Group>(at), block, true, AVERAGE, false, FOLDED);
    return;
  }
  pass<F>(changetype<Group>(at), block, true, AVERAGE, true, FOLDED);
  collect<F>(at + DOTS, halves);
}

/** Step k of a block, for each group: its change e from the logit and the target. */
// @ts-ignore: decorator
@inline
function step<F>(tile: usize, end: usize, block: usize, k: usize, AVERAGE: bool, FOLDED: bool): void {
  for (let at = tile; at < end; at += GROUP) {
    const group = changetype<Group>(at);
    const signs = group.signs + (block * BLOCK + k) * group.signStride;
    const schedule = group.schedule + (block * BLOCK + k) * SCHEDULE * sizeof<F>();
    const last = integers<F>(signs);
    const target = integers<F>(signs + 2);
    const scale = spread<F>(schedule);
    const taken = spread<F>(schedule + sizeof<F>());
    const logit = inner<F>(at, block, k, last, FOLDED);
    // e = y sigma(-y z), with z = logit * scale in units of log 2.
    const odds = exp2<F>(mul<F>(mul<F>(logit, target), scale));
    let e = v128.div<F>(mul<F>(target, taken), add<F>(odds, v128.splat<F>(1)));
    const product = mul<F>(e, last);
    if (FOLDED) e = v128.shuffle<u32>(e, product, 0, 1, 5, 5);
    v128.store(at + k * 16, e, STEPS);
    if (!FOLDED) v128.store(at + k * 16, product, STEPS + PRODUCT);
    if (AVERAGE) {
      const share = spread<F>(schedule + 2 * sizeof<F>());
      v128.store(at + k * 16, mul<F>(e, share), AVERAGE_STEPS);
      if (!FOLDED) v128.store(at + k * 16, mul<F>(product, share), AVERAGE_STEPS + PRODUCT);
    }
  }
}

/** <lambda v, phi_k>: with the weights before the block, and what its earlier steps have added. */
// @ts-ignore: decorator
@inline
function inner<F>(at: usize, block: usize, k: usize, last: v128, FOLDED: bool): v128 {
  const group = changetype<Group>(at);
  const plain = v128.load(at + k * 16, DOTS);
  const product = FOLDED ? v128.shuffle<u32>(plain, plain, 0, 2, 2, 2) : v128.load(at + k * 16, DOTS + PRODUCT);
  let sum = add<F>(plain, mul<F>(last, product));
  let products = group.products + (block * PAIRS + (k * (k - 1)) / 2) * group.productStride;
  if (k > 0) sum = add<F>(sum, mul<F>(v128.load(at, STEPS), integers<F>(products)));
  if (k > 1) {
    products += group.productStride;
    sum = add<F>(sum, mul<F>(v128.load(at, STEPS + 16), integers<F>(products)));
  }
  if (k > 2) {
    products += group.productStride;
    sum = add<F>(sum, mul<F>(v128.load(at, STEPS + 32), integers<F>(products)));
  }
  return sum;
}
