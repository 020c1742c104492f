import { z } from 'zod';
import {
  ChainPolicy,
  type Check,
  chainProbability,
  demonstrationState,
  type Evaluation,
  evaluate,
  type Figure,
  grpoSettings,
  type Hue,
  type IllustratedExperiment,
  type Mark,
  optimum,
  type Panel,
  type Point,
  type Row,
  reinforceSettings,
  type Trial,
  type TrialContext,
} from '../src/index.js';
import { chainFrom, chainState, integerOf } from './shared/chain-state.js';
import { isPartOf, notChecked, shown } from './shared/checks.js';
import { endLabelledLog, logDomain } from './shared/lines.js';
import { bandText, meanOf, numbers, overSeeds, where } from './shared/over-seeds.js';
import { type Method, postTrainer, sequencesOfStep } from './shared/post-training.js';
import { powerText } from './shared/powers.js';
import { pretrained } from './shared/pre-training.js';
import { recordSamples } from './shared/samples.js';
import { bits, count, list, probability, ridge } from './shared/schema.js';

const ALGORITHMS = ['STaR', 'REINFORCE', 'REINFORCE, mean', 'REINFORCE, prompt mean', 'GRPO'] as const;
type Algorithm = (typeof ALGORITHMS)[number];
const REINFORCES = ALGORITHMS.slice(1, 4);

/** How far the baselines of REINFORCE may change the sequences that it needs: its noise, not its direction. */
const BASELINES = 4;

const schema = z.strictObject({
  d: bits(200).describe('bits'),
  lambda: ridge().describe('lambda, the ridge strength'),
  ps: list(probability(), 1, 20).describe('p: fractions of long demonstrations'),
  samples: list(count(1, 1e8), 1, 3).describe('T: sequences of pre-training, each with every p'),
  starSamples: count(1, 1e8).describe('responses that a round of STaR draws'),
  rounds: count(1, 100).describe('rounds that STaR may play'),
  prompts: count(16, 1e5).describe('responses that an update draws'),
  budget: count(1, 1e8).describe('sequences that REINFORCE and GRPO may draw'),
  evaluateEvery: count(1, 1000).describe('updates between two evaluations'),
  reinforceRate: z.number().gt(0).max(1000).describe('learning rate of REINFORCE, the same for all p'),
  grpoRate: z.number().gt(0).max(1000).describe('learning rate of GRPO, whose loss is divided by all tokens'),
  target: z.number().min(0.75).max(1).describe('greedy accuracy that counts as success'),
  inputs: count(500, 1e6).describe('fresh inputs of an evaluation'),
});
type Settings = z.infer<typeof schema>;

const DEFAULT: Settings = {
  d: 50,
  lambda: 1e-3,
  ps: [0.008, 0.01, 0.05, 0.1, 0.3],
  samples: [100_000, 1_000_000],
  starSamples: 400_000,
  rounds: 14,
  prompts: 1024,
  budget: 100_000,
  evaluateEvery: 5,
  reinforceRate: 3,
  grpoRate: 30,
  target: 0.95,
  inputs: 5000,
};

const SMOKE: Settings = {
  ...DEFAULT,
  d: 20,
  ps: [0.003, 0.1, 0.3],
  samples: [40_000],
  starSamples: 40_000,
  rounds: 10,
  budget: 30_000,
  inputs: 2000,
};

