import { describe, expect, it } from 'vitest';
import { KeyedRandom } from '../../../src/random/index.js';
import { quantileBounds } from '../../../src/statistics/index.js';

/** P(Binomial(n, p) = k) for k = 0..n, by the recursion of Pascal's triangle: another route than the beta function's. */
function binomial(n: number, p: number): number[] {
  let row = [1];
  for (let i = 0; i < n; i++) {
    row = Array.from({ length: row.length + 1 }, (_, k) => (row[k] ?? 0) * (1 - p) + (row[k - 1] ?? 0) * p);
  }
  return row;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

describe('quantileBounds', () => {
  it.each([
    [80, 0.75, 1e-8],
    [80, 0.75, 0.05],
    [31, 0.5, 1e-3],
    [400, 0.9, 1e-6],
    [10, 0.2, 0.3],
  ])('of %i draws at share %d and alpha %d are the innermost order statistics that are allowed', (n, share, alpha) => {
    const values = Array.from({ length: n }, (_, i) => i);
    const [low, high] = quantileBounds(values, share, alpha);
    const masses = binomial(n, share);
    // x_(r), r = low + 1, is above the quantile iff at most r - 1 draws are at or below it.
    if (low >= 0) expect(sum(masses.slice(0, low + 1))).toBeLessThanOrEqual((alpha / 2) * (1 + 1e-9));
    expect(sum(masses.slice(0, Math.max(0, low) + (low >= 0 ? 2 : 1)))).toBeGreaterThan(alpha / 2);
    if (high < n) expect(sum(masses.slice(high + 1))).toBeLessThanOrEqual((alpha / 2) * (1 + 1e-9));
    expect(sum(masses.slice(Math.min(high, n)))).toBeGreaterThan(alpha / 2);
  });

  it('miss the quantile of exponential draws about as often as they may', () => {
    const [draws, alpha, share] = [40, 0.2, 0.7];
    const quantile = -Math.log(1 - share);
    // Which order statistics they are does not depend on the draws.
    const ranks = quantileBounds([...Array(draws).keys()], share, alpha);
    let missed = 0;
    const repetitions = 4000;
    for (let i = 0; i < repetitions; i++) {
      const random = new KeyedRandom(i, 1);
      const values = Array.from({ length: draws }, (_, k) => -Math.log(1 - random.uniform(0, k)));
      const [low, high] = ranks.map((rank) => values.toSorted((a, b) => a - b)[rank]!) as [number, number];
      if (low > quantile || high < quantile) missed++;
    }
    // At most alpha, in steps of single order statistics; 5 standard deviations of the count are .03.
    expect(missed / repetitions).toBeLessThan(alpha + 0.03);
    expect(missed / repetitions).toBeGreaterThan(alpha / 3);
  });

  it('are infinite where the draws are too few, and take draws that are', () => {
    expect(quantileBounds([1, 2, 3], 0.9, 1e-6)).toEqual([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
    const values = [...Array(50).fill(1), ...Array(50).fill(Number.POSITIVE_INFINITY)];
    expect(quantileBounds(values, 0.2, 0.01)).toEqual([1, 1]);
    expect(quantileBounds(values, 0.9, 0.01)).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
  });

  it.each([
    [[1], 0, 0.1, 'share is 0'],
    [[1], 1, 0.1, 'share is 1'],
    [[], 0.5, 0.1, 'at least one'],
    [[Number.NaN], 0.5, 0.1, 'must be numbers'],
    [[1], 0.5, 0, 'alpha is 0'],
  ])('refuses %j, %d, %d', (values, share, alpha, message) => {
    expect(() => quantileBounds(values, share, alpha)).toThrow(message);
  });
});
