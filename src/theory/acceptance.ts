import { sigmoid } from '../numerics/index.js';
import type { RewardName } from '../task/index.js';
import { AT, bitsOf, type PolicyWeights } from './policy-weights.js';

/** What a response of each length counts for. */
export interface LengthWeights {
  readonly long: number;
  readonly short: number;
}

/** E[w r | x] and E[w (1 - r) | x] for samples at temperature 1, w the weight of their length, and the derivatives of both. */
export interface Acceptance {
  /** mu = P(r = 1 | x) where all weights are 1. */
  readonly accepted: number;
  /** 1 - mu where all weights are 1, without cancellation. */
  readonly rejected: number;
  /** [d + 6] derivative of `accepted` by each entry of the weights. */
  readonly acceptedGradient: Float64Array;
  /** [d + 6] derivative of `rejected` by each entry of the weights. */
  readonly rejectedGradient: Float64Array;
}

/** P(r = 1) of a long response, given its first token. */
interface LongAcceptance {
  readonly right: number;
  readonly wrong: number;
  /** [d + 6] derivative of `right` by each entry of the weights; 0 for c1, s and t. */
  readonly gradient: Float64Array;
}

/**
 * Expectations given x, which depend on x through eps = chi x_1 = +-1 alone. Source: Lemma 7, d >= 3.
 *
 * @param count what a response of each length counts for
 */
export function acceptance(
  weights: PolicyWeights,
  reward: RewardName,
  eps: number,
  count: LengthWeights = { long: 1, short: 1 },
): Acceptance {
  const acceptedGradient = new Float64Array(weights.length);
  const rejectedGradient = new Float64Array(weights.length);
  let [accepted, rejected] = [0, 0];
  for (const sign of [1, -1]) {
    // z_1 = sign x_1, and a short answer is right iff z_1 = chi = eps x_1.
    const first = sign * weights[AT.c1]!;
    const stopAt = sign > 0 ? AT.s : AT.t;
    const stop = weights[stopAt]!;
    const reached = sigmoid(first);
    const [long, short] = [sigmoid(stop) * count.long, sigmoid(-stop) * count.short];
    const shortRight = sign === eps ? 1 : 0;
    const steps = reward === 'cot' ? wholeChain(weights, eps, sign) : rightAnswer(weights, eps, sign);
    const right = long * steps.right + short * shortRight;
    const wrong = long * steps.wrong + short * (1 - shortRight);
    accepted += reached * right;
    rejected += reached * wrong;
    acceptedGradient[AT.c1]! += sign * reached * sigmoid(-first) * right;
    rejectedGradient[AT.c1]! += sign * reached * sigmoid(-first) * wrong;
    const slope = reached * sigmoid(stop) * sigmoid(-stop);
    acceptedGradient[stopAt] = slope * (count.long * steps.right - count.short * shortRight);
    rejectedGradient[stopAt] = slope * (count.long * steps.wrong - count.short * (1 - shortRight));
    for (let j = AT.x1; j < weights.length; j++) {
      const bySteps = reached * long * steps.gradient[j]!;
      acceptedGradient[j]! += bySteps;
      rejectedGradient[j]! -= bySteps;
    }
  }
  return { accepted, rejected, acceptedGradient, rejectedGradient };
}

/**
 * Margins of steps 2..d in a valid chain, [d - 1]: step l is right with probability sigma(margins[l - 2]). All the weights
 * that GRPO adds read features that equal eps there, after the product with the right token.
 */
export function validMargins(weights: PolicyWeights, eps: number): Float64Array {
  const margins = weights.slice(AT.c);
  margins[0]! += eps * weights[AT.z1x3]!;
  margins[margins.length - 1]! += eps * (weights[AT.x1]! + weights[AT.z1]! + weights[AT.z2x2]!);
  return margins;
}

/** r_cot: every step is right. */
function wholeChain(weights: PolicyWeights, eps: number, sign: number): LongAcceptance {
  const gradient = new Float64Array(weights.length);
  if (sign < 0) return { right: 0, wrong: 1, gradient };
  const margins = validMargins(weights, eps);
  const logK = -margins.reduce((sum, margin) => sum + Math.log1p(Math.exp(-margin)), 0);
  const K = Math.exp(logK);
  for (const [i, margin] of margins.entries()) gradient[AT.c + i] = K * sigmoid(-margin);
  const last = gradient.at(-1)!;
  gradient[AT.x1] = eps * last;
  gradient[AT.z1] = eps * last;
  setForThreeBits(gradient, eps * gradient[AT.c]!, eps * last);
  return { right: K, wrong: -Math.expm1(logK), gradient };
}

/**
 * r_e2e: the last token is chi. With pi = e_1 ... e_{d-1}, whose part e_2 ... e_{d-1} has mean `correlation`, that happens with
 * probability sigma(pi (c_d + eps z2x2) + eps (x1 + e_1 z1)).
 */
function rightAnswer(weights: PolicyWeights, eps: number, sign: number): LongAcceptance {
  const gradient = new Float64Array(weights.length);
  const steps = weights.slice(AT.c, -1);
  steps[0]! += eps * weights[AT.z1x3]!;
  const { correlation, byMargin } = correlationOf(steps);
  const own = weights.at(-1)! + eps * weights[AT.z2x2]!;
  const added = eps * (weights[AT.x1]! + sign * weights[AT.z1]!);
  let [right, wrong, byCorrelation, byOwn, byAdded] = [0, 0, 0, 0, 0];
  for (const pi of [1, -1]) {
    const margin = pi * own + added;
    const probability = (1 + sign * pi * correlation) / 2;
    const slope = probability * sigmoid(margin) * sigmoid(-margin);
    right += probability * sigmoid(margin);
    wrong += probability * sigmoid(-margin);
    byCorrelation += ((sign * pi) / 2) * sigmoid(margin);
    byOwn += pi * slope;
    byAdded += slope;
  }
  for (const [i, derivative] of byMargin.entries()) gradient[AT.c + i] = byCorrelation * derivative;
  gradient[gradient.length - 1] = byOwn;
  gradient[AT.x1] = eps * byAdded;
  gradient[AT.z1] = eps * sign * byAdded;
  setForThreeBits(gradient, eps * gradient[AT.c]!, eps * byOwn);
  return { right, wrong, gradient };
}

/** Predictors 2 and 3 read z_1 x_3 and z_2 x_2 with a gradient only where those complete eps: for d = 3. */
function setForThreeBits(gradient: Float64Array, z1x3: number, z2x2: number): void {
  if (bitsOf(gradient) !== 3) return;
  gradient[AT.z1x3] = z1x3;
  gradient[AT.z2x2] = z2x2;
}

/** The mean of a product of independent signs, each +1 with probability sigma(margin), and its derivative by each margin. */
function correlationOf(margins: Float64Array): { correlation: number; byMargin: Float64Array } {
  const g = margins.map((margin) => Math.tanh(margin / 2));
  // The product of those before each, times that of those after it: g may be 0.
  const byMargin = new Float64Array(g.length);
  let before = 1;
  for (const [i, value] of g.entries()) {
    byMargin[i] = before;
    before *= value;
  }
  let after = 1;
  for (let i = g.length - 1; i >= 0; i--) {
    byMargin[i]! *= after * 2 * sigmoid(margins[i]!) * sigmoid(-margins[i]!);
    after *= g[i]!;
  }
  return { correlation: before, byMargin };
}
