import betaln from '@stdlib/math-base-special-betaln';

/** Enough for any argument in range: the fraction settles in about `sqrt(max(a, b))` terms near the mean, fewer away. */
const MAX_TERMS = 1_000_000;
const SETTLED = 3 * Number.EPSILON;

/**
 * Natural logarithm of the density of Beta(a, b) at x, for 0 < x < 1 and a, b > 0.
 *
 * Absolute error: a few `Number.EPSILON` times the largest of its three terms.
 */
export function logBetaDensity(x: number, a: number, b: number): number {
  return (a - 1) * Math.log(x) + (b - 1) * Math.log1p(-x) - betaln(a, b);
}

/**
 * Continued fraction F of the incomplete beta function: `P(X <= x) = x^a y^b / (B(a, b) F)` for X of Beta(a, b) and
 * y = 1 - x, for `x < (a + 1)/(a + b + 2)` (DiDonato & Morris, ACM TOMS 18, 1992, BFRAC), by Lentz's method.
 *
 * Not the better known fraction of DLMF 8.17.22, which takes x alone: for x near 1 it has lost the digits of y.
 */
function continuedFraction(x: number, y: number, a: number, b: number): number {
  const first = a * y - b * x + 1;
  let value = (a * first) / (a + 1);
  let ratio = value;
  let inverse = 0;
  for (let m = 1; m <= MAX_TERMS; m++) {
    const step = (m * (b - m) * x) / (a + 2 * m - 1);
    const top = (step * (a + m - 1) * (a + b + m - 1) * x) / (a + 2 * m - 1);
    const bottom = m + step + ((a + m) * (first + m * (1 + y))) / (a + 2 * m + 1);
    inverse = 1 / (bottom + top * inverse);
    ratio = bottom + top / ratio;
    value *= ratio * inverse;
    if (Math.abs(ratio * inverse - 1) <= SETTLED) return value;
  }
  throw new Error(`The incomplete beta function did not settle at x = ${x}, a = ${a}, b = ${b}.`);
}

/**
 * Natural logarithms of both tails of Beta(a, b): `lower = log P(X <= x)` and `upper = log P(X >= x)`,
 * for 0 < x < 1 and a, b > 0.
 *
 * The tail that x lies in comes from a continued fraction and stays a logarithm throughout: it is right
 * where the probability itself would underflow. The other tail, of at least some percent, is one minus it.
 * Absolute error: that of `logBetaDensity`, plus a few `Number.EPSILON`.
 */
export function logBetaTails(x: number, a: number, b: number): { lower: number; upper: number } {
  const scale = a * Math.log(x) + b * Math.log1p(-x) - betaln(a, b);
  const y = 1 - x;
  if (x < (a + 1) / (a + b + 2)) {
    const lower = Math.min(0, scale - Math.log(continuedFraction(x, y, a, b)));
    return { lower, upper: Math.log1p(-Math.exp(lower)) };
  }
  const upper = Math.min(0, scale - Math.log(continuedFraction(y, x, b, a)));
  return { lower: Math.log1p(-Math.exp(upper)), upper };
}
