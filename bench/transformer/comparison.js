import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { interleave, tell } from '../measure.js';
import { ONNX, Worker } from './implementations.js';
import { writeTask } from './task.js';

/** Seconds that a measured run takes at least, so that a clock and a scheduler do not matter. */
const LEAST_SECONDS = 0.3;
const WARM_UPS = 3;

export const sizeText = ({ d, width, depth, batch }) => `d = ${d}, w = ${width}, L = ${depth}, B = ${batch}`;

/**
 * Times all implementations in the same rounds, after their numbers were compared.
 *
 * @param {import('./implementations.js').Implementation[]} implementations the first one says what is right
 * @param {import('./task.js').Size} size
 * @param {{ rounds: number, folder: string }} options
 * @returns {Promise<{ training: number[][], sampling: number[][], product: number[], megabytes: number[] }>} seconds of a step and
 *   of a batch of responses, [implementations][rounds], none for who does not sample; of a large product by ONNX Runtime, [rounds], none
 *   without it; the peaks of memory
 */
export async function compare(implementations, size, { rounds, folder }) {
  const task = join(folder, 'task');
  writeTask(task, size);
  const workers = implementations.map((implementation) => new Worker(implementation, task));
  // A process of its own, so that its memory is not that of a step.
  const multiplier = implementations.includes(ONNX) ? [new Worker(ONNX, task)] : [];
  try {
    await check(workers, size);
    const jobs = [
      ...workers.map((worker) => ({ worker, what: 'train' })),
      ...multiplier.map((worker) => ({ worker, what: 'product' })),
    ];
    const times = await time(jobs, size, rounds);
    const samplers = workers.filter(({ implementation }) => implementation.samples);
    const samples = await time(
      samplers.map((worker) => ({ worker, what: 'sample' })),
      size,
      rounds,
    );
    const megabytes = [];
    for (const worker of workers) megabytes.push((await worker.ask({ do: 'memory' })).megabytes);
    return {
      training: times.slice(0, workers.length),
      product: times[workers.length] ?? [],
      sampling: workers.map((worker) => samples[samplers.indexOf(worker)] ?? []),
      megabytes,
    };
  } finally {
    for (const worker of [...workers, ...multiplier]) worker.stop();
    rmSync(task, { recursive: true });
  }
}

/**
 * Losses and gradient norms are sums in float32 of some 1e5 terms: relative errors of 1e-5 at most. A rounding may exchange two
 * tokens that are almost equally likely, and what follows in that response.
 */
const LARGEST_ERROR = 1e-4;
const LEAST_AGREEMENT = 0.99;

async function check(workers, size) {
  const answers = [];
  for (const worker of workers) answers.push(await worker.ask({ do: 'check' }));
  const [reference] = answers;
  for (const [i, { loss, gradientNorm, responses }] of answers.entries()) {
    const { name } = workers[i].implementation;
    const errors = [loss / reference.loss - 1, gradientNorm / reference.gradientNorm - 1].map(Math.abs);
    const same = responses.filter((token, j) => token === reference.responses[j]).length / responses.length;
    if (!errors.every((error) => error < LARGEST_ERROR) || !(same >= LEAST_AGREEMENT)) {
      throw new Error(
        `${sizeText(size)}: ${name} has loss ${loss} and gradient norm ${gradientNorm} where ${workers[0].implementation.name} has ` +
          `${reference.loss} and ${reference.gradientNorm}; ${same} of the tokens are the same`,
      );
    }
    tell(
      `${sizeText(size)}: ${name}: loss and gradient off by ${Math.max(...errors).toExponential(1)}, tokens by ${(1 - same).toFixed(4)}`,
    );
  }
}

/** Seconds of one step, of one large product, or of one batch of responses: [jobs][rounds]. */
async function time(jobs, size, rounds) {
  const runs = [];
  for (const { worker, what } of jobs) {
    let once = 0;
    for (let i = 0; i < WARM_UPS; i++) once = (await worker.ask({ do: what, steps: 1 })).seconds;
    const steps = what === 'sample' ? 1 : Math.ceil(LEAST_SECONDS / once);
    runs.push({
      name: `${what}: ${worker.implementation.name}`,
      run: async () => {
        const { seconds } = await worker.ask({ do: what, steps });
        return { wall: seconds / steps };
      },
    });
  }
  const seconds = await interleave(runs, rounds, sizeText(size));
  return seconds.map((row) => row.map(({ wall }) => wall));
}
