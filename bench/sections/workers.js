import { pretrainBatch } from '../../dist/src/index.js';
import { interleave, median, printTable, ratios, spread, timed } from '../measure.js';
import { CONFIGURATIONS, nameOf, replicates } from '../work.js';

const HEAD = ['engine', 'd', 'chains x T', 'wall, 1 worker', 'wall ratio, 1 to 2 workers', 'CPU ratio, 2 to 1 workers'];

/** Chains for each d: enough that starting the threads, a few tenths of a second, is a small part. */
const CHAINS = {
  plain: { 20: 16, 50: 4, 100: 2 },
  wasm: { 20: 64, 50: 24, 100: 8 },
  gpujs: { 20: 64, 50: 32, 100: 16 },
};

/** Two workers against one; starting them is part of the time. */
export async function workersSection({ rounds, quick }) {
  const rows = [];
  for (const d of quick ? [20] : [20, 50, 100]) {
    for (const configuration of CONFIGURATIONS) {
      const samples = configuration.samples / (quick ? 4 : 1);
      rows.push(await compare({ ...configuration, d, chains: CHAINS[configuration.engine][d], samples }, rounds));
    }
  }
  printTable('Two workers against one, medians (least-greatest) of the rounds', HEAD, rows);
}

async function compare(size, rounds) {
  const { engine, precision, backend, d, chains, samples } = size;
  const train = (workers) => pretrainBatch(replicates(d, chains), { samples }, { engine, precision, backend, workers });
  const runs = [1, 2].map((workers) => ({
    name: `${nameOf(size)}, workers: ${workers}`,
    run: () => timed(() => train(workers)),
  }));
  const [one, two] = await interleave(runs, rounds, `workers, d = ${d}`);
  const of = (seconds, clock) => seconds.map((took) => took[clock]);
  return [
    nameOf(size),
    d,
    `${chains} x ${samples}`,
    `${median(of(one, 'wall')).toPrecision(3)} s`,
    spread(ratios(of(one, 'wall'), of(two, 'wall'))),
    spread(ratios(of(two, 'cpu'), of(one, 'cpu'))),
  ];
}
