import { LN2_HEAD, timesTailDown, timesTailUp } from './log-2.js';
import { addDown, addUp, divideDown, divideUp, multiplyDown, multiplyUp } from './rounding.js';
import { atanhSeries, sumHigh, sumLow } from './series.js';

/** atanh(f) / f in f^2 on [0, .0295]: what follows the power 11 is below .0295^12 / 25 < 2^-65. */
const SLOPE = atanhSeries(11);

/** 2 atanh(f) from below, 0 <= f <= .1717. */
function twiceAtanhLow(f: number): number {
  return multiplyDown(2 * f, sumLow(SLOPE, multiplyDown(f, f)));
}

/** 2 atanh(f) from above, 0 <= f <= .1717. */
function twiceAtanhHigh(f: number): number {
  return multiplyUp(2 * f, sumHigh(SLOPE, multiplyUp(f, f)));
}

/** log(1 + u) = 2 atanh(u / (2 + u)) from below, sqrt(1/2) - 1 <= u <= sqrt(2) - 1 up to rounding. */
function nearOneLow(u: number): number {
  return u >= 0 ? twiceAtanhLow(divideDown(u, addUp(2, u))) : -twiceAtanhHigh(divideUp(-u, addDown(2, u)));
}

function nearOneHigh(u: number): number {
  return u >= 0 ? twiceAtanhHigh(divideUp(u, addDown(2, u))) : -twiceAtanhLow(divideDown(-u, addUp(2, u)));
}

const value = new Float64Array(1);
const words = new Uint32Array(value.buffer);
/** The word with sign and exponent, whichever the byte order. */
const TOP = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0;

/** x = m 2^twos with m in [sqrt(1/2), sqrt(2)), exactly, for 0 < x < Infinity. */
function split(x: number): { twos: number; m: number } {
  const subnormal = x < 2 ** -1022;
  value[0] = subnormal ? x * 2 ** 54 : x;
  const exponent = words[TOP]! >>> 20;
  words[TOP] = (words[TOP]! & 0xfffff) | (1023 << 20);
  const m = value[0];
  const twos = exponent - 1023 - (subnormal ? 54 : 0);
  return m < Math.SQRT2 ? { twos, m } : { twos: twos + 1, m: m / 2 };
}

/** A bound below log x, x in [0, Infinity]. */
export function logLow(x: number): number {
  if (!(x > 0 && x < Number.POSITIVE_INFINITY)) return limit(x);
  const { twos, m } = split(x);
  // m - 1 is exact, since m lies within a factor 2 of 1.
  const rest = nearOneLow(m - 1);
  return twos === 0 ? rest : addDown(twos * LN2_HEAD, addDown(timesTailDown(twos), rest));
}

/** A bound above log x, x in [0, Infinity]. */
export function logHigh(x: number): number {
  if (!(x > 0 && x < Number.POSITIVE_INFINITY)) return limit(x);
  const { twos, m } = split(x);
  const rest = nearOneHigh(m - 1);
  return twos === 0 ? rest : addUp(twos * LN2_HEAD, addUp(timesTailUp(twos), rest));
}

function limit(x: number): number {
  if (x === 0) return Number.NEGATIVE_INFINITY;
  if (x === Number.POSITIVE_INFINITY) return x;
  throw new RangeError(`the logarithm of ${x} has no bounds; its argument must lie in [0, Infinity]`);
}

/** Where log(1 + u) is taken from the series in u itself. */
const SMALL_LOW = -0.29;
const SMALL_HIGH = 0.41;

/** A bound below log(1 + u), u in [-1, Infinity], to a few ulps of it. */
export function log1pLow(u: number): number {
  return u > SMALL_LOW && u < SMALL_HIGH ? nearOneLow(u) : logLow(addDown(1, u));
}

/** A bound above log(1 + u), u in [-1, Infinity], to a few ulps of it. */
export function log1pHigh(u: number): number {
  return u > SMALL_LOW && u < SMALL_HIGH ? nearOneHigh(u) : logHigh(addUp(1, u));
}
