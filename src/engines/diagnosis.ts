import { type LinearChain, type Predictor, weightsOf } from '../chain/index.js';
import { part, type Watch } from '../progress/index.js';
import { type Kernels, loops, type TrainingTask } from '../training/index.js';
import type { Backend, EngineName, EngineReport, OpenEngine, Precision } from './engine.js';
import { openEngine } from './registry.js';
import { updatesOf } from './work.js';

/** An engine to be tried. */
export interface Candidate {
  readonly engine: EngineName;
  readonly precision: Precision;
  readonly backend?: Backend;
}

/** How an engine fares on this machine, in one thread. */
export interface Diagnosis {
  readonly asked: Candidate;
  /** What ran; null if nothing did. */
  readonly ran: EngineReport | null;
  /** Why nothing ran, and what would help. */
  readonly problem: string | null;
  /** ||w - w'|| / ||w'|| of a small chain against the float64 loops, and the most that rounding explains. */
  readonly distance: number | null;
  readonly allowed: number | null;
  /** Measured for each d. */
  readonly throughput: readonly Throughput[];
}

export interface Throughput {
  readonly d: number;
  /** Chains trained together. */
  readonly chains: number;
  /** Updates of a weight per second of wall time. */
  readonly updatesPerSecond: number;
}

/** Every engine with each of its back ends; gpu.js in float32, so that all steps are its kernels'. */
const CANDIDATES: readonly Candidate[] = [
  { engine: 'plain', precision: 'f64' },
  { engine: 'wasm', precision: 'f64' },
  { engine: 'wasm', precision: 'mixed' },
  { engine: 'gpujs', precision: 'f32', backend: 'cpu' },
  { engine: 'gpujs', precision: 'f32', backend: 'webasm' },
  { engine: 'gpujs', precision: 'f32', backend: 'webgpu' },
];

const SETTINGS = { average: 'tail', freeConstant: false, jointLoss: false } as const;

/** A chain on which no rounding error grows (|phi|^2 / (8 lambda) < 1), trained beyond the float64 steps of 'mixed'. */
const PROBE: TrainingTask = { data: { d: 30, pCot: 0.75, seed: 1, samples: 8192 }, lambda: 16 };

/** The sizes that throughput is measured at, and the chains trained together. */
const SIZES = [20, 50];
const CHAINS = 16;

/** Samples of the first run. */
const FEWEST = 512;

/** A run is long enough to be believed after so many milliseconds. */
const LONG_ENOUGH = 500;

/** Trains with each engine and back end: is it right, and how fast is it? Takes a few seconds for each. */
export async function diagnoseEngines(onDiagnosis: (diagnosis: Diagnosis) => void, watch: Watch): Promise<void> {
  const reference = await train(loops(), [PROBE], { signal: watch.signal });
  for (const [i, asked] of CANDIDATES.entries()) {
    onDiagnosis(await diagnose(asked, reference.chains[0]!.model, part(watch, i, CANDIDATES.length)));
  }
}

async function diagnose(asked: Candidate, reference: LinearChain, watch: Watch): Promise<Diagnosis> {
  let open: OpenEngine;
  try {
    open = await openEngine(asked.engine, asked);
  } catch (error) {
    return failed(asked, error);
  }
  try {
    const { chains } = await train(open, [PROBE], { signal: watch.signal });
    const throughput: Throughput[] = [];
    for (const [i, d] of SIZES.entries()) throughput.push(await measure(open, d, part(watch, i, SIZES.length)));
    // The roundings of T additions to one sum, which add up like a random walk, eightfold (measured: below one walk).
    const rounding = asked.precision === 'f64' ? 2 ** -53 : 2 ** -24;
    const allowed = 8 * Math.sqrt(chains[0]!.steps) * rounding;
    const off = distance(chains[0]!.model, reference);
    return { asked, ran: open.report, problem: null, distance: off, allowed, throughput };
  } catch (error) {
    watch.signal?.throwIfAborted();
    return failed(asked, error);
  } finally {
    await open.close();
  }
}

function failed(asked: Candidate, error: unknown): Diagnosis {
  const problem = error instanceof Error ? error.message : String(error);
  return { asked, ran: null, problem, distance: null, allowed: null, throughput: [] };
}

/** Doubles the samples until a run takes long enough. */
async function measure(kernels: Kernels, d: number, watch: Watch): Promise<Throughput> {
  const tasksOf = (samples: number) =>
    Array.from({ length: CHAINS }, (_, seed): TrainingTask => {
      return { data: { d, pCot: 0.25, seed, samples }, lambda: 0.01 };
    });
  // Lets the compilers settle.
  await train(kernels, tasksOf(FEWEST), { signal: watch.signal });
  for (let samples = FEWEST; ; samples *= 2) {
    const tasks = tasksOf(samples);
    const { chains, milliseconds } = await train(kernels, tasks, { signal: watch.signal });
    watch.onProgress?.(Math.min(1, milliseconds / LONG_ENOUGH));
    if (milliseconds < LONG_ENOUGH) continue;
    const updates = chains.reduce((sum, { steps, longSteps }) => sum + updatesOf(d, steps, longSteps), 0);
    return { d, chains: CHAINS, updatesPerSecond: (1000 * updates) / milliseconds };
  }
}

async function train(kernels: Kernels, tasks: readonly TrainingTask[], watch: Watch) {
  const start = performance.now();
  const chains = await kernels.train(tasks, SETTINGS, watch);
  return { chains, milliseconds: performance.now() - start };
}

/** ||a - b|| / ||b|| over all weights. */
function distance(a: LinearChain, b: LinearChain): number {
  const predictors: Predictor[] = ['stop', ...Array.from({ length: b.d }, (_, i) => i + 1)];
  const [found, expected] = [a, b].map((chain) => predictors.flatMap((predictor) => [...weightsOf(chain, predictor)]));
  return Math.hypot(...expected!.map((w, i) => found![i]! - w)) / Math.hypot(...expected!);
}
