// Draws every figure from the stored results into docs/figures, those of another size than the default into a folder of that size
// (run after `npm run build`).
import { spawnSync } from 'node:child_process';
import { STORED } from '../dist/experiments/index.js';

for (const { experiment, size, folder } of STORED) {
  const to = size === 'default' ? 'docs/figures' : `docs/figures/${size}`;
  const command = [
    'dist/src/cli/main.js',
    'plot',
    experiment.name,
    '--from',
    `experiments/results/${folder}`,
    '--to',
    to,
  ];
  const { status } = spawnSync(process.execPath, command, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
