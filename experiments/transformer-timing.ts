import { z } from 'zod';
import type { Check, Figure, IllustratedExperiment, Panel, Point, Row } from '../src/index.js';
import { notChecked } from './shared/checks.js';
import { endLabelled, shareAxis } from './shared/lines.js';
import { bandText, overSeeds, where } from './shared/over-seeds.js';
import { count, counts, probability } from './shared/schema.js';
import { ANSWER_COLUMNS } from './shared/transformer-answers.js';
import { runBranches } from './shared/transformer-branches.js';
import { PERFECT } from './shared/transformer-checks.js';
import {
  ALGORITHMS,
  DEFAULT_TRANSFORMER,
  FULL_TRANSFORMER,
  modelsExist,
  SMOKE_TRANSFORMER,
  transformerRanges,
} from './shared/transformers.js';

const { steps: _, ...ranges } = transformerRanges;
const schema = z
  .strictObject({
    ...ranges,
    pCot: probability().describe('p, the fraction of long demonstrations'),
    starts: counts(2, 1e6).describe('steps of pre-training after which post-training begins'),
    algorithm: z.enum(ALGORITHMS).describe('of post-training, with the reward r_cot'),
    rounds: count(1, 1000).describe('rounds of post-training'),
  })
  .superRefine(modelsExist((settings) => [settings]));
type Settings = z.infer<typeof schema>;

const { steps: __, ...SMALL } = SMOKE_TRANSFORMER;
const { steps: ___, ...USUAL } = DEFAULT_TRANSFORMER;
const { steps: ____, ...LARGE } = FULL_TRANSFORMER;
// Without decay, pre-training that is longer than the warm-up is the beginning of a longer one; a shorter one warms up in its own steps.
const SMOKE: Settings = { ...SMALL, decay: 'constant', pCot: 0.2, starts: [20, 400], algorithm: 'STaR', rounds: 5 };
const DEFAULT: Settings = {
  ...USUAL,
  decay: 'constant',
  pCot: 0.2,
  starts: [25, 75, 150, 300, 800],
  algorithm: 'GRPO',
  rounds: 10,
};

/** Long responses are right so often, or less, at the beginning of what counts as too early or late enough. */
const [TOO_RARELY, OFTEN] = [0.2, 0.8];

export const transformerTiming: IllustratedExperiment<Settings> = {
  name: 'transformer-timing',
  question: 'What if reinforcement learning begins before next-token prediction has learnt the chain?',
  expected:
    'It may fail, although responses may still grow (experiments with transformers of arXiv:2510.11495): for the linear chain a reward favours long responses only once they are right more often than short ones, which are right half of the time.',
  model: 'transformer',
  columns: [{ name: 'start', role: 'key', meaning: 'steps of pre-training before post-training' }, ...ANSWER_COLUMNS],
  schema,
  sizes: {
    smoke: { seeds: 2, settings: SMOKE, time: '40 seconds' },
    default: { seeds: 3, settings: DEFAULT, time: '5 minutes' },
    full: {
      seeds: 5,
      settings: {
        ...LARGE,
        decay: 'constant',
        pCot: 0.25,
        starts: [250, 500, 750, 1000, 1500, 2000],
        algorithm: 'GRPO',
        rounds: 20,
      },
      time: '6 hours, estimated',
    },
  },
  trials: (settings, seeds) =>
    settings.starts.flatMap((start) =>
      seeds.map((seed) => ({
        name: `start=${start},seed=${seed}`,
        work: start * settings.batch + 3 * settings.rounds * settings.rollouts,
        run: (context) => {
          const { pCot, rounds, algorithm } = settings;
          const training = { algorithm, reward: 'cot', temperature: 1, rounds } as const;
          return runBranches(context, { ...settings, steps: start }, { pCot, seed }, [{ keys: { start }, training }]);
        },
      })),
    ),
  checks,
  falsifiers: {
    'everything succeeds': (row) => ({ ...row, greedy_accuracy: 1 }),
    'nothing succeeds': (row) => ({ ...row, greedy_accuracy: 0.5 }),
  },
  figures: (rows, settings) => [figure(rows, settings)],
};

