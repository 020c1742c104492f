import { z } from 'zod';
import {
  type Cell,
  type Check,
  type Column,
  enumerateGreedyThreshold,
  type Figure,
  greedyThreshold,
  type IllustratedExperiment,
  limitRounds,
  type Mark,
  Pacer,
  type Panel,
  type Point,
  type Program,
  type Row,
  roundsBound,
  roundsToGreedyLong,
  type Trial,
  type TrialContext,
} from '../src/index.js';
import { shown, unchecked } from './shared/checks.js';
import { endLabelled } from './shared/lines.js';
import { isNearOptimum } from './shared/near-optimum.js';
import { bandText, distinct, meanOf, numbers, overSeeds, where } from './shared/over-seeds.js';
import { powerText } from './shared/powers.js';
import { pretraining } from './shared/pre-training.js';
import { recordSamples } from './shared/samples.js';
import { bits, count, list, probabilities, probability, ridge } from './shared/schema.js';

const share = () => z.number().min(0).max(1);

const schema = z.strictObject({
  stepNoise: list(share(), 1, 20).describe('eta at which the threshold is sought'),
  answerNoise: list(share(), 1, 3).describe('nu at which the threshold is sought'),
  p: probabilities(2).describe('fractions of long demonstrations among which the threshold is sought'),
  d: bits(100).describe('bits of the chains whose threshold is sought'),
  lambda: ridge(1e-5).describe('ridge strength of the trained chains'),
  samples: count(1000, 10_000_000).describe('T: sequences of pre-training of the chains whose threshold is sought'),
  starD: list(bits(100), 1, 4).describe('bits of STaR'),
  starNoise: list(share().max(0.45), 1, 20).describe('eta of STaR'),
  starP: probability().min(0.01).max(0.33).describe('fraction of long demonstrations of STaR'),
  starLambda: list(ridge(1e-12), 1, 3).describe('ridge strengths of the exact map of STaR'),
  starSamples: count(1000, 10_000_000).describe('T: sequences of pre-training and responses drawn in a round of STaR'),
  validChains: count(100, 100_000).describe('STaR is trained where so many of its demonstrations are valid chains'),
  inputs: count(1000, 1_000_000).describe('fresh inputs on which each chain is evaluated'),
});
type Settings = z.infer<typeof schema>;

const COLUMNS: readonly Column[] = [
  {
    name: 'source',
    role: 'key',
    meaning:
      'enumerated: the threshold of the optimum; trained: chains after pre-training; limit (lambda to 0), exact (infinite samples) and sampled (trained chains): rounds of STaR with r_cot',
  },
  { name: 'step_noise', role: 'key', meaning: 'eta: probability that a step of a demonstrated chain is wrong' },
  { name: 'answer_noise', role: 'key', meaning: 'nu: probability that a demonstrated short answer is wrong' },
  { name: 'd', role: 'key', meaning: 'bits' },
  { name: 'lambda', role: 'key', meaning: 'ridge strength; none in the limit' },
  { name: 'p', role: 'key', meaning: 'fraction of long demonstrations, in (0, 1); none for thresholds' },
  { name: 'seed', role: 'key', meaning: 'keys all random numbers; none unless trained or sampled' },
  { name: 'threshold', role: 'value', meaning: 'p at which the enumerated greedy decision turns' },
  { name: 'greedy_long', role: 'value', meaning: 'share of fresh inputs with a long greedy answer, in [0, 1]' },
  {
    name: 'accuracy',
    role: 'value',
    meaning: 'greedy accuracy (r_cot), in [0, 1]; of sampled chains, in the round that turns long',
  },
  {
    name: 'rounds',
    role: 'value',
    meaning: 'first round with greedy answers long (sampled: on more than half of the inputs), or none',
  },
  { name: 'bound', role: 'value', meaning: 'proven bound on the rounds of the exact map; none where K <= 1/2' },
];

const EMPTY: Row = {
  ...{ answer_noise: 0, lambda: null, p: null, seed: null },
  ...{ threshold: null, greedy_long: null, accuracy: null, rounds: null, bound: null },
};

/** Of the enumeration; no optimum depends on d >= 3. */
const ENUMERATED_D = 4;

