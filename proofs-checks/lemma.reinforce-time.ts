import fc from 'fast-check';
import { arbitraryLambda, arbitraryReal } from '../src/arbitraries/index.js';
import {
  AT,
  type Claim,
  caseEvidence,
  chainProbability,
  close,
  demonstrationState,
  enumerateAscentIn,
  inside,
  largestSuccessfulD,
  type Optimum,
  propertyEvidence,
  reinforceTime,
  sampledEvidence,
  sigmoid,
  type TrainedChain,
  truth,
  type World,
} from '../src/index.js';
import { chainOf, entriesOf, startIn, stepsToLong } from './shared/ascents.js';
import {
  acceptEverything,
  chainBelowHalf,
  sPlusHalved,
  timeBoundsDoubled,
  timeBoundsHalved,
} from './shared/falsifiers/index.js';
import { grid, type Setting } from './shared/states.js';
import { settingsIn, updatesUntil } from './shared/updates.js';

/** d of the runs on samples. */
const BITS = { quick: 6, standard: 20, thorough: 50 } as const;

const ASCENT = { algorithm: 'reinforce', reward: 'cot' } as const;

function optimumIn({ theory, choices }: World, { pCot, lambda }: Setting): Optimum {
  return theory.optimum(demonstrationState(pCot), { ...choices, lambda });
}

/**
 * The limit of 2 p tau as lambda << p -> 0: with K = 1, t = -infinity and e^s small, dc_1/ds = sigma(-c_1) / 2 from c_1 = 0, so
 * s - s_0 = 2 (c_1 + e^c_1 - 1), and 2 p tau is the integral of e^-(s - s_0) / sigma(c_1) over s. By the midpoint rule in c_1.
 */
function limitTime(): number {
  const [steps, most] = [20_000, 4];
  let sum = 0;
  for (let i = 0; i < steps; i++) {
    const c1 = ((i + 0.5) * most) / steps;
    const passed = 2 * (c1 + Math.expm1(c1));
    sum += (Math.exp(-passed) / sigmoid(c1)) * 2 * (1 + Math.exp(c1)) * (most / steps);
  }
  return sum;
}

/** Settings with p < 1/3 on the side of K = 1/2 that the world names, d at most 7/10 of the largest with K > 1/2, or twice that. */
function arbitraryTimed(world: World): fc.Arbitrary<Setting & { readonly learningRate: number }> {
  const above = world.hypotheses.chainProbability === 'above half';
  return fc
    .tuple(
      arbitraryLambda({ min: 1e-6, max: 0.02 }),
      arbitraryReal(0.05, 0.7),
      arbitraryReal(-2.3, -0.48),
      arbitraryReal(-0.5, 0.5),
    )
    .map(([lambda, share, logP, logRate]) => {
      const edge = largestSuccessfulD(lambda);
      const d = above ? Math.max(3, Math.floor(share * Math.min(edge, 100))) : 2 * edge;
      return { d, lambda, pCot: 10 ** logP, learningRate: 10 ** logRate };
    });
}

