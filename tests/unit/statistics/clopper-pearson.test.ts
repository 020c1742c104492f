import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clopperPearson, clopperPearsonLower, clopperPearsonUpper } from '../../../src/statistics/index.js';
import { logBetaTails } from '../../../src/statistics/log-beta.js';
import { binomial, readTable } from './exact.js';

type Bounds = (successes: number, trials: number, alpha: number) => readonly [number, number];

const exactBounds: Bounds = (successes, trials, alpha) => clopperPearson({ successes, trials, alpha }).bounds;

/** Smallest coverage over p; it has its local minima next to the bounds themselves, so those are tried, too. */
function smallestCoverage(bounds: Bounds, trials: number, alpha: number): number {
  const intervals = Array.from({ length: trials + 1 }, (_, k) => bounds(k, trials, alpha));
  const nextToBounds = intervals.flat().flatMap((p) => [p * (1 - 1e-13), p * (1 + 1e-13)]);
  const grid = Array.from({ length: 199 }, (_, i) => (i + 1) / 200);
  const coverage = (p: number) =>
    binomial(trials, p).reduce((sum, mass, k) => sum + (intervals[k]![0] <= p && p <= intervals[k]![1] ? mass : 0), 0);
  return Math.min(...[...grid, ...nextToBounds].filter((p) => p > 0 && p < 1).map(coverage));
}

