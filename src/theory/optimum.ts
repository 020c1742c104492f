import { logSigmoid, logSumExp, sigmoid } from '../numerics/index.js';
import { ridgeLogit } from './ridge-logit.js';
import { decreasingRoot } from './root.js';
import { type SplitLog, splitLog, splitLogPlus } from './split-log.js';
import { logitLongPlus, probabilitiesOf, type TrainingState } from './state.js';

/** The choices of the loss that change the optimum. */
export interface LossOptions {
  /** lambda, in [1e-300, 1e6]. */
  readonly lambda: number;
  /** Leave the constant of the stop predictor unregularised. Default false. */
  readonly freeConstant?: boolean;
  /** One expectation over all sequences, instead of one conditioned on the position being present. Default false. */
  readonly jointLoss?: boolean;
}

/** The optimum of a training distribution on its support. Source: Lemmas 1 and 2. */
export interface Optimum {
  /** Weight of x_1 in predictor 1. */
  readonly c1: number;
  /** s = b + w, the stop predictor's logit where z_1 x_1 = +1. */
  readonly sPlus: number;
  /** s again, with its doublings kept apart: logit r+ plus the pull of the penalty, s - logit r+, without cancellation. */
  readonly sPlusSplit: SplitLog;
  /** t = b - w, the stop predictor's logit where z_1 x_1 = -1. */
  readonly sMinus: number;
  /** b, the weight of the constant in the stop predictor. */
  readonly bias: number;
  /** w, the weight of z_1 x_1 in the stop predictor. */
  readonly weight: number;
  /** Weight of z_{l-1} x_l in predictor l, the same for every l >= 2. */
  readonly c: number;
}

/**
 * The model whose samples at temperature 1 are those of `model` at the given one: every logit divided by it. Greedy decoding
 * is the same.
 */
export function tempered(model: Optimum, temperature: number): Optimum {
  requireTemperature(temperature);
  if (temperature === 1) return model;
  const scaled = (logit: number) => logit / temperature;
  return {
    c1: scaled(model.c1),
    sPlus: scaled(model.sPlus),
    sPlusSplit: splitLog(scaled(model.sPlus)),
    sMinus: scaled(model.sMinus),
    bias: scaled(model.bias),
    weight: scaled(model.weight),
    c: scaled(model.c),
  };
}

/** @throws RangeError unless the temperature is a positive number */
export function requireTemperature(temperature: number): void {
  if (temperature > 0 && temperature < Number.POSITIVE_INFINITY) return;
  throw new RangeError(`temperature is ${temperature}; it must be a positive number`);
}

export const LAMBDA_MIN = 1e-300;
export const LAMBDA_MAX = 1e6;

/**
 * The regularised optimum of the chain for a training distribution, d >= 3. Source: Lemma 2.
 *
 * @throws RangeError if lambda is outside [1e-300, 1e6]
 */
export function optimum(state: TrainingState, loss: LossOptions): Optimum {
  const { lambda, freeConstant = false, jointLoss = false } = loss;
  requireLambda(lambda);
  const stepPenalty = jointLoss ? lambda / probabilitiesOf(state).longFraction : lambda;
  const { sPlus, sMinus, weight, pull } = freeConstant ? freeStopLogits(state, lambda) : stopLogits(state, lambda);
  const noneLong = state.longPlus.rest === Number.NEGATIVE_INFINITY;
  return {
    c1: ridgeLogit(state.logitPlus, lambda),
    sPlus,
    sPlusSplit: noneLong ? splitLog(sPlus) : splitLogPlus(state.longPlus, 0, pull),
    sMinus,
    bias: (sPlus + sMinus) / 2,
    weight,
    c: ridgeLogit(state.logitStep, stepPenalty),
  };
}

/** @throws RangeError unless lambda lies in [1e-300, 1e6] */
export function requireLambda(lambda: number): void {
  if (lambda >= LAMBDA_MIN && lambda <= LAMBDA_MAX) return;
  throw new RangeError(`lambda is ${lambda}; it must lie in [${LAMBDA_MIN}, ${LAMBDA_MAX}]`);
}

