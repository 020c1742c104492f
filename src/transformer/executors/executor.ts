import type { Program } from '../graph/index.js';

/** ONNX Runtime, and kernels of gpu.js. */
export const EXECUTORS = ['onnx', 'gpujs'] as const;
export type ExecutorName = (typeof EXECUTORS)[number];

/** `cpu` of onnx is native code with threads; that of gpujs is JavaScript. */
export const EXECUTOR_BACKENDS = { onnx: ['cpu', 'webgpu'], gpujs: ['webgpu', 'webasm', 'cpu'] } as const;
export type ExecutorBackend = (typeof EXECUTOR_BACKENDS)[ExecutorName][number];

/** What really runs. */
export interface ExecutorReport {
  readonly executor: ExecutorName;
  readonly backend: ExecutorBackend;
  /** Of the library that runs the programs. */
  readonly version: string;
  /** How gpu.js ran its pipelines; null for others. */
  readonly executorKind: string | null;
  /** The graphics adapter, if one was used. */
  readonly adapter: string | null;
  /** Threads of the processor. */
  readonly threads: number;
}

/** Numbers by name, each in row-major order, in float32. */
export type Tensors = Readonly<Record<string, Float32Array>>;

/** A program that is ready to run. */
export interface LoadedProgram {
  /**
   * One call of the whole program. The results are the caller's own.
   *
   * @throws RangeError if an input is missing or has another size than its node
   */
  run(inputs: Tensors): Promise<Record<string, Float32Array>>;
}

/** Runs programs in float32. */
export interface Executor {
  readonly report: ExecutorReport;
  /** Makes a program ready; the same program object is made ready once. */
  load(program: Program): Promise<LoadedProgram>;
  /** Frees everything; a process with nothing else to do ends. */
  close(): Promise<void>;
}
