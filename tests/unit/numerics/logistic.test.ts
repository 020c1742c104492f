import { describe, expect, it } from 'vitest';
import { big, ONE, relativeError, sigma } from '../../../proofs-checks/shared/high-precision.js';
import { logit, logSigmoid, logSumExp, sigmoid, softplus } from '../../../src/numerics/index.js';

// e^-200 still leaves 23 of the 110 digits of the reference beside 1.
const POINTS = [-200, -30, -3, -1e-3, -1e-300, 0, 1e-300, 1e-3, 0.5, 3, 30, 200];

/** Each value is at most four roundings and two library functions of one ulp away from the truth: 6 ulps. */
const ULPS = 6 * Number.EPSILON;

describe('the logistic functions', () => {
  it.each(POINTS)('have full relative precision at %d', (z) => {
    const exact = sigma(big(z));
    expect(relativeError(sigmoid(z), exact)).toBeLessThan(ULPS);
    expect(relativeError(softplus(z), big(z).exp().plus(ONE).ln())).toBeLessThan(ULPS);
    expect(relativeError(logSigmoid(z), exact.ln())).toBeLessThan(ULPS);
  });

  it('take the limits at the ends', () => {
    expect([sigmoid(-Infinity), sigmoid(Infinity), sigmoid(0)]).toEqual([0, 1, 0.5]);
    expect([softplus(-Infinity), softplus(Infinity)]).toEqual([0, Infinity]);
    expect([logSigmoid(-Infinity), logSigmoid(Infinity)]).toEqual([-Infinity, -0]);
    expect([logit(0), logit(1), logit(0.5)]).toEqual([-Infinity, Infinity, 0]);
  });

  it('sum exponentials that no double holds', () => {
    for (const [a, b] of [
      [0, -40],
      [-1000, -1001],
      [-3, 2],
      [700, 710],
    ] as const) {
      const exact = big(a).exp().plus(big(b).exp()).ln();
      for (const sum of [logSumExp(a, b), logSumExp(b, a)]) expect(relativeError(sum, exact)).toBeLessThan(ULPS);
    }
    expect([logSumExp(-Infinity, -Infinity), logSumExp(-Infinity, -5), logSumExp(0, -Infinity)]).toEqual([
      -Infinity,
      -5,
      0,
    ]);
  });

  it('undo each other: logit(sigmoid(z)) = z as far as sigmoid(z) tells', () => {
    // A rounding of sigma(z) moves its logit by at most eps / sigma(-z).
    for (const z of POINTS.filter((point) => Math.abs(point) <= 30)) {
      expect(Math.abs(logit(sigmoid(z)) - z)).toBeLessThanOrEqual(2 * Number.EPSILON * (Math.abs(z) + 1 + Math.exp(z)));
    }
  });
});
