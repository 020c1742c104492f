import { type Interval, intervals } from '../../numerics/index.js';
import { requireTheoryD } from '../behaviour.js';
import { type ParameterBox, requireBox } from './box.js';
import { demonstrationEnclosure, type OptimumEnclosure, optimumOfState, type StateEnclosure } from './optimum.js';

const { add, divide, exactly, exp, expm1, log, log1p, multiply, negate, sigmoid } = intervals;

const LOG_2 = log(exactly(2));

/** log K = -(d - 1) log(1 + e^-c). */
function logChainProbability(c: Interval, d: number): Interval {
  return negate(multiply(exactly(d - 1), log1p(exp(negate(c)))));
}

/** Encloses log(2K), whose sign decides the fate of STaR with r_cot, over an interval of lambda. Source: Lemma 5. */
export function logTwoKEnclosure(d: number, lambda: Interval): Interval {
  requireTheoryD(d);
  const half = demonstrationEnclosure(exactly(0.5));
  return add(LOG_2, logChainProbability(optimumOfState(half, lambda).c, d));
}

/** One round of STaR with r_cot: R' = 2 K e^s, m+' / m-' = e^c_1 (1 + sigma(s) (2K - 1)) / sigma(-t). Source: Lemma 5. */
function acceptedEnclosure({ c1, sPlus, sMinus, c }: OptimumEnclosure, d: number): StateEnclosure {
  const logTwoK = add(LOG_2, logChainProbability(c, d));
  const shares = add(log1p(multiply(sigmoid(sPlus), expm1(logTwoK))), log1p(exp(sMinus)));
  return { logitPlus: add(c1, shares), longPlus: add(logTwoK, sPlus) };
}

/**
 * Encloses the first round of STaR with r_cot whose greedy decoding is long, over a box: no round before `low` is long
 * anywhere in the box, and round `high` is long everywhere (Infinity if no round up to the limit is). Greedy decoding is
 * long iff m+ > 1/2 and R > 1; the optimum needs no root for that. Retrained each round, infinitely many samples,
 * conditioned loss, regularised constant.
 *
 * Source: Lemma 5.
 * @param limit the last round to look at; `low` is limit + 1 if none can be long
 */
export function roundsEnclosure(d: number, box: ParameterBox, limit: number): Interval {
  requireTheoryD(d);
  requireBox(box);
  let low = limit + 1;
  let state = demonstrationEnclosure(box.p);
  for (let round = 0; round <= limit; round++) {
    const { logitPlus, longPlus } = state;
    if (logitPlus.high > 0 && longPlus.high > 0) low = Math.min(low, round);
    if (logitPlus.low > 0 && longPlus.low > 0) return { low, high: round };
    state = acceptedEnclosure(optimumOfState(state, box.lambda), d);
  }
  return { low, high: Number.POSITIVE_INFINITY };
}

/**
 * Encloses the proven bound floor(log((1-p)/(2p)) / log(2K)) + 1 on those rounds, over a box with p <= 1/3; `high` is Infinity
 * if K is not certainly above 1/2.
 *
 * Source: Lemma 5.
 */
export function roundsBoundEnclosure(d: number, box: ParameterBox): Interval {
  requireBox(box);
  const gain = logTwoKEnclosure(d, box.lambda);
  if (gain.low <= 0) return { low: 1, high: Number.POSITIVE_INFINITY };
  const { low, high } = divide(negate(demonstrationEnclosure(box.p).longPlus), gain);
  return { low: Math.floor(low) + 1, high: Math.floor(high) + 1 };
}
