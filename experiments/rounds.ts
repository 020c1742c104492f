import { z } from 'zod';
import {
  type Cell,
  type Check,
  type Column,
  demonstrationState,
  type Figure,
  type IllustratedExperiment,
  limitRounds,
  logTwoK,
  type Mark,
  Pacer,
  type Point,
  type Program,
  type Row,
  roundsBound,
  roundsToGreedyLong,
  type StarOptions,
  type Trial,
  type TrialContext,
  theoryRounds,
} from '../src/index.js';
import { unchecked } from './shared/checks.js';
import { bandText, distinct, numbers, overSeeds, where } from './shared/over-seeds.js';
import { powerText } from './shared/powers.js';
import { pretraining } from './shared/pre-training.js';
import { recordSamples } from './shared/samples.js';
import { bits, count, list, probability, ridge } from './shared/schema.js';

/** Of pre-training and of each round; memory holds the accepted responses of a round. */
const MOST_SAMPLES = 2e7;

const schema = z
  .strictObject({
    p: list(probability().min(1e-9), 1, 200).describe('fractions of long demonstrations of the exact map'),
    d: list(bits(), 1, 6).describe('bits of the exact map, each with each lambda'),
    lambda: list(ridge(1e-12), 1, 6).describe('ridge strengths of the exact map'),
    limit: count(1, 10_000).describe('rounds of the exact map before giving up'),
    sampledD: bits(100).describe('bits of the trained chains'),
    sampledLambda: ridge(1e-5).describe('ridge strength of the trained chains'),
    sampledP: list(probability().min(1e-3), 0, 40).describe('fractions of long demonstrations of the trained chains'),
    longSamples: count(100, 100_000).describe('p T at least: long demonstrations among the T of a trained chain'),
    samples: count(1000, MOST_SAMPLES).describe('T at least: sequences of pre-training and responses drawn in a round'),
    inputs: count(1000, 1_000_000).describe('fresh inputs on which each round is evaluated'),
  })
  .refine(({ sampledP, longSamples }) => sampledP.every((p) => longSamples / p <= MOST_SAMPLES), {
    error: `longSamples / p must not exceed ${MOST_SAMPLES}`,
  });
type Settings = z.infer<typeof schema>;

const COLUMNS: readonly Column[] = [
  { name: 'source', role: 'key', meaning: 'limit: lambda to 0; exact: infinite samples; sampled: trained chains' },
  { name: 'd', role: 'key', meaning: 'bits; none in the limit' },
  { name: 'lambda', role: 'key', meaning: 'ridge strength; none in the limit' },
  { name: 'p', role: 'key', meaning: 'fraction of long demonstrations, in (0, 1)' },
  { name: 'seed', role: 'key', meaning: 'keys all random numbers; none unless sampled' },
  { name: 'samples', role: 'value', meaning: 'T: sequences of pre-training and responses drawn in a round' },
  {
    name: 'rounds',
    role: 'value',
    meaning: 'first round with greedy answers long (sampled: on more than half of the inputs), or none',
  },
  {
    name: 'bound',
    role: 'value',
    meaning: 'proven bound on the rounds of the exact map; none where K <= 1/2 or p > 1/3',
  },
  {
    name: 'margin',
    role: 'value',
    meaning: 'least |stop logit| of the exact map in that round and the one before, in nats',
  },
  { name: 'accuracy', role: 'value', meaning: 'greedy accuracy (r_cot) in that round, of sampled chains, in [0, 1]' },
];

const EMPTY = { d: null, lambda: null, seed: null, samples: null, bound: null, margin: null, accuracy: null };

const limitRow = (p: number): Row => ({ ...EMPTY, source: 'limit', p, rounds: limitRounds(p) });

const starOf = (d: number, lambda: number): StarOptions => ({ d, lambda, reward: 'cot' });

function exactRow(d: number, lambda: number, p: number, limit: number): Row {
  const rounds = roundsToGreedyLong(p, starOf(d, lambda), limit);
  const margin = rounds === null ? null : marginOf(d, lambda, p, rounds);
  return { ...EMPTY, source: 'exact', d, lambda, p, rounds, bound: roundsBound(d, p, lambda), margin };
}