/** How often long responses are right when post-training begins, and greedy ones when it ends. */
interface Course {
  readonly before: number;
  readonly after: number;
}

/** Those of seeds that had long responses at the beginning. */
function coursesOf(rows: readonly Row[], { rounds }: Settings): Course[] {
  return where(rows, { round: rounds }).flatMap(({ start, seed, greedy_accuracy: after }) => {
    const [first] = where(rows, { start: start!, seed: seed!, stage: 'pretraining' });
    const before = first?.long_accuracy;
    return typeof before === 'number' && typeof after === 'number' ? [{ before, after }] : [];
  });
}

/** Each of them says something only beside the other: where everything fails, or nothing does, the beginning makes no difference. */
function checks(rows: readonly Row[], settings: Settings): Check[] {
  const courses = coursesOf(rows, settings);
  const early = courses.filter(({ before }) => before <= TOO_RARELY);
  const late = courses.filter(({ before }) => before >= OFTEN);
  const fails = counted(
    `From where at most ${TOO_RARELY} of long responses are right, greedy accuracy stays below ${PERFECT} in every seed`,
    early,
    ({ after }) => after < PERFECT,
  );
  const succeeds = counted(
    `From where at least ${OFTEN} of long responses are right, greedy accuracy becomes at least ${PERFECT} in every seed`,
    late,
    ({ after }) => after >= PERFECT,
  );
  if (early.length > 0 && late.length > 0) return [fails, succeeds];
  return [fails, succeeds].map(({ expected }) => notChecked(expected, 'no beginning of both kinds'));
}

function counted(expected: string, courses: readonly Course[], holds: (course: Course) => boolean): Check {
  const right = courses.filter(holds).length;
  return { expected, holds: courses.length > 0 && right === courses.length, found: `${right} of ${courses.length}` };
}

function figure(rows: readonly Row[], settings: Settings): Figure {
  const { d, pCot, rollouts, architecture, depth, width, algorithm, batch } = settings;
  const points: Point[] = coursesOf(rows, settings).map(({ before, after }) => ({ x: before, y: after }));
  return {
    name: 'transformer-timing',
    alt: 'Greedy accuracy during post-training that begins after more and more pre-training, and its last value against the share of right ones among long responses at the beginning.',
    caption:
      `${algorithm} with $r_{cot}$ and ${rollouts} responses a round, begun after so many steps of ${batch} sequences (${architecture}, ${depth} blocks of width ${width}, $d = ${d}$, $p = ${pCot}$). ` +
      `Right: each seed; dashed, the accuracy of short responses of the linear chain, 1/2: from there on a reward favours long ones. ${bandText(rows)}`,
    width: 'two-columns',
    panels: [
      courses(rows, settings, 'greedy_accuracy', shareAxis('greedy accuracy')),
      // Room for labels of lines that end at 0.
      courses(rows, settings, 'long_fraction', { ...shareAxis('long fraction'), domain: [-0.12, 1.02] }),
      {
        x: shareAxis('long accuracy at the beginning'),
        y: shareAxis('greedy accuracy at the end'),
        marks: [
          { kind: 'rule', series: 'short responses', at: { x: 0.5 }, style: { hue: 'ink', dash: 'dashed' } },
          { kind: 'dots', series: 'seeds', points, style: { hue: 0 } },
        ],
      },
    ],
  };
}

function courses(rows: readonly Row[], { starts, rounds }: Settings, column: string, y: Panel['y']): Panel {
  const lines = starts
    .toSorted((a, b) => a - b)
    .map((start, i) => ({
      series: `${start} steps`,
      text: String(start),
      points: overSeeds(where(rows, { start }), 'round', column),
      style: { hue: (i % 7) as 0 | 1 | 2 | 3 | 4 | 5 | 6 },
    }));
  return {
    x: { label: 'round', scale: 'linear', domain: [0, 1.3 * rounds], ticks: [0, rounds] },
    y,
    marks: endLabelled(lines, 0.08),
  };
}
