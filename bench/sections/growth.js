import { pretrainBatch } from '../../dist/src/index.js';
import { interleave, median, printTable, spread, timed } from '../measure.js';
import { CONFIGURATIONS, nameOf, replicates, TOGETHER, updatesOfChains } from '../work.js';

const HEAD = ['engine', 'chains x T', 'G updates/s of CPU time', 'of wall time', 'CPU seconds'];
/** The engine `plain` takes one chain after the other; more of them teach nothing. */
const PLAIN_CHAINS = 4;

/** Speed of the engines against d, in one thread. */
export async function growthInD({ rounds, quick }) {
  for (const d of quick ? [10, 50] : [10, 20, 50, 100, 200]) {
    const sizes = CONFIGURATIONS.map((configuration) => {
      const [chains, samples] = configuration.engine === 'plain' ? [1, 20_000] : [TOGETHER, 100_000];
      return { ...configuration, d, chains, samples: quick ? samples / 5 : samples };
    });
    await measure(`d = ${d}`, sizes, rounds);
  }
}

/** Speed of the engines against the number of chains, in one thread. */
export async function growthInReplicates({ rounds, quick }) {
  const d = 20;
  const samples = quick ? 4000 : 20_000;
  for (const chains of quick ? [1, 16, 64] : [1, 4, 16, 64, 256, 1024]) {
    const able = CONFIGURATIONS.filter(({ engine }) => engine !== 'plain' || chains <= PLAIN_CHAINS);
    const sizes = able.map((configuration) => ({ ...configuration, d, chains, samples }));
    await measure(`R = ${chains} replicates, d = ${d}`, sizes, rounds);
  }
}

async function measure(title, sizes, rounds) {
  const runs = [];
  for (const size of sizes) {
    const { engine, precision, d, chains, samples } = size;
    const train = () => pretrainBatch(replicates(d, chains), { samples }, { engine, precision, workers: 1 });
    const run = { name: nameOf(size), size, updates: 0 };
    run.run = () =>
      timed(async () => {
        run.updates = updatesOfChains((await train()).chains);
      });
    runs.push(run);
  }
  const seconds = await interleave(runs, rounds, title);
  const rows = runs.map(({ name, size, updates }, i) => {
    const giga = (clock) => spread(seconds[i].map((took) => updates / took[clock] / 1e9));
    const cpu = median(seconds[i].map(({ cpu }) => cpu)).toPrecision(3);
    return [name, `${size.chains} x ${size.samples}`, giga('cpu'), giga('wall'), cpu];
  });
  printTable(`### ${title}`, HEAD, rows);
}
