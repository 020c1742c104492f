import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { openExecutor } from '../../dist/src/transformer/executors/index.js';
import { findTorch } from '../peers/index.js';

const FOLDER = import.meta.dirname ?? new URL('.', import.meta.url).pathname;
export const THREADS = availableParallelism();

/**
 * @typedef {object} Implementation
 * @property {string} name
 * @property {boolean} trimmed whether training computes for the response alone what the last block computes
 * @property {string} command
 * @property {(folder: string) => string[]} args
 * @property {boolean} samples
 */

const own = (executor, backend) => ({
  request: { executor, backend },
  name: `\`${executor}\` on ${backend}`,
  trimmed: true,
  samples: true,
  command: process.execPath,
  args: (folder) => [join(FOLDER, 'own.js'), folder, executor, backend],
});

export const ONNX = own('onnx', 'cpu');
export const GPUJS = own('gpujs', 'webasm');

/**
 * Those of our executors that run here. The others are named on stdout.
 *
 * @returns {Promise<Implementation[]>}
 */
export async function ownImplementations() {
  const running = [];
  for (const implementation of [ONNX, GPUJS]) {
    try {
      const executor = await openExecutor(implementation.request);
      await executor.close();
      running.push(implementation);
    } catch (error) {
      console.log(`\nskipped: ${implementation.name}: ${error.message}`);
    }
  }
  return running;
}

/**
 * PyTorch as it is, and with our trimming. Nothing, with the reason on stdout, where there is none.
 *
 * @returns {Implementation[]}
 */
export function torchImplementations() {
  const { command, version, missing } = findTorch();
  if (missing) {
    console.log(`\nskipped: PyTorch: ${missing}; on Debian and Ubuntu: apt install python3-torch libopenblas0-pthread`);
    return [];
  }
  const args = (folder) => [join(FOLDER, '..', 'transformer.py'), folder, String(THREADS)];
  const eager = { name: `PyTorch (${version})`, trimmed: false, samples: true, command, args };
  return [eager, { ...eager, name: 'PyTorch, trimmed', trimmed: true, samples: false }];
}

const threads = String(THREADS);
/**
 * Threads of OpenMP that wait while they spin take the cores from those that work as soon as anything else runs, which makes PyTorch
 * ten times as slow and more; those that sleep do not.
 */
const ENVIRONMENT = {
  OMP_NUM_THREADS: threads,
  OPENBLAS_NUM_THREADS: threads,
  MKL_NUM_THREADS: threads,
  OMP_WAIT_POLICY: 'PASSIVE',
};

/** A process that answers lines of JSON. */
export class Worker {
  #process;
  #lines;

  /**
   * @param {Implementation} implementation
   * @param {string} folder of the task
   */
  constructor(implementation, folder) {
    const env = { ...process.env, ...ENVIRONMENT };
    this.implementation = implementation;
    this.#process = spawn(implementation.command, implementation.args(folder), {
      stdio: ['pipe', 'pipe', 'inherit'],
      env,
    });
    // One that has ended is noticed when it does not answer.
    this.#process.stdin.on('error', () => {});
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  /** @returns {Promise<object>} the answer */
  async ask(request) {
    const { name, trimmed } = this.implementation;
    this.#process.stdin.write(`${JSON.stringify({ ...request, trimmed })}\n`);
    const { done, value } = await this.#lines.next();
    if (done) throw new Error(`${name} has ended`);
    return JSON.parse(value);
  }

  stop() {
    this.#process.kill();
  }
}
