import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryD, arbitraryLambda, arbitraryP, arbitraryReal } from '../../../src/arbitraries/index.js';
import { logit } from '../../../src/numerics/index.js';
import {
  AT,
  demonstrationState,
  type FlowStart,
  type Optimum,
  optimum,
  policyAscent,
  policyGradient,
  policyWeights,
  reinforceStepBounds,
  reinforceTime,
  reinforceTimeBounds,
  rewardObjective,
} from '../../../src/theory/index.js';
import { seeded } from '../../fixtures/seed.js';

const optimumFor = (pCot: number, lambda: number) => optimum(demonstrationState(pCot), { lambda });

/** A start with K_0 = 1/2 + excess. */
const startNearHalf = (d: number, excess: number, sPlus: number, more: Partial<FlowStart> = {}): FlowStart => ({
  c1: 0.3,
  sMinus: sPlus - 1,
  c: logit((0.5 + excess) ** (1 / (d - 1))),
  ...more,
  sPlus,
});

/** The value at 0 of the polynomial through points (x, y). */
function atZero(points: readonly (readonly [number, number])[]): number {
  return points.reduce((sum, [x, y], i) => {
    const share = points.reduce((product, [other], j) => (i === j ? product : (product * other) / (other - x)), 1);
    return sum + y * share;
  }, 0);
}

/** When s reaches 0 on Euler's broken line, by the polynomial through the four points around: to the fourth order. */
function eulerTime(start: FlowStart, d: number, rate: number): number {
  let weights = policyWeights(start as Optimum, d);
  const points: [number, number][] = [];
  for (let step = 0, after = 0; after < 2; step++) {
    points.push([weights[AT.s]!, rate * step]);
    if (weights[AT.s]! > 0) after++;
    const { flow } = policyGradient(weights, rewardObjective, { reward: 'cot' });
    weights = weights.map((w, j) => w + rate * flow[j]!);
  }
  return atZero(points.slice(-4));
}

/** Euler's errors are a power series in the rate: four rates leave the fourth order. */
function extrapolatedTime(start: FlowStart, d: number, rate: number): number {
  return atZero([1, 2, 4, 8].map((n) => [rate / n, eulerTime(start, d, rate / n)] as const));
}

const relative = (a: number, b: number) => Math.abs(a / b - 1);

