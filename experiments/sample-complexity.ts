import { z } from 'zod';
import {
  ChainPolicy,
  type Check,
  type Evaluation,
  evaluate,
  type Figure,
  type Hue,
  type IllustratedExperiment,
  type Panel,
  type Point,
  type Row,
  roundsBound,
  starRound,
  type Trial,
  type TrialContext,
} from '../src/index.js';
import { integerOf } from './shared/chain-state.js';
import { notChecked, shown } from './shared/checks.js';
import { endLabelledLog, logDomain } from './shared/lines.js';
import { bandText, distinct, where } from './shared/over-seeds.js';
import { SGD } from './shared/pre-training.js';
import { recordSamples } from './shared/samples.js';
import { bits, count, list, probability, ridge } from './shared/schema.js';
import { placesOf, powerFit, thresholdPoints, thresholdsOf } from './shared/thresholds.js';

/** Greedy accuracy that counts as perfect. */
const PERFECT = 0.99;
/** A share of greedy long answers that counts as none. */
const STRAY = 0.05;

const schema = z.strictObject({
  lambda: ridge().describe('lambda, the ridge strength, the same for all d'),
  bits: list(bits(200), 1, 20).describe('d of the first panel'),
  pBelow: z
    .number()
    .gt(0)
    .lt(1 / 3)
    .describe('p < 1/3, where pre-training is to be greedily short, and where STaR starts'),
  pAbove: z
    .number()
    .gt(1 / 3)
    .lt(1)
    .describe('p > 1/3, where pre-training is to be greedily long'),
  bitsOfP: bits(200).describe('d of the second panel'),
  ps: list(probability().max(1 / 3), 1, 20).describe('p of the second panel, at most 1/3'),
  least: count(10, 1e6).describe('the smallest T'),
  doublings: z.number().min(0.5).max(20).describe('log2 of the largest T over the smallest'),
  perDoubling: count(1, 8).describe('T in each doubling: their ratio is 2^(1 / this)'),
  slack: count(0, 100).describe('rounds of STaR beyond the proven bound on them for infinite samples'),
  inputs: count(500, 1e6).describe('fresh inputs of an evaluation'),
});
type Settings = z.infer<typeof schema>;

const DEFAULT: Settings = {
  lambda: 1e-3,
  bits: [8, 12, 16, 24, 32, 48],
  pBelow: 0.2,
  pAbove: 0.5,
  bitsOfP: 16,
  ps: [0.2, 0.1, 0.05, 0.025, 0.0125],
  least: 125,
  doublings: 10,
  perDoubling: 2,
  slack: 8,
  inputs: 10_000,
};

const SMOKE: Settings = {
  ...DEFAULT,
  lambda: 4e-3,
  bits: [5, 8, 12, 20],
  bitsOfP: 12,
  ps: [0.2, 0.1, 0.05],
  least: 32,
  doublings: 10,
  inputs: 2000,
};

/** What is trained at each point of the grid. */
type Task = 'pre-training' | 'STaR';

/** What needs samples. */
interface Goal {
  readonly name: string;
  readonly task: Task;
  /** Which of the rows of its task speak of it. */
  readonly p: 'below' | 'above' | 'all';
  reached(row: Row): boolean;
}

const at = (row: Row, column: string): number => (typeof row[column] === 'number' ? row[column] : Number.NaN);

const SHORT: Goal = {
  name: 'greedy short',
  task: 'pre-training',
  p: 'below',
  // A short answer is right on half of the inputs whatever its token depends on, chi x_1 apart.
  reached: (row) => at(row, 'greedy_long') <= STRAY,
};
const LONG: Goal = {
  name: 'greedy right',
  task: 'pre-training',
  p: 'above',
  reached: (row) => at(row, 'greedy_accuracy') >= PERFECT,
};
const RIGHT: Goal = {
  name: 'half of long right',
  task: 'STaR',
  p: 'all',
  reached: (row) => at(row, 'long_right') > 0.5,
};
const STAR: Goal = {
  name: 'STaR right',
  task: 'STaR',
  p: 'all',
  reached: ({ rounds }) => typeof rounds === 'number',
};

