import { behaviour, logChainProbability, requireTheoryD } from './behaviour.js';
import { optimum } from './optimum.js';
import { bitLength, exactProbability, type Fraction, type Probability, rational, toDouble } from './rational.js';
import { type StarOptions, theoryRounds } from './star.js';
import { demonstrationState, exactStepNoise, type NoiseOptions } from './state.js';

/** Noisy demonstrations of d bits: a chain is valid with probability (1 - eta)^d. */
export interface ChainNoise extends NoiseOptions {
  /** Bits, an integer >= 2. */
  readonly d: number;
}

/**
 * q_n = 2^n p / (1 + (2^n - 1) p), exactly: the long fraction that round n trains on as lambda -> 0, with r_cot. The odds
 * of long double each round; after noisy demonstrations those of round 1 are 2 (1 - eta)^d p / (1 - p).
 *
 * @throws RangeError unless round is an integer >= 0, and where (1 - eta)^d has too many digits to be reduced quickly
 * Source: Lemmas 5 and 8; the paper's p_n = 2 p_{n-1} / (1 + p_{n-1}).
 */
export function limitLongFraction(pCot: Probability, round: number, noise?: ChainNoise): Fraction {
  const p = exactProbability(pCot);
  if (!Number.isSafeInteger(round) || round < 0) throw new RangeError(`round is ${round}; it must be an integer >= 0`);
  const valid = validChains(noise, MOST_REDUCED_DIGITS);
  const long = round === 0 ? p : p.mul(rational(valid.n * 2n ** BigInt(round), valid.d));
  return long.div(long.sub(p).add(1));
}

/**
 * Rounds of STaR with r_cot until greedy decoding is long, as lambda -> 0: max(0, floor(log2((1-p)/(2p))) + 1), in exact
 * arithmetic. At p = 1/(1 + 2^(k+1)) round k is a tie and k + 1 is the answer.
 *
 * With step noise: 0 above the threshold; else the smallest n >= 1 with 2^n (1 - eta)^d 2p > 1 - p, where a round of equality
 * counts as short; Infinity for eta = 1.
 *
 * Source: Lemmas 5 and 8.
 */
export function limitRounds(pCot: Probability, noise?: ChainNoise): number {
  const p = exactProbability(pCot);
  const wrong = exactStepNoise(noise ?? {});
  const likely = wrong.compare(rational(1, 2)) > 0 ? wrong : rational(1).sub(wrong);
  if (p.mul(likely).mul(2).compare(rational(1).sub(p)) > 0) return 0;
  if (wrong.equals(1)) return Number.POSITIVE_INFINITY;
  // Smallest n with 2^n * 2p (1 - eta)^d > 1 - p, by counting bits and stepping over the one that rounding may leave. Plain
  // integers, since reducing a fraction of so many digits would take too long.
  const valid = validChains(noise, MOST_DIGITS);
  const [numerator, denominator] = [(p.d - p.n) * valid.d, 2n * p.n * valid.n];
  let n = Math.max(1, bitLength(numerator) - bitLength(denominator) - 1);
  while (denominator << BigInt(n) <= numerator) n++;
  return n;
}

/** Binary digits of (1 - eta)^d, as a fraction, that are still quick to compute. */
const MOST_DIGITS = 2 ** 22;

/** The same where fractions of them are reduced, which takes a time that grows with their square: about a second. */
const MOST_REDUCED_DIGITS = 2 ** 16;

/** (1 - eta)^d. */
function validChains(noise: ChainNoise | undefined, digits: number): { readonly n: bigint; readonly d: bigint } {
  if (!noise) return { n: 1n, d: 1n };
  if (!Number.isSafeInteger(noise.d) || noise.d < 2) {
    throw new RangeError(`d is ${noise.d}; it must be an integer of at least 2`);
  }
  const right = rational(1).sub(exactStepNoise(noise));
  const largest = Math.floor(digits / bitLength(right.d));
  if (right.d > 1n && noise.d > largest) {
    throw new RangeError(
      `d is ${noise.d}; with this step noise the rounds as lambda -> 0 are counted up to d = ${largest}`,
    );
  }
  // 0 and 1 are their own powers.
  return right.d > 1n ? { n: right.n ** BigInt(noise.d), d: right.d ** BigInt(noise.d) } : right;
}

