import type { BatchReport, PolicyGradientProgram, Replicate, Stage } from '../engines/index.js';
import { clopperPearson } from '../statistics/index.js';
import type { ResponseCounts, UpdateMetrics } from '../training/index.js';
import type { Algorithm } from './algorithm-options.js';
import { digits, table } from './output.js';

/** Two-sided coverage of the Clopper-Pearson bounds, for each estimate by itself. */
export const CONFIDENCE = 0.99;

interface Estimate {
  readonly value: number;
  readonly bounds: readonly [number, number];
}

interface StageDocument extends Omit<Stage, 'evaluation'> {
  readonly greedy: ReturnType<typeof estimates>;
  readonly sampled: ReturnType<typeof estimates> & { readonly longAccuracy: Estimate | null };
}

/** One chain and what its stages led to. */
export interface Replica {
  readonly p: number;
  readonly seed: number;
  readonly stages: readonly StageDocument[];
}

/** How a number differs between the seeds of one p. */
interface Spread {
  readonly mean: number;
  /** Standard deviation, with n - 1; null for one chain. */
  readonly sd: number | null;
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

interface StageSpread {
  readonly stage: Stage['stage'];
  readonly round: number;
  /** Chains that have finished the stage. */
  readonly replicates: number;
  readonly greedy: Readonly<Record<Measure, Spread>>;
  readonly sampled: Readonly<Record<Measure, Spread>>;
}

type Measure = 'longFraction' | 'accuracy' | 'accuracyCot';
const MEASURES: readonly Measure[] = ['longFraction', 'accuracy', 'accuracyCot'];

/** The versioned document of `train --json`. */
export interface TrainDocument {
  readonly schema: 'lengthwise/train@1';
  readonly d: number;
  readonly p: number | readonly number[];
  readonly stepNoise: number;
  readonly answerNoise: number;
  readonly lambda: number;
  readonly samples: number;
  readonly average: string;
  readonly freeConstant: boolean;
  readonly jointLoss: boolean;
  readonly algorithm: Algorithm;
  readonly starRounds: number;
  readonly starSamples: number;
  readonly warmStart: boolean;
  readonly rejectDuplicates: boolean;
  /** With REINFORCE or GRPO only. */
  readonly policyGradient: PolicyGradientProgram | null;
  readonly reward: string;
  readonly temperature: number;
  readonly evaluate: number;
  readonly seed: number;
  readonly replicatesPerP: number;
  readonly confidence: number;
  /** null if it was interrupted before one was chosen. */
  readonly engine: BatchReport | null;
  readonly interrupted: boolean;
  /** Those of the only chain. */
  readonly stages?: readonly StageDocument[];
  readonly replicates: readonly Replica[];
  readonly spread: readonly { readonly p: number; readonly stages: readonly StageSpread[] }[];
}

export function replicaDocument({ pCot, seed }: Replicate, stages: readonly Stage[]): Replica {
  return { p: pCot, seed, stages: stages.map(stageDocument) };
}

function stageDocument({ evaluation, ...stage }: Stage): StageDocument {
  const { greedy, sampled } = evaluation!;
  const longAccuracy = sampled.long > 0 ? estimate(sampled.longCorrect, sampled.long) : null;
  return { ...stage, greedy: estimates(greedy), sampled: { ...estimates(sampled), longAccuracy } };
}

function estimates({ samples, long, correct, correctCot }: ResponseCounts) {
  return {
    longFraction: estimate(long, samples),
    accuracy: estimate(correct, samples),
    accuracyCot: estimate(correctCot, samples),
  };
}

function estimate(successes: number, trials: number): Estimate {
  return clopperPearson({ successes, trials, alpha: 1 - CONFIDENCE });
}

/**
 * For each p in order, and each stage that some chain has finished: how the chains differ.
 *
 * @param perP chains of one p, which follow each other
 */
export function spreadOf(replicas: readonly Replica[], perP: number): TrainDocument['spread'] {
  return Array.from({ length: replicas.length / perP }, (_, i) => {
    const chains = replicas.slice(i * perP, (i + 1) * perP);
    const { p } = chains[0]!;
    const longest = Math.max(...chains.map(({ stages }) => stages.length));
    const stages = Array.from({ length: longest }, (_, i) => chains.flatMap((chain) => chain.stages[i] ?? []));
    return { p, stages: stages.map(stageSpread) };
  });
}

function stageSpread(stages: readonly StageDocument[]): StageSpread {
  const { stage, round } = stages[0]!;
  const spreads = (name: 'greedy' | 'sampled') =>
    Object.fromEntries(
      MEASURES.map((measure) => [measure, spread(stages.map((found) => found[name][measure].value))]),
    ) as Record<Measure, Spread>;
  return { stage, round, replicates: stages.length, greedy: spreads('greedy'), sampled: spreads('sampled') };
}

function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const n = sorted.length;
  const mean = sorted.reduce((sum, value) => sum + value) / n;
  const squares = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const median = (sorted[Math.floor((n - 1) / 2)]! + sorted[Math.ceil((n - 1) / 2)]!) / 2;
  return { mean, sd: n > 1 ? Math.sqrt(squares / (n - 1)) : null, min: sorted[0]!, median, max: sorted[n - 1]! };
}

