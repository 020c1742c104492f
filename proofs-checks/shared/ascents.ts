import fc from 'fast-check';
import { arbitraryReal } from '../../src/arbitraries/index.js';
import {
  AT,
  type Comparison,
  close,
  combineWeights,
  demonstrationState,
  type EnumeratedAscentPoint,
  type LinearChain,
  type PolicyAlgorithm,
  type PolicyWeights,
  policyBehaviour,
  policyWeights,
  productIndex,
  type RewardName,
  supportWeights,
  type World,
  weightsOf,
  zeroChain,
} from '../../src/index.js';
import type { Setting } from './states.js';

/** What is climbed, and how. */
export type Ascent = {
  readonly algorithm: PolicyAlgorithm;
  readonly reward: RewardName;
  readonly learningRate: number;
  readonly temperature?: number;
};

/** A point of the ascent by the closed forms of a world. */
export interface ClosedPoint {
  readonly weights: PolicyWeights;
  readonly objective: number;
}

/** The objective of an algorithm with infinitely many samples, in a world. */
export function objectiveIn({ theory }: World, algorithm: PolicyAlgorithm) {
  return algorithm === 'grpo' ? theory.groupObjective : theory.rewardObjective;
}

/** The optimum of D(p) in a world, as the start of policy gradient; read at d = 3 where the hypothesis d >= 3 is dropped. */
export function startIn({ theory, choices }: World, { d, pCot, lambda }: Setting): PolicyWeights {
  return policyWeights(theory.optimum(demonstrationState(pCot), { ...choices, lambda }), Math.max(3, d));
}

/** Steps 0, 1, 2, ... of gradient ascent by the closed forms of a world, without end. */
export function* ascentIn(world: World, start: PolicyWeights, ascent: Ascent): Generator<ClosedPoint, never> {
  let weights = start;
  while (true) {
    const { objective, flow } = world.theory.policyGradient(weights, objectiveIn(world, ascent.algorithm), ascent);
    yield { weights, objective };
    weights = weights.map((w, j) => w + ascent.learningRate * flow[j]!);
  }
}

/** Steps 0..steps. */
export function closedAscent(world: World, start: PolicyWeights, ascent: Ascent & { steps: number }): ClosedPoint[] {
  const points: ClosedPoint[] = [];
  for (const point of ascentIn(world, start, ascent)) {
    points.push(point);
    if (points.length > ascent.steps) break;
  }
  return points;
}

/** The first step at which greedy decoding is long, or null if none of steps 0..limit is. */
export function stepsToLong(world: World, start: PolicyWeights, ascent: Ascent, limit: number): number | null {
  let step = 0;
  for (const { weights } of ascentIn(world, start, ascent)) {
    if (policyBehaviour(weights).greedy.longFraction === 1) return step;
    if (step++ >= limit) return null;
  }
  return null;
}

/** The entries of {@link PolicyWeights} of a chain. */
export function entriesOf(model: LinearChain): PolicyWeights {
  const { d } = model;
  const { c1, bias, weight, c } = supportWeights(model);
  const last = weightsOf(model, d);
  const three = d === 3;
  const z1x3 = three ? weightsOf(model, 2)[productIndex(2, 3, d)]! : 0;
  const z2x2 = three ? weightsOf(model, 3)[productIndex(3, 2, d)]! : 0;
  return Float64Array.from([c1, bias + weight, bias - weight, last[0]!, last[d]!, z1x3, z2x2, ...c]);
}

