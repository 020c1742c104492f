import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  arbitraryD,
  arbitraryInput,
  arbitraryLambda,
  arbitraryP,
  arbitraryResponse,
  arbitraryRho,
} from '../../src/arbitraries/index.js';
import { SEED, seeded, seedNote } from '../fixtures/seed.js';

/** Each region below has probability of at least 1/50 in a draw, so 2000 draws miss one with probability below 3e-18. */
const DRAWS = 2000;

const draw = <T>(arbitrary: fc.Arbitrary<T>): T[] => fc.sample(arbitrary, { seed: SEED, numRuns: DRAWS });

/** Which regions no draw has reached. */
function missed<T>(values: readonly T[], regions: Record<string, (value: T) => boolean>): string[] {
  return Object.entries(regions)
    .filter(([, holds]) => !values.some(holds))
    .map(([name]) => name);
}

const THIRD = 1 / 3;

const P_REGIONS: Record<string, (p: number) => boolean> = {
  'just below 1/3': (p) => p < THIRD && p > THIRD - 1e-6,
  'just above 1/3': (p) => p > THIRD && p < THIRD + 1e-6,
  'within 1e-10 of 1/3': (p) => p !== THIRD && Math.abs(p - THIRD) < 1e-10,
  '1/3 itself': (p) => p === THIRD,
  'near 0': (p) => p < 1e-9,
  'near 1': (p) => p > 1 - 1e-9,
  'small, not tiny': (p) => p > 1e-3 && p < 0.05,
  'the middle': (p) => p > 0.4 && p < 0.6,
  'large, not near 1': (p) => p > 0.7 && p < 0.95,
  'the boundary 1/5': (p) => p === 1 / 5,
  'the boundary 1/(1 + 2^20)': (p) => p === 1 / (1 + 2 ** 20),
};

describe('arbitrary p', () => {
  it('reaches 1/3 from both sides, both ends, the boundaries of the round count and what lies between', () => {
    expect(missed(draw(arbitraryP()), P_REGIONS), seedNote).toEqual([]);
  });

  it('would be found out if it were uniform', () => {
    const uniform = fc.double({ min: 1e-12, max: 1 - 1e-12, noNaN: true }).map((p) => p);
    expect(missed(draw(uniform), P_REGIONS).length).toBeGreaterThan(2);
  });

  it('stays in [1e-12, 1 - 1e-12], and at or below a given value', () => {
    fc.assert(
      fc.property(arbitraryP(), (p) => p >= 1e-12 && p <= 1 - 1e-12),
      seeded(DRAWS),
    );
    for (const max of [THIRD, 0.5, 0.01]) {
      const values = draw(arbitraryP({ max }));
      expect(values.every((p) => p <= max && p > 0)).toBe(true);
      expect(values.some((p) => p < 1e-9)).toBe(true);
    }
    expect(missed(draw(arbitraryP({ max: THIRD })), { '1/3': (p) => p === THIRD })).toEqual([]);
  });
});

describe('arbitrary lambda', () => {
  it('is log-uniform: it reaches every decade of its range, and stays in it', () => {
    const values = draw(arbitraryLambda());
    const decades = Array.from({ length: 12 }, (_, i) => -12 + i);
    const regions = Object.fromEntries(
      decades.map((e) => [`1e${e}`, (lambda: number) => lambda >= 10 ** e && lambda <= 10 ** (e + 1)]),
    );
    expect(missed(values, regions), seedNote).toEqual([]);
    expect(values.every((lambda) => lambda >= 1e-12 && lambda <= 1)).toBe(true);
    const narrow = draw(arbitraryLambda({ min: 0.002, max: 0.005 }));
    expect(narrow.every((lambda) => lambda >= 0.002 && lambda <= 0.005)).toBe(true);
  });
});

describe('arbitrary d', () => {
  it('reaches both ends of its range and the middle', () => {
    expect(
      missed(draw(arbitraryD()), { 3: (d) => d === 3, middle: (d) => d > 80 && d < 120, top: (d) => d > 190 }),
    ).toEqual([]);
    expect(new Set(draw(arbitraryD({ min: 2, max: 4 })))).toEqual(new Set([2, 3, 4]));
    expect(draw(arbitraryD()).every((d) => Number.isInteger(d) && d >= 3 && d <= 200)).toBe(true);
  });
});

describe('arbitrary rho', () => {
  it('lies strictly between 0 and 1, and reaches both ends and the middle', () => {
    const values = draw(arbitraryRho());
    expect(values.every((rho) => rho > 0 && rho < 1)).toBe(true);
    const regions = {
      low: (rho: number) => rho < 1e-4,
      high: (rho: number) => rho > 1 - 1e-4,
      middle: (rho: number) => rho > 0.4 && rho < 0.6,
    };
    expect(missed(values, regions), seedNote).toEqual([]);
  });
});

describe('arbitrary inputs and responses', () => {
  it('reach every input of three bits, and every response of both lengths', () => {
    expect(new Set(draw(arbitraryInput(3)).map(String)).size).toBe(8);
    const responses = draw(arbitraryResponse(3));
    expect(new Set(responses.map(String)).size).toBe(2 + 8);
    expect(new Set(responses.map(({ length }) => length))).toEqual(new Set([1, 3]));
  });

  it('shrink towards all +1: a counterexample shows the bits that matter alone', () => {
    const { counterexample } = fc.check(
      fc.property(arbitraryInput(8), (x) => x[2] === 1 || x[5] === 1),
      seeded(1000),
    );
    expect(counterexample).toEqual([[1, 1, -1, 1, 1, -1, 1, 1]]);
  });
});

describe('all of them', () => {
  it('give the same examples for the same seed', () => {
    for (const arbitrary of [arbitraryP(), arbitraryLambda(), arbitraryRho(), arbitraryD()]) {
      expect(draw(arbitrary)).toEqual(draw(arbitrary));
    }
  });

  it('shrink d to its smallest and p to something that fails still', () => {
    const found = fc.check(
      fc.property(arbitraryD(), (d) => d < 17),
      seeded(),
    );
    expect(found.counterexample).toEqual([17]);
    const p = fc.check(
      fc.property(arbitraryP(), (value) => value <= THIRD),
      seeded(),
    );
    expect(p.counterexample![0]).toBeGreaterThan(THIRD);
  });
});
