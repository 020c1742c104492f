import fc from 'fast-check';
import { arbitraryReal } from '../src/arbitraries/index.js';
import {
  AT,
  type Claim,
  caseEvidence,
  close,
  enumerateAscentIn,
  enumeratePolicyGradient,
  Pacer,
  propertyEvidence,
  truth,
} from '../src/index.js';
import {
  arbitrarySparseWeights,
  chainOf,
  closedAscent,
  comparePoints,
  entriesOf,
  largestElsewhere,
  objectiveIn,
  startIn,
} from './shared/ascents.js';
import {
  acceptEverything,
  dTwo,
  grpoStaysSparse,
  grpoWithoutDeviation,
  rewardPrefersSecondBit,
} from './shared/falsifiers/index.js';
import { bits, grid } from './shared/states.js';
import { realUpdateEvidence } from './shared/updates.js';

/** See `lemma.reinforce-invariance`; measured here too, since slopes 1 / sqrt(mu (1 - mu)) of up to 10 carry errors farther. */
const CARRIED = 1e-10;

/** Sums of at most 288 terms, rounded, over a deviation above .02. */
const SUMMATION = 1e-12;

export const grpoSupport: Claim = {
  id: 'lemma.grpo-support',
  title:
    'GRPO leaves the sparse support: predictor d learns x_1 and z_1, and no other predictor learns anything new (d >= 4)',
  source: 'Lemma 7 (GRPO, support)',
  statement: String.raw`\nabla \mathbb E_x[2\arcsin\sqrt{\mu(x)}] \text{ lives on the support of Lemma 1 and on } x_1, z_1 \text{ of predictor } d \ (d=3 \text{: also } z_1x_3 \text{ of } w_2,\ z_2x_2 \text{ of } w_3)`,
  assumptions: [
    'd >= 3, uniform x, r_cot or r_e2e, infinite groups (any function of mu(x) in place of the arcsine keeps the support)',
    'plain gradient ascent; predictor 1 and the stop predictor stay sparse; mu(x) depends on x through chi x_1 alone',
  ],
  evidence: [
    caseEvidence('exact', {
      id: 'fifty-steps',
      description:
        'Fifty steps of length 1 from the optimum of D(p) on all weights, by enumeration, against the reduced flow on the enlarged support; every other weight stays below 1e-12, and the new ones have moved by more than 1e-7. d = 3..5. Tolerance 1e-10.',
      falsifiers: [grpoStaysSparse, grpoWithoutDeviation, rewardPrefersSecondBit, acceptEverything, dTwo],
      cases: (effort, world) =>
        grid(effort === 'quick' ? bits(world, 3) : bits(world, 5), [0.05, 0.3, 0.6], [0.1, 1e-3]).flatMap((setting) =>
          (['cot', 'e2e'] as const).map((reward) => ({ ...setting, reward })),
        ),
      check: async (setting, world, { signal }) => {
        const ascent = { algorithm: 'grpo', reward: setting.reward, steps: 50, learningRate: 1 } as const;
        const points = await enumerateAscentIn(world, { ...setting, ...ascent, baseline: 'prompt-mean', signal });
        const elsewhere = Math.max(...points.map(({ model }) => largestElsewhere(model)));
        const last = entriesOf(points.at(-1)!.model);
        const gained = setting.d === 3 ? last.subarray(AT.x1, AT.c) : last.subarray(AT.x1, AT.z1x3);
        const comparisons = [
          close('largest weight off the enlarged support', elsewhere, 0, 1e-12),
          truth(
            'the new weights have moved',
            gained.every((w) => Math.abs(w) > 1e-7),
            `${[...gained]}`,
          ),
        ];
        if (setting.d < 3) return comparisons;
        const closed = closedAscent(world, startIn(world, setting), ascent);
        return [...comparisons, ...points.flatMap((point) => comparePoints(point, closed[point.step]!, CARRIED))];
      },
    }),
    propertyEvidence({
      id: 'any-weights',
      description:
        'The gradient on all weights by enumeration at random weights on the enlarged support, d = 3 and 4, against the flow. Tolerance 1e-12: rounding, divided by the deviation.',
      falsifiers: [grpoStaysSparse, grpoWithoutDeviation, rewardPrefersSecondBit],
      runs: { quick: 60, standard: 600, thorough: 3000 },
      arbitrary: () =>
        fc.record({
          sparse: arbitrarySparseWeights(fc.integer({ min: 3, max: 4 })),
          gained: fc.array(arbitraryReal(-1, 1), { minLength: 4, maxLength: 4 }),
          reward: fc.constantFrom('cot' as const, 'e2e' as const),
        }),
      check: async ({ sparse, gained, reward }, world, { signal }) => {
        const point = Float64Array.from(sparse);
        point.set(point.length === AT.c + 2 ? gained : gained.slice(0, 2), AT.x1);
        const options = { algorithm: 'grpo', baseline: 'prompt-mean', reward: world.rewards[reward] } as const;
        const { features } = world;
        const pacer = new Pacer({ signal });
        const { gradient } = await enumeratePolicyGradient(chainOf(point), { ...options, features }, pacer);
        const { flow } = world.theory.policyGradient(point, objectiveIn(world, 'grpo'), { reward });
        return [
          close('gradient elsewhere', largestElsewhere(gradient), 0, SUMMATION),
          ...[...entriesOf(gradient)].map((entry, j) => close(`flow of entry ${j}`, flow[j]!, entry, SUMMATION)),
        ];
      },
    }),
    realUpdateEvidence({
      algorithm: 'GRPO',
      reward: 'e2e',
      settings: { prompts: 30_000, numGenerations: 4 },
      pCot: 0.3,
      sizes: [
        { d: 20, lambda: 1e-3 },
        { d: 50, lambda: 1e-3 },
      ],
      objective: ({ theory }, { numGenerations }) => theory.finiteGroupObjective(numGenerations),
      falsifiers: [acceptEverything],
    }),
  ],
};
