import fc from 'fast-check';
import { arbitraryD, arbitraryLambda, arbitraryP } from '../src/arbitraries/index.js';
import {
  allInputs,
  type Claim,
  type Comparison,
  caseEvidence,
  demonstrationState,
  enumerateIn,
  type Fraction,
  inside,
  parseRational,
  prefixProducts,
  probabilitiesOf,
  proofEvidence,
  propertyEvidence,
  rational,
  sharesOf,
  truth,
  type World,
} from '../src/index.js';
import { obligations } from './obligations/index.js';
import { acceptEverything, oddsTripled } from './shared/falsifiers/index.js';
import { closedRounds, grid } from './shared/states.js';

/**
 * How far log(odds') - log(odds) may be from log 2 in one round at lambda, L = log(1/lambda): log K contributes at most
 * 1.1 (d-1) lambda L (from sigma(-c) = lambda c, c <= L, lambda L <= .05; lambda / q instead of lambda with
 * the joint loss), and the calibration error of P(long), with the
 * long answers that start wrong, at most 2.5 lambda (L+1) of q and of 1-q (Lemma 4 and |lambda t| <= lambda (L+1)); 3
 * instead of 2.5 covers the second order.
 */
function roundTolerance(d: number, lambda: number, q: number, jointLoss: boolean): number {
  const L = Math.log(1 / lambda);
  const chain = (1.1 * (d - 1)) / (jointLoss ? q : 1);
  return lambda * (L + 1) * (chain + 3 / (q * (1 - q))) + ROUNDING / (q * (1 - q));
}

/** Rounding of q by a few units of 1e-16 moves its log-odds by this over q (1-q). */
const ROUNDING = 2e-15;

/** Largest tolerance at which the doubling still says something: log 3 - log 2 is .405. */
const INFORMATIVE = 0.1;

function doubling(world: World, qs: readonly number[], pCot: number, d: number, lambda: number): Comparison[] {
  const results: Comparison[] = [];
  for (let n = 0; n + 1 < qs.length; n++) {
    const [q, next] = [qs[n]!, qs[n + 1]!];
    const tolerance = roundTolerance(d, lambda, q, world.choices.jointLoss);
    if (tolerance > INFORMATIVE) break;
    const gain = Math.log(next / (1 - next)) - Math.log(q / (1 - q));
    const limits = [n, n + 1].map((round) => Number(world.theory.limitLongFraction(pCot, round)));
    const claimed = Math.log(limits[1]! / (1 - limits[1]!)) - Math.log(limits[0]! / (1 - limits[0]!));
    results.push(inside(`log odds gained in round ${n + 1}`, gain, claimed - tolerance, claimed + tolerance));
  }
  return results;
}

export const oddsDoubling: Claim = {
  id: 'theorem-2.odds-doubling',
  title: 'Each round of STaR doubles the odds of a long answer',
  source: 'Theorem 2; Lemma 5 in the limit',
  statement: String.raw`\lambda \to 0:\quad p_n = \frac{2 p_{n-1}}{1 + p_{n-1}}, \qquad \frac{p_n}{1-p_n} = 2\,\frac{p_{n-1}}{1-p_{n-1}}`,
  assumptions: ['lambda -> 0, d >= 3, 0 < p < 1', 'reward r_cot, infinitely many samples, retrained each round'],
  evidence: [
    proofEvidence(obligations.oddsDoubling),
    caseEvidence('proof', {
      id: 'rationals',
      description:
        'In exact rationals, by counting all x and all accepted responses (d = 3) of the model that reproduces P(z_1 x_1) and P(long | z_1 x_1), which is the optimum at lambda -> 0: A_L = q and 2 A_S = 1 - q for every (q, rho). Both sides are polynomials of degree <= 2 in q and in rho once multiplied by m+; agreement on a 4 x 4 grid proves them for all (q, rho).',
      falsifiers: [acceptEverything, oddsTripled],
      cases: () =>
        ['1/10', '1/3', '3/5', '9/10'].flatMap((q) => ['1/8', '1/2', '5/7', '11/12'].map((rho) => ({ q, rho }))),
      check: ({ q, rho }, world) => {
        const long = parseRational(q)!;
        const { acceptedLong, acceptedShort } = limitRound(world, long, parseRational(rho)!);
        const one = rational(1);
        const next = acceptedLong.div(acceptedLong.add(acceptedShort));
        return [
          truth('A_L = q', acceptedLong.equals(long), `${acceptedLong.toFraction()} and ${q}`),
          truth('2 A_S = 1 - q', acceptedShort.mul(2).equals(one.sub(long)), acceptedShort.toFraction()),
          truth('the recursion', next.equals(world.theory.limitLongFraction(long, 1)), next.toFraction()),
        ];
      },
    }),
    caseEvidence('exact', {
      id: 'enumeration',
      description:
        'The long fraction of the enumerated accepted responses at lambda = 1e-4..1e-6, d = 3 and 4. Tolerance on the log-odds gained: lambda (L+1) (1.1 (d-1) + 3/(q(1-q))), derived in the source.',
      falsifiers: [acceptEverything, oddsTripled],
      cases: (effort) => grid(effort === 'quick' ? [3] : [3, 4], [0.02, 0.2, 0.6], [1e-4, 1e-5, 1e-6]),
      check: async (setting, world, { signal }) => {
        const rounds = await enumerateIn(world, { ...setting, rounds: 4, reward: 'cot', signal });
        const qs = rounds.map(({ distribution }) => sharesOf(distribution).longFraction);
        return doubling(world, qs, setting.pCot, setting.d, setting.lambda);
      },
    }),
    propertyEvidence({
      id: 'closed-form',
      description: 'The exact map at random d, p and lambda <= 1e-6, six rounds, with the same tolerance.',
      falsifiers: [oddsTripled],
      runs: { quick: 1000, standard: 10_000, thorough: 100_000 },
      arbitrary: () =>
        fc.record({
          d: arbitraryD({ max: 50 }),
          pCot: arbitraryP().filter((p) => p > 1e-3 && p < 0.999),
          lambda: arbitraryLambda({ min: 1e-100, max: 1e-6 }),
        }),
      check: ({ d, pCot, lambda }, world) => {
        const rounds = closedRounds(world, demonstrationState(pCot), { d, lambda }, 'cot', 6);
        const qs = rounds.map(({ state }) => probabilitiesOf(state).longFraction);
        return doubling(world, qs, pCot, d, lambda);
      },
    }),
  ],
};

/** One round in the limit, in exact rationals: every x, every response, acceptance by the world's reward. */
function limitRound(world: World, q: Fraction, rho: Fraction): { acceptedLong: Fraction; acceptedShort: Fraction } {
  const one = rational(1);
  const mPlus = q.add(one.sub(q).mul(rho));
  const longGivenPlus = q.div(mPlus);
  let [acceptedLong, acceptedShort] = [rational(0), rational(0)];
  const inputs = allInputs(3);
  for (const x of inputs) {
    for (const first of [1, -1]) {
      const agrees = first === x[0];
      const pFirst = (agrees ? mPlus : one.sub(mPlus)).div(inputs.length);
      const pLong = agrees ? longGivenPlus : rational(0);
      // Steps after the first are right with probability 1 in the limit.
      const chain = prefixProducts(x).map((c) => c * x[0]! * first);
      if (world.rewards.cot(x, [first])) acceptedShort = acceptedShort.add(pFirst.mul(one.sub(pLong)));
      if (world.rewards.cot(x, chain)) acceptedLong = acceptedLong.add(pFirst.mul(pLong));
    }
  }
  return { acceptedLong, acceptedShort };
}
