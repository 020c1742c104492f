import fc from 'fast-check';
import { arbitraryD, arbitraryLambda, arbitraryP } from '../src/arbitraries/index.js';
import {
  allInputs,
  type Claim,
  caseEvidence,
  close,
  demonstration,
  demonstrationState,
  enumerateGreedyThreshold,
  enumerateIn,
  exactProbability,
  type Fraction,
  intervals,
  optimumEnclosure,
  type ParameterBox,
  parseRational,
  proofEvidence,
  propertyEvidence,
  rational,
  truth,
  type World,
} from '../src/index.js';
import { obligations } from './obligations/index.js';
import { certifiedEvidence, least, SQUARES } from './shared/certified-evidence.js';
import {
  dTwo,
  freeConstant,
  stopIgnoresFirstToken,
  thresholdAt35,
  withoutProducts,
} from './shared/falsifiers/index.js';
import { bits, grid } from './shared/states.js';

/** How close to the threshold p may come where boxes of p are certified: s is about 9/4 of the distance there. */
const MARGIN = 1e-6;

/** m+ and L+ of D(p) in exact rationals, by counting every input and both demonstrations (d = 3). */
function countedMasses(p: Fraction): { mPlus: Fraction; longPlus: Fraction } {
  let [mPlus, longPlus] = [rational(0), rational(0)];
  const inputs = allInputs(3);
  for (const x of inputs) {
    for (const long of [true, false]) {
      if (demonstration(x, long)[0] !== x[0]) continue;
      const mass = (long ? p : rational(1).sub(p)).div(inputs.length);
      mPlus = mPlus.add(mass);
      if (long) longPlus = longPlus.add(mass);
    }
  }
  return { mPlus, longPlus };
}

/** What greedy decoding must do at p under the world's threshold. */
function expectedGreedy(world: World, pCot: number, lambda: number): { long: number; correct: number } {
  const long = pCot > world.theory.greedyThreshold({ lambda });
  return long ? { long: 1, correct: 1 } : { long: 0, correct: 0.5 };
}

