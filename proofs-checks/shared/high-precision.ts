/**
 * The second route to the closed forms: probability masses instead of log-odds, in decimal arithmetic so long that nothing
 * can cancel away, roots by Newton's method. It shares no code with src/theory.
 */
import { type BigNumber, bignumberDependencies, create } from 'mathjs';

export type { BigNumber };

const { bignumber } = create({ bignumberDependencies }, { precision: 110 });

/** The exact value of a double (up to 110 digits), or of a decimal as typed. */
export function big(value: number | string): BigNumber {
  if (typeof value === 'string') return bignumber(value);
  if (value === 0 || !Number.isFinite(value)) return bignumber(String(value));
  // A double is an integer of at most 53 bits times a power of two; its decimal print is not its value.
  const exponent = Math.max(-1074, Math.floor(Math.log2(Math.abs(value))) - 53);
  const mantissa = exponent < -1000 ? value * 2 ** 1000 * 2 ** (-exponent - 1000) : value * 2 ** -exponent;
  return bignumber(mantissa.toFixed(0)).times(bignumber('2').pow(exponent));
}

export const ONE = big('1');
export const TWO = big('2');
export const HALF = big('0.5');

/** What rounding leaves of a difference of probabilities that is 0. */
const NOTHING = big('1e-100');

/** The ratio of two integers. */
export const ratio = (numerator: number, denominator: number): BigNumber => big(numerator).div(big(denominator));

/** sigma(z). */
export const sigma = (z: BigNumber): BigNumber => ONE.div(ONE.plus(z.neg().exp()));

/** |actual / expected - 1| of a double. */
export function relativeError(actual: number, expected: BigNumber): number {
  if (expected.isZero() || !expected.isFinite() || !Number.isFinite(actual)) {
    return big(actual).eq(expected) ? 0 : Number.POSITIVE_INFINITY;
  }
  return big(actual).div(expected).minus(ONE).abs().toNumber();
}

/**
 * The root c of plus - sigma(c) = kappa c for probabilities plus + minus = 1; both are given, so that a small one keeps its
 * digits. Bisection in doubles leads close to it, Newton's method to 80 digits.
 */
export function ridgeRoot(plus: BigNumber, minus: BigNumber, kappa: BigNumber): BigNumber {
  if (plus.minus(minus).abs().lt(NOTHING)) return big('0');
  if (plus.lt(minus)) return ridgeRoot(minus, plus, kappa).neg();
  // For c >= 0 the equation's left side minus its right side is convex and decreasing: Newton's method cannot miss.
  let c = big(roughRoot(minus.toNumber(), kappa.toNumber()));
  for (let step = 0; step < 100; step++) {
    const wrong = sigma(c.neg());
    const slope = wrong.times(ONE.minus(wrong)).plus(kappa);
    const move = wrong.minus(minus).minus(kappa.times(c)).div(slope);
    c = c.plus(move);
    if (move.abs().lte(c.abs().times('1e-40'))) return c;
  }
  throw new Error(`no root found for ${plus} and ${kappa}`);
}

/** The same root to a few digits. */
function roughRoot(minus: number, kappa: number): number {
  let [low, high] = [0, 1000];
  for (let i = 0; i < 60; i++) {
    const c = (low + high) / 2;
    if (1 / (1 + Math.exp(c)) - minus - kappa * c > 0) low = c;
    else high = c;
  }
  return low;
}
