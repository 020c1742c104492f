// Runs every experiment at its default size and keeps what its figures need under experiments/results: its description, its table
// and its times (run after `npm run build`; names as arguments for some of them only). After an interruption the same commit goes on
// where it was; another commit begins again.
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { EXPERIMENTS } from '../dist/experiments/index.js';

const KEPT = ['run.json', 'metrics.csv', 'timings.jsonl'];
const names = process.argv.slice(2);
const commit = execFileSync('git', ['rev-parse', '--short=12', 'HEAD'], { encoding: 'utf8' }).trim();

for (const { name } of EXPERIMENTS) {
  if (names.length > 0 && !names.includes(name)) continue;
  const folder = `runs/results-${commit}/${name}`;
  const command = ['dist/src/cli/main.js', 'run', name, '--out', folder, '--resume'];
  const { status } = spawnSync(process.execPath, command, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
  mkdirSync(`experiments/results/${name}`, { recursive: true });
  for (const file of KEPT) copyFileSync(`${folder}/${file}`, `experiments/results/${name}/${file}`);
}
