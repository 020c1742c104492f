import { checkAlpha } from './check-options.js';
import { clopperPearsonLower, clopperPearsonUpper } from './clopper-pearson.js';

/**
 * Bounds on a quantile that hold with probability 1 - alpha whatever the distribution of the draws is: two of them, in their order,
 * or infinities where the draws are too few. The number of draws at most the quantile is binomial.
 *
 * @param values independent draws, at least one; infinities are allowed
 * @param share of the distribution at or below the quantile, in (0, 1)
 * @throws RangeError if an argument is out of its range
 */
export function quantileBounds(
  values: readonly number[],
  share: number,
  alpha: number,
): readonly [low: number, high: number] {
  checkAlpha(alpha);
  if (!(share > 0 && share < 1)) throw new RangeError(`share is ${share}; it must lie strictly between 0 and 1`);
  if (values.length === 0 || values.some(Number.isNaN)) throw new RangeError('values must be numbers, at least one');
  const trials = values.length;
  const sorted = values.toSorted((a, b) => a - b);
  const half = { trials, alpha: alpha / 2 };
  // One draw more at or below it would be too many for this share, or one fewer too few.
  const few = sorted.findLastIndex((_, i) => clopperPearsonUpper({ ...half, successes: i }) < share);
  const many = sorted.findIndex((_, i) => clopperPearsonLower({ ...half, successes: i + 1 }) > share);
  return [few < 0 ? Number.NEGATIVE_INFINITY : sorted[few]!, many < 0 ? Number.POSITIVE_INFINITY : sorted[many]!];
}
