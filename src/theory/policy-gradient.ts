import { sigmoid } from '../numerics/index.js';
import type { RewardName } from '../task/index.js';
import { acceptance, validMargins } from './acceptance.js';
import { type Behaviour, type GreedyBehaviour, greedyDecisions } from './behaviour.js';
import { requireTemperature } from './optimum.js';
import type { PolicyObjective } from './policy-objective.js';
import { AT, type PolicyWeights, stopLogit } from './policy-weights.js';

/** How samples are drawn and rewarded. */
export interface PolicySampling {
  readonly reward: RewardName;
  /** Divides every logit, the stop logit too. Default 1. */
  readonly temperature?: number;
}

/** An objective and its gradient, exact expectations over x and samples. */
export interface PolicyGradient {
  readonly objective: number;
  /** [d + 6] as {@link PolicyWeights}; the gradient by every other weight of the chain is 0. */
  readonly gradient: Float64Array;
}

/** The expected gradient of REINFORCE or GRPO, d >= 3. Source: Lemma 7. */
export function policyGradient(
  weights: PolicyWeights,
  objective: PolicyObjective,
  { reward, temperature = 1 }: PolicySampling,
): PolicyGradient {
  requireTemperature(temperature);
  const sampler = weights.map((w) => w / temperature);
  const gradient = new Float64Array(weights.length);
  let value = 0;
  // eps = chi x_1 is a fair sign.
  for (const eps of [1, -1]) {
    const { accepted, rejected, gradient: ofMu } = acceptance(sampler, reward, eps);
    value += objective.value(accepted, rejected) / 2;
    const slope = objective.slope(accepted, rejected) / 2 / temperature;
    for (const [j, derivative] of ofMu.entries()) gradient[j]! += slope * derivative;
  }
  return { objective: value, gradient };
}

/** What a chain with these weights does on uniform x, sampled at the temperature, or greedily. */
export function policyBehaviour(weights: PolicyWeights, temperature = 1): Behaviour {
  requireTemperature(temperature);
  const sampler = weights.map((w) => w / temperature);
  const accuracy = (reward: RewardName) =>
    (acceptance(sampler, reward, 1).accepted + acceptance(sampler, reward, -1).accepted) / 2;
  const c1 = sampler[AT.c1]!;
  return {
    pLong: sigmoid(c1) * sigmoid(stopLogit(sampler, 1)) + sigmoid(-c1) * sigmoid(stopLogit(sampler, -1)),
    accuracyCot: accuracy('cot'),
    accuracyE2e: accuracy('e2e'),
    greedy: policyGreedy(weights),
  };
}

function policyGreedy(weights: PolicyWeights): GreedyBehaviour {
  const branches = [1, -1].map((eps) => validMargins(weights, eps));
  // A tied token is +1, which is right on half of the inputs.
  const right = branches.map((margins) => margins.reduce((share, m) => share * (m > 0 ? 1 : m < 0 ? 0 : 0.5), 1));
  const tied = branches.some((margins) => margins.includes(0));
  const [c1, sPlus, sMinus] = [weights[AT.c1]!, stopLogit(weights, 1), stopLogit(weights, -1)];
  return greedyDecisions({ c1, sPlus, sMinus }, (right[0]! + right[1]!) / 2, tied);
}

/** A point of the ascent. */
export interface AscentPoint {
  readonly step: number;
  readonly weights: PolicyWeights;
  readonly objective: number;
  readonly behaviour: Behaviour;
}

/** Plain gradient ascent, without decay. */
export interface AscentOptions extends PolicySampling {
  readonly objective: PolicyObjective;
  /** > 0. */
  readonly learningRate: number;
}

/** Steps 0, 1, 2, ... of gradient ascent on the objective, without end; step 0 is the start. Source: Lemma 7. */
export function* policyAscent(start: PolicyWeights, options: AscentOptions): Generator<AscentPoint, never> {
  const { learningRate } = options;
  if (!(learningRate > 0 && learningRate < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`learningRate is ${learningRate}; it must be a positive number`);
  }
  let weights = start;
  for (let step = 0; ; step++) {
    const { objective, gradient } = policyGradient(weights, options.objective, options);
    yield { step, weights, objective, behaviour: policyBehaviour(weights, options.temperature) };
    weights = weights.map((w, j) => w + learningRate * gradient[j]!);
  }
}