export const algorithms: IllustratedExperiment<Settings> = {
  name: 'algorithms',
  question:
    'Which algorithm takes a pre-trained chain to right greedy answers, from which p, and how many sequences does it draw?',
  expected:
    'Every one succeeds where pre-training saw enough long demonstrations that long answers are right more often than short ones (1/2, exactly); with fewer the reward favours short answers, and REINFORCE and GRPO fail: ' +
    'post-training started too early (section 7 of docs/theory.md says what the reward favours; how many are enough is seen, not proved). Baselines of REINFORCE do not change its direction (Lemma 7), ' +
    `and the sequences that it needs by less than a factor of ${BASELINES}.`,
  columns: [
    { name: 'p', role: 'key', meaning: 'fraction of long demonstrations' },
    { name: 'samples', role: 'key', meaning: 'T: sequences of pre-training' },
    { name: 'algorithm', role: 'key', meaning: 'what post-trains the chain, and the baseline of REINFORCE' },
    { name: 'seed', role: 'key', meaning: 'keys every random number' },
    {
      name: 'before',
      role: 'value',
      meaning: 'share of right ones among long sampled answers after pre-training; null without any',
    },
    { name: 'steps', role: 'value', meaning: 'rounds or updates until success, or until the budget was spent' },
    { name: 'sequences', role: 'value', meaning: 'responses drawn in them' },
    {
      name: 'greedy_accuracy',
      role: 'value',
      meaning: 'share of inputs with r_cot = 1 under greedy decoding at the end, 0 to 1',
    },
    { name: 'long', role: 'value', meaning: 'share of long sampled answers at the end, 0 to 1' },
    { name: 'success', role: 'value', meaning: 'whether greedy accuracy reached the target' },
  ],
  schema,
  sizes: {
    smoke: { seeds: 2, settings: SMOKE, time: '3 seconds' },
    default: { seeds: 5, settings: DEFAULT, time: '4 minutes' },
    full: {
      seeds: 20,
      settings: {
        ...DEFAULT,
        ps: [0.008, 0.01, 0.015, 0.03, 0.05, 0.1, 0.2, 0.3],
        samples: [100_000, 400_000, 1_000_000],
        starSamples: 1_000_000,
        budget: 1_000_000,
        target: 0.99,
      },
      time: '7 hours, estimated',
    },
  },
  trials: (settings, seeds) =>
    settings.ps.flatMap((p) => settings.samples.flatMap((T) => seeds.map((seed) => trialOf(settings, p, T, seed)))),
  checks,
  falsifiers: {
    'nothing succeeds': (row) => ({ ...row, success: false }),
    'everything succeeds': (row) => ({ ...row, success: true }),
    'baselines matter': (row) =>
      row.algorithm === 'REINFORCE' ? { ...row, sequences: 10 * Number(row.sequences) } : row,
    'long answers are right from the start': (row) => ({ ...row, before: 0.9 }),
  },
  figures: (rows, settings) => [figure(rows, settings)],
};

function methodOf(algorithm: Algorithm, { prompts, starSamples, reinforceRate, grpoRate }: Settings): Method {
  if (algorithm === 'STaR') return { kind: 'star', settings: { samples: starSamples, reward: 'cot' } };
  if (algorithm === 'GRPO') {
    return { kind: 'gradient', settings: grpoSettings({ prompts: Math.floor(prompts / 8), learningRate: grpoRate }) };
  }
  const plain = { prompts, learningRate: reinforceRate };
  if (algorithm === 'REINFORCE') return { kind: 'gradient', settings: reinforceSettings(plain) };
  if (algorithm === 'REINFORCE, mean') {
    return { kind: 'gradient', settings: reinforceSettings({ ...plain, advantages: 'mean' }) };
  }
  const pairs = { ...plain, prompts: Math.floor(prompts / 2), advantages: 'prompt-mean' } as const;
  return { kind: 'gradient', settings: reinforceSettings(pairs) };
}

const stepsOf = (method: Method, { rounds, budget }: Settings): number =>
  method.kind === 'star' ? rounds : Math.ceil(budget / sequencesOfStep(method));

function trialOf(settings: Settings, p: number, samples: number, seed: number): Trial {
  return {
    name: `p=${p},T=${samples},seed=${seed}`,
    // Half of the rounds on average; a sequence of an update takes about as long as ten of STaR.
    work: samples + (settings.rounds / 2) * settings.starSamples + 4 * 5 * settings.budget,
    run: (context) => run(context, settings, { p, samples, seed }),
  };
}

interface Start {
  readonly p: number;
  readonly samples: number;
  readonly seed: number;
}

/** All algorithms from one pre-trained chain, which is saved with the number of those that are done. */
async function run(context: TrialContext, settings: Settings, start: Start): Promise<void> {
  const { d, lambda } = settings;
  const { p, samples, seed } = start;
  const chain = context.state
    ? chainFrom(context.state)
    : await pretrained(context, { d, pCot: p, lambda, seed }, samples);
  const { values, arrays } = chainState(chain);
  const kernels = await context.kernels();
  const done = context.state ? integerOf(context.state, 'done') : 0;
  for (const [i, algorithm] of ALGORITHMS.entries()) {
    if (i < done) continue;
    const policy = new ChainPolicy(chain, { seed, lambda, kernels });
    const found = await takeOn(context, policy, settings, algorithm);
    const keys = { p, samples, algorithm, seed };
    context.record({ ...keys, ...found });
    await recordSamples(context, { chain: policy.chain, seed, lambda, keys }, 1);
    context.watch.onProgress?.((i + 1) / ALGORITHMS.length);
    context.save({ values: { ...values, done: i + 1 }, arrays });
  }
}

