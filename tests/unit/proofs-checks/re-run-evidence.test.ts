import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { observedFalsely } from '../../../proofs-checks/shared/experiment-evidence.js';
import { pAboveThird } from '../../../proofs-checks/shared/falsifiers/index.js';
import { reRunEvidence } from '../../../proofs-checks/shared/re-run-evidence.js';
import { actualWorld, type Experiment, type Row, type TrialContext } from '../../../src/index.js';
import { SEED } from '../../fixtures/seed.js';

interface Settings {
  readonly pCot: number;
}

const size = { seeds: 2, settings: { pCot: 0.25 }, time: 'no time' };

/** An experiment that records p and trains nothing. */
function experimentWith(onTrial: (seed: number, context: TrialContext) => void): Experiment<Settings> {
  return {
    name: 'brief',
    model: 'transformer',
    question: 'Is p below 1/3?',
    expected: 'It is.',
    columns: [
      { name: 'seed', role: 'key', meaning: '' },
      { name: 'p', role: 'value', meaning: '' },
    ],
    schema: z.strictObject({ pCot: z.number() }),
    sizes: { smoke: size, default: size, full: size },
    trials: ({ pCot }, seeds) =>
      seeds.map((seed) => ({
        name: `seed=${seed}`,
        work: 1,
        run: async (context) => {
          onTrial(seed, context);
          context.record({ seed, p: pCot });
        },
      })),
    checks: (rows, { pCot }) => [
      {
        expected: 'p is below 1/3',
        holds: pCot < 1 / 3 && rows.every(({ p }) => Number(p) < 1 / 3),
        found: rows.map(({ p }) => p).join(),
      },
    ],
    falsifiers: { 'p is a half': (row) => ({ ...row, p: 0.5 }) },
  };
}

const world = actualWorld({ freeConstant: false, jointLoss: false, average: 'tail' });
const context = { effort: 'thorough', seed: SEED, alpha: 0 } as const;
const folders = () => readdirSync(tmpdir()).filter((name) => name.startsWith('lengthwise-re-run-'));

describe('a new run', () => {
  const seeds: number[] = [];
  const experiment = experimentWith((seed) => void seeds.push(seed)) as unknown as Experiment;
  const evidence = reRunEvidence(experiment, {
    falsifiers: [...observedFalsely(experiment), pAboveThird],
    settingsIn: ({ hypotheses }) => (hypotheses.pAtMostThird ? {} : { pCot: 0.4 }),
  });
  const [observed, trained] = evidence.falsifiers;

  it('has fresh seeds, keyed by that of the evidence, and tells its command', async () => {
    const { verdict, detail, margin } = await evidence.run(world, context);
    expect(verdict).toBe('holds');
    expect(seeds).toHaveLength(2);
    expect(seeds[1]).toBe(seeds[0]! + 1);
    expect(detail).toContain(
      `\`lengthwise run brief --size smoke --seeds 2 --seed ${seeds[0]} --engine onnx --backend cpu\``,
    );
    // .05^(1/2) = .22360...
    expect(margin).toBe('2 of 2 seeds, >= 0.223');
    await evidence.run(world, { ...context, seed: SEED + 1 });
    expect(seeds).toHaveLength(4);
    expect(Math.abs(seeds[2]! - seeds[0]!)).toBeGreaterThan(2);
  });

  it('is refuted by what is observed falsely, without being run once more', async () => {
    await evidence.run(world, context);
    const before = seeds.length;
    const { verdict, counterexample } = await evidence.run(observed!.plant(world), context);
    expect([verdict, counterexample]).toEqual(['refuted', { expected: 'p is below 1/3', found: '0.5,0.5' }]);
    expect(seeds).toHaveLength(before);
  });

  it('of which one seed fails is inconclusive, with the bound for the other', async () => {
    const plant = (rows: readonly Row[]) => rows.map((row, i) => (i === 0 ? { ...row, p: 0.5 } : row));
    const { verdict, margin } = await evidence.run({ ...world, observed: (_, rows) => plant(rows) }, context);
    // The lower bound for 1 of 2: 1 - sqrt(.95) = .02532...
    expect([verdict, margin]).toEqual(['inconclusive', '1 of 2 seeds, >= 0.025']);
  });

  it('is refuted where p is above 1/3, by another run', async () => {
    await evidence.run(world, context);
    const before = seeds.length;
    const { verdict, detail } = await evidence.run(trained!.plant(world), context);
    expect(verdict).toBe('refuted');
    expect(detail).toContain('--set pCot=0.4');
    expect(seeds).toHaveLength(before + 2);
  });
});

describe('a new run that is watched', () => {
  it('tells its progress, and leaves no folder behind', async () => {
    const before = folders();
    const seen: number[] = [];
    const experiment = experimentWith((_, { watch }) => watch.onProgress?.(0.5)) as unknown as Experiment;
    const onProgress = (done: number) => void seen.push(done);
    await reRunEvidence(experiment, { falsifiers: [] }).run(world, { ...context, onProgress });
    expect(seen).toEqual([0.25, 0.75]);
    expect(folders()).toEqual(before);
  });

  it('ends with the reason of an abort, and leaves no folder behind', async () => {
    const before = folders();
    const controller = new AbortController();
    const experiment = experimentWith((_, { watch }) => {
      expect(folders().length).toBeGreaterThan(before.length);
      controller.abort(new Error('enough'));
      watch.signal!.throwIfAborted();
    }) as unknown as Experiment;
    const run = reRunEvidence(experiment, { falsifiers: [] }).run(world, { ...context, signal: controller.signal });
    await expect(run).rejects.toThrow('enough');
    expect(folders()).toEqual(before);
  });
});
