import { availableParallelism } from 'node:os';
import type { InferenceSession } from 'onnxruntime-node';
import { findAdapter } from '../../../engines/index.js';
import type { Loop, Program } from '../../graph/index.js';
import type { EXECUTOR_BACKENDS, Executor, ExecutorReport, LoadedProgram } from '../executor.js';
import { type OnnxGraph, onnxFile } from './format.js';
import { type Library, loadLibrary } from './library.js';
import { lower, lowerIterations } from './lower.js';
import type { Target } from './operations.js';
import { type Iterations, OnnxProgram } from './program.js';
import { type Stage, stagesOf } from './stage.js';

export type OnnxBackend = (typeof EXECUTOR_BACKENDS)['onnx'][number];

/**
 * ONNX Runtime: on `cpu` with a thread for each core, on `webgpu` with the graphics adapter that answers, be it a software one. A call
 * blocks the thread of JavaScript.
 *
 * @throws Error if the library cannot be loaded, or the back end cannot run
 */
export async function openOnnx(backend: OnnxBackend): Promise<Executor> {
  const library = await loadLibrary();
  const adapter = backend === 'webgpu' ? await findAdapter() : null;
  if (backend === 'webgpu' && adapter === null) {
    throw new Error('onnx cannot run on webgpu: no graphics adapter answers; its backend cpu runs without one');
  }
  return new OnnxExecutor(library, {
    executor: 'onnx',
    backend,
    version: library.env.versions.node ?? library.env.versions.common,
    executorKind: null,
    adapter: adapter?.description ?? null,
    threads: availableParallelism(),
  });
}

/**
 * Iterations of a loop in one call. What is carried from one call to the next is copied twice, between those of one call not at all;
 * but a loop ends early only after a call.
 */
const MOST_UNROLLED = 16;

class OnnxExecutor implements Executor {
  readonly #library: Library;
  readonly #loaded = new Map<Program, Promise<LoadedProgram>>();
  readonly #sessions: InferenceSession[] = [];

  constructor(
    library: Library,
    readonly report: ExecutorReport,
  ) {
    this.#library = library;
  }

  load(program: Program): Promise<LoadedProgram> {
    const loaded = this.#loaded.get(program) ?? this.#load(program);
    this.#loaded.set(program, loaded);
    return loaded;
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#loaded.values());
    for (const session of this.#sessions.splice(0)) await session.release();
  }

  async #load(program: Program): Promise<LoadedProgram> {
    const { once, body } = stagesOf(program);
    const first = await this.#session(lower(program.name, once, this.#target));
    const { loop } = program;
    return new OnnxProgram(
      this.#library,
      program,
      first,
      loop && body ? await this.#iterations(program.name, loop, body) : [],
    );
  }

  /** As few sessions as there are different numbers of iterations. */
  async #iterations(name: string, loop: Loop, body: Stage): Promise<Iterations[]> {
    const sessions = new Map<number, InferenceSession>();
    for (const count of new Set(evenParts(loop.iterations, MOST_UNROLLED))) {
      sessions.set(count, await this.#session(lowerIterations(name, body, loop, count, this.#target)));
    }
    return evenParts(loop.iterations, MOST_UNROLLED).map((count) => ({ count, session: sessions.get(count)! }));
  }

  get #target(): Target {
    return this.report.backend === 'webgpu' ? 'webgpu' : 'cpu';
  }

  async #session(graph: OnnxGraph): Promise<InferenceSession> {
    const session = await this.#library.InferenceSession.create(onnxFile(graph), {
      executionProviders: [this.#target],
      graphOptimizationLevel: 'all',
      intraOpNumThreads: this.report.threads,
      // Warnings tell which operators of a graphics card run on the processor, which is as it should be.
      logSeverityLevel: 3,
    });
    this.#sessions.push(session);
    return session;
  }
}

/** The fewest parts of at most that size, as equal as integers can be. */
function evenParts(total: number, most: number): number[] {
  const parts = Math.ceil(total / most);
  return Array.from({ length: parts }, (_, i) => Math.floor((total + i) / parts));
}
