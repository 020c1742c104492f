import fc from 'fast-check';
import { arbitraryD, arbitraryLambda } from '../src/arbitraries/index.js';
import {
  type Claim,
  caseEvidence,
  close,
  demonstrationState,
  enumerateGreedyThreshold,
  enumerateIn,
  propertyEvidence,
  truth,
  type World,
} from '../src/index.js';
import { compareScalars } from './lemma.scalars.js';
import { regularisedConstant, stopPenaltyTenfold, thresholdAtThird } from './shared/falsifiers/index.js';
import { grid } from './shared/states.js';

/** The claim is about the free constant whatever the run's choice, unless that is what a falsifier plants. */
function freed(world: World): World['choices'] {
  return { ...world.choices, freeConstant: world.hypotheses.freeConstant };
}

export const freeConstantVariant: Claim = {
  id: 'variant.free-constant',
  title: 'With a free constant the greedy threshold moves above 1/3',
  source: 'Lemmas 2 and 3, free constant',
  statement: String.raw`p^\ast = \frac{1+y}{3}, \quad y \in (0, \tfrac12): \; 2(2-y)\,\sigma(-y/\lambda) = 3y`,
  assumptions: ["d >= 3, lambda > 0; the stop predictor's constant is not regularised", 'infinitely many samples'],
  evidence: [
    caseEvidence('exact', {
      id: 'threshold',
      description:
        'The threshold found by bisection over p with Newton fits, d = 3 and 4, against the formula. Tolerance 1e-9: logit errors of 1e-10 over a slope above 0.1.',
      falsifiers: [thresholdAtThird, regularisedConstant],
      cases: (effort) => grid(effort === 'quick' ? [3] : [3, 4], [1 / 3], [1, 0.1, 0.01, 1e-3]),
      check: async ({ d, lambda }, world, { signal }) => {
        const { features } = world;
        const options = { ...freed(world), lambda, features, signal };
        const found = (await enumerateGreedyThreshold(d, options)) ?? Number.NaN;
        const claimed = world.theory.greedyThreshold({ lambda, freeConstant: true });
        return [close('threshold', found, claimed, 1e-9), truth('above 1/3', claimed > 1 / 3, `${claimed}`)];
      },
    }),
    caseEvidence('exact', {
      id: 'scalars',
      description: 'The optimum by Newton on all features against the two coupled equations, tolerance 1e-9 (Newton).',
      falsifiers: [regularisedConstant, stopPenaltyTenfold],
      cases: () => grid([3, 4], [0.05, 0.34, 0.7], [0.1, 0.01, 1e-3]),
      check: async (setting, world, { signal }) => {
        const [round] = await enumerateIn(world, { ...setting, ...freed(world), rounds: 0, reward: 'cot', signal });
        const loss = { ...world.choices, freeConstant: true, lambda: setting.lambda };
        return compareScalars(round!.model, world.theory.optimum(demonstrationState(setting.pCot), loss));
      },
    }),
    propertyEvidence({
      id: 'closed-form',
      description:
        'The greedy decision of the closed form just below and just above the formula (a share 1e-6 of the distance), at random d and lambda down to 1e-6.',
      falsifiers: [thresholdAtThird],
      runs: { quick: 500, standard: 5000, thorough: 50_000 },
      arbitrary: () => fc.record({ d: arbitraryD(), lambda: arbitraryLambda({ min: 1e-6, max: 10 }) }),
      check: ({ d, lambda }, world) => {
        const loss = { ...world.choices, freeConstant: true, lambda };
        const threshold = world.theory.greedyThreshold(loss);
        const longAt = (pCot: number) =>
          world.theory.behaviour(world.theory.optimum(demonstrationState(pCot), loss), d).greedy.longFraction;
        return [
          truth('short just below', longAt(threshold * (1 - 1e-6)) === 0, `${threshold}`),
          truth('long just above', longAt(threshold + (1 - threshold) * 1e-6) === 1, `${threshold}`),
        ];
      },
    }),
  ],
};
