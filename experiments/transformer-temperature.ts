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
import { notChecked, shown } from './shared/checks.js';
import { endLabelled, shareAxis } from './shared/lines.js';
import { bandText, meanOf, numbers, overSeeds, where } from './shared/over-seeds.js';
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
type Reward = (typeof REWARDS)[number];

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

const SMOKE: Settings = { ...SMOKE_TRANSFORMER, pCot: 0.2, temperatures: [0.7, 1.3], rounds: 7 };
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
    smoke: { seeds: 2, settings: SMOKE, time: '50 seconds' },
    default: { seeds: 3, settings: DEFAULT, time: '8 minutes' },
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
    'what is hot is long and wrong': (row) =>
      Number(row.temperature) > 1 ? { ...row, long_fraction: 0.999, greedy_accuracy: 0.5 } : row,
    'nothing is long': (row) => ({ ...row, long_fraction: 0 }),
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

/** From which temperature on heat has been seen to keep responses of STaR short, or to ruin what r_e2e accepts. */
const HOT = 1.5;
/** How far the mean long fraction over seeds may be from the linear chain's in the last round at T >= 1: seen, not proved. */
const AGREEMENT = 0.15;

function checks(rows: readonly Row[], settings: Settings): Check[] {
  const { pCot, rounds, temperatures } = settings;
  const last = where(rows, { round: rounds });
  const own = last.filter(({ temperature }) => Number(temperature) >= LEAST && Number(temperature) <= MOST);
  const found = ALGORITHMS.flatMap((algorithm) =>
    REWARDS.map((reward) =>
      isPerfect(
        `After ${rounds} rounds of ${algorithm} with r_${reward} at temperatures from ${LEAST} to ${MOST}`,
        where(own, { algorithm, reward }),
      ),
    ),
  );
  const told = pCot >= 0.15 && pCot <= 0.27;
  const mild = told && temperatures.some((T) => T >= LEAST && T <= MOST);
  const why = 'no such temperature, or p is not from .15 to .27';
  const hot = temperatures.filter((T) => T >= HOT);
  return [
    ...found.map((check) => (mild ? check : notChecked(check.expected, why))),
    ...[exception(last, hot), slower(last, hot, temperatures)].map((check) =>
      told && hot.length > 0 ? check : notChecked(check.expected, why),
    ),
    agrees(last, settings, told),
  ];
}

/** The exception that the paper notes. */
function exception(last: readonly Row[], hot: readonly number[]): Check {
  const expected = `STaR at temperatures of at least ${HOT} ends with fewer long responses under r_e2e than under r_cot in every seed`;
  const gaps = hot.flatMap((temperature) => {
    const own = where(last, { algorithm: 'STaR', temperature });
    return pairedGaps(where(own, { reward: 'cot' }), where(own, { reward: 'e2e' }));
  });
  return allPositive(expected, gaps);
}

function slower(last: readonly Row[], hot: readonly number[], temperatures: readonly number[]): Check {
  const expected = `With r_cot and temperatures of at least ${HOT} STaR and GRPO end with fewer long responses than at 1 in every seed`;
  if (!temperatures.includes(1)) return notChecked(expected, 'temperature 1 was not run');
  const gaps = ALGORITHMS.flatMap((algorithm) => {
    const own = where(last, { algorithm, reward: 'cot' });
    return hot.flatMap((temperature) => pairedGaps(where(own, { temperature: 1 }), where(own, { temperature })));
  });
  return allPositive(expected, gaps);
}

/** By how much the long fraction of some rows is above that of others with the same seed. */
function pairedGaps(some: readonly Row[], others: readonly Row[]): number[] {
  return some.flatMap(({ seed, long_fraction: more }) => {
    const [other] = where(others, { seed: seed! });
    return other ? [Number(more) - Number(other.long_fraction)] : [];
  });
}

function allPositive(expected: string, gaps: readonly number[]): Check {
  if (gaps.length === 0) return { expected, holds: false, found: 'no rows' };
  return { expected, holds: gaps.every((gap) => gap > 0), found: `by at least ${shown(Math.min(...gaps))}` };
}

function agrees(last: readonly Row[], settings: Settings, told: boolean): Check {
  const expected = `The mean long fraction after STaR with r_cot at T >= 1 is the linear chain's to within ${AGREEMENT}`;
  const own = settings.temperatures.filter((T) => T >= 1);
  if (!told || own.length === 0) return notChecked(expected, 'no such temperature, or p is not from .15 to .27');
  const gaps = own.map((temperature) => {
    const mean = meanOf(numbers(where(last, { algorithm: 'STaR', reward: 'cot', temperature }), 'long_fraction'));
    return mean === null ? Number.POSITIVE_INFINITY : Math.abs(mean - exactLong(settings, 'cot', temperature).at(-1)!);
  });
  const most = Math.max(...gaps);
  return { expected, holds: most <= AGREEMENT, found: `at most ${shown(most)}` };
}

const HUES: readonly Hue[] = [0, 3, 'ink', 1, 2, 4, 5];

function figure(rows: readonly Row[], settings: Settings): Figure {
  const { d, pCot, rollouts, architecture, depth, width } = settings;
  return {
    name: 'transformer-temperature',
    alt: 'Long fraction against the round at several sampling temperatures, for STaR and GRPO with both rewards.',
    caption:
      `Share of long responses, sampled at temperature 1, while post-training samples at temperature $T$: one transformer a seed (${architecture}, ${depth} blocks of width ${width}, $d = ${d}$, $p = ${pCot}$), ${rollouts} responses a round. ` +
      `Dashed, for STaR: the chain of linear models with infinite samples at $\\lambda = 10^{-6}$. As $\\lambda \\to 0$ a round with $r_{cot}$ makes $R = 2q / (1 - q)$, with $q$ the long fraction it trains on, ` +
      `into $2 R^{1/T}$; below $T = 1$ that has a fixed point from which seeds part, for $T = 0.5$ at $q = 0.2$. ${bandText(rows)}`,
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

/** P(long) at temperature 1 after rounds 0, 1, ... of the linear chain's STaR at a temperature. */
function exactLong({ d, pCot, rounds }: Settings, reward: Reward, temperature: number): number[] {
  const found: number[] = [];
  for (const { round, optimum } of theoryRounds(demonstrationState(pCot), { d, lambda: LAMBDA, reward, temperature })) {
    found.push(behaviour(optimum, d).pLong);
    if (round === rounds) break;
  }
  return found;
}

function exactCourse(settings: Settings, reward: Reward, temperature: number, hue: Hue) {
  const points = exactLong(settings, reward, temperature).map((y, x) => ({ x, y }));
  return { kind: 'line', series: `linear chain, T = ${temperature}`, points, style: { hue, dash: 'dashed' } } as const;
}
