import fc from 'fast-check';
import { arbitraryD, arbitraryLambda, arbitraryP } from '../src/arbitraries/index.js';
import {
  type Claim,
  caseEvidence,
  close,
  enumerateGreedy,
  enumerateGreedyThreshold,
  enumerateIn,
  exactProbability,
  type Fraction,
  greedyThreshold,
  parseRational,
  propertyEvidence,
  rational,
  truth,
  type World,
} from '../src/index.js';
import {
  answerNoiseMovesThreshold,
  dTwo,
  freeConstant,
  noiseKeepsThreshold,
  noiseUnseen,
  stopIgnoresFirstToken,
  withoutProducts,
} from './shared/falsifiers/index.js';
import { arbitraryNoise, exactThreshold, noisyGrid } from './shared/noise.js';
import { bits } from './shared/states.js';

/** Shares of long and of wholly right (r_cot) greedy answers: all wrong where more than half of the steps are. */
function expectedShares(long: boolean, stepNoise: number): { long: number; correct: number } {
  if (!long) return { long: 0, correct: 0.5 };
  return { long: 1, correct: stepNoise < 0.5 ? 1 : 0 };
}

/** The threshold by bisection over p, on all features. */
async function bisected(
  world: World,
  setting: { readonly d: number; readonly lambda: number; readonly stepNoise: number; readonly answerNoise: number },
  signal: AbortSignal | undefined,
): Promise<number> {
  const { features, choices } = world;
  const { d, ...loss } = setting;
  return (await enumerateGreedyThreshold(d, { ...choices, ...loss, features, signal })) ?? Number.NaN;
}

/** A few roundings of the log-odds, one of which is kept as a sum of two numbers. */
const MIRRORED = 1e-14;

const BISECTION =
  'Tolerance 1e-9: a logit error of 1e-10 over the slope of the log-odds in p, at least 4, shrunk at most tenfold by lambda.';

