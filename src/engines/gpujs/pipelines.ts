import { appendKernel, decisionKernel } from './decoding-kernels.js';
import type { Device } from './device.js';
import { BLOCK, HALF, WORD } from './kernel-source.js';
import type { Handle } from './library.js';
import { differencesKernel, halvesKernel, rowsKernel } from './sample-kernels.js';
import { rowLength, type Track } from './track.js';
import {
  coefficientsKernel,
  gramKernel,
  logitsKernel,
  nextStepKernel,
  stepsKernel,
  updateKernel,
} from './training-kernels.js';

/** Steps of one call, a power of two: enough of them to make the transfer of weights and the call itself cheap. */
export function stepsOfCall({ backend }: Device): number {
  // A graphics processor's memory is far away. In the processor itself a call should not hold the thread for long.
  return backend === 'webgpu' ? 512 : 128;
}

/**
 * Records the steps of one call for some replicates: from the weights before it, the samples' halves, the schedule and a
 * step counter of 0, the weights after it. Their shapes are those of the kernels (training-kernels.ts).
 *
 * @param averages whether the sums of iterates are kept too, below the weights
 */
export function trainingPipeline(device: Device, track: Track, replicates: number, averages: boolean) {
  const { formulas, columns } = track;
  const predictors = track.predictors.length;
  const samples = stepsOfCall(device);
  const blocks = samples / BLOCK;
  const words = Math.ceil(columns / WORD);
  const lines = (averages ? 4 : 2) * predictors;
  const rowsOf = device.kernel(rowsKernel(columns), [samples, words, replicates]);
  const differencesOf = device.kernel(differencesKernel(blocks), [BLOCK, BLOCK * words, blocks * replicates]);
  const gramOf = device.kernel(gramKernel(formulas, blocks), [BLOCK, BLOCK * predictors, blocks * replicates]);
  const logitsOf = device.kernel(logitsKernel(formulas), [BLOCK, predictors, replicates]);
  const stepsOf = device.kernel(stepsKernel(formulas, blocks), [BLOCK, predictors, replicates]);
  const coefficientsOf = device.kernel(coefficientsKernel(formulas, predictors), [BLOCK, lines, replicates]);
  const update = device.kernel(updateKernel(formulas, predictors), [rowLength(track), lines, replicates]);
  const nextStep = device.kernel(nextStepKernel, [4, 1, 1]);

  return (before: Handle, halves: Handle, schedule: Handle, start: Handle): Handle => {
    const rows = rowsOf(halves);
    const gram = gramOf(halves, rows, differencesOf(rows));
    let [weights, step] = [before, start];
    for (let block = 0; block < blocks; block++) {
      const logits = logitsOf(weights, rows, step);
      const steps = stepsOf(logits, gram, halves, schedule, step);
      weights = update(weights, coefficientsOf(steps, halves, schedule, step), halves, step);
      step = nextStep(step);
    }
    return weights;
  };
}

/** Responses of one call, a multiple of 32. */
export function responsesOfCall({ backend }: Device): number {
  return backend === 'webgpu' ? 2048 : 512;
}

/**
 * Records the decoding of one call for some requests: from the halves of x (and room for the tokens), the weights, a step
 * counter of 0 and, for sampling, the thresholds, the halves of the responses.
 */
export function decodingPipeline(device: Device, d: number, requests: number, sampled: boolean) {
  const responses = responsesOfCall(device);
  const columns = 2 * d + 1;
  const rowsSize = [responses, Math.ceil(columns / WORD), requests] as const;
  const rowsOf = device.kernel(rowsKernel(d), rowsSize);
  const decide = device.kernel(decisionKernel(d, sampled), [responses, 1, requests]);
  const append = device.kernel(appendKernel(d), rowsSize);
  const halvesOf = device.kernel(halvesKernel, [columns, responses / HALF, requests]);
  const nextStep = device.kernel(nextStepKernel, [4, 1, 1]);

  const decode = (halves: Handle, weights: Handle, start: Handle, ...thresholds: readonly Handle[]): Handle => {
    let [rows, step] = [rowsOf(halves), start];
    for (let predictor = 0; predictor <= d; predictor++) {
      rows = append(rows, decide(rows, weights, step, ...thresholds), step);
      step = nextStep(step);
    }
    return halvesOf(rows);
  };
  // gpu.js counts the parameters.
  return sampled
    ? (halves: Handle, weights: Handle, start: Handle, thresholds: Handle) => decode(halves, weights, start, thresholds)
    : (halves: Handle, weights: Handle, start: Handle) => decode(halves, weights, start);
}
