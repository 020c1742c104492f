import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anytimeBounds, clopperPearson, logEvidence } from '../../../src/statistics/index.js';
import { rejectedBy } from './exact.js';

const sample = fc
  .integer({ min: 1, max: 100_000 })
  .chain((trials) => fc.record({ trials: fc.constant(trials), successes: fc.integer({ min: 0, max: trials }) }));

describe('anytimeBounds', () => {
  it('holds exactly the p0 that the two-sided test does not reject', () => {
    fc.assert(
      fc.property(sample, fc.integer({ min: 1, max: 300 }), ({ successes, trials }, exponent) => {
        const alpha = 10 ** -exponent;
        const { value, bounds } = anytimeBounds({ successes, trials, alpha });
        const evidence = (p0: number) => logEvidence({ null: p0, alternative: 'two-sided', successes, trials });
        const line = -Math.log(alpha);
        expect(bounds[0] <= value && value <= bounds[1]).toBe(true);
        // Rounded outwards: a bound itself is rejected.
        if (successes > 0) expect(evidence(bounds[0])).toBeGreaterThanOrEqual(line);
        if (bounds[1] < 1) expect(evidence(bounds[1])).toBeGreaterThanOrEqual(line);
        if (bounds[0] > 1e-300) {
          expect(evidence(bounds[0] * (1 - 1e-9))).toBeGreaterThan(line);
          expect(evidence(bounds[0] + 1e-9 * (value - bounds[0]))).toBeLessThan(line);
        }
        if (bounds[1] < 1 - 1e-6) {
          expect(evidence(bounds[1] * (1 + 1e-9))).toBeGreaterThan(line);
          expect(evidence(bounds[1] - 1e-9 * (bounds[1] - value))).toBeLessThan(line);
        }
      }),
    );
  });

  it('misses the truth at any of 100 looks with probability at most alpha, where Clopper-Pearson does not (exact)', () => {
    const alpha = 0.05;
    const misses = (bounds: typeof anytimeBounds) => (successes: number, trials: number) => {
      const [low, high] = bounds({ successes, trials, alpha }).bounds;
      return low > 0.3 || high < 0.3;
    };
    expect(rejectedBy(100, 0.3, misses(anytimeBounds))[100]).toBeLessThanOrEqual(alpha);
    expect(rejectedBy(100, 0.3, misses(clopperPearson))[100]).toBeGreaterThan(2 * alpha);
  });

  it('is exact at no and at all successes', () => {
    expect(anytimeBounds({ successes: 0, trials: 5, alpha: 0.01 })).toMatchObject({
      value: 0,
      bounds: [0, expect.anything()],
    });
    expect(anytimeBounds({ successes: 5, trials: 5, alpha: 0.01 }).bounds[1]).toBe(1);
  });

  it('refuses options out of range', () => {
    expect(() => anytimeBounds({ successes: 0, trials: 0, alpha: 0.1 })).toThrow('trials is 0');
    expect(() => anytimeBounds({ successes: 0, trials: 1, alpha: 2 })).toThrow('alpha is 2');
  });
});
