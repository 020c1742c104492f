import fc from 'fast-check';
import { arbitraryReal } from '../src/arbitraries/index.js';
import {
  AT,
  type Claim,
  type Comparison,
  caseEvidence,
  close,
  enumerateAscentIn,
  enumeratePolicyGradient,
  largestOffSupport,
  Pacer,
  propertyEvidence,
  sigmoid,
  type World,
} from '../src/index.js';
import {
  arbitrarySparseWeights,
  chainOf,
  closedAscent,
  comparePoints,
  entriesOf,
  objectiveIn,
  startIn,
} from './shared/ascents.js';
import {
  acceptEverything,
  denseWeights,
  dTwo,
  rewardPrefersSecondBit,
  stopMovesOnce,
} from './shared/falsifiers/index.js';
import { bits, grid } from './shared/states.js';
import { realUpdateEvidence } from './shared/updates.js';

/**
 * Newton leaves up to 1e-16 / lambda = 1e-13 in a weight, which fifty steps of length 1 carry on. A bound on their growth would
 * be far too large; measured, the routes differ by at most 2e-14. The tolerance leaves three digits more.
 */
const CARRIED = 1e-10;

/** Sums of at most 2^5 (2 + 2^5) terms, rounded. */
const SUMMATION = 1e-13;

type Weights = { readonly weights: readonly number[]; readonly reward: 'cot' | 'e2e'; readonly stray: number };

const arbitraryPoint = (d: fc.Arbitrary<number>): fc.Arbitrary<Weights> =>
  fc.record({
    weights: arbitrarySparseWeights(d),
    reward: fc.constantFrom('cot' as const, 'e2e' as const),
    stray: arbitraryReal(0.5, 2),
  });

/** The formulas of Lemma 7, each as it is printed. */
function formulas(weights: Float64Array, reward: 'cot' | 'e2e'): number[] {
  const [c1, s, t] = [weights[AT.c1]!, weights[AT.s]!, weights[AT.t]!];
  const c = [...weights.subarray(AT.c)];
  const product = (factors: number[]) => factors.reduce((all, factor) => all * factor, 1);
  const [first, notFirst] = [sigmoid(c1), sigmoid(-c1)];
  if (reward === 'cot') {
    const K = product(c.map(sigmoid));
    return [
      first * notFirst * (sigmoid(s) * K + sigmoid(-s) / 2 - sigmoid(-t) / 2),
      first * sigmoid(s) * sigmoid(-s) * (2 * K - 1),
      -notFirst * sigmoid(t) * sigmoid(-t),
      ...c.map((weight) => first * sigmoid(s) * K * sigmoid(-weight)),
    ];
  }
  const g = c.map((weight) => 2 * sigmoid(weight) - 1);
  const G = product(g);
  const difference = first * sigmoid(s) - notFirst * sigmoid(t);
  return [
    first * notFirst * ((sigmoid(s) * (1 + G)) / 2 + sigmoid(-s) / 2 - (sigmoid(t) * (1 - G)) / 2 - sigmoid(-t) / 2),
    first * sigmoid(s) * sigmoid(-s) * G,
    -notFirst * sigmoid(t) * sigmoid(-t) * G,
    ...c.map((weight, l) => difference * product(g.filter((_, j) => j !== l)) * sigmoid(weight) * sigmoid(-weight)),
  ];
}

/** The flow of REINFORCE by the closed forms of a world. */
function flowIn(world: World, weights: Float64Array, reward: 'cot' | 'e2e'): Float64Array {
  return world.theory.policyGradient(weights, objectiveIn(world, 'reinforce'), { reward }).flow;
}

