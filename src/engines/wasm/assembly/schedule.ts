import { SCHEDULE } from './group';

/**
 * Writes what SGD needs of the step numbers, [unit][SCHEDULE].
 *
 * @param unit steps, an even number
 * @param before steps that were taken before
 * @param left how many of the unit are taken; @param skipped how many of it do not enter the average
 * @param share h_t of the step after the last that is taken, if any enters the average
 */
// @ts-ignore: decorator
@inline
export function writeSchedule<F>(
  out: usize,
  unit: i32,
  lambda: f64,
  before: f64,
  left: i32,
  skipped: i32,
  share: f64,
): void {
  const scale = 1.4426950408889634 / lambda;
  // Backwards, since a sum of positive terms keeps its digits.
  let following = 1 / (before + <f64>unit);
  for (let i = unit - 2; i >= 0; i -= 2) {
    const inverse = f64x2.div(f64x2.splat(1), f64x2(before + <f64>i, before + <f64>(i + 1)));
    const first = f64x2.extract_lane(inverse, 0);
    const second = f64x2.extract_lane(inverse, 1);
    if (i + 1 < left && i + 1 >= skipped) share += following;
    writeStep<F>(out, i + 1, scale * second, i + 1 < left, share);
    if (i < left && i >= skipped) share += second;
    writeStep<F>(out, i, scale * first, i < left, share);
    following = first;
  }
  // At t = 1 the weights are 0, and so is the logit.
  if (before == 0) store<F>(out, 0);
}

// @ts-ignore: decorator
@inline
function writeStep<F>(out: usize, step: i32, scale: f64, taken: bool, share: f64): void {
  const at = out + <usize>step * SCHEDULE * sizeof<F>();
  store<F>(at, <F>scale);
  store<F>(at + sizeof<F>(), taken ? <F>1 : <F>0);
  store<F>(at + 2 * sizeof<F>(), <F>share);
}
