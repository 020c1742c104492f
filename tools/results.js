// Runs every experiment at its default size, or goes on with it, and keeps what its figures need under experiments/results (run
// after `npm run build`; names as arguments for some of them only). A run keeps its description, its table and its times.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { EXPERIMENTS } from '../dist/experiments/index.js';

const KEPT = ['run.json', 'metrics.csv', 'timings.jsonl'];
const names = process.argv.slice(2);

for (const { name } of EXPERIMENTS) {
  if (names.length > 0 && !names.includes(name)) continue;
  const { status } = spawnSync(process.execPath, ['dist/src/cli/main.js', 'run', name, '--resume'], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
  mkdirSync(`experiments/results/${name}`, { recursive: true });
  for (const file of KEPT) copyFileSync(`runs/${name}/default/${file}`, `experiments/results/${name}/${file}`);
}
