import { z } from 'zod';
import {
  type Check,
  type Column,
  calibrationBounds,
  type Figure,
  type IllustratedExperiment,
  type Mark,
  type Panel,
  type Point,
  type Row,
  type Trial,
  type TrialContext,
} from '../src/index.js';
import { unchecked } from './shared/checks.js';
import { exactLong, isNearOptimum, longTolerance } from './shared/near-optimum.js';
import { bandText, numbers, overSeeds, where } from './shared/over-seeds.js';
import { powerText } from './shared/powers.js';
import { pretraining } from './shared/pre-training.js';
import { recordSamples } from './shared/samples.js';
import { bits, count, list, probabilities, ridge } from './shared/schema.js';

const schema = z.strictObject({
  lambda: list(ridge(1e-6), 1, 6).describe('ridge strengths of the exact curves, one panel each'),
  p: probabilities(2, 200).describe('fractions of long demonstrations of the exact curves'),
  d: bits(50).describe('bits of the trained chains; the exact curves are those of every d >= 3'),
  sampledLambda: list(ridge(1e-4), 0, 6).describe('ridge strengths of the trained chains'),
  sampledP: probabilities(1, 30).describe('fractions of long demonstrations of the trained chains'),
  samples: count(1000, 10_000_000).describe('T at least: sequences that a chain is trained on'),
  ridgeSamples: z.number().min(1).max(100_000).describe('lambda T at least; must be far above d'),
  inputs: count(1000, 4_000_000).describe('fresh inputs on which P(long) of a chain is measured'),
});
type Settings = z.infer<typeof schema>;

const COLUMNS: readonly Column[] = [
  { name: 'source', role: 'key', meaning: 'exact: the optimum; sampled: a chain trained by SGD' },
  { name: 'lambda', role: 'key', meaning: 'ridge strength' },
  { name: 'p', role: 'key', meaning: 'fraction of long demonstrations, in (0, 1)' },
  { name: 'seed', role: 'key', meaning: 'keys all random numbers; none if exact' },
  { name: 'samples', role: 'value', meaning: 'T, sequences of pre-training; none if exact' },
  { name: 'long', role: 'value', meaning: 'P(|y| = d) at temperature 1, in [0, 1]; a share of inputs if sampled' },
  { name: 'gap', role: 'value', meaning: 'P(|y| = d) - p' },
  { name: 'lower', role: 'value', meaning: 'bound on the gap of the optimum (Lemma 4)' },
  { name: 'upper', role: 'value', meaning: 'bound on the gap of the optimum (Lemma 4)' },
];

function exactRow(p: number, lambda: number): Row {
  const long = exactLong(p, lambda);
  const { lower, upper } = calibrationBounds(p, lambda);
  return { source: 'exact', lambda, p, seed: null, samples: null, long, gap: long - p, lower, upper };
}

/** T of a chain: enough for lambda T >> d. */
const samplesAt = (lambda: number, { samples, ridgeSamples }: Settings) =>
  Math.max(samples, Math.ceil(ridgeSamples / lambda));

async function train(context: TrialContext, lambda: number, seed: number, settings: Settings) {
  const { sampledP, d, inputs } = settings;
  const samples = samplesAt(lambda, settings);
  const program = { ...pretraining(samples), evaluate: inputs };
  const rows: Row[] = [];
  const replicates = sampledP.map((pCot) => ({ d, pCot, lambda, seed }));
  const { chains } = await context.train(replicates, program, (i, { evaluation }) => {
    const long = evaluation!.sampled.long / inputs;
    const { lower, upper } = calibrationBounds(sampledP[i]!, lambda);
    rows[i] = {
      source: 'sampled',
      lambda,
      p: sampledP[i]!,
      seed,
      samples,
      long,
      gap: long - sampledP[i]!,
      lower,
      upper,
    };
  });
  for (const row of rows) context.record(row);
  await recordSamples(context, {
    chain: chains[0]!,
    seed,
    lambda,
    keys: { source: 'sampled', lambda, p: sampledP[0]!, seed },
  });
}

function trials(settings: Settings, seeds: readonly number[]): Trial[] {
  const exact: Trial = {
    name: 'exact',
    work: 1e4,
    run: async ({ record }) => {
      for (const lambda of settings.lambda) for (const p of settings.p) record(exactRow(p, lambda));
    },
  };
  const sampled = settings.sampledLambda.flatMap((lambda) =>
    seeds.map((seed): Trial => {
      const work = settings.sampledP.length * (samplesAt(lambda, settings) + settings.inputs);
      return { name: `lambda=${lambda},seed=${seed}`, work, run: (context) => train(context, lambda, seed, settings) };
    }),
  );
  return [exact, ...sampled];
}

const show = (value: number) => value.toPrecision(3);
const exactOf = (rows: readonly Row[]) => where(rows, { source: 'exact' });

