import { availableParallelism } from 'node:os';
import { Pacer, part, type Watch } from '../progress/index.js';
import {
  type Kernels,
  requireCount,
  requireLambda,
  requireOneOf,
  requirePolicyGradient,
  type SgdSettings,
  type TrainedChain,
} from '../training/index.js';
import { BACKENDS, type Backend, type EngineName, type EngineReport, type Precision, type Workload } from './engine.js';
import { type Job, type Setting, WorkerPool } from './pool.js';
import { type Program, type Replicate, runProgram, type StageVisitor } from './program.js';
import { engineNamed, openEngine } from './registry.js';

/** Which engine runs, and how. */
export interface EngineChoice {
  readonly engine: EngineName;
  /** Default: the engine's first. */
  readonly precision?: Precision | undefined;
  /** Where gpu.js is to run. Default: its first that runs here. */
  readonly backend?: Backend | undefined;
  /** Threads, an integer >= 1; 1 is the caller's own. Default: as many as the machine runs at once. No result depends on it. */
  readonly workers?: number | undefined;
}

/** What ran, and on how many threads. */
export interface BatchReport extends EngineReport {
  readonly workers: number;
}

/** What a caller may be told before the batch has ended. */
export interface BatchEvents {
  /** Called once, before any chain is trained. */
  readonly onEngine?: (engine: BatchReport) => void;
  readonly onStage?: StageVisitor;
}

export interface Batch {
  /** In the order of the replicates. */
  readonly chains: readonly TrainedChain[];
  readonly engine: BatchReport;
}

/**
 * Takes each replicate through the program: pre-training, evaluation, and rounds of STaR or updates by REINFORCE or GRPO,
 * as `pretrain`, `evaluate`, `starRound` and `PolicyGradient` define them, on the same random numbers.
 *
 * @throws UnsupportedOption if the engine cannot do what is asked; nothing else runs in its place
 * @throws RangeError if a value is outside its range
 */
export async function trainBatch(
  replicates: readonly Replicate[],
  program: Program,
  choice: EngineChoice,
  { onEngine = () => {}, onStage = () => {} }: BatchEvents = {},
  watch: Watch = {},
): Promise<Batch> {
  const engine = engineNamed(choice.engine);
  const { workers = availableParallelism(), precision = engine.precisions[0]!, backend } = choice;
  if (!Number.isInteger(workers) || workers < 1) {
    throw new RangeError(`workers is ${workers}; it must be an integer of at least 1`);
  }
  requireBatch(replicates, program);
  if (replicates.length > 0) engine.check(workloadOf(replicates, program, precision));
  watch.signal?.throwIfAborted();

  // Opened here first: what cannot run is known before a thread is started.
  const open = await openEngine(engine.name, { precision, backend });
  try {
    const most = open.report.backend === 'webgpu' ? 1 : workers;
    const jobs = split(replicates, engine.batch, most);
    const threads = Math.max(1, Math.min(most, jobs.length));
    const report = { ...open.report, workers: threads };
    onEngine(report);
    // Every thread runs what was found to run here.
    const found = BACKENDS.find((name) => name === open.report.backend);
    const setting = { engine: engine.name, precision, backend: found, program };
    const results =
      threads === 1
        ? await runHere(open, jobs, program, onStage, watch)
        : await runInPool(threads, setting, jobs, onStage, watch);
    return { chains: results.flat(), engine: report };
  } finally {
    await open.close();
  }
}

/** Pre-trains a chain for each replicate, as `pretrain` would: SGD exactly as defined, on the same samples. */
export function pretrainBatch(
  replicates: readonly Replicate[],
  settings: Partial<SgdSettings> & Pick<Program, 'samples'>,
  choice: EngineChoice,
  watch: Watch = {},
): Promise<Batch> {
  const { samples, average = 'tail', freeConstant = false, jointLoss = false } = settings;
  const program = { samples, average, freeConstant, jointLoss, star: null, evaluate: 0, temperature: 1 };
  return trainBatch(replicates, program, choice, {}, watch);
}