export const sampleComplexity: IllustratedExperiment<Settings> = {
  name: 'sample-complexity',
  question: 'How many sequences do pre-training and STaR need, as the bits get more and long demonstrations rarer?',
  expected:
    'Polynomially many in d and in 1/p (Theorem 2 of arXiv:2510.11495 says poly(d) if p is not exponentially small). At a fixed lambda SGD needs lambda T >> d, so T is expected to grow ' +
    'about as d; later tokens are learnt from the p T long demonstrations alone, so that long answers become right at a T that is about proportional to 1/p. STaR retrains on what it ' +
    'accepts, of which the long fraction grows, and may need less. Heuristics, not proved: exponents within stated ranges.',
  columns: [
    { name: 'task', role: 'key', meaning: 'pre-training, or pre-training and STaR with T responses a round' },
    { name: 'd', role: 'key', meaning: 'bits' },
    { name: 'p', role: 'key', meaning: 'fraction of long demonstrations' },
    { name: 'seed', role: 'key', meaning: 'keys every random number' },
    { name: 'samples', role: 'step', meaning: 'T: sequences of pre-training, and responses drawn in a round of STaR' },
    {
      name: 'greedy_accuracy',
      role: 'value',
      meaning: 'share of inputs with a right greedy answer at the end, 0 to 1',
    },
    { name: 'greedy_long', role: 'value', meaning: 'share of inputs with a long greedy answer at the end, 0 to 1' },
    {
      name: 'long_right',
      role: 'value',
      meaning: 'share of right ones among long sampled answers after pre-training; null without any',
    },
    {
      name: 'rounds',
      role: 'value',
      meaning: `rounds of STaR until greedy accuracy was ${PERFECT} first; null if it never was, or without STaR`,
    },
  ],
  schema,
  sizes: {
    smoke: { seeds: 3, settings: SMOKE, time: '6 seconds' },
    default: { seeds: 5, settings: DEFAULT, time: '2.5 minutes' },
    full: {
      seeds: 20,
      settings: { ...DEFAULT, bits: [8, 12, 16, 24, 32, 48, 64, 96], perDoubling: 4, least: 125, doublings: 11 },
      time: '1.5 hours, estimated',
    },
  },
  trials,
  checks,
  falsifiers: {
    'nothing succeeds': (row) => ({ ...row, greedy_accuracy: 0.5, greedy_long: 1, long_right: 0.4, rounds: null }),
    'more bits need exponentially more': (row) => succeedsFrom(row, 250 * 2 ** (at(row, 'd') / 4)),
    'more bits need less': (row) => succeedsFrom(row, 30_000 / at(row, 'd')),
    'rarity costs nothing': (row) => succeedsFrom(row, 4000),
  },
  figures: (rows, settings) => [figure(rows, settings)],
};

/** A row as it would be if all that is sought began at `least` sequences. */
function succeedsFrom(row: Row, least: number): Row {
  const success = at(row, 'samples') >= least;
  const right = { greedy_accuracy: success ? 1 : 0.5, long_right: success ? 1 : 0, rounds: success ? 1 : null };
  return { ...row, ...right, greedy_long: success ? 0 : 1 };
}

/** T of the grid, in ascending order. */
function gridOf({ least, doublings, perDoubling }: Settings): number[] {
  const steps = Math.floor(doublings * perDoubling);
  return Array.from({ length: steps + 1 }, (_, i) => Math.round(least * 2 ** (i / perDoubling)));
}

interface Place {
  readonly task: Task;
  readonly d: number;
  readonly p: number;
}

function placesToTry({ bits, pBelow, pAbove, bitsOfP, ps }: Settings): Place[] {
  const places: Place[] = [
    ...bits.flatMap((d) => [pBelow, pAbove].map((p) => ({ task: 'pre-training' as const, d, p }))),
    ...bits.map((d) => ({ task: 'STaR' as const, d, p: pBelow })),
  ];
  // The panels may meet in a place.
  const more = ps.filter((p) => p !== pBelow || !bits.includes(bitsOfP));
  return [...places, ...more.map((p) => ({ task: 'STaR' as const, d: bitsOfP, p }))];
}

/** Rounds that STaR may take; null where no bound is proved. */
const roundsOf = ({ d, p }: Place, { lambda, slack }: Settings): number => (roundsBound(d, p, lambda) ?? 0) + slack;

function trials(settings: Settings, seeds: readonly number[]): Trial[] {
  if (seeds.length === 0) return [];
  const grid = gridOf(settings);
  return placesToTry(settings).map((place) => {
    const { task, d, p } = place;
    const rounds = task === 'STaR' ? roundsOf(place, settings) : 0;
    return {
      name: `${task},d=${d},p=${p}`,
      work: grid.reduce((sum, T) => sum + T) * d * (1 + rounds),
      run: (context) => run(context, settings, place, seeds),
    };
  });
}

