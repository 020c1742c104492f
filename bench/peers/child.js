import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** One thread each, unless the arguments of a peer ask for more. */
const ONE_THREAD = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' };

/** A peer in another language, which trains once for each line that it is sent. peers/naive.c describes the lines. */
export class Child {
  #process;
  #lines;
  #file;

  /**
   * @param {string} command
   * @param {string[]} args
   * @param {string} file for the weights
   * @param {Record<string, string>} environment
   */
  constructor(command, args, file, environment = {}) {
    const env = { ...process.env, ...ONE_THREAD, ...environment };
    this.#process = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'], env });
    // A peer that has ended is noticed when it does not answer.
    this.#process.stdin.on('error', () => {});
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
    this.#file = file;
  }

  /**
   * @param {number} lambda
   * @returns {Promise<{ cpu: number, wall: number }>} seconds
   */
  run(lambda) {
    return this.#ask(`run ${lambda}`);
  }

  /**
   * @param {number} lambda
   * @returns {Promise<Float64Array>} all weights, chain after chain and predictor after predictor
   */
  async weights(lambda) {
    await this.#ask(`weights ${lambda} ${this.#file}`);
    const bytes = readFileSync(this.#file);
    rmSync(this.#file);
    return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  }

  stop() {
    this.#process.kill();
  }

  async #ask(line) {
    this.#process.stdin.write(`${line}\n`);
    const { done, value } = await this.#lines.next();
    if (done) throw new Error('the peer has ended');
    const [cpu, wall] = value.split(' ').map(Number);
    return { cpu, wall };
  }
}
