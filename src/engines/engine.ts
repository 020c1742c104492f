import type { Kernels, SgdSettings } from '../training/index.js';

export const ENGINES = ['plain', 'wasm', 'gpujs'] as const;
export type EngineName = (typeof ENGINES)[number];

/** Where gpu.js runs its kernels. */
export const BACKENDS = ['webgpu', 'webasm', 'cpu'] as const;
export type Backend = (typeof BACKENDS)[number];

/**
 * The numbers that an engine trains with: float64 throughout; float64 for the first 1024 to 4096 steps of a predictor, where a
 * rounding error can change a whole step, and float32 after them; or float32 throughout.
 */
export const PRECISIONS = ['f64', 'mixed', 'f32'] as const;
export type Precision = (typeof PRECISIONS)[number];

/** What really ran, in one thread. */
export interface EngineReport {
  readonly name: EngineName;
  /** Where the arithmetic was done: a back end of gpu.js, or this process. */
  readonly backend: Backend | 'javascript' | 'wasm-simd';
  /** How gpu.js ran its pipelines; null for other engines. */
  readonly executorKind: string | null;
  readonly precision: Precision;
  /** The graphics adapter, if one was used. */
  readonly adapter: string | null;
}

/** Kernels that are ready to run in this thread. */
export interface OpenEngine extends Kernels {
  readonly report: EngineReport;
  close(): Promise<void>;
}

export interface OpenOptions {
  readonly precision: Precision;
  /** Where gpu.js is to run; other engines have no choice. */
  readonly backend?: Backend | undefined;
}

/** What an engine is asked to train, for all of its chains. */
export interface Workload extends SgdSettings {
  /** The largest d and the smallest lambda of the chains. */
  readonly d: number;
  readonly lambda: number;
  /** Steps that a predictor takes at most. */
  readonly samples: number;
  readonly precision: Precision;
}

/** A way to train many chains at once, each by SGD exactly as defined and on the samples of `pretrain`. */
export interface Engine {
  readonly name: EngineName;
  /** The first is the default. */
  readonly precisions: readonly Precision[];
  /** Chains that are best trained together in one thread. */
  readonly batch: number;
  /** @throws UnsupportedOption if the engine cannot do what is asked */
  check(workload: Workload): void;
  /** @throws Error if the back end that was asked for cannot run here; nothing else runs in its place */
  open(options: OpenOptions): Promise<OpenEngine>;
}

/** An engine was asked for what it cannot do. */
export class UnsupportedOption extends RangeError {
  override readonly name = 'UnsupportedOption';

  constructor(
    engine: EngineName,
    readonly option: string,
    value: unknown,
    rule: string,
  ) {
    super(`${option} is ${value}; the engine '${engine}' ${rule}`);
  }
}
