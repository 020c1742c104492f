import { z } from 'zod';
import {
  type Check,
  type Column,
  type Figure,
  greedyThreshold,
  type IllustratedExperiment,
  type Mark,
  type Panel,
  type Row,
  type Trial,
  type TrialContext,
} from '../src/index.js';
import { unchecked } from './shared/checks.js';
import { exactLong, isNearOptimum, longTolerance } from './shared/near-optimum.js';
import { bandText, distinct, meanOf, numbers, overSeeds, where } from './shared/over-seeds.js';
import { powerText } from './shared/powers.js';
import { pretraining } from './shared/pre-training.js';
import { recordSamples } from './shared/samples.js';
import { bits, count, list, probabilities, ridge } from './shared/schema.js';

const schema = z.strictObject({
  d: list(bits(200), 1, 4).describe('bits, one panel each'),
  samples: list(count(1000, 10_000_000), 1, 4).describe('T: sequences of pre-training'),
  p: probabilities().describe('fractions of long demonstrations'),
  lambda: ridge(1e-5).describe('ridge strength'),
  inputs: count(1000, 1_000_000).describe('fresh inputs on which each chain is evaluated'),
});
type Settings = z.infer<typeof schema>;

const COLUMNS: readonly Column[] = [
  { name: 'p', role: 'key', meaning: 'fraction of long demonstrations, in (0, 1)' },
  { name: 'd', role: 'key', meaning: 'bits' },
  { name: 'seed', role: 'key', meaning: 'keys all random numbers; chains of one seed share their inputs' },
  { name: 'samples', role: 'key', meaning: 'T, sequences of pre-training' },
  { name: 'greedy_long', role: 'value', meaning: 'share of fresh inputs with a long greedy answer, in [0, 1]' },
  { name: 'greedy_accuracy', role: 'value', meaning: 'share with a wholly right greedy answer (r_cot), in [0, 1]' },
  { name: 'sampled_long', role: 'value', meaning: 'share with a long answer at temperature 1, in [0, 1]' },
];

const P = [
  0.05, 0.1, 0.15, 0.2, 0.24, 0.27, 0.29, 0.3, 0.31, 0.32, 0.325, 0.33, 0.3333, 0.337, 0.345, 0.35, 0.36, 0.37, 0.39,
  0.42, 0.46, 0.55, 0.7, 0.9,
];

/** One seed at one d and T, all p together. */
function trial(d: number, samples: number, seed: number, settings: Settings): Trial {
  return {
    name: `d=${d},T=${samples},seed=${seed}`,
    work: d * samples,
    run: (context) => train(context, d, samples, seed, settings),
  };
}

async function train(context: TrialContext, d: number, samples: number, seed: number, settings: Settings) {
  const { p, lambda, inputs } = settings;
  const program = { ...pretraining(samples), evaluate: inputs };
  const rows: Row[] = [];
  const replicates = p.map((pCot) => ({ d, pCot, lambda, seed }));
  const { chains } = await context.train(replicates, program, (i, { evaluation }) => {
    const { greedy, sampled } = evaluation!;
    rows[i] = {
      ...{ p: p[i]!, d, seed, samples },
      greedy_long: greedy.long / inputs,
      greedy_accuracy: greedy.correctCot / inputs,
      sampled_long: sampled.long / inputs,
    };
  });
  for (const row of rows) context.record(row);
  for (const i of ends(p))
    await recordSamples(context, { chain: chains[i]!, seed, lambda, keys: { p: p[i]!, d, seed, samples } });
}

/** Places of the first and the last p: one on each side of the threshold, as a rule. */
const ends = (p: readonly number[]) => new Set([0, p.length - 1]);

const meanAt = (rows: readonly Row[], column: string, keys: Row) => meanOf(numbers(where(rows, keys), column));

const show = (value: number) => value.toPrecision(3);

/**
 * Share of inputs with a long greedy answer after T samples, to leading order [A]. Around its optimum a weight of the stop
 * predictor scatters with variance 1 / (N H), N = T / 2 the samples that are averaged over and H = E[sigma'] = p(1-p)/(1+p) its
 * curvature; a logit adds up 2d of them, so it scatters over the inputs by sqrt(4 d (1+p) / (T p (1-p))) around
 * log(2p / (1-p)). Good where d << lambda T.
 */
function smearedLong(p: number, d: number, samples: number): number {
  const scatter = Math.sqrt((4 * d * (1 + p)) / (samples * p * (1 - p)));
  return normalCdf(Math.log((2 * p) / (1 - p)) / scatter);
}

