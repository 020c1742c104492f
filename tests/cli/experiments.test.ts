import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

test('every algorithm succeeds where long answers are right, and none where they are not yet', async () => {
  const run = promisify(execFile)(process.execPath, ['dist/experiments/algorithms.js', '--size', 'smoke']);
  const [header, ...rows] = (await run).stdout.trimEnd().split('\n');
  expect(header).toMatch(/^p +T +algorithm +right +P\(right\|long\) before/);
  expect(rows).toHaveLength(10);
  expect(rows.map((row) => / {2}(yes|no) /.exec(row)![1])).toEqual([...Array(5).fill('yes'), ...Array(5).fill('no')]);
});
