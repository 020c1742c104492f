import { afterAll, beforeAll, expect, it } from 'vitest';
import { transformerStarMap } from '../../../experiments/transformer-star-map.js';
import { type Executor, openExecutor, type Row, type TrialState } from '../../../src/index.js';
import { collecting } from '../../fixtures/experiment-runs.js';

const SETTINGS = {
  ...transformerStarMap.sizes.smoke.settings,
  ...{ d: 3, width: 32, heads: 2, steps: 8, batch: 4, rollouts: 32, rounds: 1, inputs: 256 },
};

let executor: Executor | null = null;
beforeAll(async () => {
  // Nothing is timed where the back end is said.
  executor = await openExecutor({ executor: 'onnx', backend: 'cpu' }, { name: 'none', outputs: {}, loop: null });
});
afterAll(() => executor?.close());

async function trial(state: TrialState | null): Promise<{ readonly rows: Row[]; readonly saved: TrialState[] }> {
  const [rows, saved]: [Row[], TrialState[]] = [[], []];
  const save = (one: TrialState) => void saved.push(structuredClone(one));
  const [only] = transformerStarMap.trials(SETTINGS, [1]);
  await only!.run(collecting(rows, { state, save, executor: async () => executor! }));
  return { rows, saved };
}

it('pre-training is saved on the way, and goes on from there to the same rows', async () => {
  const { rows, saved } = await trial(null);
  expect(saved.map(({ values }) => [values.stage, values.step])).toEqual([
    ['pretraining', 2],
    ['pretraining', 4],
    ['pretraining', 6],
    ['pretraining', 8],
    ['rl', 0],
  ]);
  const later = await trial(saved[1]!);
  expect(later.rows).toEqual(rows);
  expect(later.saved).toEqual(saved.slice(2));
});
