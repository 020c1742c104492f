/** The logistic function and its relatives, each without cancellation over the whole real line and at +-Infinity. */

/** sigma(z) = 1 / (1 + e^-z), in [0, 1]. */
export function sigmoid(z: number): number {
  if (z >= 0) return 1 / (1 + Math.exp(-z));
  const e = Math.exp(z);
  return e / (1 + e);
}

/** log(1 + e^z), in nats. */
export function softplus(z: number): number {
  return Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
}

/** log sigma(z) <= 0, in nats. */
export function logSigmoid(z: number): number {
  return -softplus(-z);
}

/** log(e^a + e^b), a and b below Infinity, for terms that a double does not hold. */
export function logSumExp(a: number, b: number): number {
  const larger = Math.max(a, b);
  return larger === Number.NEGATIVE_INFINITY ? larger : larger + Math.log1p(Math.exp(Math.min(a, b) - larger));
}

/** log(p / (1 - p)) for p in [0, 1]. */
export function logit(p: number): number {
  // Near 1/2 the two logarithms would cancel; 2p - 1 is exact there.
  return Math.abs(p - 0.5) < 0.25 ? Math.log1p((2 * p - 1) / (1 - p)) : Math.log(p) - Math.log1p(-p);
}
