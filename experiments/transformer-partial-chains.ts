import { z } from 'zod';
import {
  type Check,
  chainLength,
  type Figure,
  type Hue,
  type IllustratedExperiment,
  type Mark,
  type Panel,
  type Row,
  type TrialContext,
} from '../src/index.js';
import { notChecked, shown } from './shared/checks.js';
import { endLabelled, shareAxis } from './shared/lines.js';
import { bandText, overSeeds, where } from './shared/over-seeds.js';
import { count, counts, probability } from './shared/schema.js';
import { ANSWER_COLUMNS, answersOf, recordResponses } from './shared/transformer-answers.js';
import { atChance } from './shared/transformer-checks.js';
import {
  DEFAULT_TRANSFORMER,
  FULL_TRANSFORMER,
  modelsExist,
  pretrainedTransformer,
  SMOKE_TRANSFORMER,
  transformerRanges,
} from './shared/transformers.js';

const schema = z
  .strictObject({
    ...transformerRanges,
    pCot: probability().describe('p, the fraction of long demonstrations'),
    leaps: counts(1, 8).describe('k: a chain has the prefix products c_k, c_2k, ... and c_d'),
    evaluations: count(1, 1000).describe('evaluations in pre-training, at equal distances'),
  })
  .superRefine(modelsExist((settings) => settings.leaps.map((leap) => ({ ...settings, leap }))));
type Settings = z.infer<typeof schema>;

const SMOKE: Settings = { ...SMOKE_TRANSFORMER, pCot: 0.25, leaps: [1, 2], evaluations: 4 };
// With fewer bits a transformer learns the parity of all inputs by heart, whatever the chains (at d = 8 after 200,000 sequences).
const DEFAULT: Settings = {
  ...DEFAULT_TRANSFORMER,
  d: 12,
  steps: 4000,
  decay: 'constant',
  pCot: 0.25,
  leaps: [1, 2],
  evaluations: 10,
};

export const transformerPartialChains: IllustratedExperiment<Settings> = {
  name: 'transformer-partial-chains',
  question: 'Does next-token prediction alone suffice below p = 1/3 if long demonstrations are partial chains?',
  expected:
    'arXiv:2510.11495 reports that with leap 2 it does. In the linear chain it does not: short answers stay at chance, so that the threshold is 1/3 for every leap; transformers are held to that here, for as many sequences as are trained on.',
  model: 'transformer',
  columns: [{ name: 'leap', role: 'key', meaning: 'k: a chain keeps c_k, c_2k, ..., c_d' }, ...ANSWER_COLUMNS],
  schema,
  sizes: {
    smoke: { seeds: 2, settings: SMOKE, time: '20 seconds' },
    default: { seeds: 3, settings: DEFAULT, time: '13 minutes' },
    full: {
      seeds: 5,
      settings: { ...FULL_TRANSFORMER, steps: 20_000, pCot: 0.25, leaps: [1, 2, 3], evaluations: 40 },
      time: '10 hours, estimated',
    },
  },
  trials: (settings, seeds) =>
    settings.leaps.flatMap((leap) =>
      seeds.map((seed) => ({
        name: `leap=${leap},seed=${seed}`,
        work: settings.d + chainLength(settings.d, leap),
        run: (context: TrialContext) => run(context, settings, leap, seed),
      })),
    ),
  checks,
  falsifiers: {
    'everything is right': (row) => ({ ...row, greedy_accuracy: 1 }),
  },
  figures: (rows, settings) => [figure(rows, settings)],
};

async function run(context: TrialContext, settings: Settings, leap: number, seed: number): Promise<void> {
  const { watch } = context;
  const { pCot, evaluations, batch, inputs } = settings;
  const keys = { leap, seed, stage: 'pretraining' };
  const policy = await pretrainedTransformer(
    context,
    settings,
    { pCot, seed, leap },
    evaluations,
    async (policy) => {
      const sequences = policy.state.step * batch;
      context.record({ ...keys, sequences, round: 0, ...(await answersOf(policy, inputs, watch)) });
    },
    watch,
  );
  await recordResponses(context, policy, keys, 1);
}

/** How often long responses must be right for the chain to count as learnt. */
const LEARNT = 0.8;

function checks(rows: readonly Row[], settings: Settings): Check[] {
  const last = where(rows, { sequences: settings.steps * settings.batch });
  return settings.leaps.toSorted((a, b) => a - b).map((leap) => checkOf(where(last, { leap }), leap, settings));
}

/**
 * The linear chain stays at chance at every leap. The paper's transformers do so with full chains only; where one here leaves it with
 * partial ones, as reported there, the check says so.
 */
function checkOf(rows: readonly Row[], leap: number, { inputs, pCot }: Settings): Check {
  const check = atChance(leap === 1 ? 'With full chains' : `With leap ${leap}, after as many sequences,`, rows, inputs);
  if (pCot > 0.27) return notChecked(check.expected, 'p is above .27');
  // Where no response is long, none of them is right.
  const learnt = Math.min(...rows.map((row) => Number(row.long_accuracy ?? 0)));
  // A model that has not learnt the chain says nothing about what it learns from it.
  if (learnt >= LEARNT) return check;
  return notChecked(check.expected, `not learnt: ${shown(learnt)} of long responses are right in a seed`);
}

const HUES: readonly Hue[] = [0, 1, 2, 3, 4, 5, 6];

function figure(rows: readonly Row[], settings: Settings): Figure {
  const { d, pCot, architecture, depth, width } = settings;
  return {
    name: 'transformer-partial-chains',
    alt: 'Greedy accuracy, accuracy of short responses and long fraction during next-token prediction, for chains of several leaps.',
    caption:
      `Next-token prediction alone with long demonstrations that keep every $k$-th prefix product ($d = ${d}$, $p = ${pCot}$; ${architecture}, ${depth} blocks of width ${width}). ` +
      `Dashed: the chain of linear models, for every leap: short responses at chance, greedy ones short. ${bandText(rows)}`,
    width: 'two-columns',
    panels: [
      panel(rows, settings, 'greedy_accuracy', 'greedy accuracy', 0.5),
      panel(rows, settings, 'short_accuracy', 'short accuracy', 0.5),
      panel(rows, settings, 'long_accuracy', 'long accuracy', 1),
    ],
  };
}

function panel(rows: readonly Row[], settings: Settings, column: string, title: string, predicted: number): Panel {
  const most = (settings.steps * settings.batch) / 1000;
  const lines = settings.leaps.map((leap, i) => ({
    series: `leap ${leap}`,
    text: `$k = ${leap}$`,
    points: overSeeds(where(rows, { leap }), 'sequences', column).map((point) => ({ ...point, x: point.x / 1000 })),
    style: { hue: HUES[i]! },
  }));
  const theory: Mark = {
    kind: 'rule',
    series: 'linear chain',
    at: { y: predicted },
    style: { hue: 'ink', dash: 'dashed' },
  };
  return {
    x: { label: 'thousands of sequences', scale: 'linear', domain: [0, 1.35 * most], ticks: [0, most / 2, most] },
    y: shareAxis(title),
    marks: [theory, ...endLabelled(lines, 0.09)],
  };
}