/** The table of a chain's stages, or of the last stage of each p in a grid. */
export function trainText(document: TrainDocument): string {
  const { d, p, stepNoise, answerNoise, lambda, samples, average, reward, seed, engine, replicatesPerP } = document;
  const grid = typeof p === 'number' ? `p = ${p}` : `${p.length} values of p`;
  const chains = replicatesPerP === 1 ? `seed ${seed}` : `seeds ${seed} to ${seed + replicatesPerP - 1}`;
  const noise = [
    ...(stepNoise > 0 ? [`step noise ${stepNoise}`] : []),
    ...(answerNoise > 0 ? [`answer noise ${answerNoise}`] : []),
  ];
  const title = [
    `d = ${d}`,
    grid,
    ...noise,
    `lambda = ${lambda}`,
    `T = ${samples}`,
    `average ${average}`,
    `reward ${reward}`,
  ];
  const ran = engine && `engine ${engine.name} (${engine.backend}, ${engine.precision}), ${workers(engine)}`;
  const lines = [[...title, chains].join(', '), ...(ran ? [ran] : []), ''];
  const tables = document.stages ? chainTable(document, document.stages) : gridTable(document);
  return [...lines, ...tables, ...warningLines(document)].join('\n');
}

function workers({ workers }: BatchReport): string {
  return workers === 1 ? '1 thread' : `${workers} threads`;
}

function chainTable(document: TrainDocument, stages: readonly StageDocument[]): string[] {
  const { evaluate } = document;
  const rows = stages.map((stage) => [
    stageName(stage),
    String(stage.samples),
    String(stage.accepted),
    shown(stage.greedy.longFraction),
    shown(stage.greedy.accuracy),
    shown(stage.sampled.longFraction),
    shown(stage.sampled.accuracy),
    shown(stage.sampled.longAccuracy),
  ]);
  return [
    table(
      ['stage', 'drawn', 'kept', 'greedy long', 'greedy acc.', 'sampled long', 'sampled acc.', 'P(right|long)'],
      rows,
      [1, 2, 3, 4, 5, 6, 7],
    ),
    '',
    `Accuracy is r_e2e on ${evaluate} fresh inputs; +- is the wider half of the ${100 * CONFIDENCE}% Clopper-Pearson bounds.`,
    ...(document.policyGradient ? ['', ...updateTable(stages)] : []),
  ];
}

/** What the updates recorded, a line a stage: means over its updates. */
function updateTable(stages: readonly StageDocument[]): string[] {
  const rows = stages.flatMap((stage) => {
    const { updates } = stage;
    if (!updates) return [];
    const mean = (name: keyof UpdateMetrics, decimals: number) => {
      const values = updates.map((metrics) => metrics[name]);
      if (values.includes(null)) return '-';
      return (values.reduce<number>((sum, value) => sum + value!, 0) / values.length).toFixed(decimals);
    };
    return [
      [
        stageName(stage),
        String(updates.at(-1)!.sequences),
        mean('reward', 4),
        mean('completions/mean_length', 2),
        mean('completions/clipped_ratio', 4),
        mean('entropy', 4),
        mean('kl', 5),
        mean('frac_reward_zero_std', 4),
      ],
    ];
  });
  return [
    table(
      ['updates', 'sequences', 'reward', 'mean length', 'cut', 'entropy', 'KL', 'no variance'],
      rows,
      [1, 2, 3, 4, 5, 6, 7],
    ),
    '',
    'Means over the updates since the line before; lengths count EOS, entropy and KL are per decision in nats, no variance is the share of inputs whose responses all earned the same.',
  ];
}

/** The first warning, and how many there are. */
function warningLines({ replicates }: TrainDocument): string[] {
  const warnings = replicates.flatMap(({ stages }) => stages.flatMap((stage) => stage.warnings ?? []));
  if (warnings.length === 0) return [];
  return ['', `Warning: ${warnings[0]}${warnings.length > 1 ? ` (and ${warnings.length - 1} more)` : ''}.`];
}

function gridTable({ evaluate, spread: grid }: TrainDocument): string[] {
  const rows = grid.flatMap(({ p, stages }) => {
    const last = stages.at(-1);
    if (!last) return [];
    const { greedy, sampled } = last;
    return [
      [
        digits(Number(p.toPrecision(6))),
        stageName(last),
        String(last.replicates),
        spreadText(greedy.longFraction),
        spreadText(greedy.accuracy),
        spreadText(sampled.longFraction),
        spreadText(sampled.accuracy),
      ],
    ];
  });
  return [
    table(
      ['p', 'stage', 'chains', 'greedy long', 'greedy acc.', 'sampled long', 'sampled acc.'],
      rows,
      [0, 2, 3, 4, 5, 6],
    ),
    '',
    `Mean over the chains, and +- their standard deviation. Accuracy is r_e2e on ${evaluate} fresh inputs for each chain.`,
  ];
}

const STAGE_NAMES = { star: 'STaR', reinforce: 'REINFORCE', grpo: 'GRPO' } as const;

function stageName({ stage, round }: Pick<Stage, 'stage' | 'round'>): string {
  return stage === 'pretraining' ? 'pre-training' : `${STAGE_NAMES[stage]} ${round}`;
}

function spreadText({ mean, sd }: Spread): string {
  return `${mean.toFixed(4)}${sd === null ? '' : ` +- ${sd.toFixed(4)}`}`;
}

function shown(found: Estimate | null): string {
  if (!found) return '-';
  const [low, high] = found.bounds;
  return `${digits(Number(found.value.toFixed(4)))} +- ${Math.max(found.value - low, high - found.value).toFixed(4)}`;
}