/** Of the exact map. */
const MOST_ROUNDS = 200;

/** Rounds of trained chains; later is as wrong as never. */
const MOST_TRAINED = 20;

function exactRounds(d: number, lambda: number, stepNoise: number, p: number): number | null {
  return roundsToGreedyLong(p, { d, lambda, reward: 'cot', stepNoise }, MOST_ROUNDS);
}

/** Everything that draws nothing. */
async function exact({ record, watch }: TrialContext, settings: Settings): Promise<void> {
  const { stepNoise, answerNoise, lambda, starD, starNoise, starP: p, starLambda } = settings;
  for (const eta of stepNoise) {
    for (const nu of answerNoise) {
      const found = await enumerateGreedyThreshold(ENUMERATED_D, { lambda, stepNoise: eta, answerNoise: nu, ...watch });
      const keys = { source: 'enumerated', step_noise: eta, answer_noise: nu, d: ENUMERATED_D, lambda };
      record({ ...EMPTY, ...keys, threshold: found });
    }
  }
  const pacer = new Pacer(watch);
  for (const [i, d] of starD.entries()) {
    for (const eta of starNoise) {
      await pacer.checkpoint(i / starD.length);
      record({ ...EMPTY, source: 'limit', step_noise: eta, d, p, rounds: limitRounds(p, { d, stepNoise: eta }) });
      for (const ridgeOf of starLambda) {
        const found = {
          rounds: exactRounds(d, ridgeOf, eta, p),
          bound: roundsBound(d, p, ridgeOf, { stepNoise: eta }),
        };
        record({ ...EMPTY, source: 'exact', step_noise: eta, d, lambda: ridgeOf, p, ...found });
      }
    }
  }
}

/** Pre-training at one eta: all p and nu together. */
async function pretrain(context: TrialContext, eta: number, seed: number, settings: Settings): Promise<void> {
  const { answerNoise, p, d, lambda, samples, inputs } = settings;
  const places = answerNoise.flatMap((nu) => p.map((pCot) => ({ nu, pCot })));
  const replicates = places.map(({ nu, pCot }) => ({ d, pCot, lambda, seed, stepNoise: eta, answerNoise: nu }));
  const keys = places.map(({ nu, pCot }) => {
    return { source: 'trained', step_noise: eta, answer_noise: nu, d, lambda, p: pCot, seed };
  });
  const rows: Row[] = [];
  const program = { ...pretraining(samples), evaluate: inputs };
  const { chains } = await context.train(replicates, program, (i, { evaluation }) => {
    const { greedy } = evaluation!;
    const found = { greedy_long: greedy.long / inputs, accuracy: greedy.correctCot / inputs };
    rows[i] = { ...EMPTY, ...keys[i]!, ...found };
  });
  for (const row of rows) context.record(row);
  const last = places.length - 1;
  await recordSamples(context, { chain: chains[last]!, seed, lambda, keys: keys[last]! });
}

/** STaR where enough demonstrations are valid chains. */
const trainedNoise = (d: number, { starNoise, starP, starSamples, validChains }: Settings) =>
  starNoise.filter((eta) => starSamples * starP * (1 - eta) ** d >= validChains);

async function star(context: TrialContext, d: number, eta: number, seed: number, settings: Settings): Promise<void> {
  const { lambda, starP: p, starSamples: samples, inputs } = settings;
  const rounds = Math.min(MOST_TRAINED, (exactRounds(d, lambda, eta, p) ?? MOST_TRAINED) + 2);
  const program: Program = {
    ...pretraining(samples),
    star: { rounds, samples, reward: 'cot', start: 'fresh' },
    evaluate: inputs,
  };
  let found: { rounds: Cell; accuracy: Cell } = { rounds: null, accuracy: null };
  const { chains } = await context.train([{ d, pCot: p, lambda, seed, stepNoise: eta }], program, (_, stage) => {
    const { greedy } = stage.evaluation!;
    if (found.rounds !== null || greedy.long <= inputs / 2) return;
    found = { rounds: stage.round, accuracy: greedy.correctCot / inputs };
  });
  const keys = { source: 'sampled', step_noise: eta, answer_noise: 0, d, lambda, p, seed };
  context.record({ ...EMPTY, ...keys, ...found });
  await recordSamples(context, { chain: chains[0]!, seed, lambda, keys }, 1);
}