async function run(context: TrialContext, settings: Settings, place: Place, seeds: readonly number[]): Promise<void> {
  const { d, p } = place;
  const { lambda } = settings;
  const grid = gridOf(settings);
  const kernels = await context.kernels();
  const tried = context.state ? integerOf(context.state, 'tried') : 0;
  for (const [i, samples] of grid.entries()) {
    if (i < tried) continue;
    const tasks = seeds.map((seed) => ({ data: { d, pCot: p, seed, samples }, lambda }));
    const chains = await kernels.train(tasks, SGD, { signal: context.watch.signal });
    for (const [k, seed] of seeds.entries()) {
      const policy = new ChainPolicy(chains[k]!, { seed, lambda, kernels });
      const keys = { ...place, seed, samples };
      context.record({ ...keys, ...(await takeOn(policy, place, settings, samples, context.watch.signal)) });
      const last = i === grid.length - 1 && k === 0;
      if (last) await recordSamples(context, { chain: policy.chain, seed, lambda, keys });
    }
    context.watch.onProgress?.((i + 1) / grid.length);
    context.save({ values: { tried: i + 1 }, arrays: {} });
  }
}

/** Plays rounds of STaR until greedy answers are right or the rounds are used up; what has been found by then. */
async function takeOn(policy: ChainPolicy, place: Place, settings: Settings, samples: number, signal?: AbortSignal) {
  const judge = () => evaluate(policy, { samples: settings.inputs }, { signal });
  const rounds = place.task === 'STaR' ? roundsOf(place, settings) : 0;
  let found = await judge();
  const { long, longCorrect } = found.sampled;
  let reached: number | null = null;
  for (let round = 1; round <= rounds && reached === null; round++) {
    await starRound(policy, { round, samples, reward: 'cot' }, { signal });
    found = await judge();
    if (accuracyOf(found) >= PERFECT) reached = round;
  }
  return {
    greedy_accuracy: accuracyOf(found),
    greedy_long: found.greedy.long / found.greedy.samples,
    long_right: long > 0 ? longCorrect / long : null,
    rounds: reached,
  };
}

const accuracyOf = ({ greedy }: Evaluation): number => greedy.correctCot / greedy.samples;

/** A goal against d, or against 1/p. */
interface Sweep {
  readonly goal: Goal;
  readonly along: 'd' | '1/p';
  /** Range of the exponent that is expected. */
  readonly exponent: readonly [number, number];
}

/** Degrees of the number of samples that is proved to suffice for one training run (docs/theory.md, section 5). */
const DEGREES = { d: 3, '1/p': 2 } as const;

/**
 * Ranges, for a grid without gaps. In d the heuristic is lambda T >> d, exponent 1, times logarithms (each of d steps is to err less
 * than one time in d) and with room for small d. In 1/p predictors l >= 2 see long sequences alone, so their number p T is what
 * counts: exponent 1, less what few short answers in D(p) do to the first two decisions. STaR sees more long ones every round
 * (an exponent below 1), needs log(1/p) rounds, and at least lambda T >> d in each (exponent 0).
 */
const SWEEPS: readonly Sweep[] = [
  { goal: SHORT, along: 'd', exponent: [0.5, 2] },
  { goal: LONG, along: 'd', exponent: [0.5, 2] },
  { goal: RIGHT, along: 'd', exponent: [0.5, 2] },
  { goal: STAR, along: 'd', exponent: [0.5, 2] },
  { goal: RIGHT, along: '1/p', exponent: [0.8, 1.2] },
  { goal: STAR, along: '1/p', exponent: [0.2, 1.3] },
];

/** The rows of a sweep; along 1/p with `x` = 1/p. */
function rowsOf({ goal, along }: Sweep, rows: readonly Row[], { bits, pBelow, pAbove, bitsOfP, ps }: Settings): Row[] {
  const own = where(rows, { task: goal.task });
  if (along === '1/p')
    return where(own, { d: bitsOfP })
      .filter(({ p }) => ps.includes(Number(p)))
      .map((row) => ({ ...row, x: 1 / at(row, 'p') }));
  const p = goal.p === 'above' ? pAbove : pBelow;
  return where(own, { p })
    .filter(({ d }) => bits.includes(Number(d)))
    .map((row) => ({ ...row, x: at(row, 'd') }));
}

const pointsOf = (sweep: Sweep, rows: readonly Row[], settings: Settings): Required<Point>[] =>
  thresholdPoints(rowsOf(sweep, rows, settings), 'x', 'samples', sweep.goal.reached);

function checks(rows: readonly Row[], settings: Settings): Check[] {
  const own = SWEEPS.flatMap((sweep) => [
    found(sweep, rows, settings),
    monotone(sweep, rows, settings),
    exponent(sweep, rows, settings),
    belowBound(sweep, rows, settings),
  ]);
  return [...own, polynomial(SWEEPS[3]!, rows, settings)];
}

