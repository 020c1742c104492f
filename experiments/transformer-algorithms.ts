import { z } from 'zod';
import {
  type Check,
  type Figure,
  type Hue,
  type IllustratedExperiment,
  limitRounds,
  type Panel,
  type Row,
} from '../src/index.js';
import { notChecked } from './shared/checks.js';
import { endLabelled, shareAxis } from './shared/lines.js';
import { bandText, overSeeds, where } from './shared/over-seeds.js';
import { count, probability } from './shared/schema.js';
import { ANSWER_COLUMNS } from './shared/transformer-answers.js';
import { runBranches } from './shared/transformer-branches.js';
import { atChance, isPerfect } from './shared/transformer-checks.js';
import {
  ALGORITHMS,
  type Algorithm,
  DEFAULT_TRANSFORMER,
  FULL_TRANSFORMER,
  modelsExist,
  SMOKE_TRANSFORMER,
  transformerRanges,
} from './shared/transformers.js';

const REWARDS = ['cot', 'e2e'] as const;
type Reward = (typeof REWARDS)[number];

const schema = z
  .strictObject({
    ...transformerRanges,
    pCot: probability().describe('p, the fraction of long demonstrations'),
    rounds: count(1, 1000).describe('rounds of post-training'),
  })
  .superRefine(modelsExist((settings) => [settings]));
type Settings = z.infer<typeof schema>;

const SMOKE: Settings = { ...SMOKE_TRANSFORMER, pCot: 0.2, rounds: 5 };
const DEFAULT: Settings = { ...DEFAULT_TRANSFORMER, pCot: 0.2, rounds: 8 };

export const transformerAlgorithms: IllustratedExperiment<Settings> = {
  name: 'transformer-algorithms',
  question:
    'Do STaR, REINFORCE and GRPO, with either reward, each take a pre-trained transformer to right greedy answers?',
  expected:
    'Each does (experiments with transformers of arXiv:2510.11495), as each does to the linear chain (Lemmas 5, 6 and 7 for STaR and REINFORCE, infinite samples).',
  model: 'transformer',
  columns: [
    { name: 'algorithm', role: 'key', meaning: 'STaR, REINFORCE or GRPO' },
    { name: 'reward', role: 'key', meaning: 'cot: the whole chain of thought; e2e: the last token' },
    ...ANSWER_COLUMNS,
  ],
  schema,
  sizes: {
    smoke: { seeds: 2, settings: SMOKE, time: '40 seconds' },
    default: { seeds: 3, settings: DEFAULT, time: '5 minutes' },
    full: { seeds: 5, settings: { ...FULL_TRANSFORMER, pCot: 0.25, rounds: 20 }, time: '5 hours, estimated' },
  },
  trials: (settings, seeds) =>
    seeds.map((seed) => ({
      name: `seed=${seed}`,
      work: 1,
      run: (context) => runBranches(context, settings, { pCot: settings.pCot, seed }, branchesOf(settings)),
    })),
  checks,
  falsifiers: {
    'nothing succeeds': (row) => ({ ...row, greedy_accuracy: 0.5 }),
    'pre-training succeeds': (row) => (row.stage === 'pretraining' ? { ...row, greedy_accuracy: 1 } : row),
  },
  figures: (rows, settings) => [figure(rows, settings)],
};

const branchesOf = ({ rounds }: Settings) =>
  ALGORITHMS.flatMap((algorithm) =>
    REWARDS.map((reward) => ({
      keys: { algorithm, reward },
      training: { algorithm, reward, temperature: 1, rounds },
    })),
  );

function checks(rows: readonly Row[], settings: Settings): Check[] {
  const { pCot, inputs, rounds } = settings;
  const found = [
    atChance('After pre-training', where(rows, { stage: 'pretraining' }), inputs),
    ...ALGORITHMS.flatMap((algorithm) =>
      REWARDS.map((reward) =>
        isPerfect(
          `After ${rounds} rounds of ${algorithm} with r_${reward}`,
          where(rows, { algorithm, reward, round: rounds }),
        ),
      ),
    ),
  ];
  if (pCot >= 0.15 && pCot <= 0.27) return found;
  return found.map(({ expected }) => notChecked(expected, 'p is not from .15 to .27'));
}

const HUES: Readonly<Record<Algorithm, Hue>> = { STaR: 0, REINFORCE: 1, GRPO: 2 };

function figure(rows: readonly Row[], settings: Settings): Figure {
  const { d, pCot, rollouts, architecture, depth, width, postLearningRate } = settings;
  return {
    name: 'transformer-algorithms',
    alt: 'Greedy accuracy and accuracy of sampled answers against the round for STaR, REINFORCE and GRPO with both rewards.',
    caption:
      `Post-training of one transformer a seed (${architecture}, ${depth} blocks of width ${width}, $d = ${d}$, $p = ${pCot}$) by each algorithm, ${rollouts} responses a round, all with learning rate ${postLearningRate}, not tuned for any. ` +
      `Solid: $r_{cot}$; dotted: $r_{e2e}$. Dashed: greedy accuracy of the linear chain under STaR with infinite samples as $\\lambda \\to 0$. ${bandText(rows)}`,
    width: 'two-columns',
    panels: [
      panel(rows, settings, 'greedy_accuracy', 'greedy accuracy', true),
      panel(rows, settings, 'sampled_accuracy', 'accuracy of samples', false),
      panel(rows, settings, 'long_fraction', 'long fraction', false),
    ],
  };
}

function panel(rows: readonly Row[], settings: Settings, column: string, title: string, theory: boolean): Panel {
  const { rounds, pCot } = settings;
  const lines = (reward: Reward) =>
    ALGORITHMS.map((algorithm) => ({
      series: `${algorithm}, ${reward}`,
      text: reward === 'cot' ? algorithm : '',
      points: overSeeds(where(rows, { algorithm, reward }), 'round', column),
      style: { hue: HUES[algorithm], dash: reward === 'cot' ? ('solid' as const) : ('dotted' as const) },
    }));
  const predicted = Array.from({ length: rounds + 1 }, (_, round) => ({
    x: round,
    y: round >= limitRounds(pCot) ? 1 : 0.5,
  }));
  return {
    // Room for the labels at the right ends.
    x: { label: 'round', scale: 'linear', domain: [0, 1.6 * rounds], ticks: [0, Math.round(rounds / 2), rounds] },
    y: shareAxis(title),
    marks: [
      ...(theory
        ? [{ kind: 'line', series: 'linear chain', points: predicted, style: { hue: 'ink', dash: 'dashed' } } as const]
        : []),
      ...lines('e2e').map(({ series, points, style }) => ({ kind: 'line', series, points, style }) as const),
      ...endLabelled(lines('cot'), 0.1),
    ],
  };
}