/** How far the decision was from falling in another round. */
function marginOf(d: number, lambda: number, p: number, rounds: number): number {
  let before = Number.POSITIVE_INFINITY;
  for (const { round, optimum } of theoryRounds(demonstrationState(p), starOf(d, lambda))) {
    const here = Math.abs(optimum.sPlus);
    if (round >= rounds) return Math.min(before, here);
    before = here;
  }
  return before;
}

/** Neighbours in p are trained together, on as many sequences as the smaller one needs. */
function pairs(p: readonly number[]): number[][] {
  const sorted = [...p].sort((a, b) => a - b);
  return Array.from({ length: Math.ceil(sorted.length / 2) }, (_, i) => sorted.slice(2 * i, 2 * i + 2));
}

const samplesOf = (pair: readonly number[], { longSamples, samples }: Settings) =>
  Math.max(samples, Math.ceil(longSamples / Math.min(...pair)));

/** One more than the exact map needs: later is as wrong as never. */
function roundsOf(pair: readonly number[], { sampledD, sampledLambda, limit }: Settings): number {
  const exact = pair.map((p) => roundsToGreedyLong(p, starOf(sampledD, sampledLambda), limit) ?? limitRounds(p));
  return Math.min(MOST_ROUNDS, Math.max(...exact) + 1);
}

/** Of trained chains. */
const MOST_ROUNDS = 30;

async function train(context: TrialContext, pair: readonly number[], seed: number, settings: Settings) {
  const { sampledD: d, sampledLambda: lambda, inputs } = settings;
  const samples = samplesOf(pair, settings);
  const program: Program = {
    ...pretraining(samples),
    star: { rounds: roundsOf(pair, settings), samples, reward: 'cot', start: 'fresh' },
    evaluate: inputs,
  };
  const found = pair.map((): { rounds: Cell; accuracy: Cell } => ({ rounds: null, accuracy: null }));
  const replicates = pair.map((pCot) => ({ d, pCot, lambda, seed }));
  const { chains } = await context.train(replicates, program, (i, { round, evaluation }) => {
    const { greedy } = evaluation!;
    if (found[i]!.rounds !== null || greedy.long <= inputs / 2) return;
    found[i] = { rounds: round, accuracy: greedy.correctCot / inputs };
  });
  for (const [i, p] of pair.entries()) {
    const keys = { source: 'sampled', d, lambda, p, seed };
    context.record({ ...EMPTY, ...keys, samples, ...found[i]! });
    await recordSamples(context, { chain: chains[i]!, seed, lambda, keys }, 1);
  }
}

function trials(settings: Settings, seeds: readonly number[]): Trial[] {
  const { p, d, lambda, limit, sampledP } = settings;
  const exact: Trial = {
    name: 'exact',
    work: 1e5,
    run: async ({ record, watch }) => {
      for (const one of p) record(limitRow(one));
      const pacer = new Pacer(watch);
      const places = d.flatMap((bitCount) =>
        lambda.flatMap((ridgeOf) => p.map((one) => [bitCount, ridgeOf, one] as const)),
      );
      for (const [i, [bitCount, ridgeOf, one]] of places.entries()) {
        await pacer.checkpoint(i / places.length);
        record(exactRow(bitCount, ridgeOf, one, limit));
      }
    },
  };
  const sampled = pairs(sampledP).flatMap((pair) => {
    const work = samplesOf(pair, settings) * pair.length * (1 + roundsOf(pair, settings));
    return seeds.map((seed): Trial => {
      return { name: `p=${pair.join(',')},seed=${seed}`, work, run: (context) => train(context, pair, seed, settings) };
    });
  });
  return [exact, ...sampled];
}

const otherwise = (n: number, of: number) => `${n} of ${of} otherwise`;

