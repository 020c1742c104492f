import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BigNumber, big } from '../../../../proofs-checks/shared/high-precision.js';
import { type Interval, intervals } from '../../../../src/numerics/index.js';
import { KeyedRandom } from '../../../../src/random/index.js';
import { SEED, seeded, seedNote } from '../../../fixtures/seed.js';

const { above, add, absolute, below, between, contains, divide, exactly, exp, expm1, log, log1p, multiply } = intervals;
const { around, negate, sigmoid, subtract } = intervals;

const { MAX_VALUE, MIN_VALUE } = Number;

/** How many doubles further up b lies than a, counted by their bit patterns. */
function doublesBetween(a: number, b: number): number {
  const place = (x: number) => {
    const bits = new BigInt64Array(new Float64Array([x]).buffer)[0]!;
    return bits < 0n ? -(bits & 0x7fffffffffffffffn) : bits;
  };
  return Number(place(b) - place(a));
}

const SPECIAL = [
  0,
  MIN_VALUE,
  3e-323,
  2 ** -1022,
  1e-300,
  2 ** -970,
  0.1,
  1 - 2 ** -53,
  1,
  3,
  2 ** 53,
  1e300,
  MAX_VALUE,
];
const BOTH = SPECIAL.flatMap((x) => [x, -x]);

/** Doubles of every size: a sign, an exponent of 2 and 52 random bits. */
function doubles(count: number, exponent: number): number[] {
  const random = new KeyedRandom(SEED, 0);
  return Array.from({ length: count }, (_, i) => {
    const size = (1 + random.uniform(0, i)) * 2 ** Math.floor((2 * random.uniform(1, i) - 1) * exponent);
    return random.uniform(2, i) < 0.5 ? -size : size;
  });
}

describe('the neighbours of a double', () => {
  it('lie on their sides, at most two doubles away', () => {
    for (const x of [...BOTH, ...doubles(500, 1020)]) {
      expect(doublesBetween(x, above(x)), `above ${x}`).toBeGreaterThan(0);
      expect(doublesBetween(x, above(x)), `above ${x}`).toBeLessThanOrEqual(2);
      expect(below(x) === -above(-x), `below ${x}`).toBe(true);
    }
  });

  it('bound what has overflowed', () => {
    expect([above(MAX_VALUE), above(Infinity), below(Infinity)]).toEqual([Infinity, Infinity, below(MAX_VALUE)]);
    expect([below(-MAX_VALUE), below(-Infinity), above(-Infinity)]).toEqual([-Infinity, -Infinity, -below(MAX_VALUE)]);
  });
});

/** Whether an exact number lies in an interval whose ends may be infinite. */
function holds({ low, high }: Interval, value: BigNumber): boolean {
  return (low === -Infinity || value.gte(big(low))) && (high === Infinity || value.lte(big(high)));
}

describe('the operations on doubles', () => {
  // 110 decimal digits hold every sum of doubles from 2^-40, whose last digit is 2^-92, to 2^54.
  const near = [...doubles(60, 40), 0, 1, -1, 0.1, 2 ** 53];
  const wide = [...doubles(60, 1020), ...BOTH];
  const pairs = (xs: readonly number[]) => xs.flatMap((a) => xs.map((b) => [a, b] as const));

  it('contain the exact sum and difference', () => {
    for (const [a, b] of pairs(near)) {
      expect(holds(add(exactly(a), exactly(b)), big(a).plus(big(b))), `${seedNote}: ${a} + ${b}`).toBe(true);
      expect(holds(subtract(exactly(a), exactly(b)), big(a).minus(big(b))), `${seedNote}: ${a} - ${b}`).toBe(true);
    }
  });

  it('contain the exact product, with its sign, through overflow and underflow', () => {
    for (const [a, b] of pairs(wide)) {
      const product = multiply(exactly(a), exactly(b));
      expect(holds(product, big(a).times(big(b))), `${seedNote}: ${a} * ${b}`).toBe(true);
      expect(product.low * product.high, `the sign of ${a} * ${b}`).toBeGreaterThanOrEqual(0);
    }
  });

  it('contain the exact quotient, with its sign, through overflow and underflow', () => {
    for (const [a, b] of pairs(wide).filter(([, divisor]) => divisor !== 0)) {
      const { low, high } = divide(exactly(a), exactly(b));
      // q b <= a for the lower end and b > 0, and so on: products of two doubles are exact in 110 digits.
      const [first, second] = b > 0 ? [low, high] : [high, low];
      if (Math.abs(first) < Infinity)
        expect(big(first).times(big(b)).lte(big(a)), `${seedNote}: ${a} / ${b}`).toBe(true);
      if (Math.abs(second) < Infinity)
        expect(big(second).times(big(b)).gte(big(a)), `${seedNote}: ${a} / ${b}`).toBe(true);
      expect(low * high, `the sign of ${a} / ${b}`).toBeGreaterThanOrEqual(0);
    }
  });

  it('are at most four doubles wide', () => {
    for (const [a, b] of pairs(near)) {
      for (const { low, high } of [add(exactly(a), exactly(b)), multiply(exactly(a), exactly(b))]) {
        expect(doublesBetween(low, high)).toBeLessThanOrEqual(4);
      }
    }
  });

  it('leave sums that are exact, and zeros, as they are', () => {
    expect(add(exactly(0.5), exactly(0.25))).toEqual(exactly(0.75));
    expect(subtract(exactly(1), exactly(1))).toEqual({ low: 0, high: 0 });
    expect(subtract(exactly(2 ** 53), exactly(1))).toEqual(exactly(2 ** 53 - 1));
    const { low, high } = multiply(exactly(0), between(-Infinity, Infinity));
    expect([low === 0, high === 0]).toEqual([true, true]);
    expect(contains(around(0.1), 0.1)).toBe(true);
    expect(around(0.1).low < 0.1 && around(0.1).high > 0.1).toBe(true);
  });
});

