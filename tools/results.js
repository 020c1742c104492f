// Runs every experiment as its stored result is to be and keeps what its figures need under experiments/results: its description,
// its table and its times, with the checksums of all files there (run after `npm run build`; names as arguments for some of them
// only). After an interruption the same commit goes on where it was; another commit begins again.
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { STORED } from '../dist/experiments/index.js';
import { writeChecksums } from './checksums.js';

const KEPT = ['run.json', 'metrics.csv', 'timings.jsonl'];
const RESULTS = 'experiments/results';
const names = process.argv.slice(2);
const commit = execFileSync('git', ['rev-parse', '--short=12', 'HEAD'], { encoding: 'utf8' }).trim();

const known = STORED.map(({ experiment }) => experiment.name);
const unknown = names.find((name) => !known.includes(name));
if (unknown !== undefined) {
  console.error(`the experiment is "${unknown}"; it must be one of ${[...new Set(known)].join(', ')}`);
  process.exit(2);
}

for (const { experiment, size, folder } of STORED) {
  if (names.length > 0 && !names.includes(experiment.name)) continue;
  const run = `runs/results-${commit}/${folder}`;
  const command = ['dist/src/cli/main.js', 'run', experiment.name, '--size', size, '--out', run, '--resume'];
  const { status } = spawnSync(process.execPath, command, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
  mkdirSync(`${RESULTS}/${folder}`, { recursive: true });
  for (const file of KEPT) copyFileSync(`${run}/${file}`, `${RESULTS}/${folder}/${file}`);
  writeChecksums(RESULTS);
}
