import { interleave, median, printTable, spread, timed } from '../measure.js';
import { CONFIGURATIONS, nameOf, open, replicates, updatesOfChains } from '../work.js';

const HEAD = ['engine', 'chains x T', 'G updates/s of CPU time', 'of wall time', 'CPU seconds'];
/** The engine `plain` takes one chain after the other, and gpu.js at most 64 at a time: more of them teach nothing. */
const MOST_CHAINS = { plain: 4, wasm: Number.POSITIVE_INFINITY, gpujs: 64 };

/** Speed of the engines against d, in one thread. */
export async function growthInD({ rounds, quick }) {
  for (const d of quick ? [10, 50] : [10, 20, 50, 100, 200]) {
    const sizes = CONFIGURATIONS.map((configuration) => {
      return { ...configuration, d, samples: quick ? configuration.samples / 4 : configuration.samples };
    });
    await measure(`d = ${d}`, sizes, rounds);
  }
}

/** Speed of the engines against the number of chains, in one thread. */
export async function growthInReplicates({ rounds, quick }) {
  const d = 20;
  const samples = quick ? 4000 : 20_000;
  for (const chains of quick ? [1, 16, 64] : [1, 4, 16, 64, 256, 1024]) {
    const able = CONFIGURATIONS.filter(({ engine }) => chains <= MOST_CHAINS[engine]);
    const sizes = able.map((configuration) => ({ ...configuration, d, chains, samples }));
    await measure(`R = ${chains} replicates, d = ${d}`, sizes, rounds);
  }
}

async function measure(title, sizes, rounds) {
  const runs = [];
  for (const size of sizes) {
    const { d, chains, samples } = size;
    const engine = await open(size);
    const train = () => engine.train(replicates(d, chains), samples);
    const updates = updatesOfChains(await train());
    runs.push({ name: nameOf(size), size, updates, run: () => timed(train), close: engine.close });
  }
  const seconds = await interleave(runs, rounds, title);
  for (const { close } of runs) await close();
  const rows = runs.map(({ name, size, updates }, i) => {
    const giga = (clock) => spread(seconds[i].map((took) => updates / took[clock] / 1e9));
    const cpu = median(seconds[i].map(({ cpu }) => cpu)).toPrecision(3);
    return [name, `${size.chains} x ${size.samples}`, giga('cpu'), giga('wall'), cpu];
  });
  printTable(`### ${title}`, HEAD, rows);
}
