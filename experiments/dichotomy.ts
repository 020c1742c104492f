import { z } from 'zod';
import {
  type Check,
  type Column,
  type DirectLabel,
  demonstrationState,
  type Figure,
  fixedPoint,
  type IllustratedExperiment,
  isCollapsed,
  largestSuccessfulD,
  type Mark,
  Pacer,
  type Point,
  type Program,
  type RewardName,
  type Row,
  starFate,
  type Trial,
  type TrialContext,
} from '../src/index.js';
import { unchecked } from './shared/checks.js';
import { distinct, meanOf, numbers, where } from './shared/over-seeds.js';
import { pretraining } from './shared/pre-training.js';
import { recordSamples } from './shared/samples.js';
import { bits, count, list, probabilities, probability, ridge } from './shared/schema.js';

const schema = z.strictObject({
  lambda: list(ridge(1e-5), 1, 100).describe('ridge strengths of the line of r_cot'),
  e2eLambda: list(ridge(1e-4), 0, 100).describe('ridge strengths of the line of r_e2e; the small ones take long'),
  e2eP: probabilities(1, 3).describe('fractions of long demonstrations from which r_e2e starts'),
  sampledD: list(bits(100), 0, 10).describe('bits of the trained chains'),
  sampledLambda: list(ridge(1e-3), 1, 10).describe('ridge strengths of the trained chains'),
  sampledP: probability().describe('fraction of long demonstrations from which trained chains start'),
  samples: count(1000, 10_000_000).describe('T: sequences of pre-training and responses drawn in a round'),
  rounds: count(1, 100).describe('rounds of STaR of the trained chains'),
  inputs: count(1000, 1_000_000).describe('fresh inputs on which trained chains are evaluated'),
});
type Settings = z.infer<typeof schema>;

const REWARDS: readonly RewardName[] = ['cot', 'e2e'];

const COLUMNS: readonly Column[] = [
  { name: 'source', role: 'key', meaning: 'exact: infinite samples; sampled: a trained chain' },
  { name: 'star_reward', role: 'key', meaning: 'reward that STaR filters by, cot or e2e' },
  { name: 'lambda', role: 'key', meaning: 'ridge strength' },
  {
    name: 'p',
    role: 'key',
    meaning: 'fraction of long demonstrations at the start; none where the line holds for all (exact, cot)',
  },
  { name: 'd', role: 'key', meaning: 'bits of a trained chain; none if exact' },
  { name: 'seed', role: 'key', meaning: 'keys all random numbers; none if exact' },
  {
    name: 'largest_d',
    role: 'value',
    meaning: 'largest d >= 3 at which STaR succeeds, 2 if none; none if undecided or sampled',
  },
  {
    name: 'greedy_long',
    role: 'value',
    meaning: 'share of fresh inputs with a long greedy answer after the last round, in [0, 1]',
  },
  {
    name: 'accuracy_e2e',
    role: 'value',
    meaning: 'share of sampled answers with r_e2e = 1 after the last round, in [0, 1]',
  },
];

const EXACT = { source: 'exact', d: null, seed: null, greedy_long: null, accuracy_e2e: null };

const cotRow = (lambda: number): Row => ({
  ...EXACT,
  star_reward: 'cot',
  lambda,
  p: null,
  largest_d: Math.max(2, largestSuccessfulD(lambda)),
});

/** Whether STaR with r_e2e settles away from noise; null if it has not settled. */
function survives(d: number, lambda: number, p: number): boolean | null {
  const settled = fixedPoint(demonstrationState(p), { d, lambda, reward: 'e2e' });
  return settled && !isCollapsed(settled.round.state);
}

/** By bisection, below the line of r_cot, as if no d above one that collapses survived; null if an orbit is undecided. */
async function largestSurvivingD(lambda: number, p: number, pacer: Pacer): Promise<number | null> {
  let [most, collapsed] = [2, Math.max(3, largestSuccessfulD(lambda) + 1)];
  const width = Math.log2(collapsed);
  while (collapsed - most > 1) {
    await pacer.checkpoint(Math.max(0, 1 - Math.log2(collapsed - most) / width));
    const d = Math.floor((most + collapsed) / 2);
    const alive = survives(d, lambda, p);
    if (alive === null) return null;
    if (alive) most = d;
    else collapsed = d;
  }
  return most;
}

