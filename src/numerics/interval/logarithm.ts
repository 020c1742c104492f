import { LN2_HEAD, timesTailDown, timesTailUp } from './log-2.js';
import { above, addDown, addUp, below, divideDown, divideUp, multiplyDown, multiplyUp } from './rounding.js';

/** The last term of the series. Its argument squares to at most .0295, and .0295^11 / 23 < 2^-60. */
const LAST = 11;

/** 1 / (2n + 1) from below, and from above, where the last one carries the remainder. */
const LOW: number[] = [1];
const HIGH: number[] = [1];
for (let n = 1; n <= LAST; n++) {
  LOW.push(below(1 / (2 * n + 1)));
  HIGH.push(above(1 / (2 * n + 1)));
}
// sum over n >= 11 of y^n / (2n + 1) <= y^11 / 23 * 1 / (1 - y), and 1 / (1 - .0295) < 1.031.
HIGH[LAST] = above(1.031 * HIGH[LAST]!);

/** 2 atanh(f) = 2 (f + f^3 / 3 + f^5 / 5 + ...) from below, 0 <= f <= .1717: all terms are positive. */
function twiceAtanhLow(f: number): number {
  const square = multiplyDown(f, f);
  let sum = LOW[LAST]!;
  for (let n = LAST - 1; n > 0; n--) sum = below(LOW[n]! + below(square * sum));
  return multiplyDown(2 * f, addDown(1, multiplyDown(square, sum)));
}

/** 2 atanh(f) from above, 0 <= f <= .1717. */
function twiceAtanhHigh(f: number): number {
  const square = multiplyUp(f, f);
  let sum = HIGH[LAST]!;
  for (let n = LAST - 1; n > 0; n--) sum = above(HIGH[n]! + above(square * sum));
  return multiplyUp(2 * f, addUp(1, multiplyUp(square, sum)));
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
