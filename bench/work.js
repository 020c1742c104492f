import { writeFileSync } from 'node:fs';
import { updatesOf } from '../dist/src/engines/work.js';
import { Demonstrations, findAdapter, openEngine, pretrainBatch, weightsOf } from '../dist/src/index.js';

/** The work of every comparison: all predictors, the average over the second half of the steps. */
export const P = 0.25;
export const LAMBDA = 1e-2;

/**
 * Where SGD does not enlarge rounding errors: it does while t < |phi|^2 / (8 lambda), |phi|^2 being up to 4d, that is for
 * the first 50 steps at d = 100, and for 5000 at lambda = .01.
 */
export const CALM_LAMBDA = 1;

const ROUNDING = { f32: 2 ** -24, f64: 2 ** -53 };

/**
 * Largest distance from the weights of `plain` at CALM_LAMBDA: the roundings of T additions to one sum, which add up like a
 * random walk, eightfold. Measured for d from 20 to 100 and T up to 20000: at most half of one walk.
 *
 * @param {'f32' | 'f64'} precision
 * @param {number} samples T
 */
export function tolerance(precision, samples) {
  return 8 * Math.sqrt(samples) * ROUNDING[precision];
}

/**
 * At LAMBDA the first steps enlarge the roundings of float32. At d = 100 the weights of a chain are off by .001 to .02, for
 * the naive loop and for the tables alike and in the same chains; the check only shows that the timed work is the same work.
 */
export const ROUGH_TOLERANCE = 0.1;

/** @typedef {{ d: number, samples: number, contexts: Int8Array[], long: Uint8Array[] }} Task contexts are [T][2d] */

/**
 * Engines with their precisions, the reference first, and what each of them trains in one run: chains together, and T. gpu.js
 * is in float32, so that its kernels take all steps.
 */
export const CONFIGURATIONS = [
  { engine: 'plain', precision: 'f64', chains: 1, samples: 20_000 },
  { engine: 'wasm', precision: 'f64', chains: 4, samples: 100_000 },
  { engine: 'wasm', precision: 'mixed', chains: 4, samples: 100_000 },
  { engine: 'gpujs', backend: 'webasm', precision: 'f32', chains: 16, samples: 8192 },
];

const ON_A_CARD = { engine: 'gpujs', backend: 'webgpu', precision: 'f32', chains: 64, samples: 8192 };

/** With a graphics card if there is one. */
export async function configurationsHere() {
  const adapter = await findAdapter();
  if (adapter && !adapter.software) return [...CONFIGURATIONS, ON_A_CARD];
  console.log(`\nskipped: ${nameOf(ON_A_CARD)}: ${adapter ? `only ${adapter.description}` : 'no graphics adapter'}`);
  return CONFIGURATIONS;
}

export function nameOf({ engine, backend, precision }) {
  return `engine \`${engine}\`${backend ? ` on ${backend}` : ''}, ${precision}`;
}

/**
 * An engine that is ready: opening it, which compiles, is not timed.
 *
 * @returns {Promise<{ train: (replicates: object[], samples: number) => Promise<object[]>, close: () => Promise<void> }>}
 */
export async function open({ engine, backend, precision }) {
  const opened = await openEngine(engine, { precision, backend });
  const settings = { average: 'tail', freeConstant: false, jointLoss: false };
  const train = (replicates, samples) =>
    opened.train(
      replicates.map(({ lambda, ...mixture }) => ({ data: { ...mixture, samples }, lambda })),
      settings,
      {},
    );
  return { train, close: () => opened.close() };
}

/** Chains that differ by their seeds, 1, 2, ... */
export function replicates(d, chains, lambda = LAMBDA) {
  return Array.from({ length: chains }, (_, i) => ({ d, pCot: P, lambda, seed: 1 + i }));
}

/**
 * The samples that `pretrain` draws for chains of one d.
 *
 * @returns {Task}
 */
export function drawTask(replicates, samples) {
  const { d } = replicates[0];
  const sources = replicates.map((replicate) => new Demonstrations(replicate));
  const contexts = sources.map((source) => {
    const signs = new Int8Array(2 * d * samples);
    for (let i = 0; i < samples; i++) {
      signs.set(source.input(i), 2 * d * i);
      signs.set(source.tokens(i), 2 * d * i + d);
    }
    return signs;
  });
  const long = sources.map((source) => Uint8Array.from({ length: samples }, (_, i) => (source.isLong(i) ? 1 : 0)));
  return { d, samples, contexts, long };
}

/** As peers/naive.c describes it. */
export function writeTask({ d, samples, contexts, long }, path) {
  const parts = [Int32Array.of(d, samples, long.length), ...contexts, ...long];
  writeFileSync(path, Buffer.concat(parts.map(({ buffer }) => Buffer.from(buffer))));
}

/** Changes of one weight in all chains of a task. */
export function updatesOfTask({ d, samples, long }) {
  const counts = long.map((flags) => flags.reduce((sum, one) => sum + one, 0));
  return counts.reduce((sum, count) => sum + updatesOf(d, samples, count), 0);
}

/** Changes of one weight in trained chains. */
export function updatesOfChains(chains) {
  return chains.reduce((sum, { model, steps, longSteps }) => sum + updatesOf(model.d, steps, longSteps), 0);
}

/** The weights that `plain` gives to each chain. */
export async function referenceWeights(replicates, samples, lambda) {
  const batch = await pretrainBatch(
    replicates.map((replicate) => ({ ...replicate, lambda })),
    { samples },
    { engine: 'plain' },
  );
  return batch.chains.map(({ model }) => weightsOfModel(model));
}

export function weightsOfModel(model) {
  const predictors = [1, 'stop', ...Array.from({ length: model.d - 1 }, (_, i) => i + 2)];
  return Float64Array.from(predictors.flatMap((predictor) => [...weightsOf(model, predictor)]));
}

/** The largest ||w - w'|| / ||w'|| of a chain; `weights` holds one chain after the other. */
export function distance(weights, references) {
  const size = references[0].length;
  if (weights.length !== size * references.length) {
    throw new Error(`${weights.length} weights where ${size * references.length} were to be`);
  }
  return Math.max(...references.map((reference, i) => relative(weights.subarray(i * size, (i + 1) * size), reference)));
}

function relative(weights, reference) {
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < reference.length; i++) {
    difference += (weights[i] - reference[i]) ** 2;
    norm += reference[i] ** 2;
  }
  return Math.sqrt(difference / norm);
}