/** Trains until greedy answers are right or the budget is spent. */
async function takeOn({ watch }: TrialContext, policy: ChainPolicy, settings: Settings, algorithm: Algorithm) {
  const { signal } = watch;
  const method = methodOf(algorithm, settings);
  const trainer = postTrainer(policy, method);
  const judge = () => evaluate(policy, { samples: settings.inputs }, { signal });
  const [steps, every] = [stepsOf(method, settings), method.kind === 'star' ? 1 : settings.evaluateEvery];
  let found = await judge();
  const { long, longCorrect } = found.sampled;
  while (accuracyOf(found) < settings.target && trainer.done.steps < steps) {
    for (let i = 0; i < every && trainer.done.steps < steps; i++) await trainer.step({ signal });
    found = await judge();
  }
  return {
    before: long > 0 ? longCorrect / long : null,
    steps: trainer.done.steps,
    sequences: trainer.done.sequences,
    greedy_accuracy: accuracyOf(found),
    long: found.sampled.long / found.sampled.samples,
    success: accuracyOf(found) >= settings.target,
  };
}

const accuracyOf = ({ greedy }: Evaluation): number => greedy.correctCot / greedy.samples;

/**
 * After p T long demonstrations of d bits more than half of the long answers are right from p T = .2 d^2 to .5 d^2 on (d = 8 to 48,
 * lambda = 1e-3; seen, not proved). Up to .35 d^2 at d >= 20 it is too early, from 1.5 d^2 on late enough.
 */
type Timing = 'late enough' | 'too early' | 'between';

function timingOf({ d, lambda }: Settings, p: number, T: number): Timing {
  const K = chainProbability(optimum(demonstrationState(p), { lambda }).c, d);
  if (lambda * T < 2 * d || p > 1 / 3 || d < 20 || K < 0.6) return 'between';
  if (p * T >= 1.5 * d * d) return 'late enough';
  return p * T <= 0.35 * d * d && p <= 0.02 ? 'too early' : 'between';
}

/** The rows of the settings with such a timing; null if there are no such settings. */
function rowsAt(rows: readonly Row[], settings: Settings, timing: Timing): Row[] | null {
  const { ps, samples } = settings;
  const starts = ps.flatMap((p) => samples.map((T) => ({ p, samples: T })));
  const own = starts.filter(({ p, samples: T }) => timingOf(settings, p, T) === timing);
  return own.length === 0 ? null : own.flatMap((start) => where(rows, start));
}

function checks(rows: readonly Row[], settings: Settings): Check[] {
  return [
    ...ALGORITHMS.map((algorithm) => succeeds(rows, algorithm, settings)),
    ...ALGORITHMS.slice(1).map((algorithm) => fails(rows, algorithm, settings)),
    favoured(rows, settings),
    baselines(rows, settings),
  ];
}

/**
 * What is enough was seen at the smoke and the default size, not proved: so what is checked are parts of them, with any seeds.
 */
const wasSeen = (settings: Settings): boolean => [SMOKE, DEFAULT].some((size) => isPartOf(settings, size));

const UNSEEN = 'no such p and T, or settings other than those of the smoke and the default size';

function succeeds(rows: readonly Row[], algorithm: Algorithm, settings: Settings): Check {
  const expected = `${algorithm} reaches greedy accuracy ${settings.target} in every seed from all p and T with p T >= 1.5 d^2`;
  const own = rowsAt(rows, settings, 'late enough');
  if (own === null || !wasSeen(settings)) return notChecked(expected, UNSEEN);
  return counted(expected, where(own, { algorithm }), true);
}

function fails(rows: readonly Row[], algorithm: Algorithm, settings: Settings): Check {
  const expected = `${algorithm} fails within its budget in every seed from all p <= .02 and T with p T <= .35 d^2`;
  const own = rowsAt(rows, settings, 'too early');
  if (own === null || !wasSeen(settings)) return notChecked(expected, UNSEEN);
  return counted(expected, where(own, { algorithm }), false);
}

function counted(expected: string, rows: readonly Row[], success: boolean): Check {
  const right = rows.filter((row) => row.success === success).length;
  const found = `${right} of ${rows.length}`;
  return { expected, holds: rows.length > 0 && right === rows.length, found };
}

function favoured(rows: readonly Row[], settings: Settings): Check {
  const expected =
    'Where it is too early, long sampled answers are right less often than short ones (1/2) in every seed';
  const own = rowsAt(rows, settings, 'too early');
  if (own === null) return notChecked(expected, 'no such p and T');
  const shares = numbers(own, 'before');
  const most = Math.max(...shares);
  return {
    expected,
    holds: shares.length > 0 && most < 0.5,
    found: shares.length > 0 ? `at most ${shown(most)}` : 'no rows',
  };
}

