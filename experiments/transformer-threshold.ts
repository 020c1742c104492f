import { z } from 'zod';
import type {
  Check,
  Figure,
  IllustratedExperiment,
  Mark,
  Panel,
  Point,
  Row,
  Trial,
  TrialContext,
} from '../src/index.js';
import { notChecked, shown } from './shared/checks.js';
import { shareAxis } from './shared/lines.js';
import { bandText, overSeeds } from './shared/over-seeds.js';
import { probabilities } from './shared/schema.js';
import { ANSWER_COLUMNS, answersOf, recordResponses } from './shared/transformer-answers.js';
import { isCalibrated, isLong, isShort } from './shared/transformer-checks.js';
import {
  DEFAULT_TRANSFORMER,
  FULL_TRANSFORMER,
  modelsExist,
  pretrainedTransformer,
  SMOKE_TRANSFORMER,
  transformerRanges,
} from './shared/transformers.js';

const THRESHOLD = 1 / 3;
/** p at most and at least so far from 1/3 that a trained transformer is on the side that the linear chain is on: seen, not proved. */
const BELOW = 0.25;
const ABOVE = 0.45;
/** Where half of greedy responses are long, by interpolation: seen, not proved. */
const [LOWEST, HIGHEST] = [0.27, 0.42];

const schema = z
  .strictObject({
    ...transformerRanges,
    ps: probabilities().describe('p: fractions of long demonstrations'),
  })
  .superRefine(modelsExist((settings) => [settings]));
type Settings = z.infer<typeof schema>;

const SMOKE: Settings = { ...SMOKE_TRANSFORMER, ps: [0.2, 0.5] };
const DEFAULT: Settings = { ...DEFAULT_TRANSFORMER, ps: [0.05, 0.2, 0.28, 0.38, 0.5] };

export const transformerThreshold: IllustratedExperiment<Settings> = {
  name: 'transformer-threshold',
  question:
    'From which fraction of long demonstrations on are the greedy answers of a trained transformer long and right?',
  expected:
    'The jump is near p = 1/3, where it is for the linear chain (Theorem 1; experiments with transformers of arXiv:2510.11495), while sampled answers are long with probability p.',
  model: 'transformer',
  columns: [{ name: 'p', role: 'key', meaning: 'fraction of long demonstrations' }, ...ANSWER_COLUMNS],
  schema,
  sizes: {
    smoke: { seeds: 2, settings: SMOKE, time: '20 seconds' },
    default: { seeds: 3, settings: DEFAULT, time: '9 minutes' },
    full: {
      seeds: 5,
      settings: { ...FULL_TRANSFORMER, d: 25, ps: [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.33, 0.36, 0.4, 0.5, 0.6, 0.8] },
      time: '4 hours, estimated',
    },
  },
  trials: (settings, seeds) => settings.ps.flatMap((p) => seeds.map((seed) => trialOf(settings, p, seed))),
  checks,
  falsifiers: {
    'everything is long': (row) => ({ ...row, greedy_long: 1 }),
    'nothing is long': (row) => ({ ...row, greedy_long: 0 }),
    'the jump is at .6': (row) => ({ ...row, greedy_long: Number(row.p) > 0.59 ? 1 : 0 }),
    'nothing is calibrated': (row) => ({ ...row, long_fraction: 1 }),
  },
  figures: (rows, settings) => [figure(rows, settings)],
};

function trialOf(settings: Settings, p: number, seed: number): Trial {
  return { name: `p=${p},seed=${seed}`, work: 1, run: (context) => run(context, settings, p, seed) };
}

async function run(context: TrialContext, settings: Settings, p: number, seed: number): Promise<void> {
  const { watch } = context;
  const policy = await pretrainedTransformer(context, settings, { pCot: p, seed }, 4, async () => {}, watch);
  const keys = { p, seed, stage: 'pretraining' };
  const sequences = settings.steps * settings.batch;
  context.record({ ...keys, sequences, round: 0, ...(await answersOf(policy, settings.inputs, watch)) });
  await recordResponses(context, policy, keys, 1);
}