describe('the time of REINFORCE with r_cot until greedy decoding is long', () => {
  it.each([
    [3, 0.2, 0.1, 0.02],
    [3, 0.3, 0.01, 0.02],
    [4, 0.1, 0.01, 0.05],
    [20, 0.25, 1e-3, 0.02],
    [50, 0.1, 1e-3, 0.1],
  ])('is the limit of plain gradient ascent: d = %d, p = %d, lambda = %d', (d, pCot, lambda, rate) => {
    const start = optimumFor(pCot, lambda);
    // Errors of order rate^4 = 1e-7 and less, over 8^2 by the extrapolation and over the time.
    expect(relative(extrapolatedTime(start, d, rate), reinforceTime(start, d)!)).toBeLessThan(1e-8);
  });

  it.each([1e-2, 1e-6, 0])('also where K_0 is 1/2 and a little more, by %d', (excess) => {
    const start = startNearHalf(5, excess + 1e-14, -0.5);
    expect(relative(extrapolatedTime(start, 5, 0.1), reinforceTime(start, 5)!)).toBeLessThan(1e-7);
  });

  it('is right to 1e-10 by its own steps, from the optimum', () => {
    for (const [d, pCot, lambda] of [
      [3, 1e-4, 1e-3],
      [3, 0.3, 0.1],
      [3, 1e-12, 1e-12],
      [50, 0.1, 1e-3],
      [132, 0.1, 1e-3],
      [200, 0.01, 1e-6],
    ] as const) {
      expectConverged(optimumFor(pCot, lambda), d);
    }
  });

  it('and from K_0 near 1/2, where s hardly moves at first', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(3, 10, 100),
        arbitraryReal(-14, -1),
        fc.constantFrom(-8, -1, -0.1, -1e-6),
        fc.constantFrom(1e-3, 0.5, 5),
        fc.constantFrom(-20, -5, -0.1),
        (d, exponent, s, c1, sMinus) => expectConverged(startNearHalf(d, 10 ** exponent, s, { c1, sMinus }), d),
      ),
      seeded(20),
    );
  });

  /** What the default is said to be good for; half of its steps are 2^4 times worse, and rounding limits what more can do. */
  function expectConverged(start: FlowStart, d: number): void {
    const [half, plain, double] = [200, undefined, 800].map((steps) => reinforceTime(start, d, steps)!);
    expect(relative(plain!, double!)).toBeLessThan(1e-10);
    expect(relative(half!, double!)).toBeLessThan(16e-10);
  }

  it('lies within its bounds, strictly for s_0 < 0', () => {
    fc.assert(
      fc.property(arbitraryD(), arbitraryP({ max: 1 / 3 }), arbitraryLambda(), (d, pCot, lambda) => {
        const start = optimumFor(pCot, lambda);
        const bounds = reinforceTimeBounds(start, d);
        // K_0 <= 1/2, or s_0 > 0 by a rounding at p = 1/3.
        fc.pre(bounds !== null);
        const time = reinforceTime(start, d, 20)!;
        // Twenty steps leave 1e-6. T0 is 4 |s_0| + |s_0|^3 / 3 and more: 0 only for a tie.
        const { lower, upper } = bounds!;
        expect(time).toBeGreaterThanOrEqual(lower * (1 - 1e-6));
        expect(time).toBeLessThanOrEqual(upper * (1 + 1e-6));
        expect(lower).toBeGreaterThanOrEqual(4 * Math.abs(start.sPlus));
        if (start.sPlus < -1e-3) {
          expect(time).toBeGreaterThan(lower);
          expect(time).toBeLessThan(upper);
        }
      }),
      seeded(200),
    );
  });

  it('is 0 at a tie', () => {
    expect(reinforceTime(optimumFor(1 / 4, 0.1), 3)).toBeGreaterThan(0);
    const tie = { c1: 0.5, sPlus: 0, sMinus: -2, c: 2 };
    expect(reinforceTimeBounds(tie, 3)).toEqual({ lower: 0, upper: 0 });
    expect(reinforceTime(tie, 3)).toBeCloseTo(0, 15);
  });

  it('has the worked bounds of Lemma 7', () => {
    const bounds = reinforceTimeBounds(optimumFor(1e-4, 1e-3), 3)!;
    expect(bounds.lower).toBeCloseTo(194.16, 2);
    // T0 / ((2 K_0 - 1) sigma(c_1)), the two factors as `theory` prints them: K_0 = .98954, sigma(c_1) = .50005.
    expect(bounds.upper).toBeCloseTo(396.585, 2);
  });

  it.each<[string, FlowStart]>([
    ['s_0 > 0', { c1: 1, sPlus: 0.1, sMinus: -1, c: 3 }],
    ['c_1 = 0', { c1: 0, sPlus: -1, sMinus: -1, c: 3 }],
    ['c_1 < 0', { c1: -1, sPlus: -1, sMinus: -1, c: 3 }],
    ['K_0 < 1/2', startNearHalf(3, -0.01, -1)],
    ['K_0 < 1/2, by c = 0', { c1: 1, sPlus: -1, sMinus: -1, c: 0 }],
  ])('is not claimed for %s', (_, start) => {
    expect(reinforceTimeBounds(start, 3)).toBeNull();
    expect(reinforceTime(start, 3)).toBeNull();
  });

  it('depends on d through K_0: too many bits have none', () => {
    const start = optimumFor(0.1, 1e-3);
    expect(reinforceTime(start, 132)).toBeGreaterThan(0);
    expect(reinforceTime(start, 133)).toBeNull();
    expect(() => reinforceTimeBounds(start, 2)).toThrow(RangeError);
  });
});

describe('the steps of plain gradient ascent until greedy decoding is long', () => {
  it('lie within their bounds', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 3, max: 40 }),
        arbitraryReal(0.01, 1 / 3),
        arbitraryLambda({ min: 1e-6, max: 0.2 }),
        arbitraryReal(Math.log(0.05), Math.log(50)).map(Math.exp),
        (d, pCot, lambda, learningRate) => {
          const start = optimumFor(pCot, lambda);
          const bounds = reinforceTimeBounds(start, d);
          // Not too long to run.
          fc.pre(bounds !== null && bounds.upper / learningRate < 3000);
          const { lower, upper } = reinforceStepBounds(bounds!, learningRate);
          const options = { reward: 'cot', objective: rewardObjective, learningRate } as const;
          for (const { step, behaviour } of policyAscent(policyWeights(start, d), options)) {
            if (behaviour.greedy.longFraction === 1) {
              expect(step).toBeGreaterThanOrEqual(lower);
              break;
            }
            expect(step).toBeLessThan(upper);
          }
        },
      ),
      seeded(100),
    );
  });

  it('are by hand those of the flow, rounded, and stretched by e^(eta / 4)', () => {
    expect(reinforceStepBounds({ lower: 10, upper: 20 }, 1)).toEqual({ lower: 10, upper: 26 });
    expect(reinforceStepBounds({ lower: 10.1, upper: 20 }, 0.5)).toEqual({ lower: 21, upper: 46 });
    expect(reinforceStepBounds({ lower: 10, upper: 20 }, 1e-6)).toEqual({ lower: 1e7, upper: 20000006 });
  });
});