export const noiseThreshold: Claim = {
  id: 'noise.greedy-threshold',
  title: 'Step noise moves the greedy threshold to 1/(3 - 2 eta); below 1/2 greedy decoding undoes it',
  source: 'this project (Lemma 8)',
  statement: String.raw`p^\ast(\eta) = \frac{1}{1 + 2\max(\eta, 1-\eta)}; \quad p > p^\ast: \text{ greedy gives the full valid chain if } \eta < \tfrac12, \text{ and one wrong at every step if } \eta > \tfrac12`,
  assumptions: [
    'd >= 3, lambda > 0, p != p* and eta != 1/2 (ties), any nu; infinitely many samples: the regularised optimum',
    'regularised constant; with a free one the threshold lies between 1/(3 - 2 eta) and 1/2 (evidence free-constant)',
  ],
  assumes: { freeConstant: false },
  evidence: [
    caseEvidence('exact', {
      id: 'enumeration',
      description:
        'Greedy decoding of the optimum for every x, d = 3..5, p at distances .1 and 1e-3 on both sides of the threshold. No tolerance: shares must be 0, 1/2 or 1; the last token of a chain that is wrong at every step is right iff d is even.',
      falsifiers: [noiseKeepsThreshold, stopIgnoresFirstToken, withoutProducts, freeConstant, dTwo],
      cases: (effort, world) =>
        [0.1, 0.3, 0.45, 0.8, 1].flatMap((stepNoise) =>
          noisyGrid(
            bits(world, effort === 'quick' ? 4 : 5),
            [-0.1, -1e-3, 1e-3, 0.1].map((distance) => greedyThreshold({ lambda: 0.01, stepNoise }) + distance),
            [0.1, 1e-3],
            [stepNoise],
            [0.2],
          ),
        ),
      check: async (setting, world, { signal }) => {
        const { pCot, lambda, stepNoise, d } = setting;
        const [round] = await enumerateIn(world, { ...setting, rounds: 0, reward: 'cot', signal });
        const { longFraction, correctFraction } = round!.greedy;
        const { long, correct } = expectedShares(pCot > world.theory.greedyThreshold({ lambda, stepNoise }), stepNoise);
        const lastRight = long === 0 ? 0.5 : stepNoise < 0.5 || d % 2 === 0 ? 1 : 0;
        const found = enumerateGreedy(round!.model, world.rewards.e2e, world.features).correctFraction;
        return [
          truth('share of long greedy answers', longFraction === long, `${longFraction} against ${long}`),
          truth('share of right greedy answers', correctFraction === correct, `${correctFraction} against ${correct}`),
          truth('share with the right last token', found === lastRight, `${found} against ${lastRight}`),
        ];
      },
    }),
    caseEvidence('exact', {
      id: 'bisection',
      description: `The p at which the enumerated greedy decision turns, by bisection with a Newton fit at each p. ${BISECTION}`,
      falsifiers: [noiseKeepsThreshold, answerNoiseMovesThreshold, stopIgnoresFirstToken, freeConstant],
      cases: (effort, world) =>
        noisyGrid(bits(world, effort === 'quick' ? 3 : 4), [0.4], [0.1, 1e-3], [0, 0.1, 0.3, 0.9], [0, 0.4]),
      check: async ({ pCot: _, ...setting }, world, { signal }) => {
        const { lambda, stepNoise, answerNoise } = setting;
        const found = await bisected(world, setting, signal);
        return [close('threshold', found, world.theory.greedyThreshold({ lambda, stepNoise, answerNoise }), 1e-9)];
      },
    }),
    caseEvidence('exact', {
      id: 'free-constant',
      description: `The same with a free constant, against the root of 2(2 - 2 eta - y) sigma(-y/lambda) - 4 eta (1 + y) sigma(y/lambda) = (3 - 2 eta) y. ${BISECTION}`,
      falsifiers: [noiseKeepsThreshold],
      cases: () => noisyGrid([3], [0.4], [1, 0.1, 1e-3], [0.1, 0.3, 0.9], [0.4]),
      check: async ({ pCot: _, ...setting }, world, { signal }) => {
        const { lambda, stepNoise, answerNoise } = setting;
        const free = { ...world, choices: { ...world.choices, freeConstant: true } };
        const found = await bisected(free, setting, signal);
        const claimed = world.theory.greedyThreshold({ lambda, stepNoise, answerNoise, freeConstant: true });
        const regularised = world.theory.greedyThreshold({ lambda, stepNoise, answerNoise });
        return [
          close('threshold', found, claimed, 1e-9),
          truth('between the regularised one and 1/2', claimed > regularised && claimed < 0.5, `${claimed}`),
        ];
      },
    }),
    propertyEvidence({
      id: 'closed-form',
      description:
        'The closed form at random d, p, eta, lambda down to 1e-12: long iff p (1 + 2 max(eta, 1 - eta)) > 1, in exact arithmetic, and a tie exactly where p is the threshold (every tenth case) or eta = 1/2; 1 - eta in place of eta exchanges the signs of the steps, to 1e-14.',
      falsifiers: [noiseKeepsThreshold, noiseUnseen, freeConstant],
      runs: { quick: 2000, standard: 20_000, thorough: 100_000 },
      arbitrary: () =>
        fc.record({
          d: arbitraryD(),
          pCot: arbitraryP(),
          stepNoise: arbitraryNoise(),
          lambda: arbitraryLambda(),
          atThreshold: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
        }),
      check: ({ d, pCot, stepNoise, lambda, atThreshold }, world) => {
        const eta = parseRational(String(stepNoise))!;
        const threshold = exactThreshold(eta);
        const p = atThreshold ? threshold : exactProbability(pCot);
        const loss = { ...world.choices, lambda };
        const optimumAt = (noise: Fraction) =>
          world.theory.optimum(world.theory.demonstrationState(p, { stepNoise: noise }), loss);
        const model = optimumAt(eta);
        const mirror = optimumAt(rational(1).sub(eta));
        const { greedy } = world.theory.behaviour(model, d);
        const side = p.compare(threshold);
        const tie = side === 0 || stepNoise === 0.5;
        const { long, correct } = expectedShares(side > 0, stepNoise);
        const claimed = world.theory.greedyThreshold({ lambda, stepNoise });
        return [
          truth('a tie exactly there', greedy.tie === tie, `${greedy.tie}, ${tie}`),
          truth('long iff p > p*', side === 0 || greedy.longFraction === long, `${greedy.longFraction}, ${long}`),
          truth('right or wrong', tie || greedy.correctFraction === correct, `${greedy.correctFraction}, ${correct}`),
          truth(
            'the threshold separates',
            Math.abs(p.valueOf() - claimed) < 1e-15 || p.valueOf() > claimed === side > 0,
          ),
          close('mirror: c_1', mirror.c1, -model.c1, MIRRORED * Math.max(1, Math.abs(model.c1))),
          close('mirror: c', mirror.c, -model.c, MIRRORED * Math.max(1, Math.abs(model.c))),
          close('mirror: s and t', mirror.sPlus, model.sMinus, MIRRORED * Math.max(1, Math.abs(model.sMinus))),
        ];
      },
    }),
  ],
};