/** To 1e-7 (Abramowitz and Stegun, 26.2.17). */
function normalCdf(z: number): number {
  if (z < 0) return 1 - normalCdf(-z);
  const t = 1 / (1 + 0.2316419 * z);
  const series = [0.31938153, -0.356563782, 1.781477937, -1.821255978, 1.330274429];
  const tail = series.reduceRight((sum, coefficient) => t * (coefficient + sum), 0);
  return 1 - (tail * Math.exp((-z * z) / 2)) / Math.sqrt(2 * Math.PI);
}

/** The step at T = 1e6. `smearedLong` gives .009 and .997 for d = 25 and .042 and .984 for d = 50. */
const STEPS = [25, 50].flatMap((d) => [
  { d, p: 0.32, sign: '<', limit: 0.05 } as const,
  { d, p: 0.35, sign: '>', limit: 0.95 } as const,
]);

/**
 * Standard deviation of a seed's share where its mean is .05 or .95: all inputs share the weights of the constant and of z_1 x_1, two
 * of the 2d terms of a logit, so a seed moves all logits by 1 / sqrt(d) of their scatter; the normal density there is .103.
 */
const seedScatter = (d: number) => 0.103 / Math.sqrt(d);

/** The seeds decide unless their mean is on the wrong side by less than three of its standard deviations. */
function stepChecks(rows: readonly Row[], settings: Settings): Check[] {
  const seeds = Math.max(1, distinct(rows, 'seed').length);
  return STEPS.map(({ d, p, sign, limit }) => {
    const expected = `d = ${d}, T = 1e6, lambda = 1e-3: greedy long at p = ${p}, mean over seeds, ${sign} ${limit}`;
    const mean = settings.lambda === 1e-3 ? meanAt(rows, 'greedy_long', { d, samples: 1e6, p }) : null;
    if (mean === null) return unchecked(expected);
    const beyond = sign === '<' ? mean - limit : limit - mean;
    const deviation = seedScatter(d) / Math.sqrt(seeds);
    if (beyond < 0) return { expected, holds: true, found: show(mean) };
    if (beyond >= 3 * deviation) return { expected, holds: false, found: show(mean) };
    return { expected, holds: null, found: `${show(mean)} +- ${show(deviation)}: too few seeds to tell` };
  });
}

/** Means over the seeds, at each place where SGD is near the optimum. */
function places(rows: readonly Row[], { lambda }: Settings) {
  return distinct(rows, 'd').flatMap((d) =>
    distinct(rows, 'samples').flatMap((samples) => {
      if (!isNearOptimum({ d: Number(d), lambda, samples: Number(samples) })) return [];
      const here = where(rows, { d, samples });
      const accuracy = overSeeds(here, 'p', 'greedy_accuracy');
      return overSeeds(here, 'p', 'greedy_long').map(({ x: p, y: long }, i) => {
        return { d: Number(d), samples: Number(samples), p, long, accuracy: accuracy[i]?.y ?? Number.NaN };
      });
    }),
  );
}

/** Greedy answers away from the step: four scatters of the logit leave less than 1e-4 on the wrong side. */
function accuracyCheck(rows: readonly Row[], settings: Settings): Check {
  const seeds = distinct(rows, 'seed').length;
  // Half of the inputs, five standard deviations; .01 for what is left of the smear.
  const tolerance = 0.01 + 2.5 / Math.sqrt(settings.inputs * Math.max(1, seeds));
  const expected = `greedy accuracy, mean over seeds, within ${show(tolerance)} of 1/2 below and of 1 above p = 1/3, where the smear is over`;
  const clear = places(rows, settings).filter(
    ({ p, d, samples }) => Math.min(smearedLong(p, d, samples), 1 - smearedLong(p, d, samples)) < 1e-4,
  );
  if (clear.length === 0) return unchecked(expected);
  const worst = Math.max(...clear.map(({ p, accuracy }) => Math.abs(accuracy - (p < 1 / 3 ? 0.5 : 1))));
  return { expected, holds: worst <= tolerance, found: `off by ${show(worst)} at most, at ${clear.length} places` };
}

