import fc from 'fast-check';
import { arbitraryP, arbitraryReal } from '../src/arbitraries/index.js';
import {
  type Claim,
  caseEvidence,
  chainProbability,
  demonstrationState,
  enumerateIn,
  type Fate,
  type Interval,
  intervals,
  largestSuccessfulD,
  logitLongPlus,
  logTwoKEnclosure,
  proofEvidence,
  propertyEvidence,
  truth,
  type World,
} from '../src/index.js';
import { obligations } from './obligations/index.js';
import { certifiedEvidence, least } from './shared/certified-evidence.js';
import { acceptEverything, chainOfDSteps, fateAtOneQuarter, freeConstant } from './shared/falsifiers/index.js';
import { closedRounds } from './shared/states.js';

/** lambda_d, below which K > 1/2, solved from sigma(c)^(d-1) = 1/2 and 1 - sigma(c) = lambda c. */
function criticalLambda(d: number): number {
  const half = Math.LN2 / (d - 1);
  return -Math.expm1(-half) / -Math.log(Math.expm1(half));
}

/** Rounds at the end over which the decision must stay. */
const STAYS = 20;
const LIMIT = 20_000;

/**
 * What becomes of the orbit of D(p): the greedy decision that its last rounds agree on. log R moves by at least |log 2K| a
 * round towards its side, so the decision has turned after |log R_0 / log 2K| rounds, whichever side that is.
 */
function fateOf(world: World, d: number, lambda: number, pCot: number): Fate | 'undecided' {
  const initial = demonstrationState(pCot);
  const { c } = world.theory.optimum(initial, { ...world.choices, lambda });
  const turn = Math.ceil(Math.abs(logitLongPlus(initial) / Math.log(2 * chainProbability(c, d))));
  if (!(turn + STAYS <= LIMIT)) return 'undecided';
  const rounds = closedRounds(world, initial, { d, lambda }, 'cot', turn + STAYS).map(
    ({ behaviour }) => behaviour.greedy,
  );
  if (rounds.some(({ longFraction, correctFraction }) => longFraction === 1 && correctFraction !== 1))
    return 'undecided';
  const last = rounds.slice(-STAYS).map(({ longFraction }) => longFraction === 1);
  if (last.includes(true) && last.includes(false)) return 'undecided';
  return last[0] ? 'becomes long' : 'becomes short';
}

