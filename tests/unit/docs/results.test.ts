import { existsSync, readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { STORED } from '../../../experiments/index.js';
import { CHECKSUMS, damagedFiles, openRun } from '../../../src/runs/index.js';

const ROOT = 'experiments/results';
const folders = readdirSync(ROOT).filter((name) => name !== CHECKSUMS);

it('only results that are known are stored', () => {
  const known = STORED.map(({ folder }) => folder);
  expect(folders.filter((folder) => !known.includes(folder))).toEqual([]);
});

it.each(folders)('%s is what was stored with its checksums: else run `node tools/checksums.js`', (folder) => {
  expect(damagedFiles(ROOT, folder)).toEqual([]);
});

it.each(STORED.filter(({ folder }) => existsSync(`${ROOT}/${folder}`)))('$folder is a run of its size', (stored) => {
  const { experiment, size } = openRun(`${ROOT}/${stored.folder}`);
  expect([experiment, size]).toEqual([stored.experiment.name, stored.size]);
});
