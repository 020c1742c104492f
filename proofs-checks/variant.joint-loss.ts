import fc from 'fast-check';
import { arbitraryD, arbitraryLambda, arbitraryP } from '../src/arbitraries/index.js';
import {
  type Claim,
  caseEvidence,
  close,
  demonstrationState,
  enumerateIn,
  propertyEvidence,
  sigmoid,
  type World,
} from '../src/index.js';
import { compareScalars } from './lemma.scalars.js';
import { conditionedLoss, stopPenaltyTenfold } from './shared/falsifiers/index.js';
import { grid } from './shared/states.js';

/** The claim is about the joint loss whatever the run's choice, unless that is what a falsifier plants. */
function joined(world: World): World['choices'] {
  return { ...world.choices, jointLoss: world.hypotheses.jointLoss };
}

export const jointLossVariant: Claim = {
  id: 'variant.joint-loss',
  title: 'With a joint loss rare long demonstrations are learnt less sharply',
  source: 'Lemma 2, joint loss',
  statement: String.raw`1 - \sigma(c) = (\lambda / q)\, c, \quad c_1, s, t \text{ as with the conditioned loss}`,
  assumptions: [
    'd >= 3, lambda > 0; one expectation over all sequences, (lambda/2)||w||^2 for each predictor',
    'valid chains, long fraction q; infinitely many samples',
  ],
  evidence: [
    caseEvidence('exact', {
      id: 'scalars',
      description:
        'The optimum by Newton on all features, pre-training and one round of r_cot, against the closed form. Tolerance 1e-9 (Newton).',
      falsifiers: [conditionedLoss, stopPenaltyTenfold],
      cases: () => grid([3, 4], [0.05, 0.3, 0.7], [0.1, 0.01, 1e-3]),
      check: async (setting, world, { signal }) => {
        const rounds = await enumerateIn(world, { ...setting, ...joined(world), rounds: 1, reward: 'cot', signal });
        const loss = { ...world.choices, jointLoss: true, lambda: setting.lambda };
        const first = world.theory.optimum(demonstrationState(setting.pCot), loss);
        const state = world.theory.acceptedState(first, { d: setting.d, reward: 'cot' });
        return [
          ...compareScalars(rounds[0]!.model, first),
          ...compareScalars(rounds[1]!.model, world.theory.optimum(state, loss)),
        ];
      },
    }),
    propertyEvidence({
      id: 'closed-form',
      description:
        'The closed form satisfies q (1 - sigma(c)) = lambda c to 1e-14 (rounding of sums below 1), and its stop predictor and c_1 are those of the conditioned loss, at random d, p, lambda.',
      falsifiers: [conditionedLoss],
      runs: { quick: 1000, standard: 10_000, thorough: 100_000 },
      arbitrary: () => fc.record({ d: arbitraryD(), pCot: arbitraryP(), lambda: arbitraryLambda() }),
      check: ({ pCot, lambda }, world) => {
        const state = demonstrationState(pCot);
        const joint = world.theory.optimum(state, { ...world.choices, ...joined(world), lambda });
        const conditioned = world.theory.optimum(state, { ...world.choices, jointLoss: false, lambda });
        return [
          // Relative to the larger side, since q may be tiny.
          close('q (1 - sigma(c)) / (lambda c)', (pCot * sigmoid(-joint.c)) / (lambda * joint.c), 1, 1e-9),
          close('c_1', joint.c1, conditioned.c1, 0),
          close('b', joint.bias, conditioned.bias, 0),
        ];
      },
    }),
  ],
};