export const starDichotomy: Claim = {
  id: 'lemma.star-dichotomy',
  title: 'K > 1/2: STaR succeeds from every p; K < 1/2: it fails from every p',
  source: 'Lemma 5 (dichotomy)',
  statement: String.raw`K > \tfrac12: \text{greedy becomes and stays long and right}; \quad K < \tfrac12: \text{greedy becomes and stays short, even from } p > \tfrac13`,
  assumptions: [
    'd >= 3, lambda > 0; r_cot from D(p), infinitely many samples, retrained each round',
    'regularised constant, conditioned loss; K = sigma(c)^(d-1), 1 - sigma(c) = lambda c',
  ],
  assumes: { freeConstant: false, jointLoss: false },
  evidence: [
    proofEvidence(obligations.starDichotomy),
    caseEvidence('exact', {
      id: 'enumeration',
      description:
        'Rounds by enumeration at lambda = .1, where K > 1/2 iff d <= 4: d = 3, 4 from p < 1/3 become long, d = 5, 6 from p > 1/3 become short, and stay so for the rounds enumerated.',
      falsifiers: [acceptEverything, fateAtOneQuarter],
      cases: (effort) => [
        { d: 3, pCot: 0.2, rounds: 8 },
        { d: 4, pCot: 0.32, rounds: 8 },
        { d: 5, pCot: 0.34, rounds: 5 },
        ...(effort === 'quick' ? [] : [{ d: 6, pCot: 0.37, rounds: 5 }]),
      ],
      check: async ({ d, pCot, rounds }, world, { signal }) => {
        const enumerated = await enumerateIn(world, { d, pCot, lambda: 0.1, rounds, reward: 'cot', signal });
        const decisions = enumerated.map(({ greedy }) => greedy.longFraction);
        const wanted = world.theory.starFate(d, 0.1) === 'becomes long' ? 1 : 0;
        const turns = decisions.filter((decision, i) => i > 0 && decision !== decisions[i - 1]).length;
        return [
          truth('the last round is as the dichotomy says', decisions.at(-1) === wanted, decisions.join(' ')),
          truth('the decision turns once', turns === 1, decisions.join(' ')),
        ];
      },
    }),
    propertyEvidence({
      id: 'closed-form',
      description:
        'The exact map at random d, p and lambda, K at least 3% away from 1/2 in d, followed for |log R_0 / log 2K| rounds, in which it must have turned, and 20 more, in which it must stay; when long, right for every x.',
      falsifiers: [fateAtOneQuarter, chainOfDSteps, freeConstant],
      runs: { quick: 200, standard: 2000, thorough: 20_000 },
      arbitrary: () =>
        fc
          .tuple(
            arbitraryReal(-6, -0.5),
            fc.oneof(arbitraryReal(0.1, 0.97), arbitraryReal(1.03, 4)),
            arbitraryP().filter((p) => p > 1e-6 && p < 1 - 1e-6),
          )
          .map(([exponent, share, pCot]) => {
            const lambda = 10 ** exponent;
            const edge = largestSuccessfulD(lambda);
            const d = Math.max(3, share < 1 ? Math.floor(share * edge) : Math.max(Math.ceil(share * edge), edge + 1));
            return { d, pCot, lambda };
          }),
      check: ({ d, pCot, lambda }, world) => {
        const claimed = world.theory.starFate(d, lambda);
        const found = fateOf(world, d, lambda, pCot);
        return [truth('fate', found === claimed, `${found} against ${claimed}`)];
      },
    }),
    certifiedEvidence<{ lambda: Interval }>({
      description:
        "The sign of log 2K by interval arithmetic, for every real lambda in [1e-6, 10] but within 1e-6 of lambda_d, relative to it, and d up to 50 (300 at higher effort): the world's fate at both ends of each box goes with it. The slack is |log 2K| where they agree.",
      falsifiers: [fateAtOneQuarter],
      inequalities: (effort, world) =>
        Array.from({ length: effort === 'quick' ? 48 : 298 }, (_, i) => {
          const d = i + 3;
          const edge = criticalLambda(d);
          return {
            what: `fate at d = ${d}`,
            boxes: [
              { lambda: intervals.between(1e-6, edge * (1 - 1e-6)) },
              { lambda: intervals.between(edge * (1 + 1e-6), 10) },
            ],
            slack: ({ lambda }) => {
              const logTwoK = logTwoKEnclosure(d, lambda);
              const signs = [lambda.low, lambda.high].map((end) =>
                world.theory.starFate(d, end) === 'becomes long' ? logTwoK : intervals.negate(logTwoK),
              );
              return least(...signs);
            },
          };
        }),
    }),
    caseEvidence('exact', {
      id: 'edges',
      description:
        'The largest d with K > 1/2: the sign of log 2K changes between d and d + 1, at lambda = .1, .01, 1e-3, 1e-4 (d = 4, 21, 132, 959); lambda lies between lambda_{d+1} and lambda_d in closed form, and the orbit from p = .25 follows it on either side.',
      falsifiers: [fateAtOneQuarter, chainOfDSteps],
      cases: () => [
        { lambda: 0.1, edge: 4 },
        { lambda: 0.01, edge: 21 },
        { lambda: 1e-3, edge: 132 },
        { lambda: 1e-4, edge: 959 },
      ],
      check: ({ lambda, edge }, world) => {
        const fates = [edge, edge + 1].map((d) => world.theory.starFate(d, lambda));
        const orbits = [edge, edge + 1].map((d) => fateOf(world, d, lambda, 0.33));
        const critical = [edge, edge + 1].map(criticalLambda);
        return [
          truth('K > 1/2 up to the edge only', fates.join() === 'becomes long,becomes short', fates.join()),
          truth('lambda_d separates', critical[1]! < lambda && lambda < critical[0]!, critical.join()),
          truth('the orbits agree', orbits.join() === fates.join(), orbits.join()),
        ];
      },
    }),
  ],
};