/** The chain with these weights. */
export function chainOf(weights: PolicyWeights): LinearChain {
  const d = weights.length - AT.c + 1;
  const model = zeroChain(d);
  const [s, t] = [weights[AT.s]!, weights[AT.t]!];
  model.first[0] = weights[AT.c1]!;
  model.stop[productIndex('stop', d + 1, d)] = (s + t) / 2;
  model.stop[productIndex('stop', 1, d)] = (s - t) / 2;
  for (let l = 2; l <= d; l++) weightsOf(model, l)[productIndex(l, l, d)] = weights[AT.c + l - 2]!;
  const last = weightsOf(model, d);
  last[0]! += weights[AT.x1]!;
  last[d]! += weights[AT.z1]!;
  if (d === 3) {
    weightsOf(model, 2)[productIndex(2, 3, d)] = weights[AT.z1x3]!;
    weightsOf(model, 3)[productIndex(3, 2, d)] = weights[AT.z2x2]!;
  }
  return model;
}

/** The largest weight of a chain that {@link PolicyWeights} has no entry for. */
export function largestElsewhere(model: LinearChain): number {
  const named = chainOf(entriesOf(model));
  const predictors = [1, 'stop' as const, ...Array.from({ length: model.d - 1 }, (_, i) => i + 2)];
  let largest = 0;
  for (const predictor of predictors) {
    const weights = weightsOf(model, predictor);
    for (const [j, w] of weightsOf(named, predictor).entries()) {
      if (w === 0) largest = Math.max(largest, Math.abs(weights[j]!));
    }
  }
  return largest;
}

/** Weights, objective and sampled behaviour of an enumerated point against a closed one. */
export function comparePoints(
  point: EnumeratedAscentPoint,
  closed: ClosedPoint,
  tolerance: number,
  temperature = 1,
): Comparison[] {
  const at = (what: string) => `${what} after step ${point.step}`;
  const found = entriesOf(point.model);
  const farthest = found.reduce(
    (worst, w, j) => (off(w, closed, j) > off(found[worst]!, closed, worst) ? j : worst),
    0,
  );
  const does = policyBehaviour(closed.weights, temperature);
  return [
    close(at(`weight ${farthest}`), found[farthest]!, closed.weights[farthest]!, tolerance),
    close(at('objective'), point.objective, closed.objective, tolerance),
    close(at('P(long)'), point.sampling.pLong, does.pLong, tolerance),
    close(at('r_cot'), point.sampling.accuracyCot, does.accuracyCot, tolerance),
    close(at('r_e2e'), point.sampling.accuracyE2e, does.accuracyE2e, tolerance),
    close(at('greedy long'), point.greedy.longFraction, does.greedy.longFraction, 0),
    close(at('greedy right'), point.greedy.correctFraction, does.greedy.correctFraction, 0),
  ];
}

function off(w: number, { weights }: ClosedPoint, j: number): number {
  return Math.abs(w - weights[j]!);
}

/** Random weights on the sparse support, those of the steps all different. */
export function arbitrarySparseWeights(d: fc.Arbitrary<number>): fc.Arbitrary<number[]> {
  const weight = arbitraryReal(-2.5, 2.5);
  return d.chain((bits) =>
    fc
      .tuple(weight, weight, weight, fc.array(weight, { minLength: bits - 1, maxLength: bits - 1 }))
      .map(([c1, s, t, c]) => [c1, s, t, 0, 0, 0, 0, ...c]),
  );
}

/** Random weights everywhere. */
export function denseChain(d: number, uniform: () => number): LinearChain {
  const model = zeroChain(d);
  for (const weights of [model.first, model.stop, ...model.next]) {
    for (let j = 0; j < weights.length; j++) weights[j] = 2 * uniform() - 1;
  }
  return model;
}

/** The largest difference between weights of two chains. */
export function largestDifference(a: LinearChain, b: LinearChain): number {
  const { first, stop, next } = combineWeights(a, b, (v, w) => Math.abs(v - w));
  return Math.max(...[first, stop, ...next].flatMap((weights) => [...weights]));
}

/** The inner product of two chains as vectors of all weights. */
export function innerProduct(a: LinearChain, b: LinearChain): number {
  const { first, stop, next } = combineWeights(a, b, (v, w) => v * w);
  return [first, stop, ...next].reduce((sum, weights) => weights.reduce((total, w) => total + w, sum), 0);
}
