import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { configure, openRun, runExperiment } from '../../../src/runs/index.js';
import { WALK } from '../../fixtures/walk.js';

/** A Python that can import tensorboard. */
const python = process.env.LENGTHWISE_TENSORBOARD;

it.skipIf(!python)(
  'TensorBoard reads every scalar back (opt-in: LENGTHWISE_TENSORBOARD=python)',
  { timeout: 120_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lengthwise-test-'));
    try {
      await runExperiment(WALK, configure(WALK, {}), folder);
      const found = JSON.parse(
        execFileSync(python!, ['tests/fixtures/read-events.py', join(folder, 'tensorboard')], { encoding: 'utf8' }),
      );
      const expected: Record<string, { place: [unknown, number][] }> = {};
      for (const { drift, seed, step, place } of openRun(folder).rows) {
        const run = `drift=${drift},seed=${seed}`;
        expected[run] ??= { place: [] };
        expected[run].place.push([step, Math.fround(place as number)]);
      }
      expect(found).toEqual(expected);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