/** Parts of consecutive replicates, as many together as the engine likes while every worker has something to do. */
function split(replicates: readonly Replicate[], batch: number, workers: number): Job[] {
  const size = Math.max(1, Math.min(batch, Math.ceil(replicates.length / workers)));
  return Array.from({ length: Math.ceil(replicates.length / size) }, (_, i) => {
    return { first: i * size, replicates: replicates.slice(i * size, (i + 1) * size) };
  });
}

async function runHere(
  kernels: Kernels,
  jobs: readonly Job[],
  program: Program,
  onStage: StageVisitor,
  watch: Watch,
): Promise<TrainedChain[][]> {
  const pacer = new Pacer(watch);
  const results: TrainedChain[][] = [];
  for (const [i, { first, replicates }] of jobs.entries()) {
    await pacer.checkpoint(i / jobs.length);
    const visit: StageVisitor = (replicate, stage) => onStage(first + replicate, stage);
    results.push(await runProgram(kernels, replicates, program, visit, part(watch, i, jobs.length)));
  }
  return results;
}

async function runInPool(
  threads: number,
  setting: Setting,
  jobs: readonly Job[],
  onStage: StageVisitor,
  watch: Watch,
): Promise<TrainedChain[][]> {
  const pool = new WorkerPool(threads, setting);
  try {
    return await pool.run(jobs, onStage, watch);
  } finally {
    await pool.close();
  }
}

/** What a batch asks of an engine. */
export function workloadOf(replicates: readonly Replicate[], program: Program, precision: Precision): Workload {
  const { average, freeConstant, jointLoss, samples, star } = program;
  const drawn = star ? star.samples : 0;
  return {
    average,
    freeConstant,
    jointLoss,
    precision,
    d: replicates.reduce((largest, { d }) => Math.max(largest, d), 0),
    lambda: replicates.reduce((least, { lambda }) => Math.min(least, lambda), Number.POSITIVE_INFINITY),
    samples: star?.start === 'warm' ? samples + star.rounds * drawn : Math.max(samples, drawn),
  };
}

/** @throws RangeError unless every value is in its range, whatever the engine */
function requireBatch(replicates: readonly Replicate[], program: Program): void {
  const { samples, star, evaluate, temperature, average } = program;
  requireOneOf('average', average, ['tail', 'all']);
  requireCount('samples', samples);
  requireNatural('evaluate', evaluate);
  if (!(temperature > 0 && temperature < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`temperature is ${temperature}; it must be a positive number`);
  }
  requirePolicyGradientProgram(replicates, program);
  if (star) {
    requireCount('star.samples', star.samples);
    requireNatural('star.rounds', star.rounds);
    requireOneOf('star.reward', star.reward, ['cot', 'e2e']);
    requireOneOf('star.start', star.start, ['fresh', 'warm']);
    requireOneOf('star.duplicates', star.duplicates ?? 'keep', ['keep', 'reject']);
  }
  for (const { d, pCot, lambda, seed } of replicates) {
    if (!Number.isInteger(d) || d < 2) throw new RangeError(`d is ${d}; it must be an integer of at least 2`);
    if (!(pCot > 0 && pCot < 1)) throw new RangeError(`p is ${pCot}; it must lie strictly between 0 and 1`);
    requireLambda(lambda);
    if (!Number.isSafeInteger(seed) || seed < 0) {
      throw new RangeError(`seed is ${seed}; it must be an integer from 0 to ${Number.MAX_SAFE_INTEGER}`);
    }
  }
}

function requirePolicyGradientProgram(replicates: readonly Replicate[], program: Program): void {
  const { star, policyGradient, temperature } = program;
  if (!policyGradient) return;
  if (star) throw new RangeError('star and policyGradient are both given; a program has one of them at most');
  requireNatural('updates', policyGradient.updates);
  requireCount('evaluateEvery', policyGradient.evaluateEvery);
  for (const { d } of replicates) requirePolicyGradient({ ...policyGradient, temperature }, d + 1);
}

function requireNatural(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 0 || value > 0xffffffff) {
    throw new RangeError(`${name} is ${value}; it must be an integer from 0 to 4294967295`);
  }
}
