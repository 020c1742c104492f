import { behaviour, logChainProbability, requireTheoryD } from './behaviour.js';
import { optimum } from './optimum.js';
import { exactProbability, type Fraction, type Probability, rational, toDouble } from './rational.js';
import { type StarOptions, theoryRounds } from './star.js';
import { demonstrationState } from './state.js';

/**
 * q_n = 2^n p / (1 + (2^n - 1) p), exactly: the long fraction that round n trains on as lambda -> 0, with r_cot. The odds
 * of long double each round. Source: Lemma 5; the paper's p_n = 2 p_{n-1} / (1 + p_{n-1}).
 */
export function limitLongFraction(pCot: Probability, round: number): Fraction {
  const p = exactProbability(pCot);
  const doubled = p.mul(rational(2n ** BigInt(round)));
  return doubled.div(doubled.sub(p).add(1));
}

/**
 * Rounds of STaR until greedy decoding is long, as lambda -> 0: max(0, floor(log2((1-p)/(2p))) + 1), in exact arithmetic.
 * At p = 1/(1 + 2^(k+1)) round k is a tie and k + 1 is the answer. Source: Lemma 5.
 */
export function limitRounds(pCot: Probability): number {
  const p = exactProbability(pCot);
  // Smallest n with 2^n * 2p > 1 - p, by counting bits and stepping over the one that rounding may leave.
  const [numerator, denominator] = [p.d - p.n, 2n * p.n];
  let n = Math.max(0, numerator.toString(2).length - denominator.toString(2).length - 1);
  while (denominator << BigInt(n) <= numerator) n++;
  return n;
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
 * The proven bound floor(log((1-p)/(2p)) / log(2K)) + 1 on the rounds to greedy long, for K > 1/2, p <= 1/3, the
 * regularised constant and the conditioned loss.
 *
 * Source: Lemma 5.
 * @returns null where the hypotheses fail
 */
export function roundsBound(d: number, pCot: Probability, lambda: number): number | null {
  const p = exactProbability(pCot);
  const gain = logTwoK(d, lambda);
  if (gain <= 0 || p.mul(3).compare(1) > 0) return null;
  return Math.floor(Math.log(toDouble(rational(1).sub(p).div(p.mul(2)))) / gain) + 1;
}

/**
 * The first round whose model is greedily long, by the exact map from D(p).
 *
 * @param limit rounds to look at before giving up
 * @returns null if none of rounds 0..limit is
 */
export function roundsToGreedyLong(pCot: Probability, options: StarOptions, limit: number): number | null {
  for (const { round, optimum: model } of theoryRounds(demonstrationState(pCot), options)) {
    if (behaviour(model, options.d).greedy.longFraction === 1) return round;
    if (round >= limit) return null;
  }
  return null;
}
