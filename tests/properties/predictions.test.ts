import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryD, arbitraryLambda, arbitraryP } from '../../src/arbitraries/index.js';
import {
  behaviour,
  calibrationBounds,
  demonstrationState,
  exactProbability,
  largestSuccessfulD,
  limitLongFraction,
  optimum,
  probabilitiesOf,
  roundsBound,
  roundsToGreedyLong,
  type StarOptions,
  starFate,
  theoryRounds,
  toDouble,
} from '../../src/index.js';
import { seeded } from '../fixtures/seed.js';

/** What the model does right after pre-training on D(p). */
function pretrained(d: number, pCot: number, lambda: number) {
  return behaviour(optimum(demonstrationState(pCot), { lambda }), d);
}

/** Whether p > 1/3, for the decimal that prints p. */
const aboveThird = (pCot: number) => exactProbability(pCot).mul(3).compare(1) > 0;

const settings = fc.record({ d: arbitraryD(), pCot: arbitraryP(), lambda: arbitraryLambda() });

/** Probabilities are sums of four products below 1. */
const ROUNDING = 4 * Number.EPSILON;

/** Whether fast-check finds a counterexample among as many examples as the true property is given. */
function fails<T>(property: fc.IProperty<T>): boolean {
  return fc.check(property, seeded(1000)).failed;
}

describe('length calibration', () => {
  const within = (bound: (pCot: number, lambda: number) => readonly [number, number]) =>
    fc.property(settings, ({ d, pCot, lambda }) => {
      const gap = pretrained(d, pCot, lambda).pLong - pCot;
      const [low, high] = bound(pCot, lambda);
      return low - ROUNDING <= gap && gap <= high + ROUNDING;
    });

  it('|P(long) - p| <= (3/2) lambda log(1 + 2 / lambda), for every d, p and lambda', () => {
    const uniform = (_: number, lambda: number) => 1.5 * lambda * Math.log1p(2 / lambda);
    fc.assert(
      within((p, lambda) => [-uniform(p, lambda), uniform(p, lambda)]),
      seeded(1000),
    );
    expect(fails(within((p, lambda) => [-uniform(p, lambda) / 4, uniform(p, lambda) / 4]))).toBe(true);
    expect(fails(within((_, lambda) => [-2 * lambda, 2 * lambda]))).toBe(true);
  });

  it('P(long) - p lies between the two bounds that know p', () => {
    fc.assert(
      within((pCot, lambda) => {
        const { lower, upper } = calibrationBounds(pCot, lambda);
        return [lower, upper];
      }),
      seeded(1000),
    );
  });
});

describe('the greedy threshold', () => {
  const longIff = (above: (pCot: number) => boolean) =>
    fc.property(settings, ({ d, pCot, lambda }) => {
      const { longFraction, correctFraction } = pretrained(d, pCot, lambda).greedy;
      return longFraction === Number(above(pCot)) && correctFraction === (above(pCot) ? 1 : 0.5);
    });

  it('is 1/3: above it greedy answers are whole valid chains, below it short and right half of the time', () => {
    fc.assert(longIff(aboveThird), seeded(2000));
  });

  it('is not 1/3 + 1e-9, not 1/3 - 1e-9, and not .35', () => {
    for (const threshold of [1 / 3 + 1e-9, 1 / 3 - 1e-9, 0.35]) expect(fails(longIff((p) => p > threshold))).toBe(true);
  });
});

