// The same work by an executor of this package: `node own.js FOLDER EXECUTOR BACKEND` answers the lines that transformer.py answers.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { openExecutor } from '../../dist/src/transformer/executors/index.js';
import { Graph } from '../../dist/src/transformer/graph/index.js';
import { samplingProgram, trainingProgram } from '../../dist/src/transformer/programs/index.js';
import { PRODUCT_SIZE, shapesOf } from './task.js';

const [folder, executor, backend] = process.argv.slice(2);
const { size, learningRate, beta1, beta2 } = JSON.parse(readFileSync(join(folder, 'task.json'), 'utf8'));
const numbers = (name) => {
  const { buffer, byteOffset, byteLength } = readFileSync(join(folder, `${name}.f32`));
  return new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength));
};

const { model, batch, stop } = shapesOf(size);
const training = trainingProgram(model, batch);
const sampling = samplingProgram(model, batchOf(numbers('prompts')), stop);
const opened = await openExecutor({ executor, backend }, training);
const parameters = numbers('parameters');
const inverseTemperature = Float32Array.of(1);
const data = {
  tokens: numbers('tokens'),
  targets: numbers('targets'),
  weights: new Float32Array(batch.sequences * batch.response).fill(1 / (batch.sequences * batch.response)),
  inverseTemperature,
  learningRate: Float32Array.of(learningRate),
};
const sampled = { parameters, prompts: numbers('prompts'), noise: numbers('noise'), inverseTemperature };
let state = { parameters, firstMoment: new Float32Array(model.size), secondMoment: new Float32Array(model.size) };
let steps = 0;

function batchOf(prompts) {
  return { ...batch, sequences: prompts.length / batch.prompt };
}

async function step() {
  const loaded = await opened.load(training);
  steps++;
  const firstCorrection = Float32Array.of(1 / (1 - beta1 ** steps));
  const secondCorrection = Float32Array.of(1 / (1 - beta2 ** steps));
  const found = await loaded.run({ ...data, ...state, firstCorrection, secondCorrection });
  const { parameters, firstMoment, secondMoment } = found;
  state = { parameters, firstMoment, secondMoment };
  return found;
}

async function sample() {
  const loaded = await opened.load(sampling);
  return loaded.run(sampled);
}

/** One large product of matrices: the speed that no step can pass. */
const product = largeProduct();
const factors = new Float32Array(PRODUCT_SIZE ** 2).fill(1);

function largeProduct() {
  const graph = new Graph();
  const [a, b] = ['a', 'b'].map((name) => graph.input(name, [PRODUCT_SIZE, PRODUCT_SIZE]));
  return { name: 'product', outputs: { product: graph.matmul(a, b) }, loop: null };
}

const ANSWERS = {
  check: async () => {
    const { loss, gradientNorm } = await step();
    const { responses } = await sample();
    return { loss: loss[0], gradientNorm: gradientNorm[0], responses: [...responses] };
  },
  train: ({ steps: count }) =>
    seconds(async () => {
      for (let i = 0; i < count; i++) await step();
    }),
  sample: () => seconds(sample),
  product: async ({ steps: count }) => {
    const loaded = await opened.load(product);
    return seconds(async () => {
      for (let i = 0; i < count; i++) await loaded.run({ a: factors, b: factors });
    });
  },
  memory: async () => ({ megabytes: process.resourceUsage().maxRSS / 1024 }),
};

async function seconds(work) {
  const start = performance.now();
  await work();
  return { seconds: (performance.now() - start) / 1e3 };
}

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  console.log(JSON.stringify(await ANSWERS[request.do](request)));
}
await opened.close();
