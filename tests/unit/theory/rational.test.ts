import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exactProbability, exactShare, parseRational, rational, toDouble } from '../../../src/theory/index.js';
import { seeded } from '../../fixtures/seed.js';

/** Numerator and denominator as integers, or null. */
function parsed(text: string): [bigint, bigint] | null {
  const value = parseRational(text);
  return value && [value.s * value.n, value.d];
}

describe('a share', () => {
  it('lies in [0, 1], ends included', () => {
    for (const value of [0, 1, 0.3, rational(1, 3)]) expect(toDouble(exactShare('eta', value))).toBe(Number(value));
    expect(() => exactShare('eta', rational(4, 3))).toThrow(new RangeError('eta is 4/3; it must lie in [0, 1]'));
    for (const value of [-1e-9, 1.5, Number.NaN]) {
      expect(() => exactShare('eta', value)).toThrow(new RangeError(`eta is ${value}; it must lie in [0, 1]`));
    }
  });
});

describe('a rational as typed', () => {
  it.each<[string, [bigint, bigint]]>([
    ['0.2', [1n, 5n]],
    ['.25', [1n, 4n]],
    ['2.', [2n, 1n]],
    ['1e-6', [1n, 1_000_000n]],
    ['2.5E+3', [2500n, 1n]],
    ['1/3', [1n, 3n]],
    ['-1/3', [-1n, 3n]],
    ['2/6', [1n, 3n]],
    [' 1/3 ', [1n, 3n]],
    ['1 / 3', [1n, 3n]],
    ['+1/3', [1n, 3n]],
    [' 0.2 ', [1n, 5n]],
    ['-0.5', [-1n, 2n]],
    ['+7', [7n, 1n]],
    ['0', [0n, 1n]],
    ['1e-300', [1n, 10n ** 300n]],
    ['0.1000000000000000055511151231257827', [1000000000000000055511151231257827n, 10n ** 34n]],
  ])('%j is read exactly', (text, value) => {
    expect(parsed(text)).toEqual(value);
  });

  it.each(['abc', '1/0', '1e', '', ' ', '1/2/3', '0x10', '.', '-', 'e5', '1.2.3', '1/2.5', '1e1/2', '/3', '1/', 'NaN'])(
    '%j is refused',
    (text) => {
      expect(parseRational(text)).toBeNull();
    },
  );

  it.each(['1_000', '1,5', 'Infinity', '1e5000', '٣'])('%j is refused', (text) => {
    expect(parseRational(text)).toBeNull();
  });

  it('of a double is the shortest decimal that prints it', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e200, max: 1e200 }), (x) => {
        const value = parseRational(String(x))!;
        expect(Number(value.s * value.n) / Number(value.d) === x || toDouble(value) === x).toBe(true);
      }),
      seeded(500),
    );
  });
});

describe('the double of a rational', () => {
  /** The value of a double as a ratio of integers. */
  function ratioOf(x: number): ReturnType<typeof rational> {
    let exponent = 0n;
    let mantissa = x;
    while (!Number.isInteger(mantissa)) {
      mantissa *= 2;
      exponent++;
    }
    return rational(BigInt(mantissa), 2n ** exponent);
  }

  it('of a normal double is itself, from 2^-1022 to the largest', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) => {
        fc.pre(x === 0 || Math.abs(x) >= 2 ** -1022);
        expect(toDouble(ratioOf(x))).toBe(x === 0 ? 0 : x);
      }),
      seeded(500),
    );
  });

  it('of integers below 2^53 is their quotient, which the processor rounds correctly', () => {
    const integer = fc.maxSafeInteger();
    fc.assert(
      fc.property(integer, integer, (a, b) => {
        fc.pre(b !== 0);
        expect(toDouble(rational(a, b))).toBe(a === 0 ? 0 : a / b);
      }),
      seeded(500),
    );
  });

  it('is the nearest one, also between two: ties to even, and what decides may be a thousand digits away', () => {
    const half = 2n ** 53n + 1n; // between 2^53 and 2^53 + 2
    const far = 10n ** 1000n;
    expect(toDouble(rational(half))).toBe(2 ** 53);
    expect(toDouble(rational(half * far + 1n, far))).toBe(2 ** 53 + 2);
    expect(toDouble(rational(half * far - 1n, far))).toBe(2 ** 53);
    expect(toDouble(rational(-half * far - 1n, far))).toBe(-(2 ** 53) - 2);
    // So far above 1 that low bits of the numerator alone decide.
    expect(toDouble(rational(2n ** 130n + 2n ** 77n + 1n))).toBe(2 ** 130 + 2 ** 78);
    expect(toDouble(rational(2n ** 130n + 2n ** 77n))).toBe(2 ** 130);
  });

  it('takes ratios of numbers of thousands of digits', () => {
    const huge = 10n ** 4000n;
    expect(toDouble(rational(huge + 1n, 3n * huge))).toBe(1 / 3);
    expect(toDouble(rational(huge, huge * 10n ** 300n))).toBe(1e-300);
    expect(toDouble(rational(huge, 1n))).toBe(Infinity);
    expect(toDouble(rational(1n, huge))).toBe(0);
    expect(toDouble(rational(-1n, 3n))).toBe(-1 / 3);
  });
});

describe('an exact probability', () => {
  it('reads 0.2 as 1/5 and keeps 1/3 as it is', () => {
    expect(exactProbability(0.2).equals(rational(1, 5))).toBe(true);
    expect(exactProbability(rational(1, 3)).equals(rational(1, 3))).toBe(true);
  });

  it.each([0, 1, -0.1, 1.5, Number.NaN, Infinity])('refuses %d', (p) => {
    expect(() => exactProbability(p)).toThrow(new RangeError(`p is ${p}; it must lie strictly between 0 and 1`));
  });

  it('refuses fractions outside (0, 1) by their own names', () => {
    expect(() => exactProbability(rational(4, 3))).toThrow('p is 4/3; it must lie strictly between 0 and 1');
    expect(() => exactProbability(rational(0))).toThrow(RangeError);
    expect(() => exactProbability(rational(1))).toThrow(RangeError);
  });
});
