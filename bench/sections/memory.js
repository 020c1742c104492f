import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { printTable, tell } from '../measure.js';
import { CONFIGURATIONS, nameOf } from '../work.js';

const CHILD = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, 'memory-child.js');

/** The greatest resident memory of a process that does nothing else than to train. */
export async function memorySection({ quick }) {
  const samples = quick ? 2000 : 20_000;
  const rows = [['nothing trained', '-', '-', '-', megabytes(null)]];
  for (const { d, chains, workers } of sizes(quick)) {
    for (const configuration of CONFIGURATIONS) {
      // These two are slow, and have at most 1 and 64 chains in memory at a time.
      if (configuration.engine === 'plain' && chains * d > 500) continue;
      if (configuration.engine === 'gpujs' && chains > 64) continue;
      const memory = megabytes({ ...configuration, d, chains, samples, workers });
      rows.push([nameOf(configuration), d, `${chains} x ${samples}`, workers, memory]);
    }
  }
  printTable('Peak resident memory of the process, all of its threads together', HEAD, rows);
}

const HEAD = ['engine', 'd', 'chains x T', 'workers', 'MB'];

function sizes(quick) {
  const one = quick
    ? [[20, 16]]
    : [
        [20, 1],
        [20, 64],
        [20, 1024],
        [100, 4],
        [100, 64],
        [200, 4],
      ];
  const two = quick
    ? [[20, 16]]
    : [
        [20, 64],
        [20, 1024],
        [100, 64],
      ];
  return [one, two].flatMap((list, i) => list.map(([d, chains]) => ({ d, chains, workers: i + 1 })));
}

function megabytes(size) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CHILD, JSON.stringify(size)]);
  if (status !== 0) throw new Error(`a child failed: ${stderr}`);
  const memory = (Number(stdout) / 1024).toFixed(0);
  tell(`memory: ${JSON.stringify(size)}: ${memory} MB`);
  return memory;
}