function trials(settings: Settings, seeds: readonly number[]): Trial[] {
  const { stepNoise, answerNoise, p, samples, starD, starSamples } = settings;
  return [
    { name: 'exact', work: 1e6, run: (context) => exact(context, settings) },
    ...seeds.flatMap((seed): Trial[] => [
      ...stepNoise.map((eta): Trial => {
        const work = samples * p.length * answerNoise.length;
        return { name: `eta=${eta},seed=${seed}`, work, run: (context) => pretrain(context, eta, seed, settings) };
      }),
      ...starD.flatMap((d) =>
        trainedNoise(d, settings).map((eta): Trial => {
          const name = `star,d=${d},eta=${eta},seed=${seed}`;
          return { name, work: 6 * starSamples, run: (context) => star(context, d, eta, seed, settings) };
        }),
      ),
    ]),
  ];
}

const claimed = (row: Row, lambda: number) => greedyThreshold({ lambda, stepNoise: Number(row.step_noise) });

function enumeratedCheck(rows: readonly Row[], { lambda }: Settings): Check {
  const expected = 'the enumerated threshold is 1 / (1 + 2 max(eta, 1 - eta)), to 1e-9, whatever nu is';
  const found = where(rows, { source: 'enumerated' }).map((row) =>
    Math.abs(Number(row.threshold) - claimed(row, lambda)),
  );
  if (found.length === 0) return unchecked(expected);
  const worst = Math.max(...found);
  return { expected, holds: worst <= 1e-9, found: `off by ${shown(worst)} at most` };
}

/** Where the share of long answers of a seed passes 1/2, by linear interpolation, and half the step of the grid there. */
function crossing(rows: readonly Row[]): { readonly p: number; readonly halfStep: number } | null {
  const points = overSeeds(rows, 'p', 'greedy_long');
  const above = points.findIndex(({ y }) => y > 0.5);
  const [a, b] = [points[above - 1], points[above]];
  if (!a || !b) return null;
  return { p: a.x + ((0.5 - a.y) / (b.y - a.y)) * (b.x - a.x), halfStep: (b.x - a.x) / 2 };
}

/** The crossings of all seeds at each eta and nu. */
function crossings(rows: readonly Row[]) {
  const trained = where(rows, { source: 'trained' });
  return distinct(trained, 'answer_noise').flatMap((nu) =>
    distinct(trained, 'step_noise').map((eta) => {
      const here = where(trained, { step_noise: eta, answer_noise: nu });
      const found = distinct(here, 'seed').map((seed) => crossing(where(here, { seed })));
      return { eta: Number(eta), nu: Number(nu), found };
    }),
  );
}

/**
 * How far the mean crossing of n seeds may be from p*. Between neighbours of the grid the share may jump: half a step. All inputs
 * share the weights of the constant and of z_1 x_1, each of variance (1+p) / (T/2 p (1-p)) at most (section 5 of the theory), and
 * the slope of s in p is 1 / (p (1-p)): a seed's crossing scatters by 2 sqrt(p (1-p) (1+p) / T); five of these.
 */
function crossingTolerance(p: number, halfStep: number, seeds: number, { samples }: Settings): number {
  return halfStep + 10 * Math.sqrt((p * (1 - p) * (1 + p)) / (samples * seeds));
}

/** Whether the leading order as lambda -> 0 of the scatter of trained chains is theirs. */
const leadingOrder = ({ d, lambda, samples }: Settings) => lambda <= 0.01 && isNearOptimum({ d, lambda, samples });

function crossingChecks(rows: readonly Row[], settings: Settings): Check[] {
  const { lambda } = settings;
  return settings.answerNoise.map((nu) => {
    const expected = `nu = ${nu}: trained chains turn long at p*(eta), mean over seeds, within half a step of p and 10 sqrt(p (1-p) (1+p) / (T seeds))`;
    const places = crossings(rows).filter((place) => place.nu === nu);
    if (places.length === 0 || !leadingOrder(settings)) return unchecked(expected);
    const ratios = places.map(({ eta, found }) => {
      const mean = meanOf(found.map((one) => one?.p ?? Number.NaN))!;
      const p = greedyThreshold({ lambda, stepNoise: eta });
      const halfStep = Math.max(...found.map((one) => one?.halfStep ?? 0));
      return Math.abs(mean - p) / crossingTolerance(p, halfStep, found.length, settings);
    });
    const holds = ratios.every((ratio) => ratio <= 1);
    return { expected, holds, found: `off by ${shown(Math.max(...ratios))} of the tolerance where it is worst` };
  });
}

