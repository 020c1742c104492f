import { type CertifiedRoot, decreasingRoot } from './root.js';

/** sigma(mu) - sigma(c) for 0 <= c <= mu <= Infinity, without cancellation. */
function sigmoidDifference(mu: number, c: number): number {
  return (Math.exp(-c) * -Math.expm1(c - mu)) / ((1 + Math.exp(-mu)) * (1 + Math.exp(-c)));
}

/**
 * The scalar that every lemma rests on: the unique root c of sigma(mu) - sigma(c) = kappa c, the ridge-logistic fit of
 * one +-1 feature whose label agrees with it with probability sigma(mu). It lies between 0 and mu.
 *
 * Source: Lemma 2. Every scalar of the optimum is this function of a log-odds and a penalty.
 *
 * @param mu log-odds in nats, in [-Infinity, Infinity]
 * @param kappa penalty, in [1e-301, Infinity]
 * @returns the root with its sign change, exact to the last bit of the equation as evaluated
 */
export function ridgeLogitCertified(mu: number, kappa: number): CertifiedRoot {
  if (Number.isNaN(mu)) throw new RangeError('mu is NaN; it must be a log-odds in [-Infinity, Infinity]');
  if (!(kappa >= 1e-301)) throw new RangeError(`kappa is ${kappa}; it must be at least 1e-301`);
  if (kappa === Number.POSITIVE_INFINITY) return { root: 0, low: 0, high: 0 };
  if (mu < 0) {
    const mirrored = ridgeLogitCertified(-mu, kappa);
    return { root: -mirrored.root, low: -mirrored.high, high: -mirrored.low };
  }
  // For c >= 0 the left side is at most 1/2 and at most e^-c: kappa c <= 1/2, and c <= max(1, log(1 / kappa)).
  // The factor keeps kappa * high above 1/2 where that bound is sharp, whatever the rounding.
  const high = Math.min(mu, (0.5 / kappa) * (1 + 4 * Number.EPSILON), Math.max(1, -Math.log(kappa)));
  return decreasingRoot((c) => sigmoidDifference(mu, c) - kappa * c, 0, high);
}

/** The root of {@link ridgeLogitCertified} alone. */
export function ridgeLogit(mu: number, kappa: number): number {
  return ridgeLogitCertified(mu, kappa).root;
}
