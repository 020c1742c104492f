import { writeFileSync } from 'node:fs';
import { Demonstrations, featureCount, pretrainBatch, weightsOf } from '../dist/src/index.js';

/** The work of every comparison: all predictors, the average over the second half of the steps. */
export const P = 0.25;
export const LAMBDA = 1e-2;

/**
 * Where SGD does not enlarge rounding errors: it does while t < |phi|^2 / (8 lambda), |phi|^2 being up to 4d, that is for
 * the first 50 steps at d = 100, and for 5000 at lambda = .01.
 */
export const CALM_LAMBDA = 1;

/** @typedef {{ d: number, samples: number, contexts: Int8Array[], long: Uint8Array[] }} Task contexts are [T][2d] */

/** Chains that differ by their seeds, 1, 2, ... */
export function replicates(d, chains, lambda = LAMBDA) {
  return Array.from({ length: chains }, (_, i) => ({ d, pCot: P, lambda, seed: 1 + i }));
}

/**
 * The samples that `pretrain` draws for these chains.
 *
 * @returns {Task}
 */
export function drawTask(d, samples, chains) {
  const sources = replicates(d, chains).map((replicate) => new Demonstrations(replicate));
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

/** As peers/naive.c describes it, with the first of the chains. */
export function writeTask({ d, samples, contexts, long }, chains, path) {
  const parts = [Int32Array.of(d, samples, chains), ...contexts.slice(0, chains), ...long.slice(0, chains)];
  writeFileSync(path, Buffer.concat(parts.map(({ buffer }) => Buffer.from(buffer))));
}

/** Changes of one weight in one step. */
export function updatesOf(d, steps, longSteps) {
  let updates = steps * (featureCount(1, d) + featureCount('stop', d));
  for (let l = 2; l <= d; l++) updates += longSteps * featureCount(l, d);
  return updates;
}

/** Changes of one weight, in the first chains of a task. */
export function updatesOfTask({ d, samples, long }, chains) {
  const counts = long.slice(0, chains).map((flags) => flags.reduce((sum, one) => sum + one, 0));
  return counts.reduce((sum, count) => sum + updatesOf(d, samples, count), 0);
}

/** The weights that `plain` gives to each chain. */
export async function referenceWeights(d, samples, chains, lambda) {
  const batch = await pretrainBatch('plain', replicates(d, chains, lambda), { samples });
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
