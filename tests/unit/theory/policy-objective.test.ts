import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryReal } from '../../../src/arbitraries/index.js';
import { finiteGroupObjective, groupObjective, rewardObjective } from '../../../src/theory/index.js';
import { seeded } from '../../fixtures/seed.js';

/** All vectors of G rewards. */
function rewardVectors(G: number): number[][] {
  return Array.from({ length: 2 ** G }, (_, code) => Array.from({ length: G }, (_, i) => (code >> i) & 1));
}

/** (r_i - mean) / (standard deviation with Bessel's correction + offset), 0 where all rewards agree. */
function advantages(rewards: readonly number[], offset: number): number[] {
  const mean = rewards.reduce((sum, r) => sum + r, 0) / rewards.length;
  const variance = rewards.reduce((sum, r) => sum + (r - mean) ** 2, 0) / (rewards.length - 1);
  return rewards.map((r) => (variance === 0 ? 0 : (r - mean) / (Math.sqrt(variance) + offset)));
}

/**
 * E[(1/G) sum_i A_i grad log pi(y_i)] over grad mu. The responses are independent given x, A_i depends on them through the
 * rewards alone, and E[grad log pi(y) | r] is grad mu / mu for r = 1 and -grad mu / (1 - mu) for r = 0, because
 * E[1(r = 1) grad log pi(y)] = grad mu. The division is done by leaving sample i out of the probability.
 */
function bruteSlope(G: number, offset: number, mu: number): number {
  let sum = 0;
  for (const rewards of rewardVectors(G)) {
    const credit = advantages(rewards, offset);
    for (let i = 0; i < G; i++) {
      const others = rewards.reduce((product, r, j) => (j === i ? product : product * (r ? mu : 1 - mu)), 1);
      sum += (credit[i]! * others * (rewards[i] ? 1 : -1)) / G;
    }
  }
  return sum;
}

const sizes = fc.integer({ min: 2, max: 8 });
const offsets = fc.constantFrom(0, 1e-4, 0.1, 1);
/** mu, both of its ends included. */
const chances = fc.oneof(arbitraryReal(0, 1), fc.constantFrom(0, 1, 0.5, 1e-9, 1 - 1e-9));

describe('what GRPO climbs with groups of G', () => {
  it('has the slope of all 2^G reward vectors and their advantages', () => {
    fc.assert(
      fc.property(sizes, offsets, chances, (G, offset, mu) => {
        // A sum of 2^G G terms whose sizes add up to at most 2 max |A| <= 2 sqrt G: each rounds a partial sum, seen to leave 80 eps.
        const slope = finiteGroupObjective(G, offset).slope(mu, 1 - mu);
        expect(Math.abs(slope - bruteSlope(G, offset, mu))).toBeLessThan(500 * Math.sqrt(G) * Number.EPSILON);
      }),
      seeded(200),
    );
  });

  it('has the value that the brute slope integrates to, from 0 at mu = 0', () => {
    fc.assert(
      fc.property(sizes, offsets, arbitraryReal(0, 1), (G, offset, mu) => {
        const value = finiteGroupObjective(G, offset).value(mu, 1 - mu);
        // The slope is a polynomial of degree at most G - 2 <= 6, which Gauss and Legendre integrate exactly by four points.
        const integral = GAUSS.reduce(
          (sum, [x, w]) => sum + (w * mu * bruteSlope(G, offset, (mu * (1 + x)) / 2)) / 2,
          0,
        );
        expect(Math.abs(value - integral)).toBeLessThan(500 * Math.sqrt(G) * Number.EPSILON);
      }),
      seeded(200),
    );
  });

  it('has a slope that is the central difference of its value', () => {
    const h = 1e-5;
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 64 }), offsets, arbitraryReal(h, 1 - h), (G, offset, mu) => {
        const { value, slope } = finiteGroupObjective(G, offset);
        const difference = (value(mu + h, 1 - mu - h) - value(mu - h, 1 - mu + h)) / (2 * h);
        // f''' is at most 4 (G - 1)^3 times the largest of the terms, 1 / sqrt G: 4 G^(5/2). Rounding: values up to pi, from
        // powers up to the 63rd, over h; and 1 - mu -+ h, off by eps / 4, shifts a value by a slope of up to G eps.
        const tolerance = (4 * G ** 2.5 * h ** 2) / 6 + ((4 + G) * 10 * Number.EPSILON) / h;
        expect(Math.abs(difference - slope(mu, 1 - mu))).toBeLessThan(tolerance);
      }),
      seeded(200),
    );
  });

  it('is by hand, for two: A = +-1/2 over 1/sqrt 2 where the two differ', () => {
    // mu (1 - mu) is the chance of (1, 0); each sample then has an advantage of +-1/sqrt 2: the slope is 1/sqrt 2 at any mu.
    const { value, slope } = finiteGroupObjective(2, 0);
    for (const mu of [0, 0.25, 1]) {
      expect(slope(mu, 1 - mu)).toBeCloseTo(Math.SQRT1_2, 15);
      expect(value(mu, 1 - mu)).toBeCloseTo(mu * Math.SQRT1_2, 15);
    }
  });

  it('has the offset of TRL by default', () => {
    expect(finiteGroupObjective(8).slope(0.3, 0.7)).toBe(finiteGroupObjective(8, 1e-4).slope(0.3, 0.7));
  });

  it('starts at 0 and ends at the sum of its terms, with finite slopes at both ends', () => {
    for (const G of [2, 3, 8, 64]) {
      const { value, slope } = finiteGroupObjective(G, 0);
      expect(value(0, 1)).toBe(0);
      const ends = Array.from({ length: G - 1 }, (_, i) => Math.sqrt((G - 1) / (G * (i + 1) * (G - i - 1))));
      expect(value(1, 0)).toBeCloseTo(
        ends.reduce((sum, term) => sum + term, 0),
        13,
      );
      // Of a group with one exception to G - 1 agreeing rewards: (G - 1) terms of 1 / (G s_1) = 1 / sqrt G.
      for (const end of [0, 1]) expect(slope(end, 1 - end)).toBeCloseTo((G - 1) / Math.sqrt(G), 13);
    }
  });

  it.each([1, 0, -1, 2.5, Number.NaN, 1001])('does not exist for G = %d', (G) => {
    expect(() => finiteGroupObjective(G)).toThrow(RangeError);
  });

  it('is finite up to the largest group', () => {
    for (const mu of [0, 1e-300, 1e-3, 0.5, 0.999, 1]) {
      const { value, slope } = finiteGroupObjective(1000);
      expect(value(mu, 1 - mu)).toBeGreaterThanOrEqual(0);
      expect(value(mu, 1 - mu)).toBeLessThan(Math.PI);
      expect(slope(mu, 1 - mu)).toBeGreaterThan(0);
    }
  });
});

