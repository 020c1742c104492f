import fc from 'fast-check';
import { arbitraryD, arbitraryLambda } from '../src/arbitraries/index.js';
import {
  type Claim,
  caseEvidence,
  chainCorrelation,
  close,
  demonstrationState,
  enumerateIn,
  logitLongPlus,
  proofEvidence,
  propertyEvidence,
} from '../src/index.js';
import { compareShares } from './lemma.star-cot-map.js';
import { obligations } from './obligations/index.js';
import { arbitraryEnumerable } from './shared/draws.js';
import { chainOfDSteps, noiseNeverLearnt, oddsTripled, wholeChain } from './shared/falsifiers/index.js';
import { highPrecisionEvidence } from './shared/high-precision-evidence.js';
import { arbitraryE2eMasses, closedRounds, enumerateMasses, grid, massesOf, stateOf } from './shared/states.js';

const CARRIED = 1e-9;

export const starE2eMap: Claim = {
  id: 'lemma.star-e2e-map',
  title: 'A round of STaR with r_e2e as a map on four log-odds',
  source: 'Lemma 6',
  statement: String.raw`\frac{L_+'}{S_+'} = (1+G) e^s, \quad \frac{L_-'}{S_-'} = (1-G) e^t, \quad \alpha' = \sigma(c) \frac{1 + D G/g}{1 + D G}`,
  assumptions: [
    'd >= 3, lambda > 0; r_e2e, infinitely many samples, retrained each round',
    'any masses and any step correctness alpha, equal for all steps; g = 2 sigma(c) - 1, G = g^(d-1)',
  ],
  evidence: [
    proofEvidence(obligations.starE2eMap),
    caseEvidence('exact', {
      id: 'six-rounds',
      description:
        'Six rounds by enumeration (accept by r_e2e, all 2^d chains, refit on all features), d = 3..5, against the map. Tolerance 1e-9: Newton errors of 1e-12 carried through six maps.',
      falsifiers: [wholeChain, noiseNeverLearnt, chainOfDSteps],
      cases: (effort) => grid(effort === 'quick' ? [3] : [3, 4, 5], [0.05, 0.3, 0.6], [0.1, 0.01, 1e-3]),
      check: async (setting, world, { signal }) => {
        const enumerated = await enumerateIn(world, { ...setting, rounds: 6, reward: 'e2e', signal });
        const closed = closedRounds(world, demonstrationState(setting.pCot), setting, 'e2e', 6);
        return enumerated.flatMap(({ distribution, sampling, round }) => [
          ...compareShares(distribution, closed[round]!.state, round),
          close(`accepted in round ${round}`, sampling.accepted, closed[round]!.behaviour.accuracyE2e, CARRIED),
        ]);
      },
    }),
    highPrecisionEvidence('e2e', [oddsTripled, chainOfDSteps, noiseNeverLearnt]),
    propertyEvidence({
      id: 'any-state',
      description: 'One round by enumeration from random masses and random step correctness, d = 3 and 4.',
      falsifiers: [wholeChain, noiseNeverLearnt, oddsTripled],
      runs: { quick: 30, standard: 300, thorough: 1500 },
      arbitrary: () => arbitraryEnumerable(arbitraryE2eMasses()),
      check: async ({ d, lambda, masses }, world, context) => {
        const exact = massesOf(masses);
        const { accepted } = await enumerateMasses(world, d, lambda, exact, 'e2e', context);
        const closed = closedRounds(world, stateOf(exact), { d, lambda }, 'e2e', 1);
        return compareShares(accepted, closed[1]!.state, 1);
      },
    }),
    propertyEvidence({
      id: 'mass-formula',
      description:
        'The four log-odds of the map against the unnormalised masses of Lemma 6 written out, at random d, lambda and masses. Tolerance 1e-9: the masses cancel in 1 - G, which is at least 1e-6 here.',
      falsifiers: [oddsTripled, noiseNeverLearnt, chainOfDSteps],
      runs: { quick: 1000, standard: 10_000, thorough: 100_000 },
      arbitrary: () =>
        fc.record({
          d: arbitraryD({ max: 60 }),
          lambda: arbitraryLambda({ min: 1e-6, max: 1 }),
          masses: arbitraryE2eMasses(),
        }),
      check: ({ d, lambda, masses }, world) => {
        const [now, next] = closedRounds(world, stateOf(massesOf(masses)), { d, lambda }, 'e2e', 1);
        const { c1, sPlus, sMinus, c } = now!.optimum;
        const sigma = (z: number) => 1 / (1 + Math.exp(-z));
        const g = 2 * sigma(c) - 1;
        const G = g ** (d - 1);
        const [aPlus, aMinus] = [sigma(c1) * sigma(sPlus), sigma(-c1) * sigma(sMinus)];
        const D = (aPlus - aMinus) / (aPlus + aMinus);
        const longPlus = (aPlus * (1 + G)) / 2;
        const longMinus = (aMinus * (1 - G)) / 2;
        const shortPlus = (sigma(c1) * sigma(-sPlus)) / 2;
        const shortMinus = (sigma(-c1) * sigma(-sMinus)) / 2;
        const alpha = (sigma(c) * (1 + D * g ** (d - 2))) / (1 + D * G);
        const state = next!.state;
        const tolerance = 1e-9 / Math.min(1, chainCorrelation(c, d).oneMinusG * 1e3);
        return [
          close('logit m+', state.logitPlus, Math.log((longPlus + shortPlus) / (longMinus + shortMinus)), tolerance),
          close('logit r+', logitLongPlus(state), Math.log(longPlus / shortPlus), tolerance),
          close('logit r-', state.logitLongMinus, Math.log(longMinus / shortMinus), tolerance),
          close('alpha', sigma(state.logitStep), alpha, 1e-12),
        ];
      },
    }),
  ],
};