async function train(context: TrialContext, d: number, reward: RewardName, seed: number, settings: Settings) {
  const { sampledLambda, sampledP, samples, rounds, inputs } = settings;
  const program: Program = {
    ...pretraining(samples),
    star: { rounds, samples, reward, start: 'fresh' },
    evaluate: inputs,
  };
  const rows: Row[] = [];
  const replicates = sampledLambda.map((lambda) => ({ d, pCot: sampledP, lambda, seed }));
  const keysOf = (i: number) => ({
    source: 'sampled',
    star_reward: reward,
    lambda: sampledLambda[i]!,
    p: sampledP,
    d,
    seed,
  });
  const { chains } = await context.train(replicates, program, (i, { round, evaluation }) => {
    if (round !== rounds) return;
    const { greedy, sampled } = evaluation!;
    rows[i] = {
      ...keysOf(i),
      largest_d: null,
      greedy_long: greedy.long / inputs,
      accuracy_e2e: sampled.correct / inputs,
    };
  });
  for (const [i, row] of rows.entries()) {
    context.record(row);
    await recordSamples(context, { chain: chains[i]!, seed, lambda: sampledLambda[i]!, keys: keysOf(i) }, 1);
  }
}

function trials(settings: Settings, seeds: readonly number[]): Trial[] {
  const { lambda, e2eLambda, e2eP, sampledD, sampledLambda, samples, rounds } = settings;
  const cot: Trial = {
    name: 'cot',
    work: 0.01,
    run: async ({ record }) => {
      for (const one of lambda) record(cotRow(one));
    },
  };
  const e2e = e2eLambda.flatMap((one) =>
    e2eP.map(
      (p): Trial => ({
        name: `e2e,lambda=${one},p=${p}`,
        // Some seven orbits collapse, each in about 6 / lambda rounds, of 15 us.
        work: 7e-4 / one,
        run: async ({ record, watch }) => {
          const largest = await largestSurvivingD(one, p, new Pacer(watch));
          record({ ...EXACT, star_reward: 'e2e', lambda: one, p, largest_d: largest });
        },
      }),
    ),
  );
  const sampled = sampledD.flatMap((d) =>
    REWARDS.flatMap((reward) =>
      seeds.map(
        (seed): Trial => ({
          name: `${reward},d=${d},seed=${seed}`,
          work: 1e-8 * samples * (rounds + 1) * sampledLambda.length * (10 + d),
          run: (context) => train(context, d, reward, seed, settings),
        }),
      ),
    ),
  );
  return [cot, ...e2e, ...sampled];
}

/** lambda_d of Lemma 5: K > 1/2 iff lambda < lambda_d. */
function ridgeAt(d: number): number {
  const root = 2 ** (1 / (d - 1));
  return (1 - 1 / root) / -Math.log(root - 1);
}

/** The line as it is computed, from c, and as it is solved for lambda. */
function lineCheck(rows: readonly Row[]): Check {
  const expected =
    'r_cot: lambda < lambda_d at the largest d that succeeds and not at the next, in closed form and by starFate';
  const line = where(rows, { source: 'exact', star_reward: 'cot' });
  if (line.length === 0) return unchecked(expected);
  const wrong = line.filter(({ lambda, largest_d }) => {
    const [ridgeOf, d] = [Number(lambda), Number(largest_d)];
    const succeeds = d < 3 || (ridgeOf < ridgeAt(d) && starFate(d, ridgeOf) === 'becomes long');
    return !succeeds || ridgeOf < ridgeAt(d + 1) || starFate(d + 1, ridgeOf) === 'becomes long';
  });
  return { expected, holds: wrong.length === 0, found: `${wrong.length} of ${line.length} otherwise` };
}

/** What docs/theory.md says of the largest d: of r_cot proved (Lemma 5), of r_e2e from p = 1/2 seen numerically (Lemma 6 (e)). */
const KNOWN = {
  cot: [
    [0.1, 4],
    [0.01, 21],
    [1e-3, 132],
    [1e-4, 959],
  ],
  e2e: [
    [0.1, 2],
    [1e-3, 62],
    [1e-4, 432],
  ],
} as const;

