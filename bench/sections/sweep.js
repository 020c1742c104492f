import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { median, printTable, tell, timed } from '../measure.js';
import { Child } from '../peers/child.js';
import { findTorch } from '../peers/index.js';
import { CALM_LAMBDA, distance, drawTask, LAMBDA, referenceWeights, tolerance, writeTask } from '../work.js';

const D = 20;
const WORKERS = 2;
/** The default of `train`. */
const EVALUATED = 20_000;
/** Ways to give PyTorch both cores; `shared` chains, of neighbouring p, share its calls. The fastest is to be believed. */
const WAYS = [
  { processes: 1, threads: 2, shared: 200 },
  { processes: 2, threads: 1, shared: 100 },
  { processes: 2, threads: 1, shared: 500 },
];

/** 25 values of p from .05 to .45, 40 seeds each. */
function sweep() {
  const replicate = (i) => ({ d: D, pCot: 0.05 + (0.4 * Math.floor(i / 40)) / 24, lambda: LAMBDA, seed: 1 + (i % 40) });
  return Array.from({ length: 1000 }, (_, i) => replicate(i));
}

/** The wall time of a sweep by one command, next to that of PyTorch on a slice of the same steps. */
export async function sweepSection({ quick, folder }) {
  const samples = quick ? 4000 : 100_000;
  const slice = quick ? 200 : 2000;
  const walls = [];
  for (let round = 0; round < (quick ? 1 : 3); round++) {
    walls.push((await timed(() => trainByCommand(samples))).wall);
    tell(`sweep: lengthwise train: ${seconds(walls.at(-1))}`);
  }
  const command = median(walls);
  const how = `--workers ${WORKERS}, with ${EVALUATED} inputs evaluated for each chain`;
  const rows = [['`lengthwise train`, mixed', how, samples, seconds(command), seconds(command), '1.00']];
  for (const { name, how: way, wall } of await torchRuns(sweep(), slice, folder)) {
    const scaled = (wall * samples) / slice;
    rows.push([name, way, slice, seconds(wall), seconds(scaled), (scaled / command).toPrecision(3)]);
  }
  printTable(
    `1000 replicates (25 values of p, 40 seeds), d = ${D}, T = ${samples}, wall time. The command starts, draws its samples, trains,
evaluates and prints (median of ${walls.length}: ${walls.map(seconds).join(', ')}). PyTorch trains a slice of the steps, with its samples
prepared and nothing evaluated; the least of three times is scaled by T.`,
    ['implementation', 'how', 'T measured', 'wall', 'for all T', 'ratio to the command'],
    rows,
  );
}

/** The sweep as a user would run it. */
async function trainByCommand(samples) {
  const grid = ['--p', '0.05:0.45:25', '--replicates', '40', '--d', `${D}`, '--lambda', `${LAMBDA}`];
  const work = ['--samples', `${samples}`, '--evaluate', `${EVALUATED}`, '--workers', `${WORKERS}`, '--json'];
  await promisify(execFile)(process.execPath, ['dist/src/cli/main.js', 'train', ...grid, ...work], {
    maxBuffer: 2 ** 28,
  });
}

async function torchRuns(replicates, slice, folder) {
  const { missing, command, version, script } = findTorch();
  if (missing) {
    console.log(`skipped: PyTorch: ${missing}`);
    return [];
  }
  const references = await referenceWeights(replicates, slice, CALM_LAMBDA);
  const rows = [];
  for (const way of WAYS) {
    const how = `processes: ${way.processes}, threads each: ${way.threads}, chains a call: ${way.shared}`;
    const children = start(way, { command, script, replicates, slice, folder });
    try {
      await check(children, references, tolerance('f32', slice), how);
      const wall = await fastest(children);
      tell(`sweep: PyTorch, ${how}: ${wall.toPrecision(3)} s`);
      rows.push({ name: `PyTorch in blocks, f32 (${version})`, how, wall });
    } finally {
      for (const child of children) child.stop();
    }
  }
  return rows;
}

/** A process for each part of the replicates. */
function start({ processes, threads, shared }, { command, script, replicates, slice, folder }) {
  const size = replicates.length / processes;
  return Array.from({ length: processes }, (_, i) => {
    const file = join(folder, `sweep-${i}`);
    writeTask(drawTask(replicates.slice(i * size, (i + 1) * size), slice), file);
    const args = [script, 'blocked', file, `${threads}`, `${shared}`];
    // Threads that spin while they wait would take the cores from each other on a busy machine.
    const environment = { OMP_NUM_THREADS: `${threads}`, OMP_WAIT_POLICY: 'passive' };
    return new Child(command, args, `${file}-weights`, environment);
  });
}

async function check(children, references, limit, how) {
  const size = references.length / children.length;
  for (const [i, child] of children.entries()) {
    const off = distance(await child.weights(CALM_LAMBDA), references.slice(i * size, (i + 1) * size));
    if (!(off < limit)) throw new Error(`PyTorch, ${how}: weights are off by ${off}`);
  }
}

/** The least wall time of three runs of all processes at once, after one that does not count. */
async function fastest(children) {
  const walls = [];
  for (let round = 0; round <= 3; round++) {
    const runs = await Promise.all(children.map((child) => child.run(LAMBDA)));
    if (round > 0) walls.push(Math.max(...runs.map(({ wall }) => wall)));
  }
  return Math.min(...walls);
}

function seconds(value) {
  return `${value.toPrecision(3)} s`;
}
