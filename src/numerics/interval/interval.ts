import { expHigh, expLow, expm1High, expm1Low, sigmoidHigh, sigmoidLow } from './exponential.js';
import { log1pHigh, log1pLow, logHigh, logLow } from './logarithm.js';
import { above, addDown, addUp, below, divideDown, divideUp, multiplyDown, multiplyUp } from './rounding.js';

/**
 * The real numbers from `low` to `high`, low <= high; an end may be infinite. What a function of this module returns
 * contains every value of the exact operation at numbers of its arguments.
 */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** @throws RangeError if an end is NaN, or if no real number lies between them */
export function between(low: number, high: number): Interval {
  if (low <= high && low < Number.POSITIVE_INFINITY && high > Number.NEGATIVE_INFINITY) return { low, high };
  throw new RangeError(`no real number lies in [${low}, ${high}]; an interval needs low <= high`);
}

/** One double, exactly. */
export function exactly(x: number): Interval {
  return between(x, x);
}

/** Every number that rounds to x. */
export function around(x: number): Interval {
  return between(below(x), above(x));
}

export function contains({ low, high }: Interval, x: number): boolean {
  return low <= x && x <= high;
}

export function negate({ low, high }: Interval): Interval {
  return { low: 0 - high, high: 0 - low };
}

export function absolute(x: Interval): Interval {
  if (x.low >= 0) return x;
  if (x.high <= 0) return negate(x);
  return { low: 0, high: Math.max(-x.low, x.high) };
}

export function add(a: Interval, b: Interval): Interval {
  return { low: addDown(a.low, b.low), high: addUp(a.high, b.high) };
}

export function subtract(a: Interval, b: Interval): Interval {
  return { low: addDown(a.low, -b.high), high: addUp(a.high, -b.low) };
}

export function multiply(a: Interval, b: Interval): Interval {
  if (a.low >= 0 && b.low >= 0) return { low: multiplyDown(a.low, b.low), high: multiplyUp(a.high, b.high) };
  return corners(a, b, multiplyDown, multiplyUp);
}

/** @throws RangeError if the divisor contains 0 */
export function divide(a: Interval, b: Interval): Interval {
  if (contains(b, 0)) throw new RangeError(`the divisor [${b.low}, ${b.high}] contains 0`);
  if (a.low >= 0 && b.low > 0) return { low: divideDown(a.low, b.high), high: divideUp(a.high, b.low) };
  return corners(a, b, divideDown, divideUp);
}

type Operation = (a: number, b: number) => number;

/** An operation that is monotone in each argument takes its extremes at ends of both. */
function corners(a: Interval, b: Interval, down: Operation, up: Operation): Interval {
  return {
    low: Math.min(down(a.low, b.low), down(a.low, b.high), down(a.high, b.low), down(a.high, b.high)),
    high: Math.max(up(a.low, b.low), up(a.low, b.high), up(a.high, b.low), up(a.high, b.high)),
  };
}

type Bound = (x: number) => number;

const increasing =
  (low: Bound, high: Bound) =>
  (x: Interval): Interval => ({ low: low(x.low), high: high(x.high) });

export const exp = increasing(expLow, expHigh);
/** e^x - 1, to a few ulps of it. */
export const expm1 = increasing(expm1Low, expm1High);
/** sigma(x) = 1 / (1 + e^-x). */
export const sigmoid = increasing(sigmoidLow, sigmoidHigh);

/** The logarithm of the positive numbers of x. @throws RangeError if there are none */
export function log(x: Interval): Interval {
  if (!(x.high > 0)) throw new RangeError(`[${x.low}, ${x.high}] holds no positive number; the logarithm needs one`);
  return { low: logLow(Math.max(0, x.low)), high: logHigh(x.high) };
}

/** log(1 + u) of the numbers of u above -1, to a few ulps of it. @throws RangeError if there are none */
export function log1p(u: Interval): Interval {
  if (!(u.high > -1)) throw new RangeError(`[${u.low}, ${u.high}] holds no number above -1; log(1 + u) needs one`);
  return { low: log1pLow(Math.max(-1, u.low)), high: log1pHigh(u.high) };
}
