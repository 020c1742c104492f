import { z } from 'zod';
import {
  behaviour,
  type Check,
  demonstrationState,
  type Figure,
  type Hue,
  type IllustratedExperiment,
  type Panel,
  type Row,
  theoryRounds,
} from '../src/index.js';
import { notChecked } from './shared/checks.js';
import { endLabelled, shareAxis } from './shared/lines.js';
import { bandText, overSeeds, where } from './shared/over-seeds.js';
import { count, list, probability } from './shared/schema.js';
import { ANSWER_COLUMNS } from './shared/transformer-answers.js';
import { runBranches } from './shared/transformer-branches.js';
import { isPerfect } from './shared/transformer-checks.js';
import {
  DEFAULT_TRANSFORMER,
  FULL_TRANSFORMER,
  modelsExist,
  SMOKE_TRANSFORMER,
  transformerRanges,
} from './shared/transformers.js';

const ALGORITHMS = ['STaR', 'GRPO'] as const;
const REWARDS = ['cot', 'e2e'] as const;

/** Of the linear chain that stands beside: its long answers are right with probability above .99 at every T here. */
const LAMBDA = 1e-6;

const schema = z
  .strictObject({
    ...transformerRanges,
    pCot: probability().describe('p, the fraction of long demonstrations'),
    temperatures: list(z.number().min(0.1).max(10), 1, 7).describe(
      'sampling temperatures: every logit is divided by them',
    ),
    rounds: count(1, 1000).describe('rounds of post-training'),
  })
  .superRefine(modelsExist((settings) => [settings]));
type Settings = z.infer<typeof schema>;

const SMOKE: Settings = { ...SMOKE_TRANSFORMER, pCot: 0.2, temperatures: [0.7, 1.3], rounds: 4 };
const DEFAULT: Settings = { ...DEFAULT_TRANSFORMER, pCot: 0.2, temperatures: [0.5, 1, 1.5], rounds: 8 };

export const transformerTemperature: IllustratedExperiment<Settings> = {
  name: 'transformer-temperature',
  question: 'How does the sampling temperature of post-training change what a transformer learns from it?',
  expected:
    'It changes the speed, not the trend (experiments with transformers of arXiv:2510.11495, which notes one exception: STaR with a high temperature and r_e2e).',
  model: 'transformer',
  columns: [
    { name: 'algorithm', role: 'key', meaning: 'STaR or GRPO' },
    { name: 'reward', role: 'key', meaning: 'cot: the whole chain of thought; e2e: the last token' },
    { name: 'temperature', role: 'key', meaning: 'of sampling in post-training, > 0' },
    ...ANSWER_COLUMNS,
  ],
  schema,
  sizes: {
    smoke: { seeds: 2, settings: SMOKE, time: '60 seconds' },
    default: { seeds: 3, settings: DEFAULT, time: '12 minutes' },
    full: {
      seeds: 5,
      settings: { ...FULL_TRANSFORMER, pCot: 0.25, temperatures: [0.5, 0.75, 1, 1.25, 1.5], rounds: 20 },
      time: '10 hours, estimated',
    },
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
  },
  figures: (rows, settings) => [figure(rows, settings)],
};

const branchesOf = ({ rounds, temperatures }: Settings) =>
  ALGORITHMS.flatMap((algorithm) =>
    REWARDS.flatMap((reward) =>
      temperatures.map((temperature) => ({
        keys: { algorithm, reward, temperature },
        training: { algorithm, reward, temperature, rounds },
      })),
    ),
  );

/** Temperatures at which every way succeeds within the rounds of the sizes: seen, not proved. */
const [LEAST, MOST] = [0.7, 1.3];

function checks(rows: readonly Row[], { pCot, rounds, temperatures }: Settings): Check[] {
  const own = rows.filter(({ temperature }) => Number(temperature) >= LEAST && Number(temperature) <= MOST);
  const found = ALGORITHMS.flatMap((algorithm) =>
    REWARDS.map((reward) =>
      isPerfect(
        `After ${rounds} rounds of ${algorithm} with r_${reward} at temperatures from ${LEAST} to ${MOST}`,
        where(own, { algorithm, reward, round: rounds }),
      ),
    ),
  );
  const told = temperatures.some((T) => T >= LEAST && T <= MOST) && pCot >= 0.15 && pCot <= 0.27;
  return told
    ? found
    : found.map(({ expected }) => notChecked(expected, 'no such temperature, or p is not from .15 to .27'));
}

const HUES: readonly Hue[] = [0, 3, 'ink', 1, 2, 4, 5];

function figure(rows: readonly Row[], settings: Settings): Figure {
  const { d, pCot, rollouts, architecture, depth, width } = settings;
  return {
    name: 'transformer-temperature',
    alt: 'Long fraction against the round at several sampling temperatures, for STaR and GRPO with both rewards.',
    caption:
      `Share of long responses, sampled at temperature 1, while post-training samples at temperature $T$: one transformer a seed (${architecture}, ${depth} blocks of width ${width}, $d = ${d}$, $p = ${pCot}$), ${rollouts} responses a round. ` +
      `Dashed, for STaR: the chain of linear models with infinite samples at $\\lambda = 10^{-6}$. ${bandText(rows)}`,
    width: 'two-columns',
    panels: ALGORITHMS.flatMap((algorithm) => REWARDS.map((reward) => panel(rows, settings, algorithm, reward))),
  };
}

function panel(
  rows: readonly Row[],
  settings: Settings,
  algorithm: (typeof ALGORITHMS)[number],
  reward: (typeof REWARDS)[number],
): Panel {
  const { rounds, temperatures } = settings;
  const sorted = temperatures.toSorted((a, b) => b - a);
  const lines = sorted.map((temperature, i) => ({
    series: `T = ${temperature}`,
    text: `$T = ${temperature}$`,
    points: overSeeds(where(rows, { algorithm, reward, temperature }), 'round', 'long_fraction'),
    style: { hue: HUES[i]! },
  }));
  const theory = algorithm === 'STaR' ? sorted.map((T, i) => exactCourse(settings, reward, T, HUES[i]!)) : [];
  return {
    title: `${algorithm}, $r_{${reward}}$`,
    // Room for the labels at the right ends.
    x: { label: 'round', scale: 'linear', domain: [0, 1.6 * rounds], ticks: [0, rounds] },
    y: shareAxis('long fraction'),
    marks: [...theory, ...endLabelled(lines, 0.09)],
  };
}

function exactCourse({ d, pCot, rounds }: Settings, reward: 'cot' | 'e2e', temperature: number, hue: Hue) {
  const points: { x: number; y: number }[] = [];
  const options = { d, lambda: LAMBDA, reward, temperature };
  for (const { round, optimum } of theoryRounds(demonstrationState(pCot), options)) {
    points.push({ x: round, y: behaviour(optimum, d).pLong });
    if (round === rounds) break;
  }
  return { kind: 'line', series: `linear chain, T = ${temperature}`, points, style: { hue, dash: 'dashed' } } as const;
}
