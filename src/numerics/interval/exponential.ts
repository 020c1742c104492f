import { LN2_HEAD, timesTailDown, timesTailUp } from './log-2.js';
import { addDown, addUp, divideDown, divideUp, multiplyDown, multiplyUp } from './rounding.js';
import { exponentialSeries, sumHigh, sumLow } from './series.js';

/** (e^x - 1) / x on [0, .7]: what follows the power 16 is below .7^17 / 18! < 2^-61. */
const SLOPE = exponentialSeries(16);

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
  const value = scaled(addDown(1, multiplyDown(low, sumLow(SLOPE, low))), twos, multiplyDown);
  return x > 0 ? Math.min(Math.max(1, value), Number.MAX_VALUE) : value;
}

/** A bound above e^x, x in [-Infinity, Infinity]. */
export function expHigh(x: number): number {
  if (x === 0) return 1;
  if (x > OVERFLOW) return Number.POSITIVE_INFINITY;
  if (x < UNDERFLOW) return x === Number.NEGATIVE_INFINITY ? 0 : Number.MIN_VALUE;
  const { twos, high } = reduced(x);
  const value = scaled(addUp(1, multiplyUp(high, sumHigh(SLOPE, high))), twos, multiplyUp);
  return x > 0 ? value : Math.min(1, value);
}

/** Up to here e^x - 1 is taken from its own series. */
const SMALL = 0.69;

/** A bound below e^x - 1, to a few ulps of it. */
export function expm1Low(x: number): number {
  if (x < 0) return -decayHigh(-x);
  return x <= SMALL ? multiplyDown(x, sumLow(SLOPE, x)) : addDown(expLow(x), -1);
}

/** A bound above e^x - 1, to a few ulps of it. */
export function expm1High(x: number): number {
  if (x < 0) return -decayLow(-x);
  return x <= SMALL ? multiplyUp(x, sumHigh(SLOPE, x)) : addUp(expHigh(x), -1);
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
  if (x >= 0) return Math.min(1, divideUp(1, addDown(1, expLow(-x))));
  const e = expHigh(x);
  return divideUp(e, addDown(1, e));
}