/** The seed's own shift is largest where the share is 1/2: .4 / sqrt(d n) of a mean over n seeds; four of that, and .05 for the next order. */
function smearCheck(rows: readonly Row[], settings: Settings): Check {
  const seeds = Math.max(1, distinct(rows, 'seed').length);
  const tolerance = (d: number) => 0.05 + 1.6 / Math.sqrt(d * seeds);
  const expected = 'greedy long, mean over seeds, within .05 + 1.6 / sqrt(d seeds) of the leading-order smear';
  const found = places(rows, settings).map(({ p, d, samples, long }) => {
    const off = Math.abs(long - smearedLong(p, d, samples));
    return { off, ratio: off / tolerance(d) };
  });
  if (found.length === 0) return unchecked(expected);
  const worst = found.reduce((a, b) => (b.ratio > a.ratio ? b : a));
  return { expected, holds: worst.ratio <= 1, found: `off by ${show(worst.off)} where it is worst` };
}

/** Ten times fewer samples, a scatter more than three times as wide: .2 or more at p = .32 instead of .04 or less. */
function fewSamplesChecks(rows: readonly Row[], settings: Settings): Check[] {
  return settings.d.map((d) => {
    const expected = `d = ${d}: at p = 0.32 greedy long, mean over seeds, is larger after T = 1e5 than after 1e6`;
    const [few, many] = [1e5, 1e6].map((samples) => meanAt(rows, 'greedy_long', { d, samples, p: 0.32 }));
    const spokenOf = d >= 25 && settings.lambda === 1e-3;
    if (!spokenOf || typeof few !== 'number' || typeof many !== 'number') return unchecked(expected);
    return { expected, holds: few > many, found: `${show(few)} against ${show(many)}` };
  });
}

function sampledCheck(rows: readonly Row[], { lambda, inputs }: Settings): Check {
  const expected =
    'sampled long, every seed, within .1 (d+1)/(lambda T) + 5 sqrt(1/(2T) + 1/(4 inputs)) of its exact value at the optimum';
  const found = rows.flatMap(({ p, d, samples, sampled_long }) => {
    const training = { d: Number(d), lambda, samples: Number(samples) };
    if (!isNearOptimum(training) || typeof sampled_long !== 'number') return [];
    const off = Math.abs(sampled_long - exactLong(Number(p), lambda));
    return { off, ratio: off / longTolerance(training, inputs) };
  });
  if (found.length === 0) return unchecked(expected);
  const worst = found.reduce((a, b) => (b.ratio > a.ratio ? b : a));
  const most = Math.max(...found.map(({ off }) => off));
  const share = `${show(worst.ratio)} of its tolerance`;
  return {
    expected,
    holds: worst.ratio <= 1,
    found: `off by ${show(most)} at most, and by ${share} where it is worst`,
  };
}

function checks(rows: readonly Row[], settings: Settings): Check[] {
  return [
    ...stepChecks(rows, settings),
    accuracyCheck(rows, settings),
    ...fewSamplesChecks(rows, settings),
    smearCheck(rows, settings),
    sampledCheck(rows, settings),
  ];
}

const HUES = [0, 1, 2, 3] as const;

interface View {
  readonly column: 'greedy_long' | 'greedy_accuracy';
  readonly label: string;
  readonly from: number;
  readonly to: number;
  /** Of the theory, below 1/3. */
  readonly low: number;
}

const LONG: View = { column: 'greedy_long', label: 'greedy answers that are long', from: 0.2, to: 0.5, low: 0 };
const ACCURACY: View = { column: 'greedy_accuracy', label: 'greedy accuracy', from: 0, to: 1, low: 0.5 };

function panel(rows: readonly Row[], d: number, settings: Settings, view: View): Panel {
  const { column, label, from, to, low } = view;
  const drawn = settings.samples.map((samples, i): Mark => {
    const points = overSeeds(where(rows, { d, samples }), 'p', column).filter(({ x }) => x >= from && x <= to);
    // Labels one below the other, in the free corner.
    const at = { x: from + 0.62 * (to - from), y: low + (1 - low) * (0.5 - 0.1 * i), anchor: 'start' } as const;
    const style = { hue: HUES[i % HUES.length]! };
    return {
      kind: 'line',
      series: `d=${d}, T=${samples}`,
      points,
      style,
      label: { text: `$T = ${powerText(samples)}$`, ...at },
    };
  });
  const smear = settings.samples.map((samples, i): Mark => {
    const points = Array.from({ length: 61 }, (_, k) => from + ((to - from) * k) / 60)
      .filter((p) => p > 0 && p < 1)
      .map((p) => ({ x: p, y: smearedLong(p, d, samples) }));
    const style = { hue: HUES[i % HUES.length]!, dash: 'dotted' } as const;
    return { kind: 'line', series: `d=${d}, T=${samples}, leading order`, points, style };
  });
  const step = greedyThreshold({ lambda: settings.lambda });
  const theory: Mark = {
    kind: 'line',
    series: `d=${d}, theory`,
    points: [
      { x: from, y: low },
      { x: step, y: low },
      { x: step, y: 1 },
      { x: to, y: 1 },
    ],
    style: { hue: 'ink' },
  };
  const rule: Mark = {
    kind: 'rule',
    series: 'p=1/3',
    at: { x: step },
    style: { hue: 'grey', dash: 'dashed' },
    label: { text: '$p = 1/3$', x: step - 0.02 * (to - from), y: low + 0.9 * (1 - low), anchor: 'end' },
  };
  return {
    title: `$d = ${d}$`,
    x: { label: 'fraction $p$ of long demonstrations', scale: 'linear', domain: [from, to] },
    y: { label, scale: 'linear', domain: [low === 0 ? 0 : 0.4, 1] },
    marks: [rule, theory, ...(column === 'greedy_long' ? smear : []), ...drawn],
  };
}

