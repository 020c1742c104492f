import {
  type Claim,
  type Comparison,
  caseEvidence,
  close,
  demonstrationState,
  enumerateIn,
  logitLongPlus,
  logSigmoid,
  probabilitiesOf,
  proofEvidence,
  propertyEvidence,
  type ResponseDistribution,
  sharesOf,
  sigmoid,
  splitLogPlus,
  splitLogValue,
  type TrainingState,
  trainingState,
  truth,
} from '../src/index.js';
import { obligations } from './obligations/index.js';
import { arbitraryCotSetting, arbitraryEnumerable } from './shared/draws.js';
import {
  acceptEverything,
  chainOfDSteps,
  oddsTripled,
  stopPenaltyDoubled,
  stopPenaltyTenfold,
} from './shared/falsifiers/index.js';
import { highPrecisionEvidence } from './shared/high-precision-evidence.js';
import { arbitraryCotMasses, closedRounds, enumerateMasses, grid, massesOf, stateOf } from './shared/states.js';

/** Newton errors of 1e-12 in each round's weights, carried on by maps of slope below 3: 1e-9 after six rounds. */
const CARRIED = 1e-9;

/** The shares of an enumerated training distribution against those of a closed state. */
export function compareShares(distribution: ResponseDistribution, state: TrainingState, round: number): Comparison[] {
  const found = sharesOf(distribution);
  const closed = probabilitiesOf(state);
  return [
    close(`q of round ${round}`, found.longFraction, closed.longFraction, CARRIED),
    close(`rho of round ${round}`, found.rho ?? Number.NaN, closed.rho, CARRIED),
    close(`alpha of round ${round}`, found.alpha ?? Number.NaN, closed.alpha, CARRIED),
    close(`P(e_1 = +1 | long) of round ${round}`, found.firstStep ?? Number.NaN, closed.firstStep, CARRIED),
  ];
}

export const starCotMap: Claim = {
  id: 'lemma.star-cot-map',
  title: 'A round of STaR with r_cot as a map on (q, rho)',
  source: 'Lemma 5',
  statement: String.raw`R' = 2 K e^{s}, \quad R = \frac{q}{(1-q)\rho}, \quad s \text{ strictly between } 0 \text{ and } \log R`,
  assumptions: [
    'd >= 3, lambda > 0; r_cot, infinitely many samples, retrained each round; any (q, rho)',
    's between 0 and log R for the regularised constant',
  ],
  assumes: { freeConstant: false },
  evidence: [
    proofEvidence(obligations.starCotMap),
    caseEvidence('exact', {
      id: 'six-rounds',
      description:
        'Six rounds by enumeration (accept by r_cot, refit on all features), d = 3..5, against the map. Tolerance 1e-9: Newton errors of 1e-12 carried through six maps.',
      falsifiers: [acceptEverything, oddsTripled, chainOfDSteps],
      cases: (effort) => grid(effort === 'quick' ? [3] : [3, 4, 5], [0.05, 0.3, 0.6], [0.1, 0.01, 1e-3, 1e-4]),
      check: async (setting, world, { signal }) => {
        const enumerated = await enumerateIn(world, { ...setting, rounds: 6, reward: 'cot', signal });
        const closed = closedRounds(world, demonstrationState(setting.pCot), setting, 'cot', 6);
        return enumerated.flatMap(({ distribution, sampling, round }) => [
          ...compareShares(distribution, closed[round]!.state, round),
          close(`accepted in round ${round}`, sampling.accepted, closed[round]!.behaviour.accuracyCot, CARRIED),
        ]);
      },
    }),
    highPrecisionEvidence('cot', [oddsTripled, chainOfDSteps, stopPenaltyDoubled]),
    propertyEvidence({
      id: 'any-state',
      description: 'One round by enumeration from random (q, rho), d = 3 and 4, against the map.',
      falsifiers: [acceptEverything, chainOfDSteps],
      runs: { quick: 30, standard: 300, thorough: 1500 },
      arbitrary: () => arbitraryEnumerable(arbitraryCotMasses()),
      check: async ({ d, lambda, masses }, world, context) => {
        const exact = massesOf(masses);
        const { accepted } = await enumerateMasses(world, d, lambda, exact, 'cot', context);
        const closed = closedRounds(world, stateOf(exact), { d, lambda }, 'cot', 1);
        return compareShares(accepted, closed[1]!.state, 1);
      },
    }),
    propertyEvidence({
      id: 'odds-identity',
      description:
        'R of the accepted masses A_L = sigma(c_1) sigma(s) K and sigma(c_1) sigma(-s) / 2 against 2 K e^s, and s strictly between 0 and log R, at random d, (q, rho), lambda. Tolerance: rounding of sums of about d terms.',
      falsifiers: [oddsTripled, stopPenaltyTenfold],
      runs: { quick: 2000, standard: 20_000, thorough: 200_000 },
      arbitrary: arbitraryCotSetting,
      check: ({ d, q, rho, lambda }, world) => {
        const state = trainingState(q, rho);
        const [now, next] = closedRounds(world, state, { d, lambda }, 'cot', 1);
        const { sPlus, sPlusSplit, c } = now!.optimum;
        const logR = logitLongPlus(state);
        // s - log R, which may be far below the rounding of s.
        const pull = splitLogValue(splitLogPlus(sPlusSplit, -state.longPlus.twos, -state.longPlus.rest));
        const between = Math.sign(pull) !== Math.sign(logR) && Math.abs(pull) < Math.abs(logR);
        // 2 m+ (sigma(s) - r+) + lambda s = 0, which fixes where between 0 and log R s lies.
        const mPlus = q + (1 - q) * rho;
        const gradient = 2 * mPlus * (sigmoid(sPlus) - q / mPlus) + lambda * sPlus;
        const rounding = 1e-15 * (10 + d + Math.abs(sPlus));
        return [
          close("log R'", logitLongPlus(next!.state), Math.log(2) + (d - 1) * logSigmoid(c) + sPlus, 10 * rounding),
          truth('s strictly between 0 and log R', between || logR === 0, `${sPlus}, log R = ${logR}, pull ${pull}`),
          close('gradient at s', gradient, 0, rounding),
        ];
      },
    }),
  ],
};
