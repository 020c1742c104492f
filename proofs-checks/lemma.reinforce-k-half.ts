import fc from 'fast-check';
import {
  AT,
  type Claim,
  caseEvidence,
  enumerateAscentIn,
  enumerateIn,
  logTwoK,
  policyBehaviour,
  proofEvidence,
  propertyEvidence,
  sigmoid,
  starFate,
  truth,
} from '../src/index.js';
import { obligations } from './obligations/index.js';
import { arbitrarySparseWeights, closedAscent, entriesOf, objectiveIn, startIn } from './shared/ascents.js';
import { acceptEverything, answerAlone, lengthGainsAlways } from './shared/falsifiers/index.js';
import { realUpdateEvidence } from './shared/updates.js';

const ASCENT = { algorithm: 'reinforce', reward: 'cot', learningRate: 1 } as const;

export const reinforceKHalf: Claim = {
  id: 'lemma.reinforce-k-half',
  title: 'REINFORCE lengthens right-starting answers iff K > 1/2; but K grows, so greedy becomes long from any start',
  source: 'Lemma 7 (the K = 1/2 line)',
  statement: String.raw`\operatorname{sign} \dot s = \operatorname{sign}(2K - 1), \quad \dot K > 0, \quad \text{and greedy becomes long in finite time from every } K_0 > 0`,
  assumptions: [
    'd >= 3, r_cot, expected gradient from any weights on the sparse support (the runs start from optima with a regularised constant and the conditioned loss); s is the stop logit where z_1 = x_1',
    'unlike STaR, retrained from scratch, whose greedy answers become short for ever when K < 1/2 (lemma.star-dichotomy)',
    'a time that grows like e^(|s| + |c_1|) at the lowest of both: what bounded runs make of K_0 < 1/2 is post-training.too-early',
  ],
  assumes: { freeConstant: false, jointLoss: false },
  evidence: [
    proofEvidence(obligations.reinforceKHalf),
    propertyEvidence({
      id: 'signs',
      description:
        'The signs of the flow at random weights on the support, d up to 60, c_l around the line K = 1/2. No tolerance, but for K within 1e-9 of 1/2.',
      falsifiers: [lengthGainsAlways],
      runs: { quick: 1000, standard: 10_000, thorough: 100_000 },
      arbitrary: () =>
        fc.record({
          weights: arbitrarySparseWeights(fc.integer({ min: 3, max: 60 })),
          // Moves all c_l to the line, on average.
          shift: fc.boolean(),
        }),
      check: ({ weights, shift }, world) => {
        const point = Float64Array.from(weights);
        const steps = point.length - AT.c;
        if (shift) for (let j = AT.c; j < point.length; j++) point[j]! += Math.log(steps / Math.LN2);
        const { flow } = world.theory.policyGradient(point, objectiveIn(world, 'reinforce'), { reward: 'cot' });
        const K = point.subarray(AT.c).reduce((product, c) => product * sigmoid(c), 1);
        const s = flow[AT.s]!;
        return [
          truth(
            's moves with 2K - 1',
            Math.abs(2 * K - 1) < 1e-9 || Math.sign(s) === Math.sign(2 * K - 1),
            `${s}, K = ${K}`,
          ),
          truth(
            'every c_l grows',
            flow.subarray(AT.c).every((c) => c > 0),
          ),
          truth('t falls', flow[AT.t]! < 0),
        ];
      },
    }),
    caseEvidence('exact', {
      id: 'either-side',
      description:
        'Enumeration on all weights at lambda = .1, where K > 1/2 iff d <= 4: in the first step s rises for d = 3, 4 and falls for d = 5; at the last greedy is long and right for each, also for d = 5, where five rounds of STaR from the same optimum leave it short.',
      falsifiers: [acceptEverything, answerAlone],
      cases: (effort) => [
        { d: 3, pCot: 0.2, lambda: 0.1, steps: 30 },
        { d: 4, pCot: 0.2, lambda: 0.1, steps: 60 },
        { d: 5, pCot: 0.3, lambda: 0.1, steps: 20 },
        ...(effort === 'quick' ? [] : [{ d: 5, pCot: 0.05, lambda: 0.1, steps: 80 }]),
      ],
      check: async ({ steps, ...setting }, world, { signal }) => {
        const points = await enumerateAscentIn(world, { ...setting, ...ASCENT, steps, baseline: 'none', signal });
        const s = points.map(({ model }) => entriesOf(model)[AT.s]!);
        const above = logTwoK(setting.d, setting.lambda) > 0;
        const last = points.at(-1)!.greedy;
        const rounds = above ? [] : await enumerateIn(world, { ...setting, rounds: 5, reward: 'cot', signal });
        return [
          truth('s rises at first iff K > 1/2', s[1]! > s[0]! === above, `${s[0]} to ${s[1]}`),
          truth('greedy is short at first', points[0]!.greedy.longFraction === 0),
          truth('long and right at last', last.longFraction === 1 && last.correctFraction === 1, JSON.stringify(last)),
          truth(
            'STaR stays short',
            rounds.every(({ greedy }) => greedy.longFraction === 0),
          ),
        ];
      },
    }),
    caseEvidence('exact', {
      id: 'no-dichotomy',
      description:
        'The reduced ascent at larger d on the far side of K = 1/2, where STaR fails from every p: s falls first, and greedy is long and right after at most the steps given.',
      falsifiers: [lengthGainsAlways],
      cases: () => [
        { d: 6, pCot: 0.3, lambda: 0.1, steps: 100 },
        { d: 30, pCot: 0.2, lambda: 0.01, steps: 4000 },
        { d: 150, pCot: 0.3, lambda: 1e-3, steps: 4000 },
      ],
      check: ({ steps, ...setting }, world) => {
        const points = closedAscent(world, startIn(world, setting), { ...ASCENT, steps });
        const [before, after] = [points[0]!.weights[AT.s]!, points[1]!.weights[AT.s]!];
        const { longFraction, correctFraction } = policyBehaviour(points.at(-1)!.weights).greedy;
        return [
          truth('STaR would become short', starFate(setting.d, setting.lambda) === 'becomes short'),
          truth('s falls first', after < before, `${before} to ${after}`),
          truth('long and right at last', longFraction === 1 && correctFraction === 1, `${longFraction}`),
        ];
      },
    }),
    realUpdateEvidence({
      algorithm: 'REINFORCE',
      reward: 'cot',
      settings: { prompts: 100_000 },
      pCot: 0.3,
      // K = .25 and .18: the bias falls.
      sizes: [
        { d: 20, lambda: 0.03 },
        { d: 50, lambda: 0.01 },
      ],
      objective: ({ theory }) => theory.rewardObjective,
      falsifiers: [lengthGainsAlways],
    }),
  ],
};