function figures(rows: readonly Row[], settings: Settings): Figure[] {
  const lambda = powerText(settings.lambda);
  const panels = (view: View) => settings.d.map((d) => panel(rows, d, settings, view));
  return [
    {
      name: 'threshold',
      alt: 'The share of long greedy answers jumps from 0 to 1 at p = 1/3, the more sharply the more samples.',
      caption:
        `Share of fresh inputs that greedy decoding answers long after pre-training at $\\lambda = ${lambda}$. Black: the optimum, ` +
        'exact for $d \\ge 3$ and every $\\lambda > 0$. Colours: chains trained by SGD on $T$ sequences. Dotted: the smear that the ' +
        `scatter of the stop logit leaves at finite $T$, to leading order. ${bandText(rows)}`,
      width: 'two-columns',
      panels: panels(LONG),
    },
    {
      name: 'threshold-accuracy',
      alt: 'Greedy accuracy is one half below p = 1/3 and one above.',
      caption:
        `Share of fresh inputs with a wholly right greedy answer after pre-training at $\\lambda = ${lambda}$. Black: the optimum, exact ` +
        `for $d \\ge 3$. Colours: chains trained by SGD on $T$ sequences. ${bandText(rows)}`,
      width: 'two-columns',
      panels: panels(ACCURACY),
    },
  ];
}

/** With more of them where the step is. */
const FINER = [...new Set([...P, 0.305, 0.315, 0.3275, 0.335, 0.34, 0.355, 0.38, 0.405])].sort((a, b) => a - b);

const SETTINGS: Settings = { d: [25, 50], samples: [100_000, 1_000_000], p: P, lambda: 1e-3, inputs: 16_384 };

export const threshold: IllustratedExperiment<Settings> = {
  name: 'threshold',
  question: 'At which fraction p of long demonstrations does greedy decoding turn long and right after pre-training?',
  expected:
    'At p = 1/3 (Lemma 3, exact at the optimum for d >= 3): short and right on half of the inputs below, long and right above. After ' +
    'T samples the step is smeared over sqrt(d/T) or so; after T = 1e6 it lies between .32 and .35 for d = 25 and 50.',
  columns: COLUMNS,
  schema,
  sizes: {
    smoke: { seeds: 2, settings: { ...SETTINGS, p: [0.15, 0.32, 0.35, 0.5], inputs: 8192 }, time: '6 seconds' },
    default: { seeds: 5, settings: SETTINGS, time: 'about 1 minute' },
    full: { seeds: 20, settings: { ...SETTINGS, p: FINER, inputs: 65_536 }, time: 'about 6 minutes (estimated)' },
  },
  trials: (settings, seeds) =>
    seeds.flatMap((seed) =>
      settings.d.flatMap((d) => settings.samples.map((samples) => trial(d, samples, seed, settings))),
    ),
  checks,
  figures,
  falsifiers: {
    'the step at 1/2': (row) => ({ ...row, greedy_long: Number(row.p) > 0.5 ? 1 : 0 }),
    'every answer long': (row) => ({ ...row, greedy_long: 1, greedy_accuracy: 1 }),
    'more samples smear more': (row) => ({
      ...row,
      greedy_long: row.samples === 1e6 ? 0.5 : Number(row.p) > 1 / 3 ? 1 : 0,
    }),
    'short answers right': (row) => ({ ...row, greedy_accuracy: 1 }),
    'sampled lengths like greedy ones': (row) => ({ ...row, sampled_long: row.greedy_long! }),
  },
};
