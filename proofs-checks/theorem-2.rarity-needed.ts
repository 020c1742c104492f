import { type Claim, caseEvidence, demonstrationState, type Effort, sampledEvidence, truth } from '../src/index.js';
import { commonDemonstrations, oddsKept } from './shared/falsifiers/index.js';
import { exactGreedy, type FiniteSetting, starIn } from './shared/finite-samples.js';
import { closedRounds } from './shared/states.js';

type Setting = FiniteSetting & { readonly rounds: number };

const SETTINGS: Readonly<Record<Effort, Setting>> = {
  quick: { d: 10, pCot: 0.003, lambda: 1e-3, samples: 5000, rounds: 6 },
  standard: { d: 10, pCot: 0.003, lambda: 1e-3, samples: 10_000, rounds: 8 },
  thorough: { d: 12, pCot: 0.003, lambda: 1e-3, samples: 10_000, rounds: 10 },
};

/** A p for which the same T suffices: the falsifier. */
const COMMON = 0.25;

export const rarityNeeded: Claim = {
  id: 'theorem-2.rarity-needed',
  title: 'Without enough long demonstrations STaR fails: the hypothesis on p is needed',
  source: 'Theorem 2, its hypothesis dropped',
  statement: String.raw`p\,T \text{ too small for } d:\quad \Pr[\text{no greedy answer is long, nor are } \tfrac34 \text{ right, after the last round}] > \tfrac9{10}`,
  assumptions: [
    'about p T = 15 (quick) or 30 long demonstrations, from which a long answer is right with probability below 1/2',
    'quick: d = 10, p = .003, T = 5e3, 6 rounds; standard: d = 10, p = .003, T = 1e4, 8 rounds; thorough: d = 12, 10 rounds',
    'r_cot, lambda = 1e-3, retrained each round; regularised constant, conditioned loss, tail average',
  ],
  assumes: { freeConstant: false, jointLoss: false, average: 'tail' },
  evidence: [
    caseEvidence('exact', {
      id: 'infinite-samples',
      description:
        'The samples are to blame, not p: with infinitely many the exact map at the same d, p and lambda is long and right after at most the rounds that are run here and 4 more.',
      falsifiers: [oddsKept],
      cases: () => Object.values(SETTINGS).map(({ d, pCot, lambda, rounds }) => ({ d, pCot, lambda, rounds })),
      check: ({ d, pCot, lambda, rounds }, world) => {
        const orbit = closedRounds(world, demonstrationState(pCot), { d, lambda }, 'cot', rounds + 4);
        const { longFraction, correctFraction } = orbit.at(-1)!.behaviour.greedy;
        return [truth('long and right at last', longFraction === 1 && correctFraction === 1, `${longFraction}`)];
      },
    }),
    sampledEvidence({
      id: 'star',
      description:
        'Independent pre-trainings with too few long demonstrations, then STaR; greedy decoding of all 2^d inputs. Success (of the counter-statement): after the last round no greedy answer is long, and fewer than 3/4 are right (for odd d a linear first token may agree with chi on somewhat more than half).',
      success: 'STaR has failed',
      falsifiers: [commonDemonstrations],
      threshold: 0.9,
      trials: { quick: 600, standard: 600, thorough: 600 },
      trial: async (seed, world, context) => {
        const setting = SETTINGS[context.effort];
        const pCot = world.hypotheses.rareDemonstrations ? setting.pCot : COMMON;
        const greedy = exactGreedy(await starIn(world, { ...setting, pCot }, 'cot', seed, context));
        return greedy.longFraction === 0 && greedy.correctFraction < 0.75;
      },
    }),
  ],
};