function knownCheck(rows: readonly Row[], reward: RewardName): Check {
  const values = KNOWN[reward].map(([lambda, d]) => `${d} at ${lambda}`).join(', ');
  const from = reward === 'cot' ? 'from every p' : 'from p = .5';
  const expected = `r_${reward}, ${from}: the largest d that succeeds is ${values} (those lambda that were run; 2: none)`;
  const line = where(rows, { source: 'exact', star_reward: reward, p: reward === 'cot' ? null : 0.5 });
  const found = KNOWN[reward].flatMap(([lambda, d]) =>
    where(line, { lambda }).map(({ largest_d }) => ({ right: largest_d === d, text: `${largest_d} at ${lambda}` })),
  );
  if (found.length === 0) return unchecked(expected);
  return { expected, holds: found.every(({ right }) => right), found: found.map(({ text }) => text).join(', ') };
}

/**
 * r_e2e lets chains pass in which an even number of steps is wrong. Lemma 6 (e), heuristically: (d-1) lambda c < .2785 where r_cot
 * allows log 2 = .69, so about .4 of its d as lambda tends to 0. At ordinary lambda c is another one and d is rounded: .1 to .2 more.
 */
function belowCheck(rows: readonly Row[]): Check {
  const expected =
    'the largest d that survives under r_e2e is less than .6 of that under r_cot, where the latter is at least 10';
  const e2e = where(rows, { source: 'exact', star_reward: 'e2e' }).filter(
    ({ lambda }) => largestSuccessfulD(Number(lambda)) >= 10,
  );
  if (e2e.length === 0) return unchecked(expected);
  const shares = e2e.map(({ lambda, largest_d }) =>
    largest_d === null ? Number.NaN : Number(largest_d) / largestSuccessfulD(Number(lambda)),
  );
  const most = Math.max(...shares);
  return { expected, holds: most < 0.6, found: `${most.toPrecision(3)} at most` };
}

/** Above it a chain under r_e2e has survived; settled states near the line have .62 or more, and 4096 inputs a deviation of .008. */
const ALIVE = 0.56;

const succeeded = ({ star_reward, greedy_long, accuracy_e2e }: Row) =>
  star_reward === 'cot' ? Number(greedy_long) > 0.5 : Number(accuracy_e2e) > ALIVE;

/** Near a line an orbit creeps, and finite samples shift the line itself: d is to be further from it than this factor. */
const CLEAR = 1.25;

/** Where a trained chain should end, or null: too near to tell, or SGD too far from the optimum (d << lambda T). */
function predicted({ star_reward, lambda, d, p }: Row, { samples }: Settings): boolean | null {
  const [ridgeOf, bitCount] = [Number(lambda), Number(d)];
  if (bitCount > 0.1 * ridgeOf * samples) return null;
  const success = (at: number) => {
    if (at < 3) return true;
    return star_reward === 'cot' ? starFate(at, ridgeOf) === 'becomes long' : survives(at, ridgeOf, Number(p));
  };
  const around = [Math.floor(bitCount / CLEAR), Math.ceil(bitCount * CLEAR)].map(success);
  return around[0] === around[1] ? around[0]! : null;
}

function sampledCheck(rows: readonly Row[], settings: Settings): Check {
  const expected =
    'after the last round every trained chain is on the side of the line that theory says: r_cot by greedy decoding (long on more than ' +
    `half of the inputs), r_e2e by sampled accuracy (above ${ALIVE}); d a factor ${CLEAR} from the line, d < .1 lambda T, p >= .25`;
  const spokenOf =
    settings.rounds >= 10 && settings.samples >= 50_000 && settings.sampledP >= 0.25 && settings.sampledP <= 0.75;
  const told = new Map<string, boolean | null>();
  const found = where(rows, { source: 'sampled' }).flatMap((row) => {
    const place = [row.star_reward, row.lambda, row.d].join();
    if (!told.has(place)) told.set(place, predicted(row, settings));
    const side = told.get(place)!;
    return side === null ? [] : { side, right: succeeded(row) === side };
  });
  if (!spokenOf || found.length === 0) return unchecked(expected);
  const wrong = found.filter(({ right }) => !right).length;
  const successes = found.filter(({ side }) => side).length;
  const text = `${wrong} of ${found.length} otherwise; ${successes} should succeed, ${found.length - successes} fail`;
  return { expected, holds: wrong === 0, found: text };
}

