import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KeyedRandom } from '../../dist/src/random/index.js';
import { scheduleOf } from '../../dist/src/transformer/graph/index.js';
import { initialParameters, modelShape, parametersOf } from '../../dist/src/transformer/models/index.js';
import { ADAMW, trainingProgram } from '../../dist/src/transformer/programs/index.js';

/** @typedef {{ d: number, width: number, depth: number, batch: number }} Size B is the batch of training */

/** Heads have this width. */
const HEAD = 32;
/** Sequences that are sampled at once. */
export const SAMPLED = 256;
/** The tokens of a parity task: two signs, the end of a prompt, the end of a response. */
const [END_OF_PROMPT, STOP, VOCABULARY] = [2, 3, 4];
const LEARNING_RATE = 1e-3;
const NEVER = -1e9;

/**
 * GPT-2 for parity of d bits, as `train` shapes it, and a batch of it: prompts of d bits and their end, responses of d signs and
 * their end. The numbers of the batch are random: nobody's time depends on them.
 */
export function shapesOf({ d, width, depth, batch }) {
  const [prompt, response] = [d + 1, d + 1];
  const shape = modelShape({
    depth,
    width,
    heads: width / HEAD,
    vocabulary: VOCABULARY,
    context: prompt + response - 1,
  });
  return { model: parametersOf(shape), batch: { sequences: batch, prompt, response }, stop: STOP };
}

/** Rows and columns of a large product. */
export const PRODUCT_SIZE = 1024;
export const PRODUCT_OPERATIONS = 2 * PRODUCT_SIZE ** 3;

/** Additions and multiplications of a training step's matrix products, trimmed as ours are. */
export function productOperations(size) {
  const { model, batch } = shapesOf(size);
  return scheduleOf(trainingProgram(model, batch)).once.reduce((sum, { operation, inputs, shape }) => {
    if (operation.kind !== 'matmul') return sum;
    const inner = inputs[0].shape.at(operation.transposeA ? -2 : -1);
    return sum + 2 * inner * shape.reduce((product, length) => product * length, 1);
  }, 0);
}

/** Writes what all implementations read: task.json, and float32 numbers. */
export function writeTask(folder, size) {
  const { model, batch, stop } = shapesOf(size);
  mkdirSync(folder, { recursive: true });
  const random = new KeyedRandom(1, 0);
  const bit = (step) => (_, i) => (random.uniform(step, i) < 0.5 ? 0 : 1);
  const { sequences, prompt, response } = batch;
  const length = prompt + response - 1;
  const tokens = Float32Array.from({ length: sequences * length }, bit(0));
  const targets = Float32Array.from({ length: sequences * response }, (_, i) => {
    const [row, t] = [Math.floor(i / response), i % response];
    return t === response - 1 ? STOP : tokens[row * length + prompt + t];
  });
  for (let row = 0; row < sequences; row++) tokens[row * length + prompt - 1] = END_OF_PROMPT;
  const prompts = Float32Array.from({ length: SAMPLED * prompt }, bit(1));
  for (let row = 1; row <= SAMPLED; row++) prompts[row * prompt - 1] = END_OF_PROMPT;
  // Gumbel's; nothing stops early, so that everyone samples as many tokens.
  const noise = Float32Array.from({ length: response * SAMPLED * VOCABULARY }, (_, i) =>
    i % VOCABULARY === STOP ? NEVER : -Math.log(-Math.log(random.uniform(2, i) + 2 ** -54)),
  );
  const numbers = { parameters: initialParameters(model, 1), tokens, targets, prompts, noise };
  for (const [name, values] of Object.entries(numbers)) writeFileSync(join(folder, `${name}.f32`), values);
  const { shape, list } = model;
  const task = { size, shape, prompt, response, stop, parameters: list, learningRate: LEARNING_RATE, ...ADAMW };
  writeFileSync(join(folder, 'task.json'), JSON.stringify(task));
}
