import { z } from 'zod';
import {
  type Check,
  type Figure,
  type IllustratedExperiment,
  limitLongFraction,
  type Mark,
  type Panel,
  type Row,
  toDouble,
} from '../src/index.js';
import { notChecked, shown } from './shared/checks.js';
import { shareAxis } from './shared/lines.js';
import { bandText, distinct, overSeeds, where } from './shared/over-seeds.js';
import { count, probability } from './shared/schema.js';
import { ANSWER_COLUMNS } from './shared/transformer-answers.js';
import { runBranches } from './shared/transformer-branches.js';
import {
  DEFAULT_TRANSFORMER,
  FULL_TRANSFORMER,
  modelsExist,
  SMOKE_TRANSFORMER,
  transformerRanges,
} from './shared/transformers.js';

/** How far a round may miss 2q / (1 + q), in the mean over all rounds and seeds: seen, not proved. */
const MISS = 0.06;

const schema = z
  .strictObject({
    ...transformerRanges,
    pCot: probability().describe('p, the fraction of long demonstrations'),
    rounds: count(1, 100).describe('rounds of STaR with the reward r_cot'),
  })
  .superRefine(modelsExist((settings) => [settings]));
type Settings = z.infer<typeof schema>;

const SMOKE: Settings = { ...SMOKE_TRANSFORMER, rollouts: 4096, pCot: 0.2, rounds: 4 };
const DEFAULT: Settings = { ...DEFAULT_TRANSFORMER, steps: 1500, rollouts: 8192, pCot: 0.1, rounds: 6 };

export const transformerStarMap: IllustratedExperiment<Settings> = {
  name: 'transformer-star-map',
  question: 'Does the long fraction of a transformer follow q -> 2q / (1 + q) in each round of STaR?',
  expected: `The accepted responses of a model whose long ones are right and whose short ones are right half of the time have long fraction 2q / (1 + q) (Lemma 5, lambda -> 0); a transformer trained on them follows, to within ${MISS} a round.`,
  model: 'transformer',
  columns: ANSWER_COLUMNS,
  schema,
  sizes: {
    smoke: { seeds: 2, settings: SMOKE, time: '35 seconds' },
    default: { seeds: 3, settings: DEFAULT, time: '5 minutes' },
    full: {
      seeds: 5,
      settings: { ...FULL_TRANSFORMER, rollouts: 8192, pCot: 0.1, rounds: 8 },
      time: '2 hours, estimated',
    },
  },
  trials: (settings, seeds) =>
    seeds.map((seed) => ({
      name: `seed=${seed}`,
      work: 1,
      run: (context) => {
        const { pCot, rounds } = settings;
        const training = { algorithm: 'STaR', reward: 'cot', temperature: 1, rounds } as const;
        return runBranches(context, settings, { pCot, seed }, [{ keys: {}, training }]);
      },
    })),
  checks,
  falsifiers: {
    // Two rounds in one: the odds of long are multiplied by 4.
    'odds are doubled twice': (row) => ({
      ...row,
      long_fraction: toDouble(limitLongFraction(0.2, 2 * Number(row.round))),
    }),
    'nothing grows': (row) => ({ ...row, long_fraction: 0.1 }),
  },
  figures: (rows, settings) => [figure(rows, settings)],
};

/** A round: the long fraction before it and after it. */
interface Step {
  readonly before: number;
  readonly after: number;
}

function stepsOf(rows: readonly Row[]): Step[] {
  return distinct(rows, 'seed').flatMap((seed) => {
    const own = where(rows, { seed }).toSorted((a, b) => Number(a.round) - Number(b.round));
    return own.slice(1).map((row, i) => ({ before: Number(own[i]!.long_fraction), after: Number(row.long_fraction) }));
  });
}

/** q' = 2q / (1 + q). */
const mapped = (q: number): number => (2 * q) / (1 + q);

function checks(rows: readonly Row[], { pCot }: Settings): Check[] {
  const expected = `The long fraction after a round is 2q / (1 + q) to within ${MISS}, in the mean of the misses of all rounds and seeds`;
  const grows = 'The long fraction grows in every round from q < .9 on, in every seed';
  if (pCot > 0.4) return [expected, grows].map((text) => notChecked(text, 'p is above .4'));
  const steps = stepsOf(rows);
  const misses = steps.map(({ before, after }) => Math.abs(after - mapped(before)));
  const miss = misses.reduce((sum, value) => sum + value, 0) / misses.length;
  const growing = steps.filter(({ before }) => before < 0.9);
  const least = Math.min(...growing.map(({ before, after }) => after - before));
  return [
    {
      expected,
      holds: miss <= MISS,
      found: steps.length > 0 ? `${shown(miss)}, at most ${shown(Math.max(...misses))}` : 'no rows',
    },
    {
      expected: grows,
      holds: growing.length > 0 && least > 0,
      found: growing.length > 0 ? `by at least ${shown(least)}` : 'no rows',
    },
  ];
}

function figure(rows: readonly Row[], settings: Settings): Figure {
  const { d, pCot, rollouts, architecture, depth, width } = settings;
  const grid = Array.from({ length: 51 }, (_, i) => i / 50);
  const curve: Mark = {
    kind: 'line',
    series: '2q / (1 + q)',
    points: grid.map((q) => ({ x: q, y: mapped(q) })),
    style: { hue: 'ink', dash: 'dashed' },
    label: { text: '$2q / (1 + q)$', x: 0.44, y: 0.68, anchor: 'end' },
  };
  const still: Mark = {
    kind: 'line',
    series: 'no change',
    points: [
      { x: 0, y: 0 },
      { x: 1, y: 1 },
    ],
    style: { hue: 'grey', dash: 'dotted' },
  };
  const dots: Mark = {
    kind: 'dots',
    series: 'transformer, rounds of all seeds',
    points: stepsOf(rows).map(({ before, after }) => ({ x: before, y: after })),
    style: { hue: 0 },
  };
  return {
    name: 'transformer-star-map',
    alt: 'Long fraction after a round of STaR against the one before it, along the curve 2q/(1+q); and long fraction against the round, along the doubling of odds.',
    caption:
      `Rounds of STaR with $r_{cot}$ and ${rollouts} responses each, from a transformer (${architecture}, ${depth} blocks of width ${width}) pre-trained at $d = ${d}$, $p = ${pCot}$. ` +
      `Left: each round of each seed. Right: over rounds. Dashed: the chain of linear models with infinite samples as $\\lambda \\to 0$. ${bandText(rows)}`,
    width: 'two-columns',
    panels: [
      {
        x: { ...shareAxis('long fraction $q$ before a round') },
        y: shareAxis('long fraction after it'),
        marks: [still, curve, dots],
      },
      orbit(rows, settings),
    ],
  };
}

function orbit(rows: readonly Row[], { rounds, pCot }: Settings): Panel {
  const theory = Array.from({ length: rounds + 1 }, (_, round) => ({
    x: round,
    y: toDouble(limitLongFraction(pCot, round)),
  }));
  return {
    x: { label: 'round of STaR', scale: 'linear', domain: [0, rounds] },
    y: shareAxis('long fraction'),
    marks: [
      { kind: 'line', series: 'linear chain', points: theory, style: { hue: 'ink', dash: 'dashed' } },
      { kind: 'line', series: 'transformer', points: overSeeds(rows, 'round', 'long_fraction'), style: { hue: 0 } },
    ],
  };
}
