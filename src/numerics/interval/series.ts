import { above, addDown, addUp, below, divideUp, multiplyDown, multiplyUp } from './rounding.js';

/** Bounds on the sum of c_n z^n over n >= 0, for 0 <= z <= some end, where c_0 = 1 and every c_n is positive. */
export interface Series {
  /** c_0, ..., c_last from below. Leaving out what follows only lowers the sum. */
  readonly low: readonly number[];
  /** The same from above; the last one also carries what follows. */
  readonly high: readonly number[];
}

/**
 * The series with coefficients 1 / divisors[n]. From the last of them on, each term is at most `decay` < 1 times the one
 * before, so that all of these together are at most 1 / (1 - decay) times the first of them.
 *
 * @param divisors exact integers, the first one 1
 */
function series(divisors: readonly number[], decay: number): Series {
  const low = divisors.map((divisor) => below(1 / divisor));
  const high = divisors.map((divisor) => above(1 / divisor));
  low[0] = high[0] = 1;
  const last = divisors.length - 1;
  high[last] = divideUp(high[last]!, addDown(1, -decay));
  return { low, high };
}

/** (e^z - 1) / z = sum of z^n / (n+1)! on [0, .7], to the power `last` <= 20: (n+1)! is a double up to 22!. */
export function exponentialSeries(last: number): Series {
  const factorials = [1];
  for (let n = 1; n <= last; n++) factorials.push(factorials[n - 1]! * (n + 1));
  return series(factorials, above(0.7 / (last + 2)));
}

/** atanh(f) / f = sum of z^n / (2n+1) with z = f^2 on [0, .0295], to the power `last`. */
export function atanhSeries(last: number): Series {
  const odd = Array.from({ length: last + 1 }, (_, n) => 2 * n + 1);
  return series(odd, 0.0295);
}

/** A bound below the sum at z, by Horner's rule. */
export function sumLow({ low }: Series, z: number): number {
  let sum = low[low.length - 1]!;
  for (let n = low.length - 2; n > 0; n--) sum = below(low[n]! + below(z * sum));
  return addDown(1, multiplyDown(z, sum));
}

/** A bound above the sum at z. */
export function sumHigh({ high }: Series, z: number): number {
  let sum = high[high.length - 1]!;
  for (let n = high.length - 2; n > 0; n--) sum = above(high[n]! + above(z * sum));
  return addUp(1, multiplyUp(z, sum));
}
