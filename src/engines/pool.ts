import { Worker } from 'node:worker_threads';
import type { Watch } from '../progress/index.js';
import type { TrainedChain } from '../training/index.js';
import { builtFile } from './built.js';
import type { CompleteSettings, EngineName, Replicate } from './engine.js';

/** What one thread trains together. */
export interface Job {
  readonly engine: EngineName;
  readonly replicates: readonly Replicate[];
  readonly settings: CompleteSettings;
}

/** What a worker says about its job. */
export type Message = { readonly done: number } | { readonly chains: TrainedChain[] } | { readonly error: unknown };

/** Threads that take jobs from one queue. Which thread takes which job changes no result. */
export class WorkerPool {
  readonly #workers: Worker[];

  constructor(threads: number) {
    this.#workers = Array.from({ length: threads }, () => new Worker(builtFile('worker.js')));
  }

  /**
   * The results, in the order of the jobs. An abort rejects at once; `close` then ends the threads in the midst of their
   * work.
   */
  run(jobs: readonly Job[], { signal, onProgress }: Watch): Promise<TrainedChain[][]> {
    const results: TrainedChain[][] = [];
    const done = new Float64Array(jobs.length);
    let next = 0;
    let missing = jobs.length;
    return new Promise((resolve, reject) => {
      const abort = () => reject(signal?.reason);
      if (signal?.aborted) abort();
      signal?.addEventListener('abort', abort, { once: true });
      const give = (worker: Worker) => {
        const index = next++;
        if (index >= jobs.length) return;
        const receive = (message: Message) => {
          if ('error' in message) return reject(message.error);
          done[index] = 'done' in message ? message.done : 1;
          onProgress?.(done.reduce((sum, share) => sum + share) / jobs.length);
          if ('done' in message) return;
          worker.off('message', receive);
          results[index] = message.chains;
          if (--missing > 0) return give(worker);
          signal?.removeEventListener('abort', abort);
          resolve(results);
        };
        worker.on('message', receive);
        worker.postMessage(jobs[index]);
      };
      for (const worker of this.#workers) {
        worker.on('error', reject);
        give(worker);
      }
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}
