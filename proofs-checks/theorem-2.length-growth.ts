import {
  type Claim,
  caseEvidence,
  demonstrationState,
  enumerateIn,
  parseRational,
  proofEvidence,
  propertyEvidence,
  rational,
  truth,
} from '../src/index.js';
import { obligations } from './obligations/index.js';
import { arbitraryDecidedSetting } from './shared/draws.js';
import { chainBelowHalf, oddsKept, pAboveThird } from './shared/falsifiers/index.js';
import { closedRounds, grid } from './shared/states.js';

const ROUNDS = 40;

export const lengthGrowth: Claim = {
  id: 'theorem-2.length-growth',
  title: 'Answers grow longer from round to round',
  source: 'Theorem 2; Lemma 5 [numerical at finite lambda]',
  statement: String.raw`E|y| = 1 + (d-1) P(|y|=d) \text{ increases with every round}`,
  assumptions: [
    'in the limit lambda -> 0: every p in (0, 1), every round',
    'at lambda > 0: K > 1/2, p <= 1/3, and only until greedy decoding is long (beyond, see counter.length-grows-every-round)',
    'r_cot, infinitely many samples, retrained each round; regularised constant, conditioned loss',
  ],
  assumes: { freeConstant: false, jointLoss: false },
  evidence: [
    proofEvidence(obligations.lengthGrowth),
    caseEvidence('proof', {
      id: 'limit',
      description:
        'In exact rationals: p_{n+1} - p_n = p_n (1 - p_n) / (1 + p_n) > 0. After multiplication by 1 + p_n both sides are polynomials of degree 2 in p_n, so agreement at four points proves it for all p.',
      falsifiers: [oddsKept],
      cases: () => ['1/1000', '1/10', '1/3', '6/7', '999/1000'],
      check: (text, world) => {
        const p = parseRational(text)!;
        const growth = world.theory.limitLongFraction(p, 1).sub(p);
        const one = rational(1);
        return [
          truth('(p_1 - p)(1 + p) = p (1 - p)', growth.mul(one.add(p)).equals(p.mul(one.sub(p))), growth.toFraction()),
        ];
      },
    }),
    propertyEvidence({
      id: 'closed-form',
      description:
        'P(|y| = d) of the exact map at random settings with K > 1/2 and p <= 1/3, strictly increasing until greedy decoding is long.',
      falsifiers: [chainBelowHalf, pAboveThird],
      runs: { quick: 300, standard: 3000, thorough: 30_000 },
      // Below p = 1e-3 the growth near K = 1/2 can be smaller than the rounding of P(long).
      arbitrary: (world) => arbitraryDecidedSetting(world, { minP: 1e-3 }),
      check: ({ d, pCot, lambda }, world) => {
        const rounds = closedRounds(world, demonstrationState(pCot), { d, lambda }, 'cot', ROUNDS);
        const long = rounds.findIndex(({ behaviour }) => behaviour.greedy.longFraction === 1);
        // With p <= 1/3 dropped, greedy is long at once and the growth is asked of the rounds after it.
        const last = world.hypotheses.pAtMostThird && long >= 0 ? long : ROUNDS;
        const lengths = rounds.slice(0, last + 1).map(({ behaviour }) => behaviour.pLong);
        const fall = lengths.findIndex((length, i) => i > 0 && length <= lengths[i - 1]!);
        return [truth('P(long) grows', fall < 0, fall < 0 ? 'grows' : `round ${fall}: ${lengths[fall]}`)];
      },
    }),
    caseEvidence('exact', {
      id: 'enumeration',
      description: 'P(|y| = d) by enumeration over four rounds, d = 3 and 4, lambda = .01 and 1e-3, p <= .25.',
      falsifiers: [pAboveThird],
      cases: (effort, { hypotheses }) =>
        grid(effort === 'quick' ? [3] : [3, 4], hypotheses.pAtMostThird ? [0.02, 0.1, 0.25] : [0.99], [0.01, 1e-3]),
      check: async (setting, world, { signal }) => {
        const rounds = await enumerateIn(world, { ...setting, rounds: 4, reward: 'cot', signal });
        const long = rounds.findIndex(({ greedy }) => greedy.longFraction === 1);
        const last = world.hypotheses.pAtMostThird && long >= 0 ? long : rounds.length;
        const lengths = rounds.slice(0, last + 1).map(({ sampling }) => sampling.pLong);
        const grows = lengths.every((length, i) => i === 0 || length > lengths[i - 1]!);
        return [truth('P(long) grows', grows, lengths.map((length) => length.toFixed(4)).join(' '))];
      },
    }),
  ],
};
