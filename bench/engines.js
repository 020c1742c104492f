// Updates of weights per second of CPU time, for the engines and for the same SGD in other programs (after `npm run build`).
//
//   npm run bench -- [--d 20,50,100] [--samples 100000] [--rounds 7]
//
// The runs of one round follow each other, so that a busy machine slows all of them; ratios are taken within a round. The
// engines draw their samples in the measured time, the peers find them in memory. Peers that would take long train on a
// tenth of the samples.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Demonstrations, featureCount, pretrain, pretrainBatch, weightsOf } from '../dist/src/index.js';
import { Child } from './peers/child.js';
import { naiveSgd } from './peers/naive.js';

const P = 0.25;
const LAMBDA = 1e-2;
const SEED = 1;
/** Chains that the wasm engine trains together. */
const TOGETHER = 4;
/** Largest relative distance of a peer's weights: float32 in the perceptron-like first steps is off by about 1e-4. */
const AGREEMENT = 5e-3;
const PEERS = import.meta.dirname ?? new URL('.', import.meta.url).pathname;

const { values } = parseArgs({
  options: {
    d: { type: 'string', default: '20,50,100' },
    samples: { type: 'string', default: '100000' },
    rounds: { type: 'string', default: '7' },
  },
});
const rounds = Number(values.rounds);
const folder = mkdtempSync(join(tmpdir(), 'lengthwise-bench-'));
try {
  const compilers = compilePeers();
  console.log(
    `${cpus()[0].model}, node ${process.version}, p = ${P}, lambda = ${LAMBDA}, tail average, ${rounds} rounds`,
  );
  for (const d of values.d.split(',').map(Number)) await compare(d, Number(values.samples), compilers);
} finally {
  rmSync(folder, { recursive: true });
}

/** The commands of the peers in other languages; what is missing is named. */
function compilePeers() {
  const found = [];
  for (const [name, real] of [
    ['C naive, float64', 'double'],
    ['C naive, float32', 'float'],
  ]) {
    const program = join(folder, real);
    const flags = ['-O3', '-march=native', '-ffast-math', `-DREAL=${real}`, join(PEERS, 'peers/naive.c'), '-lm'];
    const { status } = spawnSync('gcc', ['-o', program, ...flags], { stdio: ['ignore', 'ignore', 'inherit'] });
    if (status === 0) found.push({ name: `${name} (gcc -O3 -march=native -ffast-math)`, command: program, args: [] });
    else console.log(`skipped: ${name} (no gcc)`);
  }
  const python = process.env.PYTHON ?? '/usr/bin/python3';
  for (const [name, module] of [
    ['NumPy, a step at a time', 'numpy'],
    ['PyTorch, a step at a time', 'torch'],
  ]) {
    const { status, stdout } = spawnSync(python, ['-c', `import numpy, ${module}; print(${module}.__version__)`]);
    if (status !== 0) console.log(`skipped: ${name} (${python} has no ${module})`);
    else {
      const args = [join(PEERS, 'peers/array_sgd.py'), module];
      found.push({ name: `${name}, float32 (${module} ${String(stdout).trim()})`, command: python, args });
    }
  }
  return found;
}

