import fc from 'fast-check';
import { arbitraryP } from '../src/arbitraries/index.js';
import {
  type Claim,
  caseEvidence,
  demonstrationState,
  type Effort,
  enumerateIn,
  exactProbability,
  type Interval,
  intervals,
  type ParameterBox,
  parseRational,
  proofEvidence,
  propertyEvidence,
  roundsBoundEnclosure,
  roundsEnclosure,
  truth,
  type World,
} from '../src/index.js';
import { obligations } from './obligations/index.js';
import { centre, certifiedEvidence, least } from './shared/certified-evidence.js';
import { arbitraryDecidedSetting } from './shared/draws.js';
import { acceptEverything, chainBelowHalf, oddsTripled, oneRoundFewer } from './shared/falsifiers/index.js';
import { closedBehaviour, grid } from './shared/states.js';

/** The first greedily long round by the closed forms of a world, or null within `limit`. */
function closedCount(
  world: World,
  p: Parameters<typeof demonstrationState>[0],
  d: number,
  lambda: number,
  limit: number,
) {
  let state = demonstrationState(p);
  for (let round = 0; round <= limit; round++) {
    const model = world.theory.optimum(state, { ...world.choices, lambda });
    if (closedBehaviour(world, model, d).greedy.longFraction === 1) return round;
    state = world.theory.acceptedState(model, { d, reward: 'cot' });
  }
  return null;
}

const LIMIT = 1000;

/** Bits with intervals of lambda on the side of K = 1/2 that the world's hypotheses name. */
function certifiedSettings(effort: Effort, world: World): { d: number; lambda: Interval }[] {
  const setting = (d: number, low: number, high: number) => ({ d, lambda: intervals.between(low, high) });
  if (world.hypotheses.chainProbability === 'below half') return [setting(40, 0.009, 0.01)];
  return {
    quick: [setting(3, 0.02, 0.1), setting(50, 9e-4, 1e-3)],
    standard: [setting(3, 5e-3, 0.1), setting(20, 0.008, 0.01), setting(50, 7e-4, 1e-3)],
    thorough: [setting(3, 1e-4, 0.1), setting(10, 1e-4, 0.01), setting(20, 5e-4, 0.01), setting(50, 1e-4, 1e-3)],
  }[effort];
}

/** The rounds that the bound leaves over, plus 1/2. */
function boundSlack(d: number, box: ParameterBox): Interval {
  const bound = roundsBoundEnclosure(d, box);
  const { low, high } = roundsEnclosure(d, box, LIMIT);
  return { low: Math.min(bound.low, LIMIT) - high + 0.5, high: Math.min(bound.high, LIMIT) - low + 0.5 };
}

/** 1/2 if the enclosures in the middle of a box contain the world's count and its bound, negative if not. */
function worldSlack(world: World, d: number, box: ParameterBox): Interval {
  const point = centre(box);
  const [p, lambda] = [point.p.low, point.lambda.low];
  const count = closedCount(world, p, d, lambda, LIMIT) ?? LIMIT + 1;
  const bound = world.theory.roundsBound(d, p, lambda);
  const outside = (value: number, { low, high }: Interval) => Math.max(low - value, value - high, 0);
  const wrongCount = outside(count, roundsEnclosure(d, point, LIMIT));
  const wrongBound = bound === null ? 0 : outside(bound, roundsBoundEnclosure(d, point));
  return intervals.exactly(0.5 - Math.max(wrongCount, wrongBound));
}

