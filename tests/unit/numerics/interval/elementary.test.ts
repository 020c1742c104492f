import { describe, expect, it } from 'vitest';
import { type BigNumber, big, ONE } from '../../../../proofs-checks/shared/high-precision.js';
import { type Interval, intervals } from '../../../../src/numerics/index.js';
import { KeyedRandom } from '../../../../src/random/index.js';
import { SEED, seedNote } from '../../../fixtures/seed.js';

/** A function in 110 digits, its enclosure in doubles, and where to try it. */
interface Case {
  readonly exact: (x: BigNumber) => BigNumber;
  readonly enclosure: (x: Interval) => Interval;
  /** Arguments at which reductions turn, ends of ranges, and random ones. */
  readonly points: readonly number[];
  /** The widest enclosure of one double among 400,000, in units in the last place of its larger end, and one more. */
  readonly ulps: number;
}

const random = new KeyedRandom(SEED, 0);
/** Random numbers +-[10^low, 10^high), uniform in the logarithm. */
const magnitudes = (index: number, low: number, high: number, signs: readonly number[]) =>
  Array.from({ length: 150 }, (_, i) => {
    const size = 10 ** (low + (high - low) * random.uniform(2 * index, i));
    return signs[Math.floor(signs.length * random.uniform(2 * index + 1, i))]! * size;
  });
const neighbours = (xs: readonly number[]) => xs.flatMap((x) => [intervals.below(x), x, intervals.above(x)]);
const multiples = [1, 2, 3, 7, 64, 1000, 1023, 1024].map((k) => k * Math.LN2);
const both = (xs: readonly number[]) => xs.flatMap((x) => [x, -x]);
const TINY = [Number.MIN_VALUE, 3e-323, 2.2250738585072014e-308, 1e-300, 1e-40, 1e-17, 2 ** -53, 1e-9];

const CASES: Record<string, Case> = {
  exp: {
    exact: (x) => x.exp(),
    enclosure: intervals.exp,
    points: [
      ...neighbours(both([...multiples.slice(0, 6), Math.LN2 / 2, 0.69, 1, 10])),
      ...both(TINY),
      ...neighbours([709.782712893384, 708.396, -708.3964185322641, -740, -744.44, -745.13, -745.2, -1e308]),
      ...magnitudes(0, -20, 2.84, [1, -1]),
    ],
    ulps: 7,
  },
  log: {
    exact: (x) => x.ln(),
    enclosure: intervals.log,
    points: [
      ...neighbours([0.5, 1, 2, 4, Math.SQRT2, Math.SQRT1_2, 1 + 1e-9, 1 - 1e-9, 2 ** 1023, 2 ** -1022, 2 ** -1000]),
      ...TINY,
      Number.MAX_VALUE,
      ...magnitudes(1, -323, 308, [1]),
      ...magnitudes(2, -1, 1, [1]),
    ],
    ulps: 10,
  },
  expm1: {
    exact: (x) => x.exp().minus(ONE),
    enclosure: intervals.expm1,
    points: [
      ...neighbours(both([...multiples.slice(0, 6), 0.69, 1, 10, 36, 37])),
      ...both(TINY.slice(4)),
      ...magnitudes(3, -40, 2.84, [1, -1]),
    ],
    ulps: 11,
  },
  log1p: {
    exact: (x) => x.plus(ONE).ln(),
    enclosure: intervals.log1p,
    points: [
      ...neighbours([-0.5, -0.29, 0.41, 1, 1e15, 2 ** 53, -0.999]),
      ...both(TINY.slice(4)),
      ...magnitudes(4, -40, 300, [1]),
      ...magnitudes(5, -40, 0, [-1]),
    ],
    ulps: 12,
  },
  sigmoid: {
    exact: (x) => ONE.div(x.neg().exp().plus(ONE)),
    enclosure: intervals.sigmoid,
    points: [0, ...neighbours(both([Math.LN2, 1, 36, 37, 700])), ...both(TINY), ...magnitudes(6, -20, 2.84, [1, -1])],
    ulps: 10,
  },
};

/** The distance from a positive double to the next one. */
const ulp = (x: number) => Math.max(Number.MIN_VALUE, 2 ** (Math.floor(Math.log2(Math.abs(x))) - 52));

function widthInUlps({ low, high }: Interval): number {
  return (high - low) / ulp(Math.max(Math.abs(low), Math.abs(high)));
}

describe.each(Object.entries(CASES))('the enclosure of %s', (name, { exact, enclosure, points, ulps }) => {
  it('contains the value in 110 digits, at the ends of its reductions and at random points', () => {
    expect(points.length).toBeGreaterThan(150);
    for (const x of points) {
      const { low, high } = enclosure(intervals.exactly(x));
      const value = exact(big(x));
      expect(
        value.gte(big(low)) && value.lte(big(high)),
        `${seedNote}: ${name} of ${x} is ${value}, not in [${low}, ${high}]`,
      ).toBe(true);
    }
  });

  it(`is at most ${ulps} ulps wide`, () => {
    const finite = points.filter((x) => Math.abs(enclosure(intervals.exactly(x)).high) < Infinity);
    for (const x of finite) {
      expect(widthInUlps(enclosure(intervals.exactly(x))), `${seedNote}: ${name} of ${x}`).toBeLessThanOrEqual(ulps);
    }
  });
});