const checks = (rows: readonly Row[], settings: Settings): Check[] => [
  lineCheck(rows),
  knownCheck(rows, 'cot'),
  knownCheck(rows, 'e2e'),
  belowCheck(rows),
  sampledCheck(rows, settings),
];

const SMALLEST_D = 2.5;
const LARGEST_D = 1500;

/** Between the last d that succeeds and the first that fails. */
function line(rows: readonly Row[]): Point[] {
  const points = rows.flatMap(({ lambda, largest_d }) => {
    return typeof largest_d === 'number' && largest_d >= 3 && largest_d < LARGEST_D
      ? { x: largest_d + 0.5, y: Number(lambda) }
      : [];
  });
  return points.sort((a, b) => a.y - b.y);
}

/** Filled if most seeds succeed; the rewards stand a little to the left and to the right of their d. */
function dots(rows: readonly Row[], reward: RewardName, filled: boolean): Mark {
  const of = where(rows, { source: 'sampled', star_reward: reward });
  const places = distinct(of, 'd').flatMap((d) => distinct(of, 'lambda').map((lambda) => ({ d, lambda })));
  const points = places.flatMap(({ d, lambda }) => {
    const share = meanOf(where(of, { d, lambda }).map((row) => Number(succeeded(row))));
    if (share === null || share > 0.5 !== filled) return [];
    return { x: Number(d) * (reward === 'cot' ? 0.95 : 1.05), y: Number(lambda) };
  });
  const style = { hue: reward === 'cot' ? 0 : 1, symbol: reward === 'cot' ? 'circle' : 'square', filled } as const;
  return { kind: 'dots', series: `trained, ${reward}, ${filled ? 'succeeded' : 'failed'}`, points, style };
}

const named = (text: string, x: number, y: number): DirectLabel => ({ text, x, y, anchor: 'middle' });

/** Of the line of start i. */
const dashAt = (i: number) => (['solid', 'dashed', 'dotted'] as const)[i]!;

/** All lambda, and at least those where the labels stand. */
function ridgeDomain(rows: readonly Row[]): readonly [number, number] {
  const values = numbers(rows, 'lambda');
  return [Math.min(8e-5, ...values.map((value) => 0.8 * value)), Math.max(0.15, ...values.map((value) => 1.5 * value))];
}

function marksOf(rows: readonly Row[]): Mark[] {
  const exact = where(rows, { source: 'exact' });
  const e2e = where(exact, { star_reward: 'e2e' });
  const lines = distinct(e2e, 'p').map((p, i): Mark => {
    const style = { hue: 1, dash: dashAt(i) } as const;
    const points = line(where(e2e, { p }));
    const label = { text: '$r_{e2e}$', x: 280, y: 1.3e-4, anchor: 'end' } as const;
    return { kind: 'line', series: `e2e, p=${p}`, points, style, ...(i === 0 ? { label } : {}) };
  });
  return [
    {
      kind: 'line',
      series: 'cot, K=1/2',
      points: line(where(exact, { star_reward: 'cot' })),
      style: { hue: 0 },
      label: { text: '$r_{cot}$: $K = 1/2$', x: 600, y: 2.6e-4 },
    },
    ...lines,
    ...REWARDS.flatMap((reward) => [dots(rows, reward, true), dots(rows, reward, false)]),
    { kind: 'text', label: named('both rewards succeed', 12, 3e-4) },
    { kind: 'text', label: named('only $r_{cot}$', 98, 1e-3) },
    { kind: 'text', label: named('both fail', 300, 2e-2) },
  ];
}