/** Lemma 5 (e); and p < 1/3 is short to begin with, by Lemma 3. */
function boundCheck(rows: readonly Row[]): Check {
  const expected = 'K > 1/2, p < 1/3: the exact map needs at least one round and at most the proven bound';
  const bounded = where(rows, { source: 'exact' }).filter(
    ({ bound, p }) => typeof bound === 'number' && Number(p) < 1 / 3,
  );
  if (bounded.length === 0) return unchecked(expected);
  const wrong = bounded.filter(
    ({ rounds, bound }) => rounds === null || Number(rounds) < 1 || Number(rounds) > Number(bound),
  );
  return { expected, holds: wrong.length === 0, found: otherwise(wrong.length, bounded.length) };
}

/** Lemma 5 (d): K < 1/2, and it is never long from p < 1/3. */
function failureCheck(rows: readonly Row[]): Check {
  const expected = 'K < 1/2, p < 1/3: the exact map never turns long';
  const failing = where(rows, { source: 'exact' }).filter(
    ({ d, lambda, p }) => Number(p) < 1 / 3 && logTwoK(Number(d), Number(lambda)) < 0,
  );
  if (failing.length === 0) return unchecked(expected);
  const wrong = failing.filter(({ rounds }) => rounds !== null);
  return { expected, holds: wrong.length === 0, found: otherwise(wrong.length, failing.length) };
}

/**
 * Lemma 5 (f). In round i the penalty pulls log R by about lambda |log R| / p_i, and K costs (d-1) lambda c a round; over all rounds
 * that is less than 2 lambda |log R_0| / p + n (d-1) lambda c. The limit's count holds where log2((1-p)/(2p)) is further than this
 * from an integer.
 */
function limitCheck(rows: readonly Row[]): Check {
  const expected =
    'where lambda is small enough for p and d, the exact map needs as many rounds as the limit formula says';
  const small = where(rows, { source: 'exact' }).filter(({ d, lambda, p }) => {
    const doublings = Math.log2((1 - Number(p)) / (2 * Number(p)));
    const apart = Math.abs(doublings - Math.round(doublings)) * Math.LN2;
    return apart > limitError(Number(d), Number(lambda), Number(p)) && doublings > 0;
  });
  if (small.length === 0) return unchecked(expected);
  const wrong = small.filter(({ p, rounds }) => rounds !== limitRounds(Number(p)));
  return { expected, holds: wrong.length === 0, found: otherwise(wrong.length, small.length) };
}

/** Doubled, for the next order. */
function limitError(d: number, lambda: number, p: number): number {
  const away = Math.abs(Math.log((2 * p) / (1 - p)));
  const cost = Math.LN2 - logTwoK(d, lambda);
  return 2 * ((2 * lambda * away) / p + (limitRounds(p) + 1) * cost);
}

/**
 * How far finite samples move the stop logit s, in nats, until greedy decoding turns long in round n.
 *
 * Chance: s fitted to N long sequences has variance 1 / N (its curvature is m+ r+ = q where long answers are rare), N = p T / 2
 * in pre-training, where half is averaged over, and p T / 4 times a doubling for each round, half of whose responses are accepted:
 * 6 / (p T) in all; five standard deviations. SGD's scatter, of variance eta (d + 1) with eta = 1 / (lambda t), shifts
 * the log-odds of long by at most half of that in each round: 1.39 (d + 1) / (lambda T) on T / 2 accepted.
 */
function blur({ sampledD, sampledLambda }: Settings, p: number, samples: number, rounds: number): number {
  return 5 * Math.sqrt(6 / (p * samples)) + (1.39 * (sampledD + 1) * (rounds + 1)) / (sampledLambda * samples);
}

interface Compared {
  /** Rounds between the trained chain and the exact map; Infinity if one of them never turned long. */
  readonly off: number;
  /** Whether the exact map is far from another round. */
  readonly clear: boolean;
  readonly accuracy: number;
}

