import { type Interval, intervals } from '../../numerics/index.js';
import { ridgeLogit } from '../ridge-logit.js';

const { above, add, below, exactly, exp, expm1, multiply, negate, subtract } = intervals;

const ONE = exactly(1);

/**
 * Encloses the roots c of sigma(mu) - sigma(c) = kappa c for every mu and kappa of their intervals. The root increases in mu,
 * and its size falls in kappa (facts R1 and R3 of Lemma 2), so that two corners of the box bound all others.
 *
 * @param mu log-odds in nats; both ends may be the same infinity, for a label that is certain
 * @param kappa penalty, within [1e-301, Infinity)
 */
export function ridgeLogitEnclosure(mu: Interval, kappa: Interval): Interval {
  return {
    low: mu.low >= 0 ? rootLow(mu.low, kappa.high) : -rootHigh(-mu.low, kappa.low),
    high: mu.high >= 0 ? rootHigh(mu.high, kappa.low) : -rootLow(-mu.high, kappa.high),
  };
}

/** The first step by which a guess moves away from the root, relative to it, and how the next ones grow. */
const FIRST_STEP = 2 ** -52;
const STEP_GROWTH = 2;

/**
 * A bound below the root, which lies between 0 and mu, for mu in [0, Infinity].
 *
 * @param guess not negative; it is lowered until the sign is proved, so that a poor one only loosens the bound
 */
export function rootLow(mu: number, kappa: number, guess = ridgeLogit(mu, kappa)): number {
  for (let c = below(guess), step = FIRST_STEP; c > 0; c = below(c * (1 - step)), step *= STEP_GROWTH) {
    if (excess(c, mu, kappa).low >= 0) return c;
  }
  return 0;
}

/** A bound above the root, for mu in [0, Infinity]; the guess is raised until the sign is proved. */
export function rootHigh(mu: number, kappa: number, guess = ridgeLogit(mu, kappa)): number {
  for (let c = above(guess), step = FIRST_STEP; c < mu; c = above(c * (1 + step)), step *= STEP_GROWTH) {
    if (excess(c, mu, kappa).high <= 0) return c;
  }
  return mu;
}

/**
 * An enclosure of e^-c (1 - e^(c - mu)) - kappa c (1 + e^-mu) (1 + e^-c), which decreases in c > 0 and has the sign of
 * sigma(mu) - sigma(c) - kappa c. Near a small mu nothing cancels. Source: Lemma 2, (R5).
 */
function excess(c: number, mu: number, kappa: number): Interval {
  const smaller = exp(exactly(-c));
  const rising =
    mu === Number.POSITIVE_INFINITY ? smaller : multiply(smaller, negate(expm1(subtract(exactly(c), exactly(mu)))));
  const other = mu === Number.POSITIVE_INFINITY ? ONE : add(ONE, exp(exactly(-mu)));
  const pull = multiply(multiply(exactly(kappa), exactly(c)), multiply(other, add(ONE, smaller)));
  return subtract(rising, pull);
}
