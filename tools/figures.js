// Draws every figure from the stored results into docs/figures (run after `npm run build`).
import { spawnSync } from 'node:child_process';
import { EXPERIMENTS } from '../dist/experiments/index.js';

for (const { name } of EXPERIMENTS) {
  const command = [
    'dist/src/cli/main.js',
    'plot',
    name,
    '--from',
    `experiments/results/${name}`,
    '--to',
    'docs/figures',
  ];
  const { status } = spawnSync(process.execPath, command, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
