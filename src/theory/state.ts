import { logit, logSigmoid, sigmoid } from '../numerics/index.js';
import {
  bitLength,
  exactProbability,
  exactShare,
  type Fraction,
  type Probability,
  rational,
  toDouble,
} from './rational.js';
import { type SplitLog, splitLog, splitLogPlus, splitLogValue } from './split-log.js';

/**
 * A training distribution of the chain, as four log-odds in nats. With e_1 = z_1 x_1, e_l = z_l z_{l-1} x_l and
 * eps = chi x_1, the masses are L+, L- (long, e_1 = +-1) and S+, S- (short, eps = +-1).
 *
 * Log-odds instead of masses, because one STaR round is then a map without cancellation, and p = 1/3 is exactly 0.
 * Source: Lemmas 5 and 6.
 */
export interface TrainingState {
  /** logit m+, m+ = L+ + S+: log-odds that the first token agrees with x_1. */
  readonly logitPlus: number;
  /** logit r+, r+ = L+ / m+: log-odds of long given z_1 x_1 = +1. With r_cot it is log R, R = q / ((1-q) rho). */
  readonly longPlus: SplitLog;
  /** logit r-, r- = L- / m-; -Infinity while no long chain starts wrong. */
  readonly logitLongMinus: number;
  /** logit alpha, alpha = P(e_l = +1 | long), the same for every l >= 2; Infinity while every chain is valid. */
  readonly logitStep: number;
}

/** logit r+ as one number. */
export function logitLongPlus(state: TrainingState): number {
  return splitLogValue(state.longPlus);
}

/** What is wrong in demonstrations, exactly. */
export interface NoiseOptions {
  /** eta in [0, 1]: probability that a step of a chain is wrong, independently. Default 0. */
  readonly stepNoise?: Probability | undefined;
  /** nu in [0, 1]: probability that a short answer is -chi(x). No state depends on it: it agrees with x_1 on half of the inputs. */
  readonly answerNoise?: Probability | undefined;
}

/** eta as an exact rational. @throws RangeError unless eta and nu lie in [0, 1] */
export function exactStepNoise({ stepNoise = 0, answerNoise = 0 }: NoiseOptions): Fraction {
  exactShare('answerNoise', answerNoise);
  return exactShare('stepNoise', stepNoise);
}

/**
 * The state of D(p; eta, nu); without noise (p, 1/2). Exact: at p = 1 / (3 - 2 eta), as rationals, longPlus is 0.
 *
 * Source: Lemma 8.
 */
export function demonstrationState(pCot: Probability, noise: NoiseOptions = {}): TrainingState {
  const p = exactProbability(pCot);
  const wrong = exactStepNoise(noise);
  const right = rational(1).sub(wrong);
  const [longPlus, longMinus, short] = [p.mul(right), p.mul(wrong), rational(1).sub(p).div(2)];
  return {
    logitPlus: logRatio(longPlus.add(short), longMinus.add(short)),
    longPlus: splitRatio(longPlus, short),
    logitLongMinus: logRatio(longMinus, short),
    logitStep: logRatio(right, wrong),
  };
}

/** log(a / b) of non-negative numbers, not both 0, from an exact difference. */
function logRatio(a: Fraction, b: Fraction): number {
  if (a.compare(b) < 0) return -logRatio(b, a);
  return b.n === 0n ? Number.POSITIVE_INFINITY : Math.log1p(toDouble(a.sub(b).div(b)));
}

/** log(a / b), a >= 0, b > 0: a power of two apart, and the rest from an exact difference, so 0 where a / b is a power of two. */
function splitRatio(a: Fraction, b: Fraction): SplitLog {
  const ratio = a.div(b);
  const twos = bitLength(ratio.n) - bitLength(ratio.d);
  const power = rational(2n ** BigInt(Math.abs(twos)));
  const [top, bottom] = twos >= 0 ? [a, b.mul(power)] : [a.mul(power), b];
  return splitLogPlus({ twos, rest: 0 }, 0, Math.log1p(toDouble(top.sub(bottom).div(bottom))));
}

/**
 * The state (q, rho) of r_cot: a fraction q of valid long chains; among the short answers, all right, chi x_1 = +1 with
 * probability rho.
 *
 * @throws RangeError unless 0 < q < 1 and 0 < rho < 1
 */
export function trainingState(longFraction: number, rho: number): TrainingState {
  for (const [name, value] of [
    ['q', longFraction],
    ['rho', rho],
  ] as const) {
    if (!(value > 0 && value < 1)) throw new RangeError(`${name} is ${value}; it must lie strictly between 0 and 1`);
  }
  const minus = (1 - longFraction) * (1 - rho);
  return {
    // log(m+ / m-) by m+ - m-, which is small where q is and rho is near 1/2.
    logitPlus: Math.log1p((longFraction + (1 - longFraction) * (2 * rho - 1)) / minus),
    longPlus: splitLog(logit(longFraction) - Math.log(rho)),
    logitLongMinus: Number.NEGATIVE_INFINITY,
    logitStep: Number.POSITIVE_INFINITY,
  };
}

/** The probabilities behind a state. */
export interface StateProbabilities {
  /** q, the fraction of long responses. */
  readonly longFraction: number;
  /** P(chi x_1 = +1 | short). */
  readonly rho: number;
  /** P(e_l = +1 | long), l >= 2. */
  readonly alpha: number;
  /** P(e_1 = +1 | long). */
  readonly firstStep: number;
}

export function probabilitiesOf(state: TrainingState): StateProbabilities {
  const { logitPlus, logitLongMinus, logitStep } = state;
  const logitR = logitLongPlus(state);
  return {
    longFraction: sigmoid(logitPlus) * sigmoid(logitR) + sigmoid(-logitPlus) * sigmoid(logitLongMinus),
    // By log-odds, as masses may be too small for a double.
    rho: sigmoid(logitPlus + logSigmoid(-logitR) - logSigmoid(-logitLongMinus)),
    alpha: sigmoid(logitStep),
    firstStep: sigmoid(logitPlus + logSigmoid(logitR) - logSigmoid(logitLongMinus)),
  };
}