/** The trained chains whose blur is less than the gain of a round, log 2K: a greater one may move them by several rounds. */
function compared(rows: readonly Row[], settings: Settings): Compared[] {
  return where(rows, { source: 'sampled' }).flatMap((row) => {
    const [d, lambda, p] = [Number(row.d), Number(row.lambda), Number(row.p)];
    const exact = exactRow(d, lambda, p, settings.limit);
    if (exact.rounds === null || exact.margin === null) return [];
    const needed = blur(settings, p, Number(row.samples), Number(exact.rounds));
    if (needed > logTwoK(d, lambda)) return [];
    const off = row.rounds === null ? Number.POSITIVE_INFINITY : Math.abs(Number(row.rounds) - Number(exact.rounds));
    return { off, clear: Number(exact.margin) > needed, accuracy: Number(row.accuracy) };
  });
}

function sampledChecks(rows: readonly Row[], settings: Settings): Check[] {
  const within = 'trained chains turn long at most one round before or after the exact map';
  const equal =
    'they turn long in its very round where its stop logits are further from 0 than finite samples move them';
  const right = 'greedy accuracy is above 1/2 in the round in which trained chains turn long';
  const all = compared(rows, settings);
  const clear = all.filter((one) => one.clear);
  const holdsFor = (expected: string, chains: readonly Compared[], fails: (one: Compared) => boolean): Check => {
    const wrong = chains.filter(fails).length;
    return chains.length === 0
      ? unchecked(expected)
      : { expected, holds: wrong === 0, found: otherwise(wrong, chains.length) };
  };
  return [
    holdsFor(within, all, ({ off }) => off > 1),
    holdsFor(equal, clear, ({ off }) => off > 0),
    holdsFor(right, all, ({ accuracy }) => !(accuracy > 0.5)),
  ];
}

const checks = (rows: readonly Row[], settings: Settings): Check[] => [
  boundCheck(rows),
  failureCheck(rows),
  limitCheck(rows),
  ...sampledChecks(rows, settings),
];

const HUES = [4, 1, 0, 2, 3, 5] as const;

const DASHES = ['solid', 'dashed'] as const;

/** Where the number of rounds changes between two neighbours, in the middle between them. */
function stairs(points: readonly Point[]): Point[] {
  return points.flatMap(({ x, y }, i) => {
    const before = points[i - 1];
    if (!before || before.y === y) return [{ x, y }];
    const middle = Math.sqrt(x * before.x);
    return [
      { x: middle, y: before.y },
      { x: middle, y },
      { x, y },
    ];
  });
}

/** Exact curves that turn long somewhere: a colour for each lambda, a dash for each d. */
function exactMarks(rows: readonly Row[]): Mark[] {
  const curves = distinct(rows, 'd').flatMap((d, i) =>
    distinct(rows, 'lambda').map((lambda, j) => {
      const style = { hue: HUES[j % HUES.length]!, dash: DASHES[i % DASHES.length]! };
      return { d, lambda, style, points: stairs(overSeeds(where(rows, { d, lambda }), 'p', 'rounds')) };
    }),
  );
  const drawn = curves.filter(({ points }) => points.length > 0);
  return drawn.map(({ d, lambda, style, points }, i): Mark => {
    const text = `$d = ${d}, \\lambda = ${powerText(Number(lambda))}$`;
    const [{ x, y }] = points as [Point];
    // At the left end, where the curves are apart; beside the label of another that ends there, too.
    const beside = drawn.slice(0, i).filter((other) => other.points[0]!.y === y).length;
    const label = { text, x: x * 1.15 * 12 ** beside, y: y + 0.52, anchor: 'start' } as const;
    return { kind: 'line', series: `exact, d=${d}, lambda=${lambda}`, points, style, label };
  });
}

