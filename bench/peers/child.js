import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A peer in another language: it trains once for each line that it is sent and answers with its CPU seconds. */
export class Child {
  #process;
  #lines;

  constructor(command, args) {
    this.#process = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  /** @returns {Promise<number>} CPU seconds */
  async run() {
    return (await this.#ask('run'))[0];
  }

  /** @returns {Promise<number[]>} all weights, predictor after predictor */
  async weights() {
    return (await this.#ask('weights')).slice(1);
  }

  stop() {
    this.#process.stdin.end();
  }

  async #ask(line) {
    this.#process.stdin.write(`${line}\n`);
    const { done, value } = await this.#lines.next();
    if (done) throw new Error('the peer has ended');
    return value.split(' ').map(Number);
  }
}
