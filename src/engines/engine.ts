import type { Watch } from '../progress/index.js';
import { type Average, requireCount, requireLambda, type TrainedChain } from '../training/index.js';

export const ENGINES = ['plain', 'wasm'] as const;
export type EngineName = (typeof ENGINES)[number];

/**
 * The numbers that an engine computes with: float64 throughout, or float64 for the first 4096 steps of a predictor, where a
 * rounding error can change a whole step, and float32 after them.
 */
export const PRECISIONS = ['f64', 'mixed'] as const;
export type Precision = (typeof PRECISIONS)[number];

/** One chain to train. */
export interface Replicate {
  /** Bits, an integer >= 2. */
  readonly d: number;
  /** p in (0, 1): fraction of long demonstrations. */
  readonly pCot: number;
  /** lambda, in [1e-100, 1e6]. */
  readonly lambda: number;
  /** Keys the samples, as in `Demonstrations`. */
  readonly seed: number;
}

/** How the loss and SGD are defined, for all chains of a batch. */
export interface BatchSettings {
  /** T, sequences for each chain. */
  readonly samples: number;
  /** Default 'tail'. */
  readonly average?: Average;
  /** Do not regularise the stop predictor's constant. Default false. */
  readonly freeConstant?: boolean;
  /** Every sample is a step of every predictor. Default false. */
  readonly jointLoss?: boolean;
  /** Default: the engine's first. */
  readonly precision?: Precision;
}

/** Settings with their defaults filled in. */
export type CompleteSettings = Required<BatchSettings>;

export interface BatchOptions extends BatchSettings, Watch {
  /** Threads, an integer >= 1; 1 is the caller's own. Default: as many as the machine runs at once. No result depends on it. */
  readonly workers?: number;
}

/** What really ran. */
export interface EngineReport {
  readonly name: EngineName;
  /** Where the arithmetic is done. */
  readonly backend: 'cpu';
  readonly executorKind: 'javascript' | 'wasm-simd';
  readonly precision: Precision;
  /** Threads that trained. */
  readonly workers: number;
  /** The graphics adapter, if one was used. */
  readonly adapter: string | null;
}

export interface Batch {
  /** In the order of the replicates. */
  readonly chains: readonly TrainedChain[];
  readonly engine: EngineReport;
}

/** A way to pre-train many chains at once, each by SGD exactly as defined and on the samples of `pretrain`. */
export interface Engine {
  readonly name: EngineName;
  readonly backend: EngineReport['backend'];
  readonly executorKind: EngineReport['executorKind'];
  /** The first is the default. */
  readonly precisions: readonly Precision[];
  /** Replicates that one thread trains together. */
  readonly batch: number;
  /** @throws UnsupportedOption if the engine cannot do what is asked */
  check(replicates: readonly Replicate[], settings: CompleteSettings): void;
  /** Trains up to `batch` chains in this thread. */
  train(replicates: readonly Replicate[], settings: CompleteSettings, watch: Watch): Promise<TrainedChain[]>;
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

/** @throws UnsupportedOption if the engine has no such precision */
export function requirePrecision({ name, precisions }: Engine, precision: Precision): void {
  if (!precisions.includes(precision)) {
    throw new UnsupportedOption(name, 'precision', precision, `computes in ${precisions.join(' or ')}`);
  }
}

/** @throws RangeError unless every value is in its range, whatever the engine */
export function requireBatch(replicates: readonly Replicate[], { samples }: BatchSettings): void {
  requireCount('samples', samples);
  for (const { d, pCot, lambda, seed } of replicates) {
    if (!Number.isInteger(d) || d < 2) throw new RangeError(`d is ${d}; it must be an integer of at least 2`);
    if (!(pCot > 0 && pCot < 1)) throw new RangeError(`p is ${pCot}; it must lie strictly between 0 and 1`);
    requireLambda(lambda);
    if (!Number.isSafeInteger(seed) || seed < 0) {
      throw new RangeError(`seed is ${seed}; it must be an integer from 0 to ${Number.MAX_SAFE_INTEGER}`);
    }
  }
}