function figures(rows: readonly Row[], settings: Settings): Figure[] {
  const { sampledD, sampledLambda, p, sampledP } = settings;
  const sampled = where(rows, { source: 'sampled' });
  const limit = stairs(overSeeds(where(rows, { source: 'limit' }), 'p', 'rounds'));
  const trained = overSeeds(sampled, 'p', 'rounds');
  const most = Math.max(1, ...numbers(rows, 'rounds'));
  const least = Math.min(...p, ...sampledP);
  const ridgeOf = powerText(sampledLambda);
  const marks: Mark[] = [
    ...exactMarks(where(rows, { source: 'exact' })),
    { kind: 'line', series: 'limit', points: limit, style: { hue: 'ink', dash: 'dotted' } },
    { kind: 'dots', series: 'trained', points: trained, style: { hue: 'ink' } },
  ];
  return [
    {
      name: 'rounds',
      alt: 'Rounds of STaR until greedy answers are long against p: the exact map levels off where the limit goes on rising.',
      caption:
        'Rounds of STaR with $r_{cot}$ until greedy decoding is long. Dotted: the limit $\\lambda \\to 0$ at fixed $p$, ' +
        '$\\log_2((1-p)/2p)$ rounded. Lines: the exact map with infinite samples ($d \\ge 3$); those with $K \\le 1/2$ never ' +
        'turn long and are absent. It levels off where $p$ is below $\\lambda \\log(1/\\lambda)$, since the optimum is too long ' +
        `there. Dots: chains of $d = ${sampledD}$ trained at $\\lambda = ${ridgeOf}$, long on more than half of the inputs; every ` +
        `one has at least $T = ${powerText(settings.longSamples)}/p$ sequences of pre-training and as many responses a round. ${bandText(sampled, sampled.some(({ rounds }) => rounds === null) ? 'successful' : 'all')}`,
      width: 'two-columns',
      panels: [
        {
          x: { label: 'fraction $p$ of long demonstrations', scale: 'log', domain: [least, 1] },
          y: { label: 'rounds to long greedy answers', scale: 'linear', domain: [0, most + 1] },
          marks,
        },
      ],
    },
  ];
}

/** From 1e-6 to .33, evenly in log p. */
const fractions = (points: number) =>
  Array.from({ length: points }, (_, i) => Number((1e-6 * 330_000 ** (i / (points - 1))).toPrecision(4)));

const SETTINGS: Settings = {
  p: fractions(56),
  d: [10, 50],
  lambda: [1e-2, 1e-3, 1e-4, 1e-10],
  limit: 500,
  sampledD: 10,
  sampledLambda: 1e-3,
  sampledP: [
    0.001, 0.0018, 0.0035, 0.006, 0.011, 0.017, 0.024, 0.034, 0.047, 0.065, 0.089, 0.12, 0.16, 0.21, 0.27, 0.31,
  ],
  longSamples: 10_000,
  samples: 1_000_000,
  inputs: 16_384,
};

export const rounds: IllustratedExperiment<Settings> = {
  name: 'rounds',
  question: 'How many rounds of STaR does greedy decoding need to turn long, down to rare long demonstrations?',
  expected:
    'With r_cot and K > 1/2 (d >= 3) as many as the exact map of Lemma 5, within one round on finite samples; log2((1-p)/2p), rounded, ' +
    'as lambda tends to 0 at fixed p; fewer at p << lambda log(1/lambda), where the optimum is long more often than p.',
  columns: COLUMNS,
  schema,
  sizes: {
    smoke: {
      seeds: 2,
      settings: {
        ...SETTINGS,
        p: [1e-6, 1e-4, 0.0017, 0.01, 0.04, 0.15, 0.3],
        sampledP: [0.03, 0.05, 0.15, 0.28],
        longSamples: 5000,
        samples: 200_000,
        inputs: 4096,
      },
      time: '4 seconds',
    },
    default: { seeds: 5, settings: SETTINGS, time: 'about 2.5 minutes' },
    full: {
      seeds: 20,
      settings: { ...SETTINGS, p: fractions(120), longSamples: 20_000, inputs: 65_536 },
      time: 'about 20 minutes (estimated)',
    },
  },
  trials,
  checks,
  figures,
  falsifiers: {
    'always one round more': (row) => ({
      ...row,
      rounds: row.source === 'limit' ? row.rounds! : Number(row.rounds) + 1,
    }),
    'never long': (row) => ({ ...row, rounds: null }),
    'long by chance': (row) => ({ ...row, rounds: 1, accuracy: 0.5 }),
  },
};