/** Sequences are counted in evaluations: one more of them may be chance. */
function baselines(rows: readonly Row[], settings: Settings): Check {
  const expected = `The mean sequences to success of REINFORCE with its three baselines are within a factor of ${BASELINES}, or one evaluation, of each other from all p and T with p T >= 1.5 d^2`;
  const own = rowsAt(rows, settings, 'late enough');
  if (own === null || !wasSeen(settings)) return notChecked(expected, UNSEEN);
  const { ps, samples, evaluateEvery, prompts } = settings;
  const ratios = ps.flatMap((p) =>
    samples.flatMap((T) => ratioOf(where(own, { p, samples: T }), evaluateEvery * prompts)),
  );
  const most = Math.max(...ratios);
  return {
    expected,
    holds: ratios.length > 0 && most <= BASELINES,
    found: ratios.length > 0 ? `at most ${shown(most)}` : 'no rows',
  };
}

/** Of the largest mean, less one evaluation, to the smallest. */
function ratioOf(rows: readonly Row[], evaluation: number): number[] {
  const means = REINFORCES.flatMap((algorithm) => meanOf(numbers(where(rows, { algorithm }), 'sequences')) ?? []);
  if (means.length < REINFORCES.length) return [];
  return [(Math.max(...means) - evaluation) / Math.max(Math.min(...means), evaluation)];
}

const HUES: readonly Hue[] = [0, 1, 3, 4, 2];

function figure(rows: readonly Row[], settings: Settings): Figure {
  const { d, lambda, starSamples, prompts, target, budget, rounds } = settings;
  return {
    name: 'algorithms',
    alt: 'Sequences drawn until greedy answers are right, against the fraction of long demonstrations, for five algorithms; hollow diamonds mark failures.',
    caption:
      `Sequences that post-training draws until greedy accuracy is ${target}, against $p$, after $T$ sequences of pre-training; $d = ${d}$, $\\lambda = ${lambda}$. STaR draws ${starSamples} a round, the others ${prompts} an update; ` +
      `neither these numbers nor the learning rates were tuned, so the gap between STaR and the others says little. Hollow, set apart a little: seeds that failed, at the sequences that they drew (at most ${rounds} rounds or ${budget} sequences); ` +
      `lines are of the seeds that succeeded. ${bandText(rows, 'successful')}`,
    width: 'two-columns',
    panels: settings.samples
      .toSorted((a, b) => a - b)
      .map((samples) => panel(where(rows, { samples }), samples, rows, settings)),
  };
}

function panel(rows: readonly Row[], samples: number, all: readonly Row[], { ps }: Settings): Panel {
  const sorted = ps.toSorted((a, b) => a - b);
  const lines = ALGORITHMS.map((algorithm, i) => ({
    series: algorithm,
    text: algorithm,
    points: overSeeds(positive(where(rows, { algorithm, success: true })), 'p', 'sequences'),
    style: { hue: HUES[i]! },
  }));
  const failures = ALGORITHMS.map(
    (algorithm, i): Mark => ({
      kind: 'dots',
      series: `${algorithm}, failed`,
      points: setApart(overSeeds(positive(where(rows, { algorithm, success: false })), 'p', 'sequences'), i),
      style: { hue: HUES[i]!, symbol: 'diamond', filled: false },
    }),
  );
  const [least, most] = logDomain(numbers(positive(all), 'sequences'));
  return {
    title: `$T = ${powerText(samples)}$`,
    // Room for the labels at the right ends.
    x: {
      label: 'fraction of long demonstrations $p$',
      scale: 'log',
      domain: [sorted[0]! / 1.3, sorted.at(-1)! * 10],
      ticks: sorted.filter((p, i) => i === 0 || p > 1.4 * sorted[i - 1]!),
    },
    y: { label: 'sequences drawn', scale: 'log', domain: [least / 2, most] },
    marks: [...endLabelledLog(lines, 1.5), ...failures],
  };
}

/** Algorithms that failed alike would hide each other. */
const setApart = (points: readonly Point[], i: number): Point[] =>
  points.map((point) => ({ ...point, x: point.x * 1.05 ** (i - (ALGORITHMS.length - 1) / 2) }));

/** A chain that needed no post-training has no place on a logarithmic axis. */
const positive = (rows: readonly Row[]): Row[] => rows.filter(({ sequences }) => Number(sequences) > 0);