describe('intervals', () => {
  const UNARY: Record<string, (x: Interval) => Interval> = {
    absolute,
    exp,
    expm1,
    negate,
    sigmoid,
    log: (x) => log(absolute(add(x, between(0, MIN_VALUE)))),
    log1p: (x) => log1p(absolute(x)),
  };
  const BINARY: Record<string, (a: Interval, b: Interval) => Interval> = {
    add,
    multiply,
    subtract,
    divide: (a, b) => divide(a, add(exactly(1), absolute(b))),
  };

  /** Numbers of every size, as sorted tuples. */
  const number = fc
    .tuple(fc.constantFrom(-1, 1), fc.integer({ min: -60, max: 9 }), fc.integer({ min: 0, max: 2 ** 30 }))
    .map(([sign, exponent, digits]) => sign * (1 + digits / 2 ** 30) * 2 ** exponent);
  const sorted = fc.tuple(number, number, number, number, number).map((xs) => [...xs].sort((a, b) => a - b));
  const nested = sorted.map(([a, b, c, d, e]) => ({
    outer: between(a!, e!),
    inner: between(b!, d!),
    point: exactly(c!),
  }));
  /**
   * The bounds of a monotone function at two points are as far apart as its values are, but for the width of the enclosure of
   * one: at the seams of their reductions they may step back by that.
   */
  const isWithin = (a: Interval, b: Interval, doubles: number) =>
    doublesBetween(b.low, a.low) >= -doubles && doublesBetween(a.high, b.high) >= -doubles;
  const SEAMS: Record<string, number> = { exp: 7, expm1: 11, sigmoid: 10, log: 10, log1p: 12 };

  it.each(Object.entries(UNARY))('%s keeps inclusion, down to points', (name, operation) => {
    const seam = SEAMS[name] ?? 0;
    fc.assert(
      fc.property(nested, ({ outer, inner, point }) => {
        const [large, small, least] = [outer, inner, point].map(operation);
        return isWithin(small!, large!, seam) && isWithin(least!, small!, seam) && least!.low <= least!.high;
      }),
      seeded(500),
    );
  });

  it.each(Object.entries(BINARY))('%s keeps inclusion, down to points', (_, operation) => {
    fc.assert(
      fc.property(nested, nested, (a, b) => {
        const large = operation(a.outer, b.outer);
        const small = operation(a.inner, b.inner);
        const least = operation(a.point, b.point);
        return isWithin(small, large, 0) && isWithin(least, small, 0) && least.low <= least.high;
      }),
      seeded(500),
    );
  });

  it('may reach to infinity', () => {
    expect(exp(between(-Infinity, Infinity))).toEqual({ low: 0, high: Infinity });
    expect(log(between(0, Infinity))).toEqual({ low: -Infinity, high: Infinity });
    expect(sigmoid(between(-Infinity, Infinity))).toEqual({ low: 0, high: 1 });
    expect(divide(between(1, Infinity), between(1, Infinity)).high).toBe(Infinity);
    expect(divide(between(1, Infinity), between(1, Infinity)).low).toBe(0);
    expect(exp(exactly(800))).toEqual({ low: MAX_VALUE, high: Infinity });
    expect(exp(exactly(-800))).toEqual({ low: 0, high: MIN_VALUE });
  });

  it('of logarithms keep to the domain', () => {
    expect(log(between(-1, 1))).toEqual({ low: -Infinity, high: 0 });
    expect(log1p(between(-2, 0))).toEqual({ low: -Infinity, high: 0 });
  });

  it.each([
    [() => between(Number.NaN, 1), 'no real number lies in [NaN, 1]'],
    [() => between(0, Number.NaN), 'no real number lies in [0, NaN]'],
    [() => between(1, 0), 'an interval needs low <= high'],
    [() => exactly(Infinity), 'no real number lies in [Infinity, Infinity]'],
    [() => exactly(-Infinity), 'no real number lies in'],
    [() => divide(exactly(1), between(-1, 1)), 'the divisor [-1, 1] contains 0'],
    [() => divide(exactly(1), exactly(-0)), 'contains 0'],
    [() => log(between(-2, 0)), '[-2, 0] holds no positive number'],
    [() => log1p(between(-2, -1)), '[-2, -1] holds no number above -1'],
    [() => exp({ low: Number.NaN, high: Number.NaN }), 'the exponential of NaN'],
    [() => log({ low: 1, high: Number.NaN }), 'holds no positive number'],
    [() => log({ low: Number.NaN, high: 1 }), 'the logarithm of NaN'],
  ])('refuse what is no interval or leaves the domain: %#', (attempt, complaint) => {
    expect(attempt).toThrow(RangeError);
    expect(attempt).toThrow(complaint);
  });
});
