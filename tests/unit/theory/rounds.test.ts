import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  COLLAPSE_ALPHA,
  demonstrationState,
  fixedPoint,
  isCollapsed,
  largestSuccessfulD,
  limitLongFraction,
  limitRounds,
  logTwoK,
  parseRational,
  probabilitiesOf,
  rational,
  roundsBound,
  roundsToGreedyLong,
  type StarOptions,
  starFate,
  theoryRounds,
} from '../../../src/theory/index.js';
import { seeded } from '../../fixtures/seed.js';

describe('the rounds to greedy long as lambda -> 0', () => {
  it('are one more at each boundary p = 1 / (1 + 2^(k+1)), and at what lies just below it', () => {
    for (let k = 0; k <= 60; k++) {
      const denominator = 1n + 2n ** BigInt(k + 1);
      expect(limitRounds(rational(1n, denominator))).toBe(k + 1);
      // Just above the boundary round k is long; just below it is still short, and k + 1 is long.
      const scale = 10n ** 40n;
      expect(limitRounds(rational(scale + 1n, denominator * scale))).toBe(k);
      expect(limitRounds(rational(scale - 1n, denominator * scale))).toBe(k + 1);
    }
  });

  it('are the smallest n with 2^n 2p > 1 - p', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 10n ** 30n }), fc.bigInt({ min: 1n, max: 10n ** 30n }), (a, b) => {
        const [n, d] = [a, a + b];
        let rounds = 0;
        let twice = 2n * n;
        while (twice <= d - n) {
          twice *= 2n;
          rounds++;
        }
        expect(limitRounds(rational(n, d))).toBe(rounds);
      }),
      seeded(300),
    );
  });

  it('follow p_n = 2 p_{n-1} / (1 + p_{n-1}) in exact arithmetic', () => {
    for (const text of ['1/7', '1/1000000', '1/3', '0.9']) {
      let p = parseRational(text)!;
      for (let n = 0; n <= 30; n++) {
        expect(limitLongFraction(parseRational(text)!, n).equals(p)).toBe(true);
        p = p.mul(2).div(p.add(1));
      }
    }
    expect(limitLongFraction(0.2, 2).toFraction()).toBe('1/2');
  });

  it('are refused for p = 0 and p = 1', () => {
    for (const p of [0, 1, Number.NaN]) {
      expect(() => limitRounds(p)).toThrow(`p is ${p}; it must lie strictly between 0 and 1`);
      expect(() => limitLongFraction(p, 1)).toThrow(RangeError);
    }
  });
});

describe('the fate of STaR with r_cot', () => {
  it.each([
    [0.1, 4],
    [0.01, 21],
    [1e-3, 132],
    [1e-4, 959],
  ])('at lambda = %d is success up to d = %d', (lambda, d) => {
    expect(largestSuccessfulD(lambda)).toBe(d);
    expect([starFate(d, lambda), starFate(d + 1, lambda)]).toEqual(['becomes long', 'becomes short']);
    expect([Math.sign(logTwoK(d, lambda)), Math.sign(logTwoK(d + 1, lambda))]).toEqual([1, -1]);
  });

  it('is refused for d = 2 and other d where the closed forms do not hold', () => {
    for (const d of [2, 3.5, Number.NaN])
      expect(() => starFate(d, 0.1)).toThrow('the closed forms need an integer d >= 3');
  });
});

describe('worked rounds', () => {
  const cot = (d: number, lambda: number): StarOptions => ({ d, lambda, reward: 'cot' });

  it.each([
    [1e-2, 5],
    [1e-3, 7],
    [1e-4, 10],
    [1e-6, 16],
    [1e-8, 19],
  ])('d = 3, p = 1e-6, lambda = %d: %d, against 19 in the limit', (lambda, rounds) => {
    expect(roundsToGreedyLong(1e-6, cot(3, lambda), 100)).toBe(rounds);
    expect(limitRounds(1e-6)).toBe(19);
    expect(roundsBound(3, 1e-6, lambda)).toBeGreaterThanOrEqual(rounds);
  });

  it.each([
    [50, 0.01, 1e-3, 9, 6],
    [20, 0.1, 0.01, 22, 3],
  ])('d = %d, p = %d, lambda = %d: %d, against %d in the limit', (d, p, lambda, rounds, limit) => {
    expect(roundsToGreedyLong(p, cot(d, lambda), 100)).toBe(rounds);
    expect(limitRounds(p)).toBe(limit);
    expect(roundsBound(d, p, lambda)).toBeGreaterThanOrEqual(rounds);
  });

  it('give up at the limit, and where K < 1/2', () => {
    expect(roundsToGreedyLong(0.1, cot(20, 0.01), 21)).toBeNull();
    expect(roundsToGreedyLong(0.1, cot(20, 0.01), 22)).toBe(22);
    expect(roundsToGreedyLong(0.3, cot(22, 0.01), 1000)).toBeNull();
  });

  it('have a bound only under its hypotheses: K > 1/2 and p <= 1/3', () => {
    expect(roundsBound(22, 0.1, 0.01)).toBeNull();
    expect(roundsBound(3, 0.34, 0.01)).toBeNull();
    expect(roundsBound(3, parseRational('1/3')!, 0.01)).toBe(1);
  });

  it('let length fall from p above the fixed point: q .99, .975, .967 at d = 3, lambda = .01', () => {
    const fractions: string[] = [];
    for (const { round, state } of theoryRounds(demonstrationState(0.99), cot(3, 0.01))) {
      fractions.push(probabilitiesOf(state).longFraction.toFixed(3));
      if (round === 2) break;
    }
    expect(fractions).toEqual(['0.990', '0.975', '0.967']);
  });
});

describe('fixed points', () => {
  it.each([
    [0.1, '0.3435'],
    [0.01, '0.04068'],
    [1e-3, '0.005947'],
    [1e-4, '0.0008480'],
  ])('of r_cot at d = 3, lambda = %d: 1 - q* = %s from every p', (lambda, text) => {
    for (const p of [0.01, 0.3, 0.99]) {
      const { round } = fixedPoint(demonstrationState(p), { d: 3, lambda, reward: 'cot' })!;
      expect((1 - probabilitiesOf(round.state).longFraction).toPrecision(4)).toBe(text);
    }
  });

  it.each([
    [62, 1e-3, false],
    [63, 1e-3, true],
    [432, 1e-4, false],
    [433, 1e-4, true],
    [3, 0.1, true],
  ])('of r_e2e from p = .5 at d = %d, lambda = %d: collapsed is %s', (d, lambda, collapsed) => {
    const { round } = fixedPoint(demonstrationState(0.5), { d, lambda, reward: 'e2e' })!;
    expect(isCollapsed(round.state)).toBe(collapsed);
    if (collapsed) {
      expect(round.behaviour.accuracyE2e).toBeCloseTo(0.5, 6);
      expect(round.behaviour.pLong).toBeCloseTo(0.5, 6);
    } else expect(probabilitiesOf(round.state).alpha).toBeGreaterThan(COLLAPSE_ALPHA + 0.3);
  });

  it('is null where the orbit has not settled', () => {
    expect(fixedPoint(demonstrationState(0.5), { d: 63, lambda: 1e-3, reward: 'e2e' }, 100)).toBeNull();
  });
});