/** Which of the three fates of STaR with r_cot holds at (d, lambda), for every p. Source: Lemma 5 (dichotomy). */
export type Fate = 'becomes long' | 'never changes' | 'becomes short';

/** log(2K) of the optimum on valid chains with the conditioned loss; its sign decides the fate. */
export function logTwoK(d: number, lambda: number): number {
  requireTheoryD(d);
  return Math.LN2 + logChainProbability(optimum(demonstrationState(0.5), { lambda }).c, d);
}

export function starFate(d: number, lambda: number): Fate {
  const value = logTwoK(d, lambda);
  if (value === 0) return 'never changes';
  return value > 0 ? 'becomes long' : 'becomes short';
}

/** The largest d with K > 1/2, so that STaR with r_cot succeeds from every p: 4, 21, 132, 959 at lambda = .1, .01, 1e-3, 1e-4. */
export function largestSuccessfulD(lambda: number): number {
  const { c } = optimum(demonstrationState(0.5), { lambda });
  // K > 1/2 iff (d - 1) log1p(e^-c) < log 2.
  return Math.ceil(1 + Math.LN2 / Math.log1p(Math.exp(-c))) - 1;
}

/**
 * Of log(2K), and relatively of the logarithms above it: a logit c is right to eps |c|, so log K, of size at most log 2, to
 * eps (2 + c) log 2, where K > 1/2 for a d up to 2^53 leaves c below 40, or log K below eps.
 */
const ROUNDED = 64 * Number.EPSILON;

/**
 * The proven bound floor(log((1-p)/(2p)) / log(2K)) + 1 on the rounds to greedy long, for K > 1/2, p <= 1/3, the
 * regularised constant and the conditioned loss. With step noise eta < 1/2 and p <= 1/(3 - 2 eta):
 * floor(log((1-p) K / (2 (1-eta) p K_eta)) / log(2K)) + 1, K_eta = sigma(c)^(d-1) after pre-training.
 *
 * Rounded upwards, so that it is a bound where the quotient is an integer, too.
 *
 * Source: Lemmas 5 and 8.
 * @returns null where the hypotheses fail, or K is above 1/2 by rounding alone
 */
export function roundsBound(d: number, pCot: Probability, lambda: number, noise: NoiseOptions = {}): number | null {
  const p = exactProbability(pCot);
  const right = rational(1).sub(exactStepNoise(noise));
  const gain = logTwoK(d, lambda) - ROUNDED;
  const short = rational(1).sub(p);
  const long = p.mul(right).mul(2);
  if (gain <= 0 || right.compare(rational(1, 2)) <= 0 || long.compare(short) > 0) return null;
  const logK = (eta: NoiseOptions) => logChainProbability(optimum(demonstrationState(p, eta), { lambda }).c, d);
  // What noise costs in the first round, 0 without it.
  const lost = logK({}) - logK(noise);
  const doublings = Math.log(toDouble(short.div(long))) + lost;
  return Math.floor((doublings + ROUNDED * (1 + doublings)) / gain) + 1;
}

/**
 * The first round whose model is greedily long, by the exact map from D(p; eta, nu).
 *
 * @param limit rounds to look at before giving up
 * @returns null if none of rounds 0..limit is
 */
export function roundsToGreedyLong(
  pCot: Probability,
  options: StarOptions & NoiseOptions,
  limit: number,
): number | null {
  for (const { round, optimum: model } of theoryRounds(demonstrationState(pCot, options), options)) {
    if (behaviour(model, options.d).greedy.longFraction === 1) return round;
    if (round >= limit) return null;
  }
  return null;
}
