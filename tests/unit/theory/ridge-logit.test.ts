import { describe, expect, it } from 'vitest';
import {
  type BigNumber,
  big,
  HALF,
  ONE,
  relativeError,
  ridgeRoot,
  sigma,
  TWO,
} from '../../../proofs-checks/shared/high-precision.js';
import { KeyedRandom } from '../../../src/random/index.js';
import { decreasingRoot, lambertW, ridgeLogit, ridgeLogitCertified } from '../../../src/theory/index.js';
import { SEED, seedNote } from '../../fixtures/seed.js';

/**
 * Both sides of sigma(mu) - sigma(c) = kappa c are computed to about six roundings of 2^-53. At the root both are kappa c,
 * and the derivative of their difference is kappa + sigma'(c): the root moves by at most 6 eps kappa / (kappa + sigma'(c)),
 * relative to c. The bracket ends at adjacent doubles, one more eps.
 */
const ULPS = 7 * Number.EPSILON;

/** The root by Newton's method in decimal arithmetic; at tiny log-odds the equation is linear to all digits kept. */
function exactRoot(mu: number, kappa: number): BigNumber {
  const k = big(kappa);
  // sigma(m) - sigma(c) = (m - c) / 4 up to a relative error of m^2.
  if (Math.abs(mu) < 1e-30) return big(mu).div(ONE.plus(k.times(4)));
  if (mu === Infinity) return ridgeRoot(ONE, big('0'), k);
  if (mu === -Infinity) return ridgeRoot(big('0'), ONE, k);
  return ridgeRoot(sigma(big(mu)), sigma(big(-mu)), k);
}

/** The next double above a positive one. */
function nextUp(x: number): number {
  const bits = new BigInt64Array(new Float64Array([x]).buffer);
  return new Float64Array(new BigInt64Array([bits[0]! + 1n]).buffer)[0]!;
}

const MUS = [Infinity, 200, 40, 5, 1, 0.1, 1e-5, 1e-12, 1e-40, 1e-290];
const KAPPAS = [1e-300, 1e-100, 1e-20, 1e-8, 1e-3, 0.1, 0.5, 1, 100, 1e6, 1e15];

describe('the ridge logit', () => {
  it.each(KAPPAS)('solves its equation to a few ulps at penalty %d, for log-odds from 1e-290 to Infinity', (kappa) => {
    for (const mu of MUS) {
      expect(relativeError(ridgeLogit(mu, kappa), exactRoot(mu, kappa)), `mu = ${mu}`).toBeLessThan(ULPS);
      expect(ridgeLogit(-mu, kappa)).toBe(-ridgeLogit(mu, kappa));
    }
  });

  it('and at random log-odds and penalties', () => {
    const random = new KeyedRandom(SEED, 0);
    for (let i = 0; i < 60; i++) {
      const mu = 10 ** (10 * random.uniform(0, i) - 8);
      const kappa = 10 ** (40 * random.uniform(1, i) - 30);
      expect(relativeError(ridgeLogit(mu, kappa), exactRoot(mu, kappa)), `${seedNote}: ${mu}, ${kappa}`).toBeLessThan(
        ULPS,
      );
    }
  });

  it('comes with its certificate: adjacent doubles with a change of sign in between', () => {
    for (const mu of MUS.filter((value) => value >= 1e-12)) {
      for (const kappa of KAPPAS.filter((value) => value <= 1e6)) {
        const { root, low, high } = ridgeLogitCertified(mu, kappa);
        expect([low, high]).toContain(root);
        expect(high === low || high === nextUp(low), `${low} and ${high}`).toBe(true);
        expect(ridgeLogitCertified(-mu, kappa)).toEqual({ root: -root, low: -high, high: -low });
        // The true root lies between, up to the roundings of the equation.
        const exact = exactRoot(mu, kappa);
        expect(exact.gte(big(low).times(1 - ULPS)) && exact.lte(big(high).times(1 + ULPS))).toBe(true);
      }
    }
  });

  it('would not pass with seven digits', () => {
    const rounded = Number(ridgeLogit(5, 0.1).toPrecision(7));
    expect(relativeError(rounded, exactRoot(5, 0.1))).toBeGreaterThan(ULPS);
  });

  it('lies between 0 and mu, and is 0 exactly where mu is or where nothing may be learnt', () => {
    for (const mu of MUS) {
      for (const kappa of KAPPAS) {
        const c = ridgeLogit(mu, kappa);
        expect(c > 0 && c <= mu).toBe(true);
      }
      expect(ridgeLogit(mu, Infinity)).toBe(0);
    }
    expect(ridgeLogitCertified(0, 0.1)).toEqual({ root: 0, low: 0, high: 0 });
    expect(ridgeLogit(1, 1e-301)).toBe(1);
  });

  it.each([
    [Number.NaN, 1, 'mu is NaN; it must be a log-odds in [-Infinity, Infinity]'],
    [1, 0, 'kappa is 0; it must be at least 1e-301'],
    [1, -1, 'kappa is -1; it must be at least 1e-301'],
    [1, Number.NaN, 'kappa is NaN; it must be at least 1e-301'],
  ])('refuses mu = %d, kappa = %d', (mu, kappa, message) => {
    expect(() => ridgeLogit(mu, kappa)).toThrow(new RangeError(message));
  });
});

