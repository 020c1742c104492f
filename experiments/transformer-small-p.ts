import { z } from 'zod';
import {
  type Check,
  type Figure,
  type Hue,
  type IllustratedExperiment,
  limitLongFraction,
  limitRounds,
  type Panel,
  type Row,
  toDouble,
} from '../src/index.js';
import { notChecked, shown } from './shared/checks.js';
import { endLabelled, shareAxis } from './shared/lines.js';
import { bandText, distinct, numbers, overSeeds, where } from './shared/over-seeds.js';
import { count, probabilities } from './shared/schema.js';
import { ANSWER_COLUMNS } from './shared/transformer-answers.js';
import { runBranches } from './shared/transformer-branches.js';
import { isPerfect, PERFECT } from './shared/transformer-checks.js';
import { FULL_TRANSFORMER, modelsExist, SMOKE_TRANSFORMER, transformerRanges } from './shared/transformers.js';

/** The p at which pre-training takes `steps` steps. */
const REFERENCE = 0.1;

const schema = z
  .strictObject({
    ...transformerRanges,
    ps: probabilities(1, 6).describe('p: fractions of long demonstrations'),
    steps: transformerRanges.steps.describe(
      `steps of pre-training at p = ${REFERENCE}; at other p so many that it sees as many long demonstrations`,
    ),
    rounds: count(1, 1000).describe('rounds of STaR with the reward r_cot'),
  })
  .superRefine(modelsExist((settings) => [settings]));
type Settings = z.infer<typeof schema>;

const SMOKE: Settings = { ...SMOKE_TRANSFORMER, steps: 600, ps: [0.1], rounds: 7, rollouts: 2048 };
// With fewer bits a transformer learns the parity of all inputs by heart where p is small, and so pre-training is long.
const DEFAULT: Settings = { ...SMOKE, d: 12, steps: 800, ps: [0.02, 0.05, 0.1], rounds: 8, rollouts: 4096 };

/** Rounds that a transformer may need more or less than the linear chain with infinite samples: seen, not proved. */
const ROUNDS = 1;

export const transformerSmallP: IllustratedExperiment<Settings> = {
  name: 'transformer-small-p',
  question: 'How many rounds of STaR does a transformer need where long demonstrations are rare?',
  expected: `The odds of long double each round, so that greedy answers are right after about floor(log2((1-p)/(2p))) + 1 rounds (Theorem 2; Lemma 5, lambda -> 0), give or take ${ROUNDS}, once pre-training has seen enough long demonstrations.`,
  model: 'transformer',
  columns: [{ name: 'p', role: 'key', meaning: 'fraction of long demonstrations' }, ...ANSWER_COLUMNS],
  schema,
  sizes: {
    smoke: { seeds: 2, settings: SMOKE, time: '30 seconds' },
    default: { seeds: 3, settings: DEFAULT, time: '7 minutes' },
    full: {
      seeds: 5,
      settings: { ...FULL_TRANSFORMER, ps: [0.01, 0.02, 0.05, 0.1], rounds: 12, rollouts: 4096 },
      time: '12 hours, estimated',
    },
  },
  trials: (settings, seeds) =>
    settings.ps.flatMap((p) =>
      seeds.map((seed) => ({
        name: `p=${p},seed=${seed}`,
        work: stepsAt(settings, p) * settings.batch + 3 * settings.rounds * settings.rollouts,
        run: (context) => {
          const training = { algorithm: 'STaR', reward: 'cot', temperature: 1, rounds: settings.rounds } as const;
          const own = { ...settings, steps: stepsAt(settings, p) };
          return runBranches(context, own, { pCot: p, seed }, [{ keys: { p }, training }]);
        },
      })),
    ),
  checks,
  falsifiers: {
    'nothing succeeds': (row) => ({ ...row, greedy_accuracy: 0.5 }),
    'everything succeeds at once': (row) => ({ ...row, greedy_accuracy: 1 }),
  },
  figures: (rows, settings) => [figure(rows, settings)],
};

const stepsAt = ({ steps }: Settings, p: number): number => Math.round((steps * REFERENCE) / p);

