import {
  type Claim,
  type Comparison,
  caseEvidence,
  demonstrationState,
  type Effort,
  enumerateAscentIn,
  enumerateIn,
  truth,
} from '../src/index.js';
import { closedAscent, comparePoints, startIn } from './shared/ascents.js';
import { acceptEverything, fewSamples, oddsKept, stopMovesOnce } from './shared/falsifiers/index.js';
import type { FiniteSetting } from './shared/finite-samples.js';
import { closedRounds, grid } from './shared/states.js';
import { ALGORITHMS, type PostTraining, postTrainingEvidence, updatesFor } from './shared/updates.js';

/** See `lemma.reinforce-invariance`. */
const CARRIED = 1e-10;

/** p < 1/3: greedy answers are short after pre-training. */
const PRETRAINING: Readonly<Record<Effort, readonly FiniteSetting[]>> = {
  quick: [{ d: 10, pCot: 0.25, lambda: 1e-3, samples: 30_000 }],
  standard: [
    { d: 20, pCot: 0.25, lambda: 1e-3, samples: 100_000 },
    { d: 50, pCot: 0.25, lambda: 1e-3, samples: 100_000 },
  ],
  thorough: [
    { d: 20, pCot: 0.1, lambda: 1e-3, samples: 200_000 },
    { d: 50, pCot: 0.1, lambda: 1e-3, samples: 400_000 },
  ],
};

/** Enough for each of the settings above (experiments/algorithms.ts). */
const postTraining = (effort: Effort): readonly PostTraining[] => [
  { algorithm: 'STaR', reward: 'cot', steps: 5 },
  ...ALGORITHMS.map((algorithm) => {
    return { algorithm, reward: 'cot' as const, steps: updatesFor(algorithm, effort) };
  }),
];

interface Observed {
  readonly pLong: number;
  readonly accuracy: number;
  readonly longFraction: number;
  readonly correctFraction: number;
}

/** Length and accuracy rise in every step until greedy decoding is long, and there it is right. */
function rises(name: string, all: readonly Observed[]): Comparison[] {
  const turn = all.findIndex(({ longFraction }) => longFraction === 1);
  const until = all.slice(0, turn + 1);
  const grows = (key: 'pLong' | 'accuracy') => until.every((point, i) => i === 0 || point[key] > until[i - 1]![key]);
  return [
    truth(`${name}: short and right on half at first`, all[0]!.longFraction === 0 && all[0]!.correctFraction === 0.5),
    truth(`${name}: greedy becomes long`, turn > 0),
    truth(`${name}: the length rises until then`, grows('pLong')),
    truth(`${name}: the accuracy rises until then`, grows('accuracy')),
    truth(`${name}: long and right at last`, all.at(-1)!.correctFraction === 1 && all.at(-1)!.longFraction === 1),
  ];
}

export const allAlgorithms: Claim = {
  id: 'post-training.all-algorithms',
  title: 'STaR, REINFORCE and GRPO each take short, half-right greedy answers to long, right ones',
  source: 'the paper, post-training with STaR, REINFORCE and GRPO',
  statement: String.raw`p < \tfrac13,\ K_0 > \tfrac12: \text{under each algorithm } P(|y|=d) \text{ and } \mathbb E[r] \text{ rise until greedy is long and right on every } x`,
  assumptions: [
    'd >= 3, p < 1/3, lambda small enough for K_0 > 1/2 (here 1e-3), r_cot, temperature 1; regularised constant',
    'exact: infinitely many samples, REINFORCE and GRPO by gradient ascent with learning rate 1, STaR retrained each round',
    'sampled: enough samples of pre-training that P(right | long) > 1/2 (post-training.too-early), p = .25 (thorough: .1)',
  ],
  assumes: { freeConstant: false, jointLoss: false, average: 'tail' },
  evidence: [
    caseEvidence('exact', {
      id: 'enumeration',
      description:
        'By enumeration on all weights, d = 3..5 (quick: 3), p = .1 and .25: five rounds of STaR, and 40 steps of REINFORCE and of GRPO, whose every point is also that of the reduced flow within 1e-10. Length and accuracy rise in each round or step until greedy decoding is long.',
      falsifiers: [acceptEverything, stopMovesOnce],
      cases: (effort) => grid(effort === 'quick' ? [3] : [3, 4, 5], [0.1, 0.25], [1e-3]),
      check: async (setting, world, { signal }) => {
        const rounds = await enumerateIn(world, { ...setting, rounds: 5, reward: 'cot', signal });
        const comparisons = rises(
          'STaR',
          rounds.map(({ sampling, greedy }) => ({ ...sampling, ...greedy, accuracy: sampling.accuracyCot })),
        );
        for (const algorithm of ['reinforce', 'grpo'] as const) {
          const ascent = { algorithm, reward: 'cot', steps: 40, learningRate: 1 } as const;
          const points = await enumerateAscentIn(world, { ...setting, ...ascent, baseline: 'mean', signal });
          const closed = closedAscent(world, startIn(world, setting), ascent);
          comparisons.push(
            ...rises(
              algorithm,
              points.map(({ sampling, greedy }) => ({ ...sampling, ...greedy, accuracy: sampling.accuracyCot })),
            ),
            ...points.flatMap((point) => comparePoints(point, closed[point.step]!, CARRIED)),
          );
        }
        return comparisons;
      },
    }),
    caseEvidence('exact', {
      id: 'rounds-of-star',
      description:
        'The exact map of STaR at d = 20 and 50, p = .05 to .3: length and accuracy rise until greedy is long.',
      falsifiers: [oddsKept],
      cases: () => grid([20, 50], [0.05, 0.1, 0.2, 0.3], [1e-3]),
      check: (setting, world) =>
        rises(
          'STaR',
          closedRounds(world, demonstrationState(setting.pCot), setting, 'cot', 10).map(({ behaviour }) => {
            return { ...behaviour, ...behaviour.greedy, accuracy: behaviour.accuracyCot };
          }),
        ),
    }),
    postTrainingEvidence({
      description:
        'One pre-training for each size (quick: d = 10, T = 3e4; standard: d = 20 and 50, T = 1e5; thorough: p = .1, T = 2e5 and 4e5), then five rounds of STaR, 30 updates of 1024 sequences of REINFORCE (each baseline) and 60 (quick: 30) of GRPO, all from that chain. The statement is about the chains of this seed: all of them answer more than 95% of fresh inputs greedily with the valid chain.',
      pretraining: PRETRAINING,
      ways: postTraining,
      expected: 'all',
      falsifiers: [acceptEverything, fewSamples],
    }),
  ],
};