/** Far from the threshold: four scatters of a logit over the inputs, sqrt(4 d (1+p) / (T p (1-p))), leave 1e-4 on the wrong side. */
function accuracyCheck(rows: readonly Row[], settings: Settings): Check {
  const { lambda, d, samples, inputs } = settings;
  const expected =
    'greedy accuracy (r_cot), every seed, away from p*: within .01 + 2.5 / sqrt(inputs) of 1/2 below it, and above it of 1 for eta < 1/2, of 0 for eta > 1/2';
  const tolerance = 0.01 + 2.5 / Math.sqrt(inputs);
  const errors = where(rows, { source: 'trained' }).flatMap((row) => {
    const [p, eta, threshold] = [Number(row.p), Number(row.step_noise), claimed(row, lambda)];
    const clear = 4 * Math.sqrt((4 * d * (1 + p) * p * (1 - p)) / samples);
    if (Math.abs(p - threshold) < clear) return [];
    return Math.abs(Number(row.accuracy) - (p < threshold ? 0.5 : eta < 0.5 ? 1 : 0));
  });
  if (errors.length === 0 || !leadingOrder(settings)) return unchecked(expected);
  const worst = Math.max(...errors);
  return { expected, holds: worst <= tolerance, found: `off by ${shown(worst)} at most, at ${errors.length} places` };
}

const otherwise = (wrong: number, of: number) => `${wrong} of ${of} otherwise`;

function holdsFor(expected: string, rows: readonly Row[], isRight: (row: Row) => boolean): Check {
  if (rows.length === 0) return unchecked(expected);
  const wrong = rows.filter((row) => !isRight(row)).length;
  return { expected, holds: wrong === 0, found: otherwise(wrong, rows.length) };
}

/** How small lambda is to be for the limit: the penalty moves log R by less than 1e-6 in all rounds. */
const SMALL_LAMBDA = 1e-9;

function roundsChecks(rows: readonly Row[]): Check[] {
  const maps = where(rows, { source: 'exact' });
  const sampled = where(rows, { source: 'sampled' });
  const exactOf = ({ d, lambda, step_noise, p }: Row) =>
    exactRounds(Number(d), Number(lambda), Number(step_noise), Number(p)) ?? Number.POSITIVE_INFINITY;
  return [
    holdsFor(
      'the exact map needs at least one round and at most the proven bound',
      maps.filter(({ bound }) => typeof bound === 'number'),
      ({ rounds, bound }) => rounds !== null && Number(rounds) >= 1 && Number(rounds) <= Number(bound),
    ),
    holdsFor(
      `at lambda <= ${SMALL_LAMBDA} it needs the smallest n with 2^n (1 - eta)^d 2p > 1 - p`,
      maps.filter(({ lambda }) => typeof lambda === 'number' && lambda <= SMALL_LAMBDA),
      ({ d, step_noise, p, rounds }) =>
        rounds === limitRounds(Number(p), { d: Number(d), stepNoise: Number(step_noise) }),
    ),
    holdsFor(
      'trained chains turn long at most one round before or after the exact map, every seed',
      sampled,
      (row) => row.rounds !== null && Math.abs(Number(row.rounds) - exactOf(row)) <= 1,
    ),
    holdsFor(
      'greedy accuracy is above 1/2 in the round in which trained chains turn long',
      sampled,
      ({ accuracy }) => Number(accuracy) > 0.5,
    ),
  ];
}

const checks = (rows: readonly Row[], settings: Settings): Check[] => [
  enumeratedCheck(rows, settings),
  ...crossingChecks(rows, settings),
  accuracyCheck(rows, settings),
  ...roundsChecks(rows),
];

const HUES = [1, 2, 0, 3] as const;
const SYMBOLS = ['circle', 'square', 'triangle'] as const;

