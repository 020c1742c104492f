import { sigmoid } from '../numerics/index.js';
import type { Pacer } from '../progress/index.js';
import type { Reward } from '../task/index.js';
import { allInputs, type ResponseDistribution } from './distribution.js';
import { features as exactFeatures, type FeatureMap, featureShape, linearForm, type Predictor } from './features.js';
import { type LinearChain, weightsOf } from './model.js';

/** The logit of a predictor through a feature map; the exact map takes the path that builds no vector. */
export function contextLogit(
  model: LinearChain,
  predictor: Predictor,
  context: ArrayLike<number>,
  features: FeatureMap,
): number {
  const weights = weightsOf(model, predictor);
  if (features === exactFeatures) return linearForm(weights, context, featureShape(predictor, model.d));
  return features(predictor, context, model.d).reduce((sum, phi, j) => sum + phi * weights[j]!, 0);
}

/** Called with every response to one input; the context is reused between calls. */
export type ResponseVisitor = (context: Int8Array, length: number, probability: number) => void;

/**
 * Walks the tree of all 2 + 2^d responses of the chain to one input.
 *
 * @param x [d]
 * @param features phi; the exact map unless a falsehood is planted
 */
export function forEachResponse(
  model: LinearChain,
  x: ArrayLike<number>,
  visit: ResponseVisitor,
  features: FeatureMap = exactFeatures,
): void {
  const { d } = model;
  const context = Int8Array.from({ length: 2 * d }, (_, i) => x[i] ?? 0);
  const descend = (l: number, probability: number): void => {
    if (l > d) {
      visit(context, d, probability);
      return;
    }
    const logit = contextLogit(model, l, context, features);
    for (const token of [1, -1]) {
      context[d + l - 1] = token;
      const reached = probability * sigmoid(token * logit);
      if (l === 1) stopOrGoOn(reached);
      else descend(l + 1, reached);
    }
  };
  const stopOrGoOn = (probability: number): void => {
    const goOn = contextLogit(model, 'stop', context, features);
    visit(context, 1, probability * sigmoid(-goOn));
    descend(2, probability * sigmoid(goOn));
  };
  descend(1, 1);
}

/** What a model does on uniform x, summed over all inputs and all responses. */
export interface EnumeratedSampling {
  /** P(|y| = d). */
  readonly pLong: number;
  /** P(r_cot = 1), both lengths. */
  readonly accuracyCot: number;
  /** P(r_e2e = 1), both lengths. */
  readonly accuracyE2e: number;
  /** Probability that a response is accepted. */
  readonly accepted: number;
}

/** The rewards that the enumeration measures and accepts by; replaceable to see a check fail. */
export interface Rewards {
  readonly cot: Reward;
  readonly e2e: Reward;
}

/** Sums over every response to every input. */
export async function enumerateSampling(
  model: LinearChain,
  rewards: Rewards,
  accept: Reward,
  features: FeatureMap,
  pacer: Pacer,
): Promise<EnumeratedSampling> {
  const { d } = model;
  let [pLong, accuracyCot, accuracyE2e, accepted] = [0, 0, 0, 0];
  await forEachInput(d, pacer, (x, share) => {
    forEachResponse(
      model,
      x,
      (context, length, conditional) => {
        const probability = conditional * share;
        const tokens = context.subarray(d, d + length);
        if (length === d) pLong += probability;
        if (rewards.cot(x, tokens)) accuracyCot += probability;
        if (rewards.e2e(x, tokens)) accuracyE2e += probability;
        if (accept(x, tokens)) accepted += probability;
      },
      features,
    );
  });
  return { pLong, accuracyCot, accuracyE2e, accepted };
}

/** The accepted responses, normalised: what the next round of STaR trains on. Up to 2^(2d) entries. */
export async function enumerateAccepted(
  model: LinearChain,
  accept: Reward,
  features: FeatureMap,
  pacer: Pacer,
): Promise<ResponseDistribution> {
  const { d } = model;
  const contexts: Int8Array[] = [];
  const probabilities: number[] = [];
  let accepted = 0;
  await forEachInput(d, pacer, (x, share) => {
    forEachResponse(
      model,
      x,
      (context, length, conditional) => {
        if (!accept(x, context.subarray(d, d + length))) return;
        accepted += conditional * share;
        contexts.push(context.slice(0, d + length));
        probabilities.push(conditional * share);
      },
      features,
    );
  });
  return { d, contexts, probabilities: probabilities.map((probability) => probability / accepted) };
}

/** Visits every input with its probability 2^-d, pausing in between. */
async function forEachInput(d: number, pacer: Pacer, visit: (x: Int8Array, share: number) => void): Promise<void> {
  const inputs = allInputs(d);
  for (const [i, x] of inputs.entries()) {
    await pacer.checkpoint(i / inputs.length);
    visit(x, 1 / inputs.length);
  }
}