const titleOf = ({ goal, along }: Sweep) => `T for "${goal.name}" against ${along}`;

/**
 * Whether T of the grid reach from clear failure to clear success: T of about (d / lambda) sqrt(.2 / p) was enough for all
 * goals in the runs that this experiment was made from, and a thirtieth of d / lambda for none [seen, not proved].
 */
function speaks({ along }: Sweep, settings: Settings): boolean {
  const { lambda, bits, pBelow, bitsOfP, ps, pAbove } = settings;
  const grid = gridOf(settings);
  const ds = along === 'd' ? bits : [bitsOfP];
  const p = along === 'd' ? [pBelow] : ps;
  const values = along === 'd' ? bits : ps;
  const enough = (Math.max(...ds) / lambda) * Math.sqrt(0.2 / Math.min(...p));
  const clear = Math.max(...p) <= 0.25 && Math.min(...p) >= 0.01 && pAbove >= 0.45;
  const bounded = ds.every((d) => p.every((each) => roundsBound(d, each, lambda) !== null));
  const wide = Math.max(...values) >= 4 * Math.min(...values) && values.length >= 3;
  return (
    clear &&
    bounded &&
    wide &&
    settings.slack >= 4 &&
    grid.at(-1)! >= 2 * enough &&
    grid[0]! * lambda <= 0.03 * Math.min(...ds)
  );
}

const UNCLEAR = 'the grid, or d, p and lambda, are not those it speaks of';

function found(sweep: Sweep, rows: readonly Row[], settings: Settings): Check {
  const expected = `${titleOf(sweep)}: the grid holds it for every value and seed`;
  if (!speaks(sweep, settings)) return notChecked(expected, UNCLEAR);
  const own = rowsOf(sweep, rows, settings);
  const kinds = placesOf(own, 'x').flatMap((x) => thresholdsOf(where(own, { x }), 'samples', sweep.goal.reached));
  const missing = kinds.filter(({ kind }) => kind !== 'found').map(({ kind }) => kind);
  const values = sweep.along === 'd' ? settings.bits : settings.ps;
  const all = kinds.length >= values.length && missing.length === 0;
  return {
    expected,
    holds: all,
    found: `${kinds.length - missing.length} of ${kinds.length} (${missing.join(' ') || 'none missing'})`,
  };
}

/** One step of the grid less may be chance. */
function monotone(sweep: Sweep, rows: readonly Row[], settings: Settings): Check {
  const expected = `${titleOf(sweep)} grows from each value to the next, or falls by less than one step of the grid`;
  if (!speaks(sweep, settings)) return notChecked(expected, UNCLEAR);
  const points = pointsOf(sweep, rows, settings);
  const ratio = 2 ** (-1 / settings.perDoubling);
  const grows = points.every(({ y }, i) => i === 0 || y > points[i - 1]!.y * ratio);
  const ends = points.length > 1 && points.at(-1)!.y > points[0]!.y;
  return { expected, holds: grows && ends, found: points.map(({ x, y }) => `${shown(x)}: ${shown(y)}`).join(', ') };
}

/** Each T is found to one step of the grid; a line through two such points at the ends is off by this much. */
function gridError({ along }: Sweep, { bits, ps, perDoubling }: Settings): number {
  const values = along === 'd' ? bits : ps;
  return Math.LN2 / perDoubling / Math.log(Math.max(...values) / Math.min(...values));
}

function exponent(sweep: Sweep, rows: readonly Row[], settings: Settings): Check {
  const error = gridError(sweep, settings);
  const [least, most] = [sweep.exponent[0] - error, sweep.exponent[1] + error];
  const expected = `${titleOf(sweep)} has an exponent from ${shown(least)} to ${shown(most)} (least squares on logarithms of the seeds' geometric means)`;
  if (!speaks(sweep, settings)) return notChecked(expected, UNCLEAR);
  const fit = powerFit(pointsOf(sweep, rows, settings));
  return {
    expected,
    holds: fit !== null && fit.slope >= least && fit.slope <= most,
    found: fit ? shown(fit.slope) : 'no fit',
  };
}

/** The exponent of each seed by itself; null where a T was not found. */
function exponentsOf(sweep: Sweep, rows: readonly Row[], settings: Settings): (number | null)[] {
  const own = rowsOf(sweep, rows, settings);
  return distinct(own, 'seed').map((seed) => {
    const points = pointsOf(sweep, where(rows, { seed }), settings);
    return points.length === placesOf(own, 'x').length ? (powerFit(points)?.slope ?? null) : null;
  });
}

