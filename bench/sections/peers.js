import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { interleave, median, printTable, ratios, spread, tell, timed } from '../measure.js';
import { Child } from '../peers/child.js';
import { findPeers } from '../peers/index.js';
import { naiveSgd } from '../peers/naive.js';
import {
  CALM_LAMBDA,
  configurationsHere,
  distance,
  drawTask,
  LAMBDA,
  nameOf,
  open,
  ROUGH_TOLERANCE,
  referenceWeights,
  replicates,
  tolerance,
  updatesOfChains,
  updatesOfTask,
  weightsOfModel,
  writeTask,
} from '../work.js';

const HEAD = [
  'implementation',
  'chains x T',
  'G updates/s',
  'ratio to naive JavaScript',
  'to PyTorch in blocks',
  'to the best C',
  `distance at lambda = ${CALM_LAMBDA}`,
  `at ${LAMBDA}`,
];

/** The engines and the same SGD in other programs, after a check of everyone's weights. */
export async function peersSection({ rounds, quick, folder }) {
  const peers = findPeers(folder);
  console.log(
    `
In CPU time of one thread; a ratio is taken between runs of the same round: median (least-greatest). The engines draw and
pack their samples in the time. The other rows find them in memory as they like them: naive JavaScript and C as signs of 8
bits, NumPy and PyTorch as signs in float32 with all that depends on y and t alone, the C tables as words of 32 samples, and
with "packed before" also as patterns with the inner products of the blocks. Long samples are picked before, except for naive
JavaScript and C.`.trimEnd(),
  );
  const configurations = await configurationsHere();
  for (const d of quick ? [20] : [20, 50, 100]) await compare(d, peers, configurations, { rounds, quick, folder });
}

async function compare(d, peers, configurations, { rounds, quick, folder }) {
  const title = `d = ${d}`;
  const sizes = { configurations, share: quick ? 4 : 1, single: quick ? 4000 : 20_000, python: quick ? 500 : 2000 };
  const { runs, stop } = await implementations(d, peers, sizes, folder);
  try {
    const distances = await check(d, runs, title);
    const seconds = await interleave(runs, rounds, title);
    const rates = runs.map(({ updates, clock }, i) => seconds[i].map((took) => updates / took[clock]));
    printRates(`### ${title}`, runs, rates, distances);
  } finally {
    await stop();
  }
}

/** Everything that is compared: `weights(lambda)` of its chains, and `run()`, which trains at LAMBDA. */
async function implementations(d, peers, sizes, folder) {
  const one = drawTask(replicates(d, 1), sizes.single);
  const naive = {
    name: 'naive JavaScript, f64',
    precision: 'f64',
    chains: 1,
    samples: sizes.single,
    updates: updatesOfTask(one),
    clock: 'cpu',
    yardstick: 'naive',
    run: () => timed(() => naiveSgd(firstChain(one), LAMBDA)),
    weights: (lambda) => Float64Array.from(naiveSgd(firstChain(one), lambda).flatMap((w) => [...w])),
  };
  const children = [];
  const others = peers.map((peer) => {
    const samples = peer.inPython ? sizes.python : sizes.single;
    const file = join(folder, `task-${d}-${children.length}`);
    const task = drawTask(replicates(d, peer.chains(d)), samples);
    writeTask(task, file);
    const child = new Child(peer.command, [...peer.args, file], `${file}-weights`);
    children.push({ child, file });
    return {
      ...peer,
      chains: peer.chains(d),
      samples,
      updates: updatesOfTask(task),
      run: () => child.run(LAMBDA),
      weights: (lambda) => child.weights(lambda),
    };
  });
  const opened = [];
  const stop = async () => {
    for (const { close } of opened) await close();
    for (const { child, file } of children) {
      child.stop();
      rmSync(file, { force: true });
    }
  };
  try {
    opened.push(...(await engines(d, sizes)));
    return { runs: [naive, ...opened, ...others], stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function firstChain({ d, contexts, long }) {
  return { d, contexts: contexts[0], long: long[0] };
}

async function engines(d, sizes) {
  const runs = [];
  for (const configuration of sizes.configurations) {
    const { precision, chains } = configuration;
    const samples = configuration.samples / sizes.share;
    const checkedSamples = Math.min(samples, sizes.single);
    const engine = await open(configuration);
    const train = (lambda, T) => engine.train(replicates(d, chains, lambda), T);
    runs.push({
      name: nameOf(configuration),
      precision: precision === 'f64' ? 'f64' : 'f32',
      chains,
      samples,
      checkedSamples,
      updates: updatesOfChains(await train(LAMBDA, samples)),
      // A card's work is none of this process's.
      clock: configuration.backend === 'webgpu' ? 'wall' : 'cpu',
      run: () => timed(() => train(LAMBDA, samples)),
      weights: async (lambda) => joined(await train(lambda, checkedSamples)),
      close: engine.close,
    });
  }
  return runs;
}

function joined(chains) {
  return Float64Array.from(chains.flatMap(({ model }) => [...weightsOfModel(model)]));
}

/** The distances at both lambdas. Nothing is timed whose weights are wrong. */
async function check(d, runs, title) {
  const references = new References(d);
  const distances = [];
  for (const { name, precision, chains, samples, checkedSamples = samples, weights } of runs) {
    const of = async (lambda) => distance(await weights(lambda), await references.get(chains, checkedSamples, lambda));
    const [calm, rough] = [await of(CALM_LAMBDA), await of(LAMBDA)];
    for (const [lambda, value, limit] of [
      [CALM_LAMBDA, calm, tolerance(precision, checkedSamples)],
      [LAMBDA, rough, ROUGH_TOLERANCE],
    ]) {
      if (value < limit) continue;
      throw new Error(`${name}, d = ${d}, lambda = ${lambda}: weights are off by ${value}, more than ${limit}`);
    }
    tell(`${title}: ${name}: weights agree`);
    distances.push([calm, rough]);
  }
  return distances;
}

/** The weights of `plain`, trained once for each number of samples and lambda. */
class References {
  #d;
  #known = new Map();

  constructor(d) {
    this.#d = d;
  }

  async get(chains, samples, lambda) {
    const key = `${samples} ${lambda}`;
    const known = this.#known.get(key) ?? [];
    const missing = replicates(this.#d, chains).slice(known.length);
    if (missing.length > 0) this.#known.set(key, [...known, ...(await referenceWeights(missing, samples, lambda))]);
    return this.#known.get(key).slice(0, chains);
  }
}

function printRates(title, runs, rates, distances) {
  const yardsticks = ['naive', 'PyTorch', 'best C'].map((name) =>
    runs.findIndex(({ yardstick }) => yardstick === name),
  );
  const rows = runs.map(({ name, chains, samples }, i) => [
    name,
    `${chains} x ${samples}`,
    (median(rates[i]) / 1e9).toPrecision(3),
    ...yardsticks.map((to) => (to < 0 ? '-' : spread(ratios(rates[i], rates[to])))),
    ...distances[i].map((value) => value.toExponential(1)),
  ]);
  printTable(title, HEAD, rows);
}