function figures(rows: readonly Row[], settings: Settings): Figure[] {
  const sampled = where(rows, { source: 'sampled' });
  const seeds = distinct(sampled, 'seed').length;
  const starts = distinct(where(rows, { source: 'exact', star_reward: 'e2e' }), 'p').map(
    (p, i) => `$p = ${p}$ (${dashAt(i)})`,
  );
  const trained =
    seeds === 0
      ? ''
      : ` Circles ($r_{cot}$) and squares ($r_{e2e}$), set apart a little: chains trained from $p = ${settings.sampledP}$ on ` +
        `${settings.samples} sequences and as many responses in each of ${settings.rounds} rounds, filled if they succeed for most of ` +
        `${seeds} seeds: greedy answers long on more than half of the inputs, or sampled accuracy above ${ALIVE}.`;
  return [
    {
      name: 'dichotomy',
      alt: 'The plane of d and lambda: STaR fails for large d and lambda, under the end-to-end reward sooner than under that of the chain.',
      caption:
        'Where STaR succeeds, $d \\ge 3$, infinite samples. Line of $r_{cot}$: $K = \\sigma(c)^{d-1} = 1/2$, below which greedy decoding becomes ' +
        'long and right under $r_{cot}$ from every $p$ and above which it becomes short (proved). Line of $r_{e2e}$: above it $r_{e2e}$ ends in ' +
        `noise (found numerically, by bisection in $d$) from ${starts.join(', ')}. Lines are drawn between two integers $d$.${trained}`,
      width: 'two-columns',
      panels: [
        {
          x: { label: 'bits $d$', scale: 'log', domain: [SMALLEST_D, LARGEST_D] },
          y: { label: 'ridge strength $\\lambda$', scale: 'log', domain: ridgeDomain(rows) },
          marks: marksOf(rows),
        },
      ],
    },
  ];
}

/** So many to a decade, from .1 down to 1e-4. */
const ridges = (perDecade: number) =>
  Array.from({ length: 3 * perDecade + 1 }, (_, i) => Number((10 ** (-1 - i / perDecade)).toPrecision(4)));

const SETTINGS: Settings = {
  lambda: ridges(8),
  e2eLambda: ridges(4),
  e2eP: [0.5, 0.01],
  sampledD: [3, 7, 14, 35],
  sampledLambda: [0.1, 0.03, 0.01],
  sampledP: 0.5,
  samples: 100_000,
  rounds: 12,
  inputs: 8192,
};

export const dichotomy: IllustratedExperiment<Settings> = {
  name: 'dichotomy',
  question:
    'For which d and lambda does STaR succeed, under the reward of the chain and under that of the answer alone?',
  expected:
    'r_cot: iff K > 1/2, that is d <= 4, 21, 132, 959 at lambda = .1, .01, 1e-3, 1e-4 (Lemma 5). r_e2e: below a lower line, from ' +
    'p = .5 up to d = 62 and 432 at lambda = 1e-3, 1e-4 (Lemma 6, numerically). Trained chains fall on the same sides, d a factor 1.25 away.',
  columns: COLUMNS,
  schema,
  sizes: {
    smoke: {
      seeds: 2,
      settings: {
        ...SETTINGS,
        lambda: ridges(2),
        e2eLambda: [0.1, 1e-2, 1e-3],
        e2eP: [0.5],
        sampledD: [3, 7],
        sampledLambda: [0.1, 0.01],
        samples: 50_000,
        inputs: 4096,
      },
      time: '6 seconds',
    },
    default: { seeds: 5, settings: SETTINGS, time: 'about 2 minutes' },
    full: {
      seeds: 20,
      settings: {
        ...SETTINGS,
        lambda: ridges(16),
        e2eLambda: ridges(8),
        e2eP: [0.5, 0.1, 0.01],
        samples: 400_000,
      },
      time: 'about 20 minutes (estimated)',
    },
  },
  trials,
  checks,
  figures,
  falsifiers: {
    'lines one bit too far': (row) => ({
      ...row,
      largest_d: row.largest_d === null ? null : Number(row.largest_d) + 1,
    }),
    'the same line for both rewards': (row) => ({
      ...row,
      largest_d: row.largest_d === null ? null : largestSuccessfulD(Number(row.lambda)),
    }),
    'every chain succeeds': (row) => ({ ...row, greedy_long: 1, accuracy_e2e: 1 }),
    'every chain fails': (row) => ({ ...row, greedy_long: 0, accuracy_e2e: 0.5 }),
  },
};