describe('clopperPearson', () => {
  /*
   * Tolerance. The solved equation compares logarithms: log tail carries an error of a few EPSILON times its terms
   * k |log p|, (n - k) |log(1 - p)|, log alpha and the log of the beta function, which is at most their sum. The slope of
   * log tail in log p is |E[X | tail] - n p| / (1 - p) >= |k - n p| / (1 - p); dividing by it turns the error of the
   * logarithm into the relative error of p. "A few" is 2, and 2 more EPSILON are for rounding p and the stored number.
   */
  const tolerance = (p: number, n: number, k: number, alpha: number): number => {
    const terms = 2 * (k * -Math.log(p) + (n - k) * -Math.log1p(-p) - Math.log(alpha / 2));
    return Number.EPSILON * (2 + (2 * terms * (1 - p)) / Math.abs(k - n * p));
  };

  it.each([0, 1] as const)('agrees with the stored 30-digit bounds (bounds[%i])', (side) => {
    for (const row of readTable('clopper-pearson')) {
      const [trials, successes, alpha] = row as [number, number, number];
      const expected = Number(row[3 + side]);
      const bound = clopperPearson({ successes, trials, alpha }).bounds[side];
      if (expected === 0 || expected === 1) {
        expect(bound).toBe(expected);
        continue;
      }
      const error = Math.abs(bound / expected - 1);
      const where = `n = ${trials}, k = ${successes}, alpha = ${alpha}`;
      // A subnormal number is rounded by up to half of the smallest one.
      const subnormal = expected < 1e-307 ? Number.MIN_VALUE / expected : 0;
      expect(error, where).toBeLessThanOrEqual(tolerance(expected, trials, successes, alpha) + subnormal);
      expect(error, `documented accuracy at ${where}`).toBeLessThan(trials <= 1e6 ? 1e-12 : 1e-11);
    }
  });

  it('is exact at no and at all successes, and has the closed forms on the other side', () => {
    for (const trials of [1, 7, 1000, 1e9]) {
      for (const alpha of [0.5, 0.05, 1e-12, 1e-300]) {
        const none = clopperPearson({ successes: 0, trials, alpha });
        const all = clopperPearson({ successes: trials, trials, alpha });
        expect([none.value, none.bounds[0], all.value, all.bounds[1]]).toEqual([0, 0, 1, 1]);
        expect(none.bounds[1] / -Math.expm1(Math.log(alpha / 2) / trials)).toBeCloseTo(1, 12);
        expect(all.bounds[0] / Math.exp(Math.log(alpha / 2) / trials)).toBeCloseTo(1, 12);
      }
    }
  });

  it('covers every p with at least the promised probability, by exact summation', () => {
    for (const trials of [1, 2, 7, 20, 60]) {
      for (const alpha of [0.5, 0.05, 1e-4]) {
        // Summing 61 masses of at most 1 errs by less than 1e-13.
        expect(smallestCoverage(exactBounds, trials, alpha)).toBeGreaterThanOrEqual(1 - alpha - 1e-13);
      }
    }
  });

  it('would be caught if it were the Wald interval, or spent alpha on either side', () => {
    const wald: Bounds = (k, n) => {
      const radius = 1.96 * Math.sqrt(((k / n) * (1 - k / n)) / n);
      return [k / n - radius, k / n + radius];
    };
    expect(smallestCoverage(wald, 20, 0.05)).toBeLessThan(0.5);
    expect(smallestCoverage((k, n, alpha) => exactBounds(k, n, 2 * alpha), 60, 0.05)).toBeLessThan(0.95);
  });

  it('has one-sided bounds at alpha where the two-sided ones are at 2 alpha', () => {
    const sample = { successes: 3, trials: 11 };
    const { bounds } = clopperPearson({ ...sample, alpha: 0.02 });
    expect(clopperPearsonLower({ ...sample, alpha: 0.01 })).toBe(bounds[0]);
    expect(clopperPearsonUpper({ ...sample, alpha: 0.01 })).toBe(bounds[1]);
  });

  it('rounds outwards', () => {
    for (const successes of [1, 3, 10]) {
      for (const alpha of [0.05, 1e-6, 1e-300]) {
        const { bounds } = clopperPearson({ successes, trials: 11, alpha });
        expect(logBetaTails(bounds[0], successes, 12 - successes).lower).toBeLessThan(Math.log(alpha / 2));
        if (bounds[1] === 1) continue;
        const above = logBetaTails(bounds[1], successes + 1, 11 - successes).upper;
        expect(above).toBeLessThanOrEqual(Math.log(alpha / 2));
      }
    }
  });

  it('brackets its value, mirrors, and widens as alpha falls', () => {
    const sample = fc
      .integer({ min: 1, max: 5000 })
      .chain((trials) => fc.record({ trials: fc.constant(trials), successes: fc.integer({ min: 0, max: trials }) }));
    fc.assert(
      fc.property(sample, fc.integer({ min: 1, max: 290 }), ({ trials, successes }, exponent) => {
        const alpha = 10 ** -exponent;
        const { value, bounds } = clopperPearson({ successes, trials, alpha });
        const mirrored = clopperPearson({ successes: trials - successes, trials, alpha }).bounds;
        const wider = clopperPearson({ successes, trials, alpha: alpha / 10 }).bounds;
        expect(bounds[0] <= value && value <= bounds[1]).toBe(true);
        expect(bounds[0] + mirrored[1]).toBeCloseTo(1, 12);
        expect(wider[0] <= bounds[0] && bounds[1] <= wider[1]).toBe(true);
      }),
    );
  });

  it.each([
    [{ successes: 1, trials: 0, alpha: 0.1 }, 'trials is 0, but it must be an integer from 1 to 1000000000.'],
    [
      { successes: 1, trials: 2e9, alpha: 0.1 },
      'trials is 2000000000, but it must be an integer from 1 to 1000000000.',
    ],
    [{ successes: 3, trials: 2, alpha: 0.1 }, 'successes is 3, but it must be an integer from 0 to trials (2).'],
    [{ successes: 0.5, trials: 2, alpha: 0.1 }, 'successes is 0.5, but it must be an integer from 0 to trials (2).'],
    [{ successes: 1, trials: 2, alpha: 1 }, 'alpha is 1, but it must be a number from 1e-300 to below 1.'],
    [{ successes: 1, trials: 2, alpha: Number.NaN }, 'alpha is NaN, but it must be a number from 1e-300 to below 1.'],
  ])('refuses %j', (sample, message) => {
    for (const bound of [clopperPearson, clopperPearsonLower, clopperPearsonUpper]) {
      expect(() => bound(sample)).toThrow(new RangeError(message));
    }
  });
});