describe('the Lambert function', () => {
  /** Newton's method for w + log w = log x, which is convex and increasing in log w. */
  function exactW(x: number): BigNumber {
    const logX = big(x).ln();
    let w = big(x < 1 ? x : Math.log1p(x)).times(HALF);
    for (let i = 0; i < 25; i++) w = w.times(ONE.minus(w.plus(w.ln()).minus(logX).div(ONE.plus(w))));
    return w;
  }

  it('solves w e^w = x to four ulps from 1e-300 to 1e300', () => {
    // x e^-w and w agree up to 2 eps w, and their difference has derivative 1 + w: below 2 eps, plus the last bit.
    for (const x of [1e-300, 1e-16, 1e-3, 0.5, 1, 1.5, Math.E, 10, 1e6, 1e100, 1e300]) {
      expect(relativeError(lambertW(x), exactW(x)), `${x}`).toBeLessThan(4 * Number.EPSILON);
    }
    expect(relativeError(lambertW(Math.E), ONE)).toBeLessThan(4 * Number.EPSILON);
    expect(lambertW(Math.exp(-1)).toFixed(4)).toBe('0.2785');
    expect(
      big(lambertW(2))
        .times(big(lambertW(2)).exp())
        .minus(TWO)
        .abs()
        .toNumber(),
    ).toBeLessThan(1e-14);
  });
});

describe('the root of a decreasing function', () => {
  it('is certified by adjacent doubles', () => {
    const { root, low, high } = decreasingRoot((x) => 2 - x * x, 0, 2);
    expect(high).toBe(nextUp(low));
    expect(2 - low * low > 0 && 2 - high * high < 0).toBe(true);
    expect(Math.abs(root - Math.SQRT2)).toBeLessThanOrEqual(Number.EPSILON);
  });

  it('may be an exact zero, or an end of the bracket', () => {
    expect(decreasingRoot((x) => 1 - x, 0, 2)).toEqual({ root: 1, low: 1, high: 1 });
    expect(decreasingRoot((x) => -x, 0, 2).root).toBe(0);
    expect(decreasingRoot((x) => 2 - x, 0, 2).root).toBe(2);
  });

  it('is refused without a change of sign', () => {
    expect(() => decreasingRoot((x) => -1 - x, 0, 2)).toThrow('no sign change between 0 and 2: -1 and -3');
    expect(() => decreasingRoot((x) => 3 - x, 0, 2)).toThrow(new RangeError('no sign change between 0 and 2: 3 and 1'));
    expect(() => decreasingRoot((x) => x, 1, 2)).toThrow(RangeError);
    expect(() => decreasingRoot(() => Number.NaN, 0, 1)).toThrow(RangeError);
  });
});
