import { availableParallelism } from 'node:os';
import type { InferenceSession } from 'onnxruntime-node';
import { findAdapter } from '../../../engines/index.js';
import type { Program } from '../../graph/index.js';
import type { EXECUTOR_BACKENDS, Executor, ExecutorReport, LoadedProgram } from '../executor.js';
import { onnxFile } from './format.js';
import { type Library, loadLibrary } from './library.js';
import { lower } from './lower.js';
import { NAMES, OnnxProgram } from './program.js';

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
    const target = this.report.backend === 'webgpu' ? 'webgpu' : 'cpu';
    const session = await this.#library.InferenceSession.create(onnxFile(lower(program, target, NAMES)), {
      executionProviders: [target],
      // Of what is fused at the next level, LayerNormalization loses an output on webgpu.
      graphOptimizationLevel: target === 'webgpu' ? 'basic' : 'all',
      intraOpNumThreads: this.report.threads,
      // Warnings tell which operators of a graphics card run on the processor, which is as it should be.
      logSeverityLevel: 3,
    });
    this.#sessions.push(session);
    return new OnnxProgram(this.#library, session, program);
  }
}
