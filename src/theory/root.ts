/**
 * A root located to the last bit: `low` and `high` are equal or adjacent doubles between which the function, as
 * evaluated, changes sign. That is the certificate.
 */
export interface CertifiedRoot {
  readonly root: number;
  readonly low: number;
  readonly high: number;
}

/**
 * The root of a decreasing function by bisection until no double is left in between, so that no tolerance enters.
 *
 * @param f decreasing on [low, high], with f(low) >= 0 >= f(high)
 * @throws RangeError if the bracket does not hold a sign change
 */
export function decreasingRoot(f: (x: number) => number, low: number, high: number): CertifiedRoot {
  if (!(f(low) >= 0 && f(high) <= 0)) {
    throw new RangeError(`no sign change between ${low} and ${high}: ${f(low)} and ${f(high)}`);
  }
  let left = low;
  let right = high;
  for (;;) {
    const middle = left + (right - left) / 2;
    if (middle === left || middle === right) break;
    const value = f(middle);
    if (value === 0) return { root: middle, low: middle, high: middle };
    if (value > 0) left = middle;
    else right = middle;
  }
  return { root: Math.abs(f(left)) <= Math.abs(f(right)) ? left : right, low: left, high: right };
}