describe('the rounds to greedy long', () => {
  const decided = fc.record({
    lambda: arbitraryLambda({ min: 1e-6, max: 0.08 }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  // K > 1/2 up to 9/10 of the largest d.
  const successful = decided.map(({ lambda, share }) => {
    const edge = Math.max(3, Math.floor(0.9 * largestSuccessfulD(lambda)));
    return { lambda, d: 3 + Math.floor(share * (edge - 3)) };
  });
  const pAtMostThird = arbitraryP({ max: 1 / 3 }).filter((p) => p >= 1e-6);

  it('are at most floor(log((1-p)/(2p)) / log(2K)) + 1, for K > 1/2 and p <= 1/3', () => {
    const within = (slack: number) =>
      fc.property(successful, pAtMostThird, ({ d, lambda }, pCot) => {
        const bound = roundsBound(d, pCot, lambda)! + slack;
        const rounds = roundsToGreedyLong(pCot, { d, lambda, reward: 'cot' }, 10_000);
        return rounds !== null && rounds <= bound;
      });
    fc.assert(within(0), seeded(200));
    expect(fc.check(within(-1), seeded(200)).failed).toBe(true);
  });

  it('double the odds of long each time as lambda -> 0', () => {
    // At lambda = 1e-100 a logit of size L = 230 is pulled by lambda L / (2 m+ sigma'(s)) < 1e-90 a round for p >= 1e-6; what is left
    // is rounding of logits of at most 30: 1e-14.
    const p = arbitraryP().filter((value) => value >= 1e-6 && value <= 1 - 1e-6);
    const doubling = (factor: bigint) =>
      fc.property(arbitraryD({ max: 50 }), p, (d, pCot) => {
        const orbit = theoryRounds(demonstrationState(pCot), { d, lambda: 1e-100, reward: 'cot' });
        for (let n = 0; n <= 8; n++) {
          const { longFraction: q } = probabilitiesOf(orbit.next().value.state);
          const limit = factor === 2n ? toDouble(limitLongFraction(pCot, n)) : grown(pCot, factor, n);
          if (!(Math.abs(q / limit - 1) < 1e-12)) return false;
        }
        return true;
      });
    fc.assert(doubling(2n), seeded(150));
    expect(fails(doubling(3n))).toBe(true);
  });

  /** p after n rounds that multiply its odds. */
  function grown(pCot: number, factor: bigint, n: number): number {
    const odds = (pCot / (1 - pCot)) * Number(factor) ** n;
    return odds / (1 + odds);
  }
});

describe('the dichotomy', () => {
  const lambdas = arbitraryLambda({ min: 1e-5, max: 0.08 });
  /** Away from K = 1/2, where the orbit creeps. */
  const sides = fc.record({
    lambda: lambdas,
    above: fc.boolean(),
    p: arbitraryP().filter((p) => p >= 1e-4 && p <= 1 - 1e-4),
  });
  const greedyLater = (pCot: number, options: StarOptions): number[] => {
    const orbit = theoryRounds(demonstrationState(pCot), options);
    return Array.from({ length: 400 }, () => behaviour(orbit.next().value.optimum, options.d).greedy.longFraction);
  };

  it('K > 1/2 makes greedy decoding long and keeps it so, K < 1/2 short, from every p', () => {
    fc.assert(
      fc.property(sides, ({ lambda, above, p }) => {
        const edge = largestSuccessfulD(lambda);
        const d = above ? Math.max(3, Math.floor(0.8 * edge)) : 2 * edge;
        const long = greedyLater(p, { d, lambda, reward: 'cot' });
        expect(starFate(d, lambda)).toBe(above ? 'becomes long' : 'becomes short');
        expect(long.at(-1)).toBe(above ? 1 : 0);
        // It changes at most once.
        const changes = long.filter((value, i) => i > 0 && value !== long[i - 1]).length;
        expect(changes).toBeLessThanOrEqual(1);
      }),
      seeded(100),
    );
  });

  it('does not hold for r_e2e, whose steps may be wrong', () => {
    const collapsed = theoryRounds(demonstrationState(0.5), { d: 3, lambda: 0.1, reward: 'e2e' });
    let alpha = 1;
    for (let round = 0; round <= 40; round++) alpha = probabilitiesOf(collapsed.next().value.state).alpha;
    expect(starFate(3, 0.1)).toBe('becomes long');
    expect(alpha).toBeLessThan(0.51);
  });
});