export const reinforceInvariance: Claim = {
  id: 'lemma.reinforce-invariance',
  title: "REINFORCE's expected gradient keeps the sparse support, and its flow there",
  source: 'Lemma 7 (REINFORCE)',
  statement: String.raw`\nabla \mathbb E[r] = 0 \text{ off the support of Lemma 1}, \quad \dot s = \sigma(c_1)\sigma(s)\sigma(-s)(2K-1) \ (r_{cot}), \ \ldots`,
  assumptions: [
    'd >= 3, uniform x, r_cot or r_e2e, any weights on the sparse support, any temperature (here 1)',
    'flow in weight space, no decay; K = prod_l sigma(c_l), G = prod_l (2 sigma(c_l) - 1), s = b + w, t = b - w',
  ],
  evidence: [
    caseEvidence('exact', {
      id: 'fifty-steps',
      description:
        'Fifty steps of length 1 from the optimum of D(p) on all weights, by enumeration, against the reduced flow; every weight off the support stays below 1e-12. d = 3..5. Tolerance 1e-10: Newton errors of 1e-13, carried along.',
      falsifiers: [stopMovesOnce, rewardPrefersSecondBit, acceptEverything, dTwo],
      cases: (effort, world) =>
        grid(effort === 'quick' ? bits(world, 3) : bits(world, 5), [0.05, 0.3, 0.6], [0.1, 1e-3]).flatMap((setting) =>
          (['cot', 'e2e'] as const).map((reward) => ({ ...setting, reward })),
        ),
      check: async (setting, world, { signal }) => {
        const ascent = { algorithm: 'reinforce', reward: setting.reward, steps: 50, learningRate: 1 } as const;
        const points = await enumerateAscentIn(world, { ...setting, ...ascent, baseline: 'none', signal });
        const elsewhere = Math.max(...points.map(({ model }) => largestOffSupport(model)));
        const off = close('largest weight off the support', elsewhere, 0, 1e-12);
        if (setting.d < 3) return [off];
        const closed = closedAscent(world, startIn(world, setting), ascent);
        return [off, ...points.flatMap((point) => comparePoints(point, closed[point.step]!, CARRIED))];
      },
    }),
    propertyEvidence({
      id: 'any-weights',
      description:
        'The gradient on all weights by enumeration at random weights on the support, all c_l different, d = 3 and 4, against the flow. Tolerance 1e-13: rounding of sums of at most 288 terms.',
      falsifiers: [stopMovesOnce, rewardPrefersSecondBit, denseWeights],
      runs: { quick: 100, standard: 1000, thorough: 5000 },
      arbitrary: () => arbitraryPoint(fc.integer({ min: 3, max: 4 })),
      check: async ({ weights, reward, stray }, world, { signal }) => {
        const point = Float64Array.from(weights);
        const model = chainOf(point);
        if (!world.hypotheses.sparseWeights) model.first[1] = stray;
        const options = { algorithm: 'reinforce', baseline: 'none', reward: world.rewards[reward] } as const;
        const { features } = world;
        const { gradient } = await enumeratePolicyGradient(model, { ...options, features }, new Pacer({ signal }));
        const flow = flowIn(world, point, reward);
        return [
          close('gradient off the support', largestOffSupport(gradient), 0, SUMMATION),
          ...[...entriesOf(gradient)].map((entry, j) =>
            // s and t move by the sum and the difference of two gradients.
            close(`flow of entry ${j}`, flow[j]!, entry, SUMMATION),
          ),
        ];
      },
    }),
    propertyEvidence({
      id: 'formulas',
      description:
        'The flow against the formulas of the lemma as printed, at random weights and d up to 200. Tolerance: rounding of products of d factors.',
      falsifiers: [stopMovesOnce],
      runs: { quick: 500, standard: 3000, thorough: 20_000 },
      arbitrary: () => arbitraryPoint(fc.oneof(fc.integer({ min: 3, max: 8 }), fc.integer({ min: 3, max: 200 }))),
      check: ({ weights, reward }, world): Comparison[] => {
        const point = Float64Array.from(weights);
        const flow = flowIn(world, point, reward);
        const moved = [flow[AT.c1]!, flow[AT.s]!, flow[AT.t]!, ...flow.subarray(AT.c)];
        const gained = Math.max(...flow.subarray(AT.x1, AT.c).map(Math.abs));
        return [
          ...formulas(point, reward).map((printed, j) =>
            close(`formula ${j}`, moved[j]!, printed, 1e-15 * weights.length),
          ),
          close('weights that only GRPO moves', gained, 0, 0),
        ];
      },
    }),
    realUpdateEvidence({
      algorithm: 'REINFORCE',
      reward: 'cot',
      settings: { prompts: 100_000 },
      pCot: 0.3,
      sizes: [
        { d: 20, lambda: 1e-3 },
        { d: 50, lambda: 1e-3 },
      ],
      objective: ({ theory }) => theory.rewardObjective,
      falsifiers: [stopMovesOnce, acceptEverything],
    }),
  ],
};
