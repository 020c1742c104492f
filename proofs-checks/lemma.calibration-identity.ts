import {
  type Claim,
  caseEvidence,
  close,
  demonstrationState,
  enumerateIn,
  proofEvidence,
  propertyEvidence,
  trainingState,
} from '../src/index.js';
import { obligations } from './obligations/index.js';
import { arbitraryCotSetting, arbitraryEnumerable } from './shared/draws.js';
import { dTwo, identityWithoutFirstToken, stopPenaltyDoubled, stopWithoutConstant } from './shared/falsifiers/index.js';
import { arbitraryCotMasses, bits, enumerateMasses, grid, massesOf, stateOf } from './shared/states.js';

export const calibrationIdentity: Claim = {
  id: 'lemma.calibration-identity',
  title: 'The calibration error, exactly',
  source: 'Lemma 4',
  statement: String.raw`P(|y|=d) - q = -\lambda b - \lambda c_1 (\sigma(s) - \sigma(t))`,
  assumptions: [
    'd >= 3, lambda > 0, valid chains; any long fraction q and any P(chi x_1 = +1 | short) = rho',
    'the first term is absent with a free constant',
  ],
  evidence: [
    proofEvidence(obligations.calibrationIdentity),
    caseEvidence('exact', {
      id: 'pre-training',
      description:
        'P(|y| = d) - p by enumeration, d = 3..5, against the identity. Tolerance 1e-11: Newton errors of 1e-12 in the weights, slope below 1.',
      falsifiers: [identityWithoutFirstToken, stopWithoutConstant, dTwo],
      cases: (effort, world) => grid(bits(world, effort === 'quick' ? 4 : 5), [0.05, 1 / 3, 0.7], [0.1, 0.01, 1e-3]),
      check: async (setting, world, { signal }) => {
        const { pCot, lambda } = setting;
        const [round] = await enumerateIn(world, { ...setting, rounds: 0, reward: 'cot', signal });
        const gap = world.theory.calibrationGap(demonstrationState(pCot), { ...world.choices, lambda });
        return [close('P(long) - p', round!.sampling.pLong - pCot, gap, 1e-11)];
      },
    }),
    propertyEvidence({
      id: 'any-state',
      description: 'The same by enumeration for random (q, rho), d = 3 and 4.',
      falsifiers: [identityWithoutFirstToken],
      runs: { quick: 30, standard: 300, thorough: 1500 },
      arbitrary: () => arbitraryEnumerable(arbitraryCotMasses()),
      check: async ({ d, lambda, masses }, world, context) => {
        const exact = massesOf(masses);
        const { sampling } = await enumerateMasses(world, d, lambda, exact, 'cot', context);
        const gap = world.theory.calibrationGap(stateOf(exact), { ...world.choices, lambda });
        return [close('P(long) - q', sampling.pLong - exact.longPlus, gap, 1e-11)];
      },
    }),
    propertyEvidence({
      id: 'closed-form',
      description:
        'P(|y| = d) of the closed form minus q against the identity at random d, (q, rho) and lambda. Tolerance 1e-14: both sides are sums of a few numbers below 1 in size.',
      falsifiers: [identityWithoutFirstToken, stopPenaltyDoubled],
      runs: { quick: 2000, standard: 20_000, thorough: 200_000 },
      arbitrary: arbitraryCotSetting,
      check: ({ d, q, rho, lambda }, world) => {
        const state = trainingState(q, rho);
        const loss = { ...world.choices, lambda };
        const { pLong } = world.theory.behaviour(world.theory.optimum(state, loss), d);
        return [close('P(long) - q', pLong - q, world.theory.calibrationGap(state, loss), 1e-14)];
      },
    }),
  ],
};
