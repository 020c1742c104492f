import { availableParallelism } from 'node:os';
import { Pacer, type Watch } from '../progress/index.js';
import type { TrainedChain } from '../training/index.js';
import {
  type Batch,
  type BatchOptions,
  type CompleteSettings,
  type Engine,
  type EngineName,
  type Replicate,
  requireBatch,
  requirePrecision,
} from './engine.js';
import { plain } from './plain.js';
import { type Job, WorkerPool } from './pool.js';
import { wasm } from './wasm/engine.js';

const engines: Readonly<Record<EngineName, Engine>> = { plain, wasm };

export function engineNamed(name: EngineName): Engine {
  return engines[name];
}

/**
 * Pre-trains a chain for each replicate, as `pretrain` would: SGD exactly as defined, on the same samples.
 *
 * @throws UnsupportedOption if the engine cannot do what is asked; nothing else runs in its place
 * @throws RangeError if a value is outside its range
 */
export async function pretrainBatch(
  name: EngineName,
  replicates: readonly Replicate[],
  options: BatchOptions,
): Promise<Batch> {
  const engine = engineNamed(name);
  const { signal, onProgress, workers = availableParallelism(), samples } = options;
  const { average = 'tail', freeConstant = false, jointLoss = false, precision = engine.precisions[0]! } = options;
  const settings: CompleteSettings = { samples, average, freeConstant, jointLoss, precision };
  if (!Number.isInteger(workers) || workers < 1) {
    throw new RangeError(`workers is ${workers}; it must be an integer of at least 1`);
  }
  requireBatch(replicates, settings);
  requirePrecision(engine, precision);
  engine.check(replicates, settings);
  signal?.throwIfAborted();

  const jobs = split(engine, replicates, workers).map((part): Job => ({ engine: name, replicates: part, settings }));
  const threads = Math.max(1, Math.min(workers, jobs.length));
  const watch = { signal, onProgress };
  const parts = threads === 1 ? await runHere(engine, jobs, watch) : await runInPool(jobs, threads, watch);
  const { backend, executorKind } = engine;
  return {
    chains: parts.flat(),
    engine: { name, backend, executorKind, precision, workers: threads, adapter: null },
  };
}

/** Parts of consecutive replicates, as many together as the engine likes while every worker has something to do. */
function split(engine: Engine, replicates: readonly Replicate[], workers: number): Replicate[][] {
  const size = Math.max(1, Math.min(engine.batch, Math.ceil(replicates.length / workers)));
  return Array.from({ length: Math.ceil(replicates.length / size) }, (_, i) =>
    replicates.slice(i * size, (i + 1) * size),
  );
}

async function runHere(engine: Engine, jobs: readonly Job[], watch: Watch): Promise<TrainedChain[][]> {
  const pacer = new Pacer(watch);
  const parts: TrainedChain[][] = [];
  for (const [i, { replicates, settings }] of jobs.entries()) {
    await pacer.checkpoint(i / jobs.length);
    const onProgress = (done: number) => watch.onProgress?.((i + done) / jobs.length);
    parts.push(await engine.train(replicates, settings, { signal: watch.signal, onProgress }));
  }
  return parts;
}

async function runInPool(jobs: readonly Job[], threads: number, watch: Watch): Promise<TrainedChain[][]> {
  const pool = new WorkerPool(threads);
  try {
    return await pool.run(jobs, watch);
  } finally {
    await pool.close();
  }
}