/** Left and right of eta, where the enumerated point stands. */
const beside = (i: number, of: number) => (of === 1 ? 0.02 : 0.04 * (i / (of - 1) - 0.5));

function thresholdPanel(rows: readonly Row[], { lambda, answerNoise }: Settings): Panel {
  const theory: Point[] = Array.from({ length: 101 }, (_, i) => {
    return { x: i / 100, y: greedyThreshold({ lambda, stepNoise: i / 100 }) };
  });
  const enumerated = where(rows, { source: 'enumerated' });
  const points = crossings(rows);
  const marks: Mark[] = [
    { kind: 'line', series: 'theory', points: theory, style: { hue: 'ink' } },
    {
      kind: 'dots',
      series: 'enumerated',
      points: overSeeds(enumerated, 'step_noise', 'threshold'),
      style: { hue: 'ink', symbol: 'diamond' },
      label: { text: 'enumerated', x: 0.5, y: 0.345, anchor: 'middle' },
    },
    ...answerNoise.map((nu, i): Mark => {
      const drawn = points
        .filter((place) => place.nu === nu)
        .flatMap(({ eta, found }): Point[] => {
          const all = found.flatMap((one) => one?.p ?? []);
          const mean = meanOf(all);
          if (mean === null || all.length < found.length) return [];
          return [{ x: eta + beside(i, answerNoise.length), y: mean, low: Math.min(...all), high: Math.max(...all) }];
        });
      const style = { hue: HUES[i % HUES.length]!, symbol: SYMBOLS[i % SYMBOLS.length]!, filled: false } as const;
      const label = { text: `trained, $\\nu = ${nu}$`, x: 0.5, y: 0.345 - 0.02 * (i + 1), anchor: 'middle' } as const;
      return { kind: 'dots', series: `trained, nu=${nu}`, points: drawn, style, label };
    }),
  ];
  return {
    x: { label: 'step noise $\\eta$', scale: 'linear', domain: [-0.03, 1.03], ticks: [0, 0.25, 0.5, 0.75, 1] },
    y: { label: 'greedy threshold in $p$', scale: 'linear', domain: [0.28, 0.54], ticks: [0.3, 0.4, 0.5] },
    marks,
  };
}

function roundsPanel(rows: readonly Row[], { lambda, starD, starNoise }: Settings): Panel {
  const lines = starD.map((d, i) => {
    const style = { hue: HUES[i % HUES.length]! };
    const points = overSeeds(where(rows, { source: 'exact', d, lambda }), 'step_noise', 'rounds');
    return { series: `exact, d=${d}`, text: `$d = ${d}$`, points, style };
  });
  const dots = starD.flatMap((d, i): Mark[] => {
    const hue = HUES[i % HUES.length]!;
    const limit = overSeeds(where(rows, { source: 'limit', d }), 'step_noise', 'rounds');
    const sampled = overSeeds(where(rows, { source: 'sampled', d }), 'step_noise', 'rounds');
    return [
      { kind: 'line', series: `limit, d=${d}`, points: limit, style: { hue, dash: 'dotted' } },
      {
        kind: 'dots',
        series: `trained, d=${d}`,
        points: sampled,
        style: { hue, symbol: SYMBOLS[i % SYMBOLS.length]! },
      },
    ];
  });
  const most = Math.max(1, ...numbers(rows, 'rounds'));
  const last = Math.max(0.01, ...starNoise);
  return {
    x: { label: 'step noise $\\eta$', scale: 'linear', domain: [-0.03 * last, 1.2 * last] },
    y: { label: 'rounds to long greedy answers', scale: 'linear', domain: [0, most + 1] },
    marks: [...dots, ...endLabelled(lines, 0.06 * (most + 1))],
  };
}

