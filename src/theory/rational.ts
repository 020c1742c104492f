// The class that mathjs calls Fraction, from the module where mathjs gets it: loading all of mathjs takes longer than most
// commands run.
import Fraction from 'fraction.js';

export type { Fraction };

/** An exact rational number from integers, with BigInt numerator and denominator. */
export function rational(numerator: bigint | number, denominator: bigint | number = 1n): Fraction {
  return new Fraction(BigInt(numerator), BigInt(denominator));
}

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d{1,3}))?$/i;

/**
 * The exact value of a decimal (`0.2`, `.25`, `1e-6`) or of a fraction of integers (`1/3`) as typed.
 *
 * @returns null if the text is neither, or divides by zero
 */
export function parseRational(text: string): Fraction | null {
  const parts = text.trim().split('/');
  if (parts.length === 2) {
    if (!/^[+-]?\d+$/.test(parts[0]!.trim()) || !/^\d+$/.test(parts[1]!.trim())) return null;
    const denominator = BigInt(parts[1]!);
    return denominator === 0n ? null : rational(BigInt(parts[0]!), denominator);
  }
  const match = parts.length === 1 ? DECIMAL.exec(parts[0]!) : null;
  if (!match) return null;
  const [, sign, whole = '', decimals = '', exponent = '0'] = match;
  if (whole === '' && decimals === '') return null;
  const digits = BigInt(`${sign === '-' ? '-' : ''}${whole}${decimals}`);
  const shift = Number(exponent) - decimals.length;
  return shift >= 0 ? rational(digits * 10n ** BigInt(shift)) : rational(digits, 10n ** BigInt(-shift));
}

/** A probability: a double stands for the shortest decimal that prints it, so 0.2 means exactly 1/5. */
export type Probability = number | Fraction;

/**
 * p as an exact rational.
 *
 * @throws RangeError unless 0 < p < 1
 */
export function exactProbability(p: Probability): Fraction {
  const value = typeof p === 'number' ? parseRational(String(p)) : p;
  if (value === null || value.compare(0) <= 0 || value.compare(1) >= 0) {
    throw new RangeError(`p is ${typeof p === 'number' ? p : p.toFraction()}; it must lie strictly between 0 and 1`);
  }
  return value;
}

/**
 * A probability that may be 0 or 1, as an exact rational.
 *
 * @throws RangeError unless 0 <= value <= 1
 */
export function exactShare(name: string, value: Probability): Fraction {
  const exact = typeof value === 'number' ? parseRational(String(value)) : value;
  if (exact === null || exact.compare(0) < 0 || exact.compare(1) > 0) {
    throw new RangeError(`${name} is ${typeof value === 'number' ? value : value.toFraction()}; it must lie in [0, 1]`);
  }
  return exact;
}

/** The double nearest to a ratio of integers of any size (subnormal results may be off by one unit). */
export function toDouble(value: Fraction): number {
  const negative = value.s < 0n;
  const { n, d } = value;
  // Scale the quotient to 64 or 65 bits plus a sticky bit, so that the one rounding happens in Number().
  const shift = BigInt(66 - (bitLength(n) - bitLength(d)));
  const [top, bottom] = shift >= 0n ? [n << shift, d] : [n, d << -shift];
  const quotient = ((top / bottom) << 1n) | (top % bottom === 0n ? 0n : 1n);
  const size = scaleByPowerOfTwo(Number(quotient), -Number(shift) - 1);
  return negative ? -size : size;
}

/** Binary digits of a positive integer. */
export function bitLength(n: bigint): number {
  return n.toString(2).length;
}

/** x * 2^exponent in two factors, so that neither overflows where the product does not. */
function scaleByPowerOfTwo(x: number, exponent: number): number {
  const half = Math.trunc(exponent / 2);
  return x * 2 ** half * 2 ** (exponent - half);
}