/** Four points and weights on [-1, 1]. */
const GAUSS = [-1, 1].flatMap((sign) =>
  [-1, 1].map((other) => {
    const x = sign * Math.sqrt(3 / 7 + (other * 2 * Math.sqrt(6 / 5)) / 7);
    return [x, (18 - other * Math.sqrt(30)) / 36] as const;
  }),
);

describe('with large groups and no offset it is what infinite ones climb', () => {
  const GROUPS = [64, 256, 1000];

  it('to 1/G in the slope, at a constant that is known', () => {
    // In the mean of (G - 1)^(3/2) sqrt G / (G sqrt(k (G - k))) over k - 1 ~ Bin(G - 2, mu), expanded around k / G = mu.
    for (const mu of [0.2, 0.5, 0.7]) {
      const v = mu * (1 - mu);
      const constant = -1 / (2 * Math.sqrt(v)) - 1 / (8 * v ** 1.5);
      for (const G of GROUPS) {
        const off = finiteGroupObjective(G, 0).slope(mu, 1 - mu) - groupObjective.slope(mu, 1 - mu);
        // The next term of the expansion, in 1/G, seen to be at most 25 times 1/G here.
        expect(Math.abs(G * off - constant)).toBeLessThan(30 / G);
      }
    }
  });

  it('to 1/sqrt G in the value, which the end at mu = 0 costs: zeta(1/2) / sqrt G', () => {
    const zeta = -1.4603545088095868;
    for (const G of GROUPS) {
      for (const [mu, ends] of [
        [0.3, 1],
        [0.5, 1],
        [1, 2],
      ] as const) {
        const off = finiteGroupObjective(G, 0).value(mu, 1 - mu) - groupObjective.value(mu, 1 - mu);
        // And the integral of the 1/G of the slope, at most about 1.
        expect(Math.abs(Math.sqrt(G) * off - ends * zeta)).toBeLessThan(2 / Math.sqrt(G));
      }
    }
  });
});

describe('the objectives of infinite groups and of REINFORCE', () => {
  it('are 2 arcsin sqrt(mu), of slope 1 / sqrt(mu (1 - mu)), and mu', () => {
    fc.assert(
      fc.property(arbitraryReal(0, 1), (mu) => {
        expect(Math.abs(groupObjective.value(mu, 1 - mu) - 2 * Math.asin(Math.sqrt(mu)))).toBeLessThan(
          1e-15 / (1 - mu),
        );
        expect(groupObjective.slope(mu, 1 - mu) * Math.sqrt(mu * (1 - mu))).toBeCloseTo(1, 14);
        expect(rewardObjective.value(mu, 1 - mu)).toBe(mu);
        expect(rewardObjective.slope(mu, 1 - mu)).toBe(1);
      }),
      seeded(200),
    );
  });

  it('have no slope in an infinite group whose rewards all agree', () => {
    expect(groupObjective.value(0, 1)).toBe(0);
    expect(groupObjective.value(1, 0)).toBe(Math.PI);
    for (const end of [0, 1]) expect(groupObjective.slope(end, 1 - end)).toBe(0);
  });

  it('keep the digits of a small 1 - mu', () => {
    // pi - 2 arcsin sqrt(mu) = 2 arcsin sqrt(1 - mu), here 2e-10.
    expect(Math.PI - groupObjective.value(1, 1e-20)).toBeCloseTo(2e-10, 15);
    expect(groupObjective.slope(1, 1e-20)).toBeCloseTo(1e10, -1);
  });
});
