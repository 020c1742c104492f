import { describe, expect, it } from 'vitest';
import { type BigNumber, big, HALF, ONE } from '../../../../proofs-checks/shared/high-precision.js';
import { LN2_HEAD, LN2_TAIL, timesTailDown, timesTailUp } from '../../../../src/numerics/interval/log-2.js';
import {
  atanhSeries,
  exponentialSeries,
  type Series,
  sumHigh,
  sumLow,
} from '../../../../src/numerics/interval/series.js';

interface Case {
  readonly series: (last: number) => Series;
  readonly exact: (z: BigNumber) => BigNumber;
  readonly points: readonly number[];
  /** The power that the library goes to. */
  readonly last: number;
}

const CASES: Record<string, Case> = {
  '(e^z - 1) / z': {
    series: exponentialSeries,
    exact: (z) => z.exp().minus(ONE).div(z),
    points: [1e-9, 0.1, 0.35, 0.5, Math.LN2, 0.7],
    last: 16,
  },
  'atanh(sqrt z) / sqrt z': {
    series: atanhSeries,
    exact: (z) => ONE.plus(z.sqrt()).div(ONE.minus(z.sqrt())).ln().times(HALF).div(z.sqrt()),
    points: [1e-9, 1e-3, 0.01, 0.0295],
    last: 11,
  },
};

// Short series show a coefficient or a remainder that is wrong far above rounding, which would hide it in the long ones.
describe.each(Object.entries(CASES))('the series of %s', (_, { series, exact, points, last }) => {
  it('is bounded on both sides, wherever it is cut off', () => {
    for (let cut = 1; cut <= last; cut++) {
      for (const z of points) {
        const value = exact(big(z));
        expect(value.gte(big(sumLow(series(cut), z))), `cut at ${cut}, ${z}, from below`).toBe(true);
        expect(value.lte(big(sumHigh(series(cut), z))), `cut at ${cut}, ${z}, from above`).toBe(true);
      }
    }
  });

  it('is off by little more than what was cut off', () => {
    const z = points.at(-1)!;
    for (let cut = 1; cut < 6; cut++) {
      const { low, high } = series(cut);
      const rest = exact(big(z))
        .minus(big(sumLow(series(cut), z)))
        .toNumber();
      // The remainder is bounded by a geometric series: of its first terms' size, and so is what the upper sum has to spare.
      expect(rest).toBeLessThan(low[cut]! * z ** (cut + 1));
      expect(sumHigh(series(cut), z) - sumLow(series(cut), z)).toBeLessThan(2 * rest + 1e-15);
      expect(high[cut]! / low[cut]!).toBeLessThan(1.4);
    }
  });
});

describe('log 2', () => {
  it('is a head and a tail between adjacent doubles', () => {
    const tail = big('2').ln().minus(big(LN2_HEAD));
    expect(tail.gt(big(LN2_TAIL.low)) && tail.lt(big(LN2_TAIL.high))).toBe(true);
    for (const n of [-1075, -3, -1, 1, 2, 1024]) {
      expect(tail.times(n).gte(big(timesTailDown(n)))).toBe(true);
      expect(tail.times(n).lte(big(timesTailUp(n)))).toBe(true);
      expect((timesTailUp(n) - timesTailDown(n)) / Math.abs(timesTailUp(n))).toBeLessThan(8 * Number.EPSILON);
      expect(big(n * LN2_HEAD).eq(big(LN2_HEAD).times(n))).toBe(true);
    }
    expect([timesTailDown(0), timesTailUp(0)].every((bound) => bound === 0)).toBe(true);
  });
});
