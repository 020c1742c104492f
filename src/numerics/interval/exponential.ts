import { LN2_HEAD, timesTailDown, timesTailUp } from './log-2.js';
import { above, addDown, addUp, below, divideDown, divideUp, multiplyDown, multiplyUp } from './rounding.js';

/** The last power of the series. At 0.7, 0.7^17 / 17! < 2^-57. */
const LAST = 17;

/** 1 / n! from below. */
const LOW: number[] = [1, 1, 0.5];
/** 1 / n! from above; the last one carries the remainder. */
const HIGH: number[] = [1, 1, 0.5];
for (let n = 3, factorial = 6; n <= LAST; n++, factorial *= n) {
  // n! is a double up to 22!, and its reciprocal is rounded once.
  LOW.push(below(1 / factorial));
  HIGH.push(above(1 / factorial));
}
// sum over n >= 17 of x^n / n! <= x^17 / 17! * 1 / (1 - x / 18) for x >= 0, and 1 / (1 - .7 / 18) < 1.05.
HIGH[LAST] = above(1.05 * HIGH[LAST]!);

/** (e^x - 1) / x from below, for 0 <= x <= .7: all terms are positive, so that what is left out only lowers it. */
function slopeLow(x: number): number {
  let sum = LOW[LAST]!;
  for (let n = LAST - 1; n > 1; n--) sum = below(LOW[n]! + below(x * sum));
  return addDown(1, multiplyDown(x, sum));
}

/** (e^x - 1) / x from above, for 0 <= x <= .7. */
function slopeHigh(x: number): number {
  let sum = HIGH[LAST]!;
  for (let n = LAST - 1; n > 1; n--) sum = above(HIGH[n]! + above(x * sum));
  return addUp(1, multiplyUp(x, sum));
}

/** Beyond these e^x is no double: e^709.79 > MAX_VALUE and e^-745.14 < MIN_VALUE. */
const OVERFLOW = 709.79;
const UNDERFLOW = -745.14;

/** Bounds on the rest of x without whole doublings, x - twos log 2, which lies in [0, .7]. */
function reduced(x: number): { twos: number; low: number; high: number } {
  if (Number.isNaN(x)) throw new RangeError('the exponential of NaN has no bounds');
  for (let twos = Math.floor(x / Math.LN2); ; twos--) {
    const head = twos * LN2_HEAD;
    const low = addDown(addDown(x, -head), -timesTailUp(twos));
    // A quotient that was rounded up to an integer would leave a negative rest.
    if (low >= 0) return { twos, low, high: addUp(addUp(x, -head), -timesTailDown(twos)) };
  }
}

/** x 2^twos in two exact factors and one that rounds, if the result is subnormal. */
function scaled(x: number, twos: number, product: (a: number, b: number) => number): number {
  if (twos >= -1021 && twos <= 1023) return x * 2 ** twos;
  const half = Math.trunc(twos / 2);
  return product(x * 2 ** half, 2 ** (twos - half));
}

/** A bound below e^x, x in [-Infinity, Infinity]. */
export function expLow(x: number): number {
  if (x === 0) return 1;
  if (x > OVERFLOW) return Number.MAX_VALUE;
  if (x < UNDERFLOW) return 0;
  const { twos, low } = reduced(x);
  const value = scaled(addDown(1, multiplyDown(low, slopeLow(low))), twos, multiplyDown);
  return Math.min(value, Number.MAX_VALUE);
}

/** A bound above e^x, x in [-Infinity, Infinity]. */
export function expHigh(x: number): number {
  if (x === 0) return 1;
  if (x > OVERFLOW) return Number.POSITIVE_INFINITY;
  if (x < UNDERFLOW) return x === Number.NEGATIVE_INFINITY ? 0 : Number.MIN_VALUE;
  const { twos, high } = reduced(x);
  return scaled(addUp(1, multiplyUp(high, slopeHigh(high))), twos, multiplyUp);
}

/** Up to here e^x - 1 is taken from its own series. */
const SMALL = 0.69;

/** A bound below e^x - 1, to a few ulps of it. */
export function expm1Low(x: number): number {
  if (x < 0) return -decayHigh(-x);
  return x <= SMALL ? multiplyDown(x, slopeLow(x)) : addDown(expLow(x), -1);
}

/** A bound above e^x - 1, to a few ulps of it. */
export function expm1High(x: number): number {
  if (x < 0) return -decayLow(-x);
  return x <= SMALL ? multiplyUp(x, slopeHigh(x)) : addUp(expHigh(x), -1);
}

/** A bound below 1 - e^-x for x >= 0: m / (1 + m) with m = e^x - 1, which increases in m. */
function decayLow(x: number): number {
  if (x > SMALL) return addDown(1, -expHigh(-x));
  const m = expm1Low(x);
  return divideDown(m, addUp(1, m));
}

/** A bound above 1 - e^-x for x >= 0. */
function decayHigh(x: number): number {
  if (x > SMALL) return addUp(1, -expLow(-x));
  const m = expm1High(x);
  return divideUp(m, addDown(1, m));
}

/** A bound below sigma(x) = 1 / (1 + e^-x). */
export function sigmoidLow(x: number): number {
  if (x >= 0) return divideDown(1, addUp(1, expHigh(-x)));
  const e = expLow(x);
  return divideDown(e, addUp(1, e));
}

/** A bound above sigma(x). */
export function sigmoidHigh(x: number): number {
  if (x >= 0) return divideUp(1, addDown(1, expLow(-x)));
  const e = expHigh(x);
  return divideUp(e, addDown(1, e));
}