interface StopLogits {
  readonly sPlus: number;
  readonly sMinus: number;
  /** w = (s - t) / 2. */
  readonly weight: number;
  /** s - logit r+. */
  readonly pull: number;
}

/** 2 m+ (sigma(s) - r+) + lambda s = 0 and 2 m- (sigma(t) - r-) + lambda t = 0: they decouple. */
function stopLogits(state: TrainingState, lambda: number): StopLogits {
  const logitR = logitLongPlus(state);
  const kappa = lambda / (2 * sigmoid(state.logitPlus));
  const sPlus = ridgeLogit(logitR, kappa);
  const sMinus = ridgeLogit(state.logitLongMinus, lambda / (2 * sigmoid(-state.logitPlus)));
  // sigma(logit r) - sigma(s) = kappa s, solved for the difference of the logits.
  const pull = difference(
    sPlus,
    logitR,
    () => -2 * Math.asinh(2 * kappa * sPlus * Math.cosh(logitR / 2) * Math.cosh(sPlus / 2)),
  );
  return { sPlus, sMinus, weight: stopWeight(state, lambda, sPlus, sMinus), pull };
}

/**
 * (s - t) / 2. Where s and t nearly agree, from the difference of their equations, lambda (s - t) =
 * 2 (L+ - L-) - 2 m+ (sigma(s) - sigma(t)) - 2 (m+ - m-) sigma(t), in which nothing large is left to cancel.
 */
function stopWeight(state: TrainingState, lambda: number, s: number, t: number): number {
  const gap = s - t;
  if (Math.abs(gap) > 0.01 * Math.max(Math.abs(s), Math.abs(t))) return gap / 2;
  const plus = sigmoid(state.logitPlus);
  const longPlus = plus * sigmoid(logitLongPlus(state));
  const longMinus = sigmoid(-state.logitPlus) * sigmoid(state.logitLongMinus);
  // (sigma(s) - sigma(t)) / (s - t), which hardly depends on the gap.
  const sinhRatio = gap === 0 ? 0.5 : Math.sinh(gap / 2) / gap;
  const slope = sinhRatio / (2 * Math.cosh(s / 2) * Math.cosh(t / 2));
  const right = longPlus - longMinus - Math.tanh(state.logitPlus / 2) * sigmoid(t);
  return right / (lambda + 2 * plus * slope);
}

/**
 * Free constant: 2 m+ (sigma(s) - r+) + lambda w = 0 and 2 m- (sigma(t) - r-) - lambda w = 0 with w = (s - t) / 2. Given
 * w each equation gives a logit, and s(w) - t(w) - 2w decreases in w.
 */
function freeStopLogits(state: TrainingState, lambda: number): StopLogits {
  const logitR = logitLongPlus(state);
  if (state.logitLongMinus > logitR) {
    // The same problem with the signs of z_1 x_1 exchanged, where s > t.
    const { sPlus, sMinus, weight } = freeStopLogits(mirrored(state), lambda);
    return { sPlus: sMinus, sMinus: sPlus, weight: -weight, pull: sMinus - logitR };
  }
  const plus = 2 * sigmoid(state.logitPlus);
  const minus = 2 * sigmoid(-state.logitPlus);
  const s = (w: number) => shiftedLogit(logitR, (-lambda * w) / plus);
  const t = (w: number) => shiftedLogit(state.logitLongMinus, (lambda * w) / minus);
  // w is feasible while both probabilities stay in [0, 1]; s - t >= 0 at w = 0 and falls to -Infinity where the first of them ends.
  const high = Math.min(
    (sigmoid(logitR) * plus) / lambda,
    (sigmoid(-state.logitLongMinus) * minus) / lambda,
    Number.MAX_VALUE,
  );
  if (lambda * high < NEGLIGIBLE && high < SMALL) return vanishing(state, lambda);
  const excess = (w: number) => s(w) - t(w) - 2 * w;
  // Rounding may end it a last bit too late.
  const root = excess(high) > 0 ? high : decreasingRoot(excess, 0, high).root;
  // Of s and t = s - 2w one may come out of a probability that has lost its digits; the other then leads to it.
  const isSpent = (probability: number) => lambda * root > probability / 2;
  const sPlus = isSpent(plus * sigmoid(logitR)) ? t(root) + 2 * root : s(root);
  const sMinus = isSpent(minus * sigmoid(-state.logitLongMinus)) ? s(root) - 2 * root : t(root);
  const pull = difference(sPlus, logitR, () => logitShift(logitR, (-lambda * root) / plus));
  return { sPlus, sMinus, weight: root, pull };
}