export const greedyThresholdClaim: Claim = {
  id: 'theorem-1.greedy-threshold',
  title: 'Greedy decoding turns long exactly at p = 1/3',
  source: 'Theorem 1 (ii); Lemma 3 at finite lambda',
  statement: String.raw`p < \tfrac13: \text{greedy answers } (x_1, \mathrm{EOS}), \text{ right on half of } x; \quad p > \tfrac13: \text{greedy gives the full valid chain}`,
  assumptions: [
    'd >= 3, lambda > 0, p != 1/3 (a tie)',
    'infinitely many samples: the regularised optimum (finite samples: theorem-1.sgd)',
    'regularised constant; with a free one the threshold moves (variant.free-constant)',
  ],
  assumes: { freeConstant: false },
  evidence: [
    proofEvidence(obligations.greedyThreshold),
    caseEvidence('proof', {
      id: 'sign',
      description:
        'In exact rationals: (r+ - 1/2) 2(1+p) = 3p - 1 and m+ - 1/2 = p/2, with the masses counted over all x (d = 3). Both sides are polynomials of degree <= 1 in p, so agreement at more than two points proves them for all p; s has the sign of r+ - 1/2 and c_1 that of m+ - 1/2 (Lemma 2).',
      falsifiers: [thresholdAt35],
      cases: () => ['1/7', '1/4', '1/3', '2/5', '17/20'],
      check: (text, world) => {
        const p = parseRational(text)!;
        const one = rational(1);
        const { mPlus, longPlus } = countedMasses(p);
        const rPlus = longPlus.div(mPlus);
        const left = rPlus.sub(rational(1, 2)).mul(2).mul(one.add(p));
        const sign = rPlus.compare(rational(1, 2));
        const threshold = world.theory.greedyThreshold({ lambda: 0.01 });
        const side = Math.abs(Number(p) - threshold) < 1e-15 ? 0 : Math.sign(Number(p) - threshold);
        return [
          truth('(r+ - 1/2) 2(1+p) = 3p - 1', left.equals(p.mul(3).sub(1))),
          truth('m+ - 1/2 = p/2', mPlus.sub(rational(1, 2)).equals(p.div(2))),
          truth('the sign of r+ - 1/2 is the side of the threshold', sign === side, `${sign} and ${side}`),
        ];
      },
    }),
    caseEvidence('exact', {
      id: 'enumeration',
      description:
        'Greedy decoding of the optimum for every x, d = 3..5, p on both sides of 1/3 down to a distance of 1e-6. No tolerance: shares must be 0, 1/2 or 1.',
      falsifiers: [thresholdAt35, stopIgnoresFirstToken, withoutProducts, freeConstant, dTwo],
      cases: (effort, world) =>
        grid(
          bits(world, effort === 'quick' ? 4 : 5),
          [0.05, 0.25, 1 / 3 - 1e-3, 1 / 3 - 1e-6, 1 / 3 + 1e-6, 1 / 3 + 1e-3, 0.34, 0.6],
          [0.1, 0.01, 1e-3],
        ),
      check: async (setting, world, { signal }) => {
        const [round] = await enumerateIn(world, { ...setting, rounds: 0, reward: 'cot', signal });
        const { longFraction, correctFraction } = round!.greedy;
        const { long, correct } = expectedGreedy(world, setting.pCot, setting.lambda);
        return [
          truth('share of long greedy answers', longFraction === long, `${longFraction} against ${long}`),
          truth('share of right greedy answers', correctFraction === correct, `${correctFraction} against ${correct}`),
        ];
      },
    }),
    caseEvidence('exact', {
      id: 'bisection',
      description:
        'The p at which the enumerated greedy decision turns, by bisection with a Newton fit at each p. Tolerance 1e-9: a logit error of 1e-10 over the slope 9/4 of the log-odds in p, shrunk at most tenfold by lambda.',
      falsifiers: [thresholdAt35, stopIgnoresFirstToken, freeConstant],
      cases: (effort, world) => grid(bits(world, effort === 'quick' ? 3 : 4), [1 / 3], [0.1, 0.01, 1e-3]),
      check: async ({ d, lambda }, world, { signal }) => {
        const { features, choices } = world;
        const found = await enumerateGreedyThreshold(d, { ...choices, lambda, features, signal });
        return [close('threshold', found ?? Number.NaN, world.theory.greedyThreshold({ lambda }), 1e-9)];
      },
    }),
    certifiedEvidence<ParameterBox>({
      description:
        "For every real p in [.01, .99] but within 1e-6 of the world's threshold, and every real lambda in [1e-6, .1] (more at higher effort): s < 0 < c_1 below, and s, c_1, c > 0 above. The roots of Lemma 2 are enclosed by interval arithmetic with our own bounds on exp and log; the slack is the smallest of these logits.",
      falsifiers: [thresholdAt35],
      inequalities: (effort, world) => {
        const { p, lambda } = SQUARES[effort];
        const threshold = world.theory.greedyThreshold({ lambda: lambda.low });
        return [
          {
            what: 'short after the right first token below the threshold',
            boxes: [{ p: intervals.between(p.low, threshold - MARGIN), lambda }],
            slack: (box) => {
              const { sPlus, c1 } = optimumEnclosure(box);
              return least(intervals.negate(sPlus), c1);
            },
          },
          {
            what: 'long and right above the threshold',
            boxes: [{ p: intervals.between(threshold + MARGIN, p.high), lambda }],
            slack: (box) => {
              const { sPlus, c1, c } = optimumEnclosure(box);
              return least(sPlus, c1, c);
            },
          },
        ];
      },
    }),
    propertyEvidence({
      id: 'closed-form',
      description:
        'The closed form at random d, p != 1/3 (a double is the decimal that prints it) and lambda down to 1e-12: long and entirely right iff 3p > 1, in exact arithmetic.',
      falsifiers: [thresholdAt35, freeConstant],
      runs: { quick: 2000, standard: 20_000, thorough: 200_000 },
      arbitrary: () =>
        fc.record({
          d: arbitraryD(),
          pCot: arbitraryP().filter((p) => exactProbability(p).mul(3).compare(1) !== 0),
          lambda: arbitraryLambda(),
        }),
      check: ({ d, pCot, lambda }, world) => {
        const model = world.theory.optimum(demonstrationState(pCot), { ...world.choices, lambda });
        const { greedy } = world.theory.behaviour(model, d);
        const above = exactProbability(pCot).mul(3).compare(1) > 0;
        const claimed = world.theory.greedyThreshold({ lambda });
        return [
          truth('long iff 3p > 1', greedy.longFraction === (above ? 1 : 0), `${greedy.longFraction}, 3p > 1: ${above}`),
          truth('right on all or half', greedy.correctFraction === (above ? 1 : 0.5), `${greedy.correctFraction}`),
          truth('the threshold separates', Math.abs(pCot - claimed) < 1e-15 || pCot > claimed === above, `${claimed}`),
        ];
      },
    }),
  ],
};