/** Lemma 4 (c). A rounding error of the two sides of P - p, which are of order 1, is let pass. */
function boundsCheck(rows: readonly Row[]): Check {
  const expected = 'the exact P(long) - p lies within the bounds of Lemma 4, at every p and lambda';
  const exact = exactOf(rows);
  if (exact.length === 0) return unchecked(expected);
  const outside = exact.filter(({ gap, lower, upper }) => {
    return !(Number(gap) >= Number(lower) - 1e-15 && Number(gap) <= Number(upper) + 1e-15);
  });
  return { expected, holds: outside.length === 0, found: `${outside.length} of ${exact.length} outside` };
}

/** Where the order shows at ordinary lambda: elsewhere what is bounded in Lemma 4 (d) moves as much as what grows. */
const ORDER = { lambda: 0.01, p: 0.5 };

/**
 * Lemma 4 (d): (P - p) / lambda = |t| / 2 less what is bounded. With u = |t|, lambda u = (1 - p) sigma(t) gives
 * du / dlog(1/lambda) = u / (1 + u sigma(u)), between 2/3 and 1 for u >= 2, so 1/3 to 1/2 for |t| / 2; what is bounded settles like
 * lambda / p and is given .15 below and above. Were the error O(lambda), the slope would tend to 0.
 */
function orderCheck(rows: readonly Row[]): Check {
  const expected =
    '(P(long) - p) / lambda grows by .18 to .65 for each factor e of 1/lambda, at lambda <= .01 and 10 lambda <= p <= 1/2: the error is ' +
    'of order lambda log(1/lambda), not lambda';
  const slopes = slopesOf(exactOf(rows));
  if (slopes.length === 0) return unchecked(expected);
  const [least, most] = [Math.min(...slopes), Math.max(...slopes)];
  const found = `${show(least)} to ${show(most)} at ${slopes.length} places`;
  return { expected, holds: least > 0.18 && most < 0.65, found };
}

/** Of (P - p) / lambda by log(1/lambda), between neighbouring lambda. */
function slopesOf(rows: readonly Row[]): number[] {
  const within = rows.filter(({ lambda, p }) => {
    return Number(lambda) <= ORDER.lambda && Number(p) <= ORDER.p && Number(p) >= 10 * Number(lambda);
  });
  const lambdas = [...new Set(numbers(within, 'lambda'))].sort((a, b) => b - a);
  return lambdas.slice(1).flatMap((smaller, i) => {
    const larger = lambdas[i]!;
    return where(within, { lambda: larger }).flatMap(({ p, gap }) =>
      numbers(where(within, { lambda: smaller, p: p! }), 'gap').map(
        (other) => (other / smaller - Number(gap) / larger) / Math.log(larger / smaller),
      ),
    );
  });
}

function sampledCheck(rows: readonly Row[], settings: Settings): Check {
  const expected =
    'P(long) of every trained chain within .1 (d+1)/(lambda T) + 5 sqrt(1/(2T) + 1/(4 inputs)) of its exact value at the optimum';
  const found = where(rows, { source: 'sampled' }).flatMap(({ p, lambda, samples, long }) => {
    const training = { d: settings.d, lambda: Number(lambda), samples: Number(samples) };
    if (!isNearOptimum(training) || typeof long !== 'number') return [];
    const exact = exactLong(Number(p), Number(lambda));
    const allowed = longTolerance(training, settings.inputs);
    return { off: Math.abs(long - exact), allowed, seen: Math.abs(exact - Number(p)) > allowed };
  });
  if (found.length === 0) return unchecked(expected);
  const worst = found.reduce((a, b) => (b.off / b.allowed > a.off / a.allowed ? b : a));
  const seen = found.filter((one) => one.seen).length;
  return {
    expected,
    holds: worst.off <= worst.allowed,
    found: `off by ${show(worst.off)} of ${show(worst.allowed)} where it is worst; ${seen} of ${found.length} tell the exact value from p`,
  };
}

const checks = (rows: readonly Row[], settings: Settings): Check[] => [
  boundsCheck(rows),
  orderCheck(rows),
  sampledCheck(rows, settings),
];

/** In units of lambda. */
const scaled = (rows: readonly Row[], column: string, lambda: number): Point[] =>
  overSeeds(rows, 'p', column).map(({ x, y, low, high }) => ({
    x,
    y: y / lambda,
    low: low! / lambda,
    high: high! / lambda,
  }));

/** What all panels show of the gap: everything, and at least 8 on both sides. */
function extentOf(rows: readonly Row[]): number {
  const sizes = rows.flatMap(({ gap, lower, upper, lambda }) =>
    [gap, lower, upper].map((value) => Math.abs(Number(value ?? 0)) / Number(lambda)),
  );
  return Math.ceil(sizes.filter(Number.isFinite).reduce((largest, size) => Math.max(largest, size), 8));
}

