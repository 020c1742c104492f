import fc from 'fast-check';
import {
  allInputs,
  type Baseline,
  type Claim,
  caseEvidence,
  close,
  enumerateAscentIn,
  enumeratePolicyGradient,
  enumerateScore,
  forEachResponse,
  KeyedRandom,
  type LinearChain,
  Pacer,
  propertyEvidence,
  type Reward,
  streamOf,
  type World,
} from '../src/index.js';
import { closedAscent, comparePoints, denseChain, largestDifference, startIn } from './shared/ascents.js';
import { acceptEverything, baselineOfLength, stopMovesOnce } from './shared/falsifiers/index.js';
import { grid } from './shared/states.js';
import { realUpdateEvidence } from './shared/updates.js';

/** See `lemma.reinforce-invariance`. */
const CARRIED = 1e-10;

/** Sums of at most 2^4 (2 + 2^4) terms of size 1, rounded. */
const SUMMATION = 1e-13;

const BASELINES: readonly Baseline[] = ['none', 'mean', 'prompt-mean'];

/** The mean reward of short and of long responses: a baseline that depends on what is answered. */
function meanByLength(model: LinearChain, reward: Reward): { short: number; long: number } {
  const [mass, right] = [
    { short: 0, long: 0 },
    { short: 0, long: 0 },
  ];
  for (const x of allInputs(model.d)) {
    forEachResponse(model, x, (context, length, probability) => {
      const kind = length === 1 ? 'short' : 'long';
      mass[kind] += probability;
      if (reward(x, context.subarray(model.d, model.d + length))) right[kind] += probability;
    });
  }
  return { short: right.short / mass.short, long: right.long / mass.long };
}

/** The expected gradient under a baseline; with the hypothesis dropped, under the one that depends on the length. */
async function gradientUnder(world: World, model: LinearChain, baseline: Baseline, reward: Reward, pacer: Pacer) {
  if (world.hypotheses.baselineOfInput || baseline === 'none') {
    return (await enumeratePolicyGradient(model, { algorithm: 'reinforce', baseline, reward }, pacer)).gradient;
  }
  const means = meanByLength(model, reward);
  const credit = (x: Int8Array, tokens: Int8Array) =>
    (reward(x, tokens) ? 1 : 0) - (tokens.length === 1 ? means.short : means.long);
  return enumerateScore(model, allInputs(model.d), credit, {}, pacer);
}

export const reinforceBaselines: Claim = {
  id: 'lemma.reinforce-baselines',
  title: 'No baseline, E[r] and E[r | x] give REINFORCE one expected gradient',
  source: 'Lemma 7 (baselines)',
  statement: String.raw`\mathbb E[(r - b(x)) \nabla \log \pi(y \mid x)] = \nabla \mathbb E[r] \text{ for } b = 0,\ \mathbb E[r],\ \mathbb E[r \mid x]`,
  assumptions: [
    'any weights, any reward; the baseline is a function of x alone; each response counts once, whatever its length',
    'at finite samples the mean of the other responses is subtracted, so that the baseline is independent of the response',
  ],
  evidence: [
    propertyEvidence({
      id: 'dense-weights',
      description:
        'The gradients under the three baselines by enumeration at random weights, all of them, d = 2..4. Tolerance 1e-13: rounding.',
      falsifiers: [baselineOfLength],
      runs: { quick: 60, standard: 400, thorough: 3000 },
      arbitrary: () =>
        fc.record({
          d: fc.integer({ min: 2, max: 4 }),
          draw: fc.integer({ min: 0, max: 2 ** 31 }),
          reward: fc.constantFrom('cot' as const, 'e2e' as const),
        }),
      check: async ({ d, draw, reward }, world, { signal }) => {
        const random = new KeyedRandom(draw, streamOf('cases'));
        let step = 0;
        const model = denseChain(d, () => random.uniform(step++, 0));
        const pacer = new Pacer({ signal });
        const gradients: LinearChain[] = [];
        for (const baseline of BASELINES) {
          gradients.push(await gradientUnder(world, model, baseline, world.rewards[reward], pacer));
        }
        return gradients
          .slice(1)
          .map((gradient, i) =>
            close(`gradient under ${BASELINES[i + 1]}`, largestDifference(gradient, gradients[0]!), 0, SUMMATION),
          );
      },
    }),
    caseEvidence('exact', {
      id: 'fifty-steps',
      description:
        'Fifty steps of length 1 under the baselines mean and prompt-mean by enumeration on all weights, against the one reduced flow. d = 3..5. Tolerance 1e-10, as in lemma.reinforce-invariance.',
      falsifiers: [stopMovesOnce, acceptEverything],
      cases: (effort) =>
        grid(effort === 'quick' ? [3] : [3, 4, 5], [0.05, 0.3], [0.1, 1e-3]).flatMap((setting) =>
          (['cot', 'e2e'] as const).flatMap((reward) =>
            (['mean', 'prompt-mean'] as const).map((baseline) => ({ ...setting, reward, baseline })),
          ),
        ),
      check: async (setting, world, { signal }) => {
        const ascent = { algorithm: 'reinforce', reward: setting.reward, steps: 50, learningRate: 1 } as const;
        const points = await enumerateAscentIn(world, { ...setting, ...ascent, signal });
        const closed = closedAscent(world, startIn(world, setting), ascent);
        return points.flatMap((point) => comparePoints(point, closed[point.step]!, CARRIED));
      },
    }),
    ...(['REINFORCE, mean', 'REINFORCE, prompt mean'] as const).map((algorithm) => {
      const prompts = algorithm === 'REINFORCE, mean' ? 100_000 : 50_000;
      const update = realUpdateEvidence({
        algorithm,
        reward: 'cot',
        settings: { prompts, numGenerations: 100_000 / prompts },
        pCot: 0.3,
        sizes: [
          { d: 20, lambda: 1e-3 },
          { d: 50, lambda: 1e-3 },
        ],
        objective: ({ theory }) => theory.rewardObjective,
        falsifiers: [acceptEverything],
      });
      return { ...update, id: `real-update-${algorithm === 'REINFORCE, mean' ? 'mean' : 'prompt-mean'}` };
    }),
  ],
};
