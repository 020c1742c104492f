import betaQuantile from '@stdlib/stats-base-dists-beta-quantile';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logBetaDensity, logBetaTails } from '../../../src/statistics/log-beta.js';

const inside = fc.double({ min: 1e-9, max: 1 - 1e-9, noNaN: true });
const shape = fc.oneof(fc.constantFrom(0.5, 1), fc.double({ min: 0.5, max: 1e6, noNaN: true }));

describe('logBetaTails', () => {
  it('matches the closed forms of Beta(1, b), Beta(a, 1) and Beta(1/2, 1/2)', () => {
    for (const x of [1e-300, 1e-9, 0.3, 0.5, 0.999999]) {
      expect(logBetaTails(x, 1, 7).upper).toBeCloseTo(7 * Math.log1p(-x), 12);
      expect(logBetaTails(x, 9, 1).lower / (9 * Math.log(x))).toBeCloseTo(1, 12);
      expect(logBetaTails(x, 0.5, 0.5).lower).toBeCloseTo(Math.log((2 / Math.PI) * Math.asin(Math.sqrt(x))), 12);
    }
  });

  it('gives two tails that add up to 1 and swap when x is mirrored', () => {
    fc.assert(
      fc.property(inside, shape, shape, (x, a, b) => {
        const { lower, upper } = logBetaTails(x, a, b);
        expect(Math.exp(lower) + Math.exp(upper)).toBeCloseTo(1, 13);
        // 1 - x is rounded, which moves the mirrored log tail by up to EPSILON (a + b) / (x (1 - x)).
        const slack = (1e-15 * (a + b + 1)) / (x * (1 - x)) + 1e-13;
        const mirrored = logBetaTails(1 - x, b, a);
        expect(Math.abs(mirrored.upper - lower)).toBeLessThanOrEqual(slack * (1 + Math.abs(lower)));
      }),
    );
  });

  it('returns the level at the quantile of another library (right there down to 1e-50)', () => {
    for (const level of [0.5, 0.025, 1e-6, 1e-12, 1e-50]) {
      for (const [a, b] of [
        [1, 3],
        [0.5, 40],
        [300, 700],
        [2e5, 5e5],
      ] as const) {
        // A quantile right to EPSILON still moves log tail by its slope, below EPSILON (a + b) in size.
        const error = logBetaTails(betaQuantile(level, a, b), a, b).lower - Math.log(level);
        expect(Math.abs(error)).toBeLessThan(1e-12 + 1e-15 * (a + b));
      }
    }
  });

  it('has the density as its slope', () => {
    const [x, a, b, step] = [0.31, 12.5, 30.5, 1e-6];
    const slope = Math.exp(logBetaTails(x + step, a, b).lower) - Math.exp(logBetaTails(x - step, a, b).lower);
    // Central differences: error step^2 times the third derivative, about 1e-9 here.
    expect(slope / (2 * step) / Math.exp(logBetaDensity(x, a, b))).toBeCloseTo(1, 7);
  });

  it('does not hang where it cannot settle', () => {
    expect(() => logBetaTails(Number.NaN, 1, 2)).toThrow('did not settle');
  });
});
