import { describe, expect, it } from 'vitest';
import { intervals } from '../../../../src/numerics/index.js';
import {
  largestSuccessfulD,
  logTwoK,
  logTwoKEnclosure,
  pointBox,
  rational,
  roundsBound,
  roundsBoundEnclosure,
  roundsEnclosure,
  roundsToGreedyLong,
} from '../../../../src/theory/index.js';

const { between, contains, exactly } = intervals;

describe('the rounds to greedy long, enclosed', () => {
  it.each([
    [3, 0.1],
    [3, 1e-12],
    [20, 0.01],
    [50, 1e-3],
  ])('are the exact count at d = %d, lambda = %d', (d, lambda) => {
    for (const p of [0.001, 0.01, 0.06, 0.21, 0.3, 0.4, 0.9]) {
      const count = roundsToGreedyLong(p, { d, lambda, reward: 'cot' }, 300)!;
      expect(roundsEnclosure(d, pointBox(p, lambda), 300), `p = ${p}`).toEqual({ low: count, high: count });
    }
  });

  it('are as worked out in the theory: 22 at d = 20, lambda = .01, p = .1, and 9 at d = 50, lambda = .001, p = .01', () => {
    expect(roundsEnclosure(20, pointBox(0.1, 0.01), 100)).toEqual(exactly(22));
    expect(roundsEnclosure(50, pointBox(0.01, 1e-3), 100)).toEqual(exactly(9));
  });

  it('contain every count of a box, which may have several', () => {
    const [d, lambda] = [20, 0.01];
    const found = roundsEnclosure(d, { p: between(0.1, 0.25), lambda: exactly(lambda) }, 100);
    for (const p of [0.1, 0.15, 0.2, 0.25]) {
      expect(contains(found, roundsToGreedyLong(p, { d, lambda, reward: 'cot' }, 100)!)).toBe(true);
    }
    expect(found.low).toBeLessThan(found.high);
  });

  it('leave a tie open, and say when no round within the limit can be long', () => {
    expect(roundsEnclosure(3, pointBox(rational(1, 3), 0.1), 100)).toEqual(between(0, 1));
    expect(roundsEnclosure(40, pointBox(0.3, 0.01), 50)).toEqual({ low: 51, high: Infinity });
    expect(roundsEnclosure(20, pointBox(0.1, 0.01), 22)).toEqual(exactly(22));
    expect(roundsEnclosure(20, pointBox(0.1, 0.01), 21)).toEqual({ low: 22, high: Infinity });
  });

  it.each([
    [() => roundsEnclosure(2, pointBox(0.2, 0.1), 10), 'd is 2'],
    [() => logTwoKEnclosure(2.5, exactly(0.1)), 'd is 2.5'],
  ])('refuse what the lemmas do not cover: %#', (attempt, complaint) => {
    expect(attempt).toThrow(RangeError);
    expect(attempt).toThrow(complaint);
  });
});

describe('the bound on those rounds, enclosed', () => {
  it.each([
    [3, 0.1],
    [20, 0.01],
    [50, 1e-3],
  ])('is the bound in doubles at d = %d, lambda = %d', (d, lambda) => {
    for (const p of [1e-6, 0.001, 0.01, 0.06, 0.21, 0.3, 0.333]) {
      expect(roundsBoundEnclosure(d, pointBox(p, lambda)), `p = ${p}`).toEqual(exactly(roundsBound(d, p, lambda)!));
    }
  });

  it('contains the bounds of a box', () => {
    const box = { p: between(0.01, 0.3), lambda: between(0.02, 0.1) };
    const corners = [roundsBound(3, 0.3, 0.02)!, roundsBound(3, 0.01, 0.1)!];
    expect(corners).toEqual([1, 12]);
    expect(roundsBoundEnclosure(3, box)).toEqual(between(1, 12));
  });

  it('is open where K > 1/2 is not certain', () => {
    expect(roundsBoundEnclosure(40, pointBox(0.3, 0.01))).toEqual({ low: 1, high: Infinity });
    expect(roundsBoundEnclosure(21, { p: exactly(0.3), lambda: between(0.01, 0.02) })).toEqual({
      low: 1,
      high: Infinity,
    });
  });
});

describe('log 2K, enclosed', () => {
  it.each([
    [0.1, 4],
    [0.01, 21],
    [1e-3, 132],
    [1e-4, 959],
  ])('changes its sign above the largest d that succeeds at lambda = %d', (lambda, d) => {
    expect(largestSuccessfulD(lambda)).toBe(d);
    expect(logTwoKEnclosure(d, exactly(lambda)).low).toBeGreaterThan(0);
    expect(logTwoKEnclosure(d + 1, exactly(lambda)).high).toBeLessThan(0);
    // (d - 1) times about ten ulps of log(1 + e^-c), which is about log 2 / (d - 1).
    const { low, high } = logTwoKEnclosure(d, exactly(lambda));
    expect(high - low).toBeLessThan(1e-13);
    expect(logTwoK(d, lambda)).toBeGreaterThan(low - 1e-13);
    expect(logTwoK(d, lambda)).toBeLessThan(high + 1e-13);
  });
});