function figures(rows: readonly Row[], settings: Settings): Figure[] {
  const { d, lambda, samples, starP, starSamples } = settings;
  const ridgeOf = powerText(lambda);
  const seeded = rows.filter(({ source }) => source === 'trained' || source === 'sampled');
  return [
    {
      name: 'noise',
      alt: 'The greedy threshold rises from 1/3 to 1/2 with step noise and falls again; rounds of STaR grow with noise, faster for more bits.',
      caption:
        'Demonstrations whose steps are wrong with probability $\\eta$. Left: the fraction of long demonstrations at which greedy ' +
        'decoding turns long after pre-training. Line: $1/(1 + 2 \\max(\\eta, 1 - \\eta))$, exact for $d \\ge 3$ and every ' +
        `$\\lambda > 0$; greedy chains are right left of $\\eta = 1/2$, and wrong at every step right of it. Diamonds: enumeration, ` +
        `$d = ${ENUMERATED_D}$. Open symbols, drawn side by side: chains of $d = ${d}$ trained on $T = ${powerText(samples)}$ ` +
        `sequences at $\\lambda = ${ridgeOf}$, where short answers are wrong with probability $\\nu$. Right: rounds of STaR with ` +
        `$r_{cot}$ from $p = ${starP}$. Lines: the exact map at $\\lambda = ${ridgeOf}$. Dotted: the limit $\\lambda \\to 0$. ` +
        `Symbols: chains trained on $T = ${powerText(starSamples)}$ sequences a round. ${bandText(seeded)}`,
      width: 'two-columns',
      panels: [thresholdPanel(rows, settings), roundsPanel(rows, settings)],
    },
  ];
}

const SETTINGS: Settings = {
  stepNoise: [0, 0.1, 0.2, 0.3, 0.4, 0.7, 1],
  answerNoise: [0, 0.5],
  p: [0.3, 0.32, 0.34, 0.36, 0.38, 0.4, 0.42, 0.44, 0.46, 0.48, 0.5, 0.52],
  d: 10,
  lambda: 1e-3,
  samples: 100_000,
  starD: [5, 10, 20],
  starNoise: [0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3],
  starP: 0.25,
  starLambda: [1e-3, 1e-10],
  starSamples: 400_000,
  validChains: 4000,
  inputs: 8192,
};

export const noise: IllustratedExperiment<Settings> = {
  name: 'noise',
  question: 'What do wrong steps and wrong short answers in the demonstrations do to the threshold and to STaR?',
  expected:
    'Lemma 8, a result of this project (d >= 3): step noise eta moves the greedy threshold to 1/(3 - 2 eta), greedy chains are right for ' +
    'eta < 1/2 and wrong at every step beyond; wrong short answers change nothing; STaR with r_cot needs about d log2(1/(1 - eta)) rounds more.',
  columns: COLUMNS,
  schema,
  sizes: {
    smoke: {
      seeds: 2,
      settings: {
        ...SETTINGS,
        stepNoise: [0, 0.3, 0.7],
        p: [0.25, 0.31, 0.36, 0.39, 0.45, 0.52],
        samples: 50_000,
        starD: [5, 10],
        starNoise: [0, 0.25],
        starSamples: 100_000,
        inputs: 4096,
      },
      time: '10 seconds',
    },
    default: { seeds: 5, settings: SETTINGS, time: 'about 4 minutes' },
    full: {
      seeds: 20,
      settings: { ...SETTINGS, samples: 400_000, starSamples: 1_000_000, inputs: 32_768 },
      time: 'about 50 minutes (estimated)',
    },
  },
  trials,
  checks,
  figures,
  falsifiers: {
    'the threshold at 1/3 whatever the noise': (row) => ({
      ...row,
      threshold: row.source === 'enumerated' ? 1 / 3 : row.threshold!,
      greedy_long: row.source === 'trained' ? Number(Number(row.p) > 1 / 3) : row.greedy_long!,
    }),
    'wrong short answers move the threshold': (row) => ({
      ...row,
      greedy_long:
        row.source === 'trained' ? Number(Number(row.p) > 1 / (3 - 2 * Number(row.answer_noise))) : row.greedy_long!,
    }),
    'greedy chains are as wrong as the demonstrations': (row) => ({
      ...row,
      accuracy:
        typeof row.accuracy === 'number' ? row.accuracy * (1 - Number(row.step_noise)) ** Number(row.d) : row.accuracy!,
    }),
    'noise costs no round': (row) => ({
      ...row,
      rounds: row.source === 'exact' || row.source === 'sampled' ? limitRounds(Number(row.p)) : row.rounds!,
    }),
    'never long': (row) => ({ ...row, rounds: null }),
  },
};