function mirrored(state: TrainingState): TrainingState {
  return {
    ...state,
    logitPlus: -state.logitPlus,
    longPlus: splitLog(state.logitLongMinus),
    logitLongMinus: logitLongPlus(state),
  };
}

/** A mass this small changes no digit of a logit. */
const NEGLIGIBLE = 1e-290;

/** Where a mass lambda * high has hardly a digit left to solve for w, which is then right to about w, relatively. */
const SMALL = 1e-10;

/** The limit of a vanishing mass: s and t become the log-odds of q, and w = 2 m+ m- (r+ - r-) / lambda parts them. */
function vanishing(state: TrainingState, lambda: number): StopLogits {
  const { logitPlus, logitLongMinus } = state;
  const logitR = logitLongPlus(state);
  const [plus, minus] = [logSigmoid(logitPlus), logSigmoid(-logitPlus)];
  const longFall = logSigmoid(logitLongMinus) - logSigmoid(logitR);
  const shortRise = logSigmoid(-logitLongMinus) - logSigmoid(-logitR);
  // log(q / r+) - log((1 - q) / (1 - r+)).
  const shift = logSumExp(plus, minus + longFall) - logSumExp(plus, minus + shortRise);
  // r+ - r- by the rarer of long and short.
  const [rare, fall] = logitR < 0 ? [logSigmoid(logitR), longFall] : [logSigmoid(-logitLongMinus), -shortRise];
  const weight = Math.exp(Math.LN2 + plus + minus + rare - Math.log(lambda)) * -Math.expm1(fall);
  const pull = shift + 2 * sigmoid(-logitPlus) * weight;
  return { sPlus: logitR + pull, sMinus: logitR + shift - 2 * sigmoid(logitPlus) * weight, weight, pull };
}

/** Below this log-odds sigma(mu) loses digits to underflow. */
const UNDERFLOW = -700;

/** logit(sigma(mu) + shift) in [-Infinity, Infinity], the sum clipped to [0, 1], without cancellation for small shifts. */
function shiftedLogit(mu: number, shift: number): number {
  if (mu > 0) return -shiftedLogit(-mu, -shift);
  if (mu >= UNDERFLOW) return mu + logitShift(mu, shift);
  // log(e^mu + shift) - log(1 - shift), e^mu itself being out of range.
  if (shift < 0) return mu + Math.log1p(-Math.min(1, Math.exp(Math.log(-shift) - mu)));
  return logSumExp(mu, Math.log(Math.min(shift, 1))) - Math.log1p(-Math.min(shift, 1));
}

/** logit(sigma(mu) + shift) - mu for moderate mu, to the last digits of the difference. */
function logitShift(mu: number, shift: number): number {
  return Math.log1p(Math.max(shift / sigmoid(mu), -1)) - Math.log1p(Math.max(-shift / sigmoid(-mu), -1));
}

/**
 * after - before for two logits of which `before` is the larger in size. The plain difference loses digits where it is
 * small; `small` then computes it.
 */
function difference(after: number, before: number, small: () => number): number {
  const plain = after - before;
  return Math.abs(plain) > 1 ? plain : small();
}