function belowBound(sweep: Sweep, rows: readonly Row[], settings: Settings): Check {
  const degree = DEGREES[sweep.along];
  const expected = `${titleOf(sweep)} has for every seed an exponent of at most ${degree}, the degree of the proved bound`;
  if (!speaks(sweep, settings)) return notChecked(expected, UNCLEAR);
  const exponents = exponentsOf(sweep, rows, settings);
  const known = exponents.filter((one) => one !== null);
  const holds = known.length > 0 && known.length === exponents.length && Math.max(...known) <= degree;
  return { expected, holds, found: known.length > 0 ? rangeText(known) : 'no fit' };
}

const rangeText = (values: readonly number[]): string =>
  `${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)}`;

/** Over so few doublings no fit tells a power from a slow exponential; one that doubles T every few bits breaks this. */
function polynomial(sweep: Sweep, rows: readonly Row[], settings: Settings): Check {
  const expected = `${titleOf(sweep)} grows no faster than d^2 between any two d, one step of the grid apart`;
  if (!speaks(sweep, settings)) return notChecked(expected, UNCLEAR);
  const points = pointsOf(sweep, rows, settings);
  const ratio = 2 ** (1 / settings.perDoubling);
  const excess = points.flatMap((a, i) => points.slice(i + 1).map((b) => b.y / a.y / (b.x / a.x) ** 2));
  const most = Math.max(...excess);
  return {
    expected,
    holds: excess.length > 0 && most <= ratio,
    found: excess.length > 0 ? `at most ${shown(most)} times d^2` : 'no pairs',
  };
}

function figure(rows: readonly Row[], settings: Settings): Figure {
  const { lambda, pBelow, pAbove, bitsOfP, perDoubling, slack } = settings;
  const grid = gridOf(settings);
  return {
    name: 'sample-complexity',
    alt: 'On logarithmic axes the sequences that pre-training and STaR need grow along straight lines with the bits and with the rarity of long demonstrations.',
    caption:
      `Sequences $T$ of pre-training until greedy answers are short at $p = ${pBelow}$ (at most ${STRAY} long) or long and right at $p = ${pAbove}$ (accuracy ${PERFECT}), until more than half of the long answers ` +
      `sampled after it are right, and until STaR with $T$ responses a round reaches accuracy ${PERFECT} within ${slack} rounds more than the proven bound for infinite samples. Left: against $d$ (the last two at $p = ${pBelow}$); ` +
      `right: against $1/p$ at $d = ${bitsOfP}$. $\\lambda = ${lambda}$. $T$ is the smallest of a grid from ${grid[0]} to ${grid.at(-1)}, $2^{1/${perDoubling}}$ apart, from which on all larger ones succeed, for each seed; ` +
      `places where it is not inside the grid for all seeds are left out. Numbers are exponents, by least squares on logarithms. ${bandText(rows, 'geometric')}`,
    width: 'two-columns',
    panels: [panel('d', rows, settings), panel('1/p', rows, settings)],
  };
}

const HUES = new Map<string, Hue>([
  [SHORT.name, 'grey'],
  [LONG.name, 4],
  [RIGHT.name, 1],
  [STAR.name, 0],
]);

function panel(along: Sweep['along'], rows: readonly Row[], settings: Settings): Panel {
  const grid = gridOf(settings);
  const sweeps = SWEEPS.filter((sweep) => sweep.along === along).map((sweep) => ({
    sweep,
    points: pointsOf(sweep, rows, settings),
  }));
  const xs = along === 'd' ? settings.bits : settings.ps.map((p) => 1 / p);
  const [low, high] = [Math.min(...xs), Math.max(...xs)];
  return {
    title: along === 'd' ? 'against $d$' : `against $1/p$, $d = ${settings.bitsOfP}$`,
    // Room for the labels at the right ends.
    x: {
      label: along === 'd' ? 'bits $d$' : '$1/p$',
      scale: 'log',
      domain: [low / 1.2, high * 5],
      ticks: xs.toSorted((a, b) => a - b),
    },
    y: { label: 'sequences $T$', scale: 'log', domain: logDomain([grid[0]!, grid.at(-1)!]) },
    marks: endLabelledLog(
      sweeps.map(({ sweep, points }) => {
        const { name } = sweep.goal;
        const fit = powerFit(points);
        const text = fit ? `${name}, ${fit.slope.toFixed(2)}` : name;
        return { series: name, text, points, style: { hue: HUES.get(name)! } };
      }),
      1.35,
    ),
  };
}