/** The first round at which greedy answers are right, for each seed; null: none is. */
function firstRounds(rows: readonly Row[]): (number | null)[] {
  return distinct(rows, 'seed').map((seed) => {
    const right = where(rows, { seed }).filter(({ greedy_accuracy }) => Number(greedy_accuracy) >= PERFECT);
    return right.length === 0 ? null : Math.min(...numbers(right, 'round'));
  });
}

/** Rounds beyond those of the linear chain that must have been played for a p to be judged: each round may lag a little (seen). */
const SPARE = 4;

function checks(rows: readonly Row[], { ps, rounds }: Settings): Check[] {
  const told = ps.filter((p) => p <= 0.27 && limitRounds(p) + SPARE <= rounds);
  const which = `every p that has ${SPARE} rounds more than the linear chain needs`;
  const last = isPerfect(
    `After ${rounds} rounds at ${which}`,
    told.flatMap((p) => where(rows, { p, round: rounds })),
  );
  const expected = `The first round with greedy accuracy ${PERFECT} is the linear chain's to within ${ROUNDS}, in every seed at ${which}`;
  const before = `After pre-training greedy accuracy is below ${PERFECT} at every p and seed`;
  const found = ps.map((p) => ({ p, firsts: firstRounds(where(rows, { p })) }));
  const near = (p: number, first: number | null) => first !== null && Math.abs(first - limitRounds(p)) <= ROUNDS;
  const holds = found
    .filter(({ p }) => told.includes(p))
    .every(({ p, firsts }) => firsts.length > 0 && firsts.every((first) => near(p, first)));
  const text = found
    .map(({ p, firsts }) => `p=${p}: ${firsts.map((first) => first ?? 'no').join(' ')} (${limitRounds(p)})`)
    .join('; ');
  if (told.length === 0) return [last.expected, expected, before].map((one) => notChecked(one, 'no such p'));
  const start = numbers(where(rows, { stage: 'pretraining' }), 'greedy_accuracy');
  const most = Math.max(...start);
  return [
    last,
    { expected, holds, found: text },
    {
      expected: before,
      holds: start.length > 0 && most < PERFECT,
      found: start.length > 0 ? `at most ${shown(most)}` : 'no rows',
    },
  ];
}

const HUES: readonly Hue[] = [0, 1, 2, 3, 4, 5];

function figure(rows: readonly Row[], settings: Settings): Figure {
  const { d, rollouts, architecture, depth, width } = settings;
  return {
    name: 'transformer-small-p',
    alt: 'Long fraction and greedy accuracy of transformers against the round of STaR for several small p, beside the doubling odds of the linear chain.',
    caption:
      `STaR with $r_{cot}$ and ${rollouts} responses a round from transformers (${architecture}, ${depth} blocks of width ${width}, $d = ${d}$) whose pre-training saw as many long demonstrations at every $p$. ` +
      `Dashed: the chain of linear models with infinite samples as $\\lambda \\to 0$. ${bandText(rows)}`,
    width: 'two-columns',
    panels: [
      panel(rows, settings, 'long_fraction', 'long fraction', (p, round) => toDouble(limitLongFraction(p, round))),
      panel(rows, settings, 'greedy_accuracy', 'greedy accuracy', (p, round) => (round >= limitRounds(p) ? 1 : 0.5)),
    ],
  };
}

function panel(
  rows: readonly Row[],
  { rounds, ps }: Settings,
  column: string,
  title: string,
  predicted: (p: number, round: number) => number,
): Panel {
  const sorted = ps.toSorted((a, b) => b - a);
  const lines = sorted.map((p, i) => ({
    series: `p = ${p}`,
    text: `$p = ${p}$`,
    points: overSeeds(where(rows, { p }), 'round', column),
    style: { hue: HUES[i]! },
  }));
  const theory = sorted.map((p, i) => ({
    kind: 'line' as const,
    series: `linear chain, p = ${p}`,
    points: Array.from({ length: rounds + 1 }, (_, round) => ({ x: round, y: predicted(p, round) })),
    style: { hue: HUES[i]!, dash: 'dashed' as const },
  }));
  return {
    x: {
      label: 'round of STaR',
      scale: 'linear',
      domain: [0, 1.35 * rounds],
      ticks: [0, Math.round(rounds / 2), rounds],
    },
    y: shareAxis(title),
    marks: [...theory, ...endLabelled(lines, 0.08)],
  };
}
