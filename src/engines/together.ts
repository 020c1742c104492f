import type { DecodingRequest, Kernels, PackedResponses, TrainedChain, TrainingTask } from '../training/index.js';

/**
 * Kernels for `count` computations that run side by side and make the same calls: each call waits until all have made it, and
 * all are one call of `kernels`. Settings and progress of that call are those of the last to arrive.
 *
 * A computation that fails keeps the others waiting: they must be awaited by `Promise.all`, which rejects at once.
 */
export function together(kernels: Kernels, count: number): Kernels {
  const training = new Gathering<TrainingTask, TrainedChain>(count);
  const decoding = new Gathering<DecodingRequest, PackedResponses>(count);
  return {
    train: (tasks, settings, watch) => training.call(tasks, (all) => kernels.train(all, settings, watch)),
    decode: (requests, watch) => decoding.call(requests, (all) => kernels.decode(all, watch)),
  };
}

interface Waiting<T, R> {
  readonly items: readonly T[];
  readonly resolve: (results: R[]) => void;
  readonly reject: (reason: unknown) => void;
}

class Gathering<T, R> {
  #waiting: Waiting<T, R>[] = [];

  constructor(readonly count: number) {}

  call(items: readonly T[], run: (all: readonly T[]) => Promise<R[]>): Promise<R[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ items, resolve, reject });
      if (this.#waiting.length === this.count) void this.#run(run);
    });
  }

  async #run(run: (all: readonly T[]) => Promise<R[]>): Promise<void> {
    const calls = this.#waiting;
    this.#waiting = [];
    try {
      const results = await run(calls.flatMap(({ items }) => items));
      let next = 0;
      for (const { items, resolve } of calls) {
        resolve(results.slice(next, next + items.length));
        next += items.length;
      }
    } catch (error) {
      for (const { reject } of calls) reject(error);
    }
  }
}
