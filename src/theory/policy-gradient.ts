import { sigmoid } from '../numerics/index.js';
import type { RewardName } from '../task/index.js';
import { acceptance, validMargins } from './acceptance.js';
import { type Behaviour, type GreedyBehaviour, greedyDecisions } from './behaviour.js';
import { requireTemperature } from './optimum.js';
import type { PolicyObjective } from './policy-objective.js';
import { AT, type PolicyWeights } from './policy-weights.js';

/** How samples are drawn and rewarded. */
export interface PolicySampling {
  readonly reward: RewardName;
  /** Divides every logit, the stop logit too. Default 1. */
  readonly temperature?: number;
}

/** An objective and the flow that climbs it, exact expectations over x and samples. */
export interface ExpectedGradient {
  readonly objective: number;
  /** [d + 6] how fast each entry of {@link PolicyWeights} moves; the gradient by every other weight of the chain is 0. */
  readonly flow: Float64Array;
}

/** The expected gradient of REINFORCE or GRPO, d >= 3, and the flow of the weights along it. Source: Lemma 7. */
export function policyGradient(
  weights: PolicyWeights,
  objective: PolicyObjective,
  { reward, temperature = 1 }: PolicySampling,
): ExpectedGradient {
  requireTemperature(temperature);
  const sampler = weights.map((w) => w / temperature);
  const flow = new Float64Array(weights.length);
  let value = 0;
  // eps = chi x_1 is a fair sign.
  for (const eps of [1, -1]) {
    const { accepted, rejected, acceptedGradient } = acceptance(sampler, reward, eps);
    value += objective.value(accepted, rejected) / 2;
    const slope = objective.slope(accepted, rejected) / 2 / temperature;
    for (const [j, derivative] of acceptedGradient.entries()) flow[j]! += slope * derivative;
  }
  // b + w and b - w move by the gradients of both.
  flow[AT.s]! *= 2;
  flow[AT.t]! *= 2;
  return { objective: value, flow };
}

/** What a chain with these weights does on uniform x, sampled at the temperature, or greedily. */
export function policyBehaviour(weights: PolicyWeights, temperature = 1): Behaviour {
  requireTemperature(temperature);
  const sampler = weights.map((w) => w / temperature);
  const accuracy = (reward: RewardName) =>
    (acceptance(sampler, reward, 1).accepted + acceptance(sampler, reward, -1).accepted) / 2;
  const c1 = sampler[AT.c1]!;
  return {
    pLong: sigmoid(c1) * sigmoid(sampler[AT.s]!) + sigmoid(-c1) * sigmoid(sampler[AT.t]!),
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
  const first = { c1: weights[AT.c1]!, sPlus: weights[AT.s]!, sMinus: weights[AT.t]! };
  return greedyDecisions(first, (right[0]! + right[1]!) / 2, tied);
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
    const { objective, flow } = policyGradient(weights, options.objective, options);
    yield { step, weights, objective, behaviour: policyBehaviour(weights, options.temperature) };
    weights = weights.map((w, j) => w + learningRate * flow[j]!);
  }
}
