import { describe, expect, test } from 'vitest';
import { KeyedRandom, meanHalfWidth } from '../../../src/index.js';
import { SEED } from '../../fixtures/seed.js';

describe('meanHalfWidth', () => {
  test('worked by hand: 2 sqrt(log(20) / 200)', () => {
    expect(meanHalfWidth(2, 100, 0.1)).toBeCloseTo(0.24477, 5);
  });

  test('coin means lie outside with at most probability alpha', () => {
    const random = new KeyedRandom(SEED, 0);
    const [trials, n, alpha] = [2000, 50, 0.2];
    let outside = 0;
    for (let trial = 0; trial < trials; trial++) {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += random.uniform(i, trial) < 0.5 ? 1 : 0;
      if (Math.abs(sum / n - 0.5) > meanHalfWidth(1, n, alpha)) outside++;
    }
    // The true share is P(|Bin(50, 1/2) - 25| > 7.59) = .033; half of the width would leave out .26.
    expect(outside / trials).toBeLessThan(0.06);
    expect(outside).toBeGreaterThan(0);
  });

  test.each([
    [-1, 10, 0.1, 'range is -1'],
    [1, 0, 0.1, 'n is 0'],
    [1, 10, 1, 'alpha is 1'],
  ])('range %d, n = %d, alpha = %d', (range, n, alpha, message) => {
    expect(() => meanHalfWidth(range, n, alpha)).toThrow(message);
  });
});