export const rounds: Claim = {
  id: 'theorem-2.rounds',
  title: 'STaR needs O(log((1-p)/p)) rounds',
  source: 'Theorem 2; Lemma 5',
  statement: String.raw`n^\ast = \max\!\Big(0, \Big\lfloor \log_2 \tfrac{1-p}{2p} \Big\rfloor + 1\Big) \text{ as } \lambda \to 0; \quad n^\ast \le \Big\lfloor \tfrac{\log((1-p)/(2p))}{\log 2K} \Big\rfloor + 1 \text{ at } \lambda > 0`,
  assumptions: [
    'd >= 3; r_cot; infinitely many samples, retrained each round',
    'equality in the limit lambda -> 0 for every p, the boundaries p = 1/(1+2^(k+1)) included (round k is a tie there)',
    'the bound at lambda > 0 under K > 1/2 and p <= 1/3, regularised constant, conditioned loss',
  ],
  assumes: { freeConstant: false, jointLoss: false },
  evidence: [
    proofEvidence(obligations.rounds),
    caseEvidence('exact', {
      id: 'limit',
      description:
        "The exact map at lambda = 1e-200 and 1e-250 against the formula in exact arithmetic, p typed as fractions, ties included. No tolerance. In a tie the sign of log R_k = lambda (sum of |s_i| / (2 m+ sigma'(s_i)) - k (d-1) c) decides, which is negative only once c, about log(1/lambda), exceeds a number of order 1/(k p): so p = 1/1048577 would need lambda < e^-100000 and is left out.",
      falsifiers: [oneRoundFewer],
      cases: () =>
        ['1/2', '1/3', '2/7', '1/4', '1/5', '1/6', '1/9', '1/10', '1/17', '1/100', '1/1025', '1/1000000']
          .flatMap((p) => [3, 50].map((d) => ({ p, d })))
          .flatMap((point) => [1e-200, 1e-250].map((lambda) => ({ ...point, lambda }))),
      check: ({ p, d, lambda }, world) => {
        const fraction = parseRational(p)!;
        const found = closedCount(world, fraction, d, lambda, 60);
        const claimed = world.theory.limitRounds(fraction);
        return [truth('rounds to greedy long', found === claimed, `${found} against ${claimed}`)];
      },
    }),
    propertyEvidence({
      id: 'formula',
      description:
        'The formula against doubling by hand, 2^n 2p > 1 - p in exact integers, at random p: the smallest n for which it holds.',
      falsifiers: [oddsTripled, oneRoundFewer],
      runs: { quick: 1000, standard: 10_000, thorough: 100_000 },
      arbitrary: () => fc.record({ pCot: arbitraryP() }),
      check: ({ pCot }, world) => {
        const p = exactProbability(pCot);
        const claimed = world.theory.limitRounds(pCot);
        const isLong = (n: number) => 2n ** BigInt(n) * 2n * p.n > p.d - p.n;
        return [
          truth('long at the claimed round', claimed >= 0 && isLong(claimed), `${claimed}`),
          truth('not long before', claimed <= 0 || !isLong(claimed - 1), `${claimed}`),
        ];
      },
    }),
    propertyEvidence({
      id: 'bound',
      description:
        'The rounds that the exact map takes at random settings with K > 1/2 and p <= 1/3, against the bound.',
      falsifiers: [chainBelowHalf, oneRoundFewer],
      runs: { quick: 300, standard: 3000, thorough: 30_000 },
      arbitrary: (world) => arbitraryDecidedSetting(world),
      check: ({ d, pCot, lambda }, world) => {
        const found = closedCount(world, pCot, d, lambda, LIMIT);
        const bound = world.theory.roundsBound(d, pCot, lambda) ?? LIMIT;
        return [truth('rounds within the bound', found !== null && found <= bound, `${found} against ${bound}`)];
      },
    }),
    certifiedEvidence<ParameterBox>({
      description:
        'For every real p in [.01, 1/3 - 1e-6] and lambda in an interval with K > 1/2 (d = 3 and lambda in [.02, .1], d = 50 and [9e-4, .001]; more at higher effort): the map of Lemma 5 in interval arithmetic encloses the first greedily long round, by the signs of log R and log(m+ / m-) alone. It is within the enclosed bound everywhere, and in the middle of each box the enclosures contain the count of the exact map and the bound in doubles. Slacks are rounds, plus 1/2.',
      falsifiers: [oneRoundFewer, oddsTripled, chainBelowHalf],
      inequalities: (effort, world) =>
        certifiedSettings(effort, world).map(({ d, lambda }) => ({
          what: `rounds at d = ${d}`,
          boxes: [{ p: intervals.between(0.01, 1 / 3 - 1e-6), lambda }],
          slack: (box) => least(boundSlack(d, box), worldSlack(world, d, box)),
        })),
    }),
    caseEvidence('exact', {
      id: 'enumeration',
      description: 'The rounds to greedy long by enumeration, d = 3 and 4, against the bound and the exact map.',
      falsifiers: [acceptEverything],
      cases: (effort) => grid(effort === 'quick' ? [3] : [3, 4], [0.05, 0.1, 0.25], [0.01, 1e-3]),
      check: async ({ d, pCot, lambda }, world, { signal }) => {
        const enumerated = await enumerateIn(world, { d, pCot, lambda, rounds: 6, reward: 'cot', signal });
        const found = enumerated.find(({ greedy }) => greedy.longFraction === 1)?.round ?? null;
        const bound = world.theory.roundsBound(d, pCot, lambda)!;
        const closed = closedCount(world, pCot, d, lambda, LIMIT);
        return [
          truth('enumerated rounds = exact map', found === closed, `${found} against ${closed}`),
          truth('within the bound', found !== null && found <= bound, `${found} against ${bound}`),
        ];
      },
    }),
  ],
};
