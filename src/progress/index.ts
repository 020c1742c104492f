/** What a long computation is given to be watched and stopped. */
export interface Watch {
  /** Aborting it makes the computation reject with the signal's reason at its next checkpoint (within about 0.1 s). */
  readonly signal?: AbortSignal | undefined;
  /** Called with the fraction done, in [0, 1]. */
  readonly onProgress?: ((fraction: number) => void) | undefined;
}

/** The watch of part `index` of a computation that has `count` parts of equal length. */
export function part({ signal, onProgress }: Watch, index: number, count: number): Watch {
  return { signal, onProgress: onProgress && ((done) => onProgress((index + done) / count)) };
}

const YIELD_EVERY_MS = 50;

/**
 * When the event loop last had its turn. Shared by all pacers: a chain of short computations, each with its own pacer, must
 * not starve it.
 */
let lastYield = performance.now();

/** Lets a long loop report progress, yield to the event loop and notice an abort, at negligible cost per call. */
export class Pacer {
  constructor(readonly watch: Watch = {}) {}

  /**
   * To be awaited between pieces of work of a few milliseconds.
   *
   * @throws the signal's reason if the watch's signal is aborted
   */
  async checkpoint(fraction: number): Promise<void> {
    this.watch.signal?.throwIfAborted();
    const now = performance.now();
    if (now - lastYield < YIELD_EVERY_MS) return;
    this.watch.onProgress?.(fraction);
    await new Promise<void>((resolve) => setImmediate(resolve));
    lastYield = performance.now();
    this.watch.signal?.throwIfAborted();
  }
}
