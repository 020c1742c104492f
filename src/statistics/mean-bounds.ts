/**
 * The half width of bounds on the expectation of a function of n independent draws which changing one draw changes by at most
 * range / n, such as the mean of n values in an interval of length `range`:
 *
 *   P(|f - E f| > range sqrt(log(2 / alpha) / (2 n))) <= alpha.
 *
 * Source: McDiarmid's inequality (Hoeffding's, for a mean).
 *
 * @param alpha in (0, 1)
 */
export function meanHalfWidth(range: number, n: number, alpha: number): number {
  if (!(range >= 0)) throw new RangeError(`range is ${range}; it must not be negative`);
  if (!(Number.isInteger(n) && n >= 1)) throw new RangeError(`n is ${n}; it must be an integer of at least 1`);
  if (!(alpha > 0 && alpha < 1)) throw new RangeError(`alpha is ${alpha}; it must lie strictly between 0 and 1`);
  return range * Math.sqrt(Math.log(2 / alpha) / (2 * n));
}