function panel(rows: readonly Row[], lambda: number): Panel {
  const exact = where(rows, { source: 'exact', lambda });
  const [lower, upper] = ['lower', 'upper'].map((column) => scaled(exact, column, lambda));
  const name = `lambda=${lambda}`;
  const band = scaled(exact, 'gap', lambda).map(({ x, y }, i) => ({ x, y, low: lower![i]!.y, high: upper![i]!.y }));
  const curve = scaled(exact, 'gap', lambda).map(({ x, y }) => ({ x, y }));
  const dots = scaled(where(rows, { source: 'sampled', lambda }), 'gap', lambda);
  const marks: Mark[] = [
    { kind: 'band', series: `${name}, bounds`, points: band, style: { hue: 'grey' } },
    { kind: 'rule', series: 'calibrated', at: { y: 0 }, style: { hue: 'grey', dash: 'dashed' } },
    { kind: 'line', series: `${name}, exact`, points: curve, style: { hue: 0 } },
    { kind: 'dots', series: `${name}, trained`, points: dots, style: { hue: 1 } },
  ];
  return {
    title: `$\\lambda = ${powerText(lambda)}$`,
    x: { label: '$p$', scale: 'linear', domain: [0, 1], ticks: [0, 0.5, 1] },
    y: { label: '$(P(|y| = d) - p) / \\lambda$', scale: 'linear', domain: [-extentOf(rows), extentOf(rows)] },
    marks,
  };
}

function figures(rows: readonly Row[], settings: Settings): Figure[] {
  const trained = where(rows, { source: 'sampled' });
  return [
    {
      name: 'calibration',
      alt: 'The error of the long fraction in units of lambda: it lies within its bounds and grows slowly as lambda falls.',
      caption:
        'Error of the probability of a long answer after pre-training, in units of $\\lambda$. Line: the optimum, exact for every ' +
        '$d \\ge 3$; grey: the bounds of Lemma 4. From panel to panel the curve rises: the error is of order ' +
        `$\\lambda \\log(1/\\lambda)$. Dots: chains of $d = ${settings.d}$ trained on $T$ sequences, $\\lambda T \\ge ${settings.ridgeSamples}$, ` +
        `drawn only where they were trained; those of one seed share their inputs, and so their luck. ${bandText(trained)}`,
      width: 'two-columns',
      panels: settings.lambda.map((lambda) => panel(rows, lambda)),
    },
  ];
}

const P = Array.from({ length: 49 }, (_, i) => (i + 1) / 50);

const SETTINGS: Settings = {
  lambda: [1e-1, 1e-2, 1e-3, 1e-4],
  p: P,
  d: 10,
  sampledLambda: [1e-1, 1e-2, 1e-3],
  sampledP: [0.05, 0.15, 0.25, 0.35, 0.5, 0.65, 0.8, 0.95],
  samples: 1_000_000,
  ridgeSamples: 5000,
  inputs: 1_000_000,
};

export const calibration: IllustratedExperiment<Settings> = {
  name: 'calibration',
  question:
    'How far is the probability of a long answer from the fraction p of long demonstrations after pre-training?',
  expected:
    'At the optimum (d >= 3) within the bounds of Lemma 4, of order lambda log(1/lambda) and not lambda: too long except at large p. ' +
    'Chains trained with lambda T >> d have the same P(long), up to .1 (d+1)/(lambda T) and the noise of their samples.',
  columns: COLUMNS,
  schema,
  sizes: {
    smoke: {
      seeds: 2,
      settings: {
        ...SETTINGS,
        p: [0.02, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 0.98],
        d: 5,
        sampledLambda: [1e-1, 1e-2],
        sampledP: [0.1, 0.5, 0.9],
        samples: 100_000,
        inputs: 100_000,
      },
      time: '2 seconds',
    },
    default: { seeds: 5, settings: SETTINGS, time: 'about 1 minute' },
    full: {
      seeds: 20,
      settings: {
        ...SETTINGS,
        sampledP: Array.from({ length: 19 }, (_, i) => (i + 1) / 20),
        samples: 4_000_000,
        ridgeSamples: 10_000,
        inputs: 4_000_000,
      },
      time: 'about 25 minutes (estimated)',
    },
  },
  trials,
  checks,
  figures,
  falsifiers: {
    'an error twice the bound': (row) => ({ ...row, gap: 2 * Number(row.upper) }),
    'an error of order lambda': (row) => ({ ...row, gap: Number(row.lambda) }),
    'chains that answer long too often': (row) => ({
      ...row,
      long: row.source === 'sampled' ? Number(row.long) + 0.05 : row.long!,
    }),
  },
};