function checks(rows: readonly Row[], settings: Settings): Check[] {
  const [below, above] = [rows.filter(({ p }) => Number(p) <= BELOW), rows.filter(({ p }) => Number(p) >= ABOVE)];
  const short = isShort(`From p <= ${BELOW}`, below);
  const long = isLong(`From p >= ${ABOVE}`, above);
  return [
    settings.ps.some((p) => p <= BELOW) ? short : notChecked(short.expected, 'no such p'),
    settings.ps.some((p) => p >= ABOVE) ? long : notChecked(long.expected, 'no such p'),
    jump(rows, settings),
    isCalibrated(rows, settings.inputs),
  ];
}

function jump(rows: readonly Row[], { ps }: Settings): Check {
  const expected = `Half of greedy responses, in the mean over seeds, are long at a p from ${LOWEST} to ${HIGHEST}`;
  const sorted = ps.toSorted((a, b) => a - b);
  const gap = sorted.findIndex((p, i) => p > THRESHOLD && (sorted[i - 1] ?? 0) <= THRESHOLD);
  if (gap < 1 || sorted[gap]! - sorted[gap - 1]! > 0.11) return notChecked(expected, 'no p near 1/3 on both sides');
  const at = halfway(overSeeds(rows, 'p', 'greedy_long'));
  return { expected, holds: at !== null && at >= LOWEST && at <= HIGHEST, found: at === null ? 'nowhere' : shown(at) };
}

/** Where a line through the points crosses 1/2 for the last time, upwards; null where it does not. */
function halfway(points: readonly Point[]): number | null {
  const i = points.findLastIndex((point, j) => j > 0 && point.y >= 0.5 && points[j - 1]!.y < 0.5);
  if (i < 0) return null;
  const [a, b] = [points[i - 1]!, points[i]!];
  return a.x + ((0.5 - a.y) / (b.y - a.y)) * (b.x - a.x);
}

function figure(rows: readonly Row[], settings: Settings): Figure {
  const { d, architecture, depth, width, steps, batch } = settings;
  const short = [
    { x: 0, y: 0 },
    { x: THRESHOLD, y: 0 },
  ];
  const long = [
    { x: THRESHOLD, y: 1 },
    { x: 1, y: 1 },
  ];
  return {
    name: 'transformer-threshold',
    alt: 'Long share and accuracy of greedy answers and long share of sampled answers of trained transformers against p; greedy ones jump near one third, sampled ones follow the diagonal.',
    caption: `Transformers (${architecture}, ${depth} blocks of width ${width}) after next-token prediction on ${steps * batch} sequences of $D(p)$, $d = ${d}$, against the fraction of long demonstrations $p$. Dashed: the chain of linear models with infinite samples as $\\lambda \\to 0$, with its jump at $p = 1/3$. ${bandText(rows)}`,
    width: 'two-columns',
    panels: [
      panel(rows, 'greedy_long', 'greedy long', [...short, ...long]),
      panel(rows, 'greedy_accuracy', 'greedy accuracy', [...short.map(({ x }) => ({ x, y: 0.5 })), ...long]),
      panel(rows, 'long_fraction', 'sampled long', [
        { x: 0, y: 0 },
        { x: 1, y: 1 },
      ]),
    ],
  };
}

function panel(rows: readonly Row[], column: string, title: string, theory: readonly Point[]): Panel {
  const marks: Mark[] = [
    { kind: 'line', series: 'linear chain', points: theory, style: { hue: 'ink', dash: 'dashed' } },
    { kind: 'line', series: 'transformer', points: overSeeds(rows, 'p', column), style: { hue: 0 } },
    { kind: 'dots', series: 'transformer, seeds', points: overSeeds(rows, 'p', column), style: { hue: 0 } },
  ];
  return {
    x: { label: 'fraction of long demonstrations $p$', scale: 'linear', domain: [0, 1], ticks: [0, 0.33, 0.66, 1] },
    y: shareAxis(title),
    marks,
  };
}
