/**
 * Two neighbouring float64 numbers between which `isBelow` turns from true to false, found by bisection; `isBelow` is
 * evaluated strictly inside `(low, high)` only, with 0 < low < high.
 *
 * Both ends are kept, so that a caller can round its answer towards the safe side. While the ends differ by more than a
 * factor of 4 the middle is the geometric one: an answer of 1e-300 costs about as many steps as one of 0.3.
 */
export function bisect(low: number, high: number, isBelow: (x: number) => boolean): { low: number; high: number } {
  for (;;) {
    const middle = high > 4 * low ? Math.sqrt(low) * Math.sqrt(high) : low + (high - low) / 2;
    if (middle <= low || middle >= high) return { low, high };
    if (isBelow(middle)) low = middle;
    else high = middle;
  }
}