export const reinforceTimeClaim: Claim = {
  id: 'lemma.reinforce-time',
  title: 'REINFORCE takes a time of order 1/p to greedy long, where STaR takes log2(1/(2p)) rounds',
  source: 'Lemma 7 (time)',
  statement: String.raw`T_0 \le \tau \le \frac{T_0}{(2K_0 - 1)\,\sigma(c_1(0))}, \quad T_0 = 2\sinh|s_0| + 2|s_0|; \qquad \frac{T_0}{\eta} \le n \le \frac{e^{\eta/4}}{\eta}\frac{T_0}{(2K_0-1)\sigma(c_1(0))} + 1`,
  assumptions: [
    'd >= 3, r_cot, expected gradient from the optimum of D(p), p < 1/3, K_0 > 1/2, regularised constant, conditioned loss',
    'tau: the time of the flow at which greedy decoding turns long; n: the steps of plain ascent with learning rate eta > 0',
    'for lambda << p << 1 only: T_0 is about 1/(2p), and tau about .91/p',
  ],
  assumes: { freeConstant: false, jointLoss: false },
  evidence: [
    caseEvidence('exact', {
      id: 'enumeration',
      description:
        'The steps to greedy long by enumeration on all weights, d = 3..5, learning rates 1 and 3, inside the bounds, and equal to those of the reduced ascent. No tolerance.',
      falsifiers: [timeBoundsHalved, timeBoundsDoubled, acceptEverything],
      cases: (effort) =>
        grid(effort === 'quick' ? [3] : [3, 4, 5], [0.03, 0.1, 0.25], [1e-3]).flatMap((setting) =>
          [1, 3].map((learningRate) => ({ ...setting, learningRate })),
        ),
      check: async ({ learningRate, ...setting }, world, { signal }) => {
        const flow = world.theory.reinforceTimeBounds(optimumIn(world, setting), setting.d)!;
        const { lower, upper } = world.theory.reinforceStepBounds(flow, learningRate);
        const ascent = { ...ASCENT, learningRate };
        const options = { ...setting, ...ascent, steps: upper, baseline: 'none' } as const;
        const points = await enumerateAscentIn(world, { ...options, signal });
        const found = points.findIndex(({ greedy }) => greedy.longFraction === 1);
        const reduced = stepsToLong(world, startIn(world, setting), ascent, upper);
        return [
          truth('inside the bounds', lower <= found && found <= upper, `${found} in [${lower}, ${upper}]`),
          truth('steps of the reduced ascent', found === reduced, `${found} against ${reduced}`),
        ];
      },
    }),
    propertyEvidence({
      id: 'flow-and-ascent',
      description:
        'The time of the flow, integrated, and the steps of the reduced ascent inside their bounds at random d, lambda, p in [.005, .33] and learning rates in [.3, 3]. No tolerance but 1e-7 of the time for the integration.',
      falsifiers: [timeBoundsHalved, timeBoundsDoubled, chainBelowHalf],
      runs: { quick: 30, standard: 200, thorough: 2000 },
      arbitrary: arbitraryTimed,
      check: ({ learningRate, ...setting }, world) => {
        const start = optimumIn(world, setting);
        const flow = world.theory.reinforceTimeBounds(start, setting.d);
        if (!flow) return [truth('bounds exist', false, `K = ${chainProbability(start.c, setting.d)}`)];
        const time = reinforceTime(start, setting.d)!;
        const steps = world.theory.reinforceStepBounds(flow, learningRate);
        const found = stepsToLong(world, startIn(world, setting), { ...ASCENT, learningRate }, steps.upper);
        return [
          inside('time of the flow', time, flow.lower * (1 - 1e-7), flow.upper * (1 + 1e-7)),
          truth('steps', found !== null && steps.lower <= found, `${found} in [${steps.lower}, ${steps.upper}]`),
        ];
      },
    }),
    caseEvidence('exact', {
      id: 'against-star',
      description:
        'At lambda = 1e-13 and p = 1e-2, 1e-3, 1e-4: 2 p T_0 is 1 within 4 p (1 + |s_0|), as its closed form at lambda = 0 says; 2 p times the time of the flow is 1.815, the limit by quadrature, within 8 p (1 + |s_0|) (the order of the corrections; the factor is measured); and the rounds of STaR are those of its limit formula.',
      falsifiers: [timeBoundsHalved, timeBoundsDoubled, sPlusHalved],
      cases: () => [
        { pCot: 1e-2, rounds: 6 },
        { pCot: 1e-3, rounds: 9 },
        { pCot: 1e-4, rounds: 13 },
      ],
      check: ({ pCot, rounds }, world) => {
        const start = optimumIn(world, { d: 3, pCot, lambda: 1e-13 });
        const { lower } = world.theory.reinforceTimeBounds(start, 3)!;
        const size = Math.abs(start.sPlus);
        const time = reinforceTime(start, 3)!;
        return [
          close('2 p T_0', 2 * pCot * lower, 1, 4 * pCot * (1 + size)),
          close('2 p tau', 2 * pCot * time, limitTime(), 8 * pCot * (1 + size)),
          close('rounds of STaR', world.theory.limitRounds(pCot), rounds, 0),
        ];
      },
    }),
    sampledEvidence({
      id: 'real-updates',
      description:
        'Independent runs of REINFORCE with batches of 256 and learning rate .5 (p = .1; quick: d = 6; standard: d = 20; thorough: d = 50) from the exact optimum: the first update after which the stop logit s is positive lies inside the bounds on the steps. Success: so it does.',
      success: 'as many updates as the bounds allow',
      falsifiers: [timeBoundsHalved, timeBoundsDoubled],
      threshold: 0.9,
      trials: { quick: 600, standard: 600, thorough: 600 },
      trial: async (seed, world, { signal, effort }) => {
        const setting = { d: BITS[effort], pCot: 0.1, lambda: 1e-3 };
        const learningRate = 0.5;
        const bounds = world.theory.reinforceTimeBounds(optimumIn(world, setting), setting.d)!;
        const { lower, upper } = world.theory.reinforceStepBounds(bounds, learningRate);
        const prompts = 256;
        const settings = settingsIn(world, 'REINFORCE', 'cot', { prompts, learningRate });
        const isLong = (chain: TrainedChain) => entriesOf(chain.model)[AT.s]! > 0;
        const start = chainOf(startIn(world, setting));
        const run = { limit: upper, seed, lambda: setting.lambda };
        const found = await updatesUntil(world, start, settings, run, isLong, { signal });
        return found !== null && lower <= found;
      },
    }),
  ],
};