async function compare(d, samples, peers) {
  const few = Math.ceil(samples / 10);
  const task = demonstrations(d, few);
  const reference = await pretrain({ d, pCot: P, lambda: LAMBDA, samples: few, seed: SEED });
  const file = writeTask(task);
  const children = peers.map(({ name, command, args }) => ({ name, child: new Child(command, [...args, file]) }));
  const runs = [
    {
      name: 'naive JavaScript, float64',
      updates: updatesOf(d, few, task.longCount),
      run: () => cpu(() => naiveSgd(task)),
    },
    ...(await engineRuns(d, samples, few)),
    ...children.map(({ name, child }) => ({
      name,
      updates: updatesOf(d, few, task.longCount),
      run: () => child.run(),
      weights: () => child.weights(),
    })),
  ];
  runs[0].weights = () => naiveSgd(task).flatMap((w) => [...w]);
  const distances = [];
  for (const { weights } of runs) distances.push(distance(await weights(), flat(reference.model)));
  for (const [i, value] of distances.entries()) {
    if (!(value < AGREEMENT)) throw new Error(`${runs[i].name}: weights differ from the reference by ${value}`);
  }
  const rates = runs.map(() => []);
  // The first round lets the compilers settle.
  for (let round = 0; round <= rounds; round++) {
    for (const [i, { run, updates }] of runs.entries()) {
      const seconds = await run();
      if (round > 0) rates[i].push(updates / seconds);
    }
  }
  for (const { child } of children) child.stop();
  console.log(`\nd = ${d}, T = ${samples}\n`);
  console.log('| implementation | G updates/s | ratio to naive JavaScript | of C float32 | distance of the weights |');
  console.log('| --- | --- | --- | --- | --- |');
  const fast = runs.findIndex(({ name }) => name.startsWith('C naive, float32'));
  for (const [i, { name }] of runs.entries()) {
    const ratios = (to) => spread(rates[i].map((rate, round) => rate / rates[to][round]));
    const giga = (median(rates[i]) / 1e9).toPrecision(3);
    console.log(
      `| ${name} | ${giga} | ${ratios(0)} | ${fast < 0 ? '-' : ratios(fast)} | ${distances[i].toExponential(1)} |`,
    );
  }
}

async function engineRuns(d, samples, few) {
  const batch = (engine, precision, count, size) => {
    const replicates = Array.from({ length: count }, (_, i) => ({ d, pCot: P, lambda: LAMBDA, seed: SEED + i }));
    return pretrainBatch(replicates, { samples: size }, { engine, precision, workers: 1 });
  };
  const runs = [];
  for (const [engine, precision, count, size] of [
    ['plain', 'f64', 1, few],
    ['wasm', 'f64', TOGETHER, samples],
    ['wasm', 'mixed', TOGETHER, samples],
  ]) {
    const { chains } = await batch(engine, precision, count, size);
    runs.push({
      name: `engine \`${engine}\`, ${precision}`,
      updates: chains.reduce((sum, { steps, longSteps }) => sum + updatesOf(d, steps, longSteps), 0),
      run: () => cpu(() => batch(engine, precision, count, size)),
      weights: async () => flat((await batch(engine, precision, 1, few)).chains[0].model),
    });
  }
  return runs;
}

/** Updates of one weight in one step. */
function updatesOf(d, steps, longSteps) {
  let updates = steps * (featureCount(1, d) + featureCount('stop', d));
  for (let l = 2; l <= d; l++) updates += longSteps * featureCount(l, d);
  return updates;
}

function demonstrations(d, samples) {
  const source = new Demonstrations({ d, pCot: P, seed: SEED });
  const contexts = new Int8Array(2 * d * samples);
  const long = new Uint8Array(samples);
  for (let i = 0; i < samples; i++) {
    contexts.set(source.input(i), 2 * d * i);
    contexts.set(source.tokens(i), 2 * d * i + d);
    long[i] = source.isLong(i) ? 1 : 0;
  }
  return { d, lambda: LAMBDA, contexts, long, longCount: long.reduce((sum, one) => sum + one, 0) };
}

/** As peers/naive.c describes it. */
function writeTask({ d, lambda, contexts, long, longCount }) {
  const path = join(folder, `task-${d}`);
  const header = Buffer.concat([
    Buffer.from(Int32Array.of(d, long.length, longCount).buffer),
    Buffer.from(Float64Array.of(lambda).buffer),
  ]);
  writeFileSync(path, Buffer.concat([header, Buffer.from(contexts.buffer), long]));
  return path;
}

/** CPU seconds of this process, all of its threads together. */
async function cpu(work) {
  const start = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

function flat(model) {
  const predictors = [1, 'stop', ...Array.from({ length: model.d - 1 }, (_, i) => i + 2)];
  return predictors.flatMap((predictor) => [...weightsOf(model, predictor)]);
}

/** ||a - b|| / ||b||. */
function distance(a, b) {
  return Math.hypot(...b.map((value, i) => a[i] - value)) / Math.hypot(...b);
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2;
}

/** The median and, in brackets, the least and the greatest. */
function spread(values) {
  const digits = (value) => value.toPrecision(3);
  return `**${digits(median(values))}** (${digits(Math.min(...values))}-${digits(Math.max(...values))})`;
}
