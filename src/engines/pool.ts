import { Worker } from 'node:worker_threads';
import type { Watch } from '../progress/index.js';
import type { TrainedChain } from '../training/index.js';
import { builtFile } from './built.js';
import type { EngineName, OpenOptions } from './engine.js';
import type { Program, Replicate, Stage, StageVisitor } from './program.js';

/** What all workers of a pool do with their replicates. */
export interface Setting extends OpenOptions {
  readonly engine: EngineName;
  readonly program: Program;
}

/** What one thread trains together. */
export interface Job {
  /** Index of the first replicate in the batch. */
  readonly first: number;
  readonly replicates: readonly Replicate[];
}

/** What a worker says about its job. */
export type Message =
  | { readonly done: number }
  | { readonly replicate: number; readonly stage: Stage }
  | { readonly chains: TrainedChain[] }
  | { readonly error: unknown };

/** Threads that take jobs from one queue. Which thread takes which job changes no result. */
export class WorkerPool {
  readonly #workers: Worker[];

  constructor(threads: number, setting: Setting) {
    const workerData = setting;
    this.#workers = Array.from({ length: threads }, () => new Worker(builtFile('worker.js'), { workerData }));
  }

  /**
   * The results, in the order of the jobs. An abort rejects at once; `close` then ends the threads in the midst of their
   * work.
   */
  run(jobs: readonly Job[], onStage: StageVisitor, { signal, onProgress }: Watch): Promise<TrainedChain[][]> {
    const results: TrainedChain[][] = [];
    const done = new Float64Array(jobs.length);
    let total = 0;
    let next = 0;
    let missing = jobs.length;
    return new Promise((resolve, reject) => {
      const abort = () => reject(signal?.reason);
      if (signal?.aborted) abort();
      signal?.addEventListener('abort', abort, { once: true });
      const give = (worker: Worker) => {
        const index = next++;
        const job = jobs[index];
        if (job === undefined) return;
        const progress = (share: number) => {
          total += share - done[index]!;
          done[index] = share;
          onProgress?.(Math.min(1, total / jobs.length));
        };
        const take = (message: Message) => {
          if ('error' in message) return reject(message.error);
          if ('stage' in message) return onStage(job.first + message.replicate, message.stage);
          if ('done' in message) return progress(message.done);
          progress(1);
          worker.off('message', receive);
          results[index] = message.chains;
          if (--missing > 0) return give(worker);
          signal?.removeEventListener('abort', abort);
          resolve(results);
        };
        // What the caller's visitors throw is the caller's to hear.
        const receive = (message: Message) => {
          try {
            take(message);
          } catch (error) {
            reject(error);
          }
        };
        worker.on('message', receive);
        worker.postMessage(job);
      };
      for (const worker of this.#workers) {
        worker.on('error', reject);
        worker.on('exit', (code) => reject(new Error(`a worker thread ended with code ${code}`)));
        give(worker);
      }
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}
