import { type LinearChain, type Predictor, weightsOf } from '../chain/index.js';
import { part, type Watch } from '../progress/index.js';
import { type Batch, type BatchReport, type EngineChoice, pretrainBatch } from './batch.js';
import { engineNamed } from './registry.js';
import { updatesOf } from './work.js';

/** How one engine, back end and precision fares on this machine. */
export interface Diagnosis {
  readonly asked: EngineChoice;
  /** What ran; null if nothing did. */
  readonly ran: BatchReport | null;
  /** Why nothing ran, and what would help. */
  readonly problem: string | null;
  /** ||w - w'|| / ||w'|| of a small chain against `plain`, and the most that rounding explains. */
  readonly distance: number | null;
  readonly allowed: number | null;
  /** Measured for each d. */
  readonly throughput: readonly Throughput[];
}

export interface Throughput {
  readonly d: number;
  /** Chains trained together. */
  readonly chains: number;
  /** Updates of a weight per second of wall time, on all threads together. */
  readonly updatesPerSecond: number;
}

/** The sizes that throughput is measured at. */
const SIZES = [20, 50];

/** A run is long enough to be timed after so many milliseconds. */
const LONG_ENOUGH = 700;

/** p = 1/4, as in the paper's experiments. */
const P_COT = 0.25;

/** A chain on which no rounding error grows: |phi|^2 / (8 lambda) is below 1 for every predictor. */
const PROBE = { d: 6, pCot: 0.5, lambda: 4, seed: 1 };
const PROBE_SAMPLES = 1000;

/** Every engine with each of its back ends, in its default precision, and `wasm` in float64 too. */
const CHOICES: readonly EngineChoice[] = [
  { engine: 'plain', precision: 'f64' },
  { engine: 'wasm', precision: 'f64' },
  { engine: 'wasm', precision: 'mixed' },
  { engine: 'gpujs', backend: 'cpu' },
  { engine: 'gpujs', backend: 'webasm' },
  { engine: 'gpujs', backend: 'webgpu' },
];

/** Trains with each engine and back end: is it right, and how fast is it? Takes a few seconds for each. */
export async function diagnoseEngines(onDiagnosis: (diagnosis: Diagnosis) => void, watch: Watch): Promise<void> {
  const reference = await pretrainBatch([PROBE], { samples: PROBE_SAMPLES }, { engine: 'plain', workers: 1 }, watch);
  for (const [i, asked] of CHOICES.entries()) {
    onDiagnosis(await diagnose(asked, reference.chains[0]!.model, part(watch, i, CHOICES.length)));
  }
}

async function diagnose(asked: EngineChoice, reference: LinearChain, watch: Watch): Promise<Diagnosis> {
  let batch: Batch;
  try {
    batch = await pretrainBatch([PROBE], { samples: PROBE_SAMPLES }, asked, { signal: watch.signal });
  } catch (error) {
    watch.signal?.throwIfAborted();
    const problem = error instanceof Error ? error.message : String(error);
    return { asked, ran: null, problem, distance: null, allowed: null, throughput: [] };
  }
  const epsilon = batch.engine.precision === 'f64' ? Number.EPSILON : 2 ** -23;
  const throughput: Throughput[] = [];
  let ran = batch.engine;
  for (const [i, d] of SIZES.entries()) {
    const measured = await measure(asked, d, part(watch, i, SIZES.length));
    throughput.push(measured.throughput);
    ran = measured.ran;
  }
  return {
    asked,
    ran,
    problem: null,
    distance: distance(batch.chains[0]!.model, reference),
    // A few roundings a step, none of which grows.
    allowed: 4 * PROBE_SAMPLES * epsilon,
    throughput,
  };
}

/** Doubles the samples until a run takes long enough; the first runs let the compilers settle. */
async function measure(
  asked: EngineChoice,
  d: number,
  watch: Watch,
): Promise<{ throughput: Throughput; ran: BatchReport }> {
  const count = 4 * Math.min(16, engineNamed(asked.engine).batch);
  const replicates = Array.from({ length: count }, (_, seed) => ({ d, pCot: P_COT, lambda: 0.01, seed }));
  for (let samples = 256; ; samples *= 2) {
    const start = performance.now();
    const { chains, engine } = await pretrainBatch(replicates, { samples }, asked, { signal: watch.signal });
    const elapsed = performance.now() - start;
    watch.onProgress?.(Math.min(1, elapsed / LONG_ENOUGH));
    if (elapsed < LONG_ENOUGH) continue;
    const updates = chains.reduce((sum, { steps, longSteps }) => sum + updatesOf(d, steps, longSteps), 0);
    return { throughput: { d, chains: count, updatesPerSecond: updates / (elapsed / 1000) }, ran: engine };
  }
}

/** ||a - b|| / ||b|| over all weights. */
function distance(a: LinearChain, b: LinearChain): number {
  const predictors: Predictor[] = ['stop', ...Array.from({ length: b.d }, (_, i) => i + 1)];
  const [found, expected] = [a, b].map((chain) => predictors.flatMap((predictor) => [...weightsOf(chain, predictor)]));
  return Math.hypot(...expected!.map((w, i) => found![i]! - w)) / Math.hypot(...expected!);
}
