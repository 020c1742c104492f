import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { configure, type Experiment, openRun, runExperiment, type TrialContext } from '../../../src/runs/index.js';
import {
  ADAMW,
  modelShape,
  parametersOf,
  parityProgram,
  pretrainTransformer,
  TransformerPolicy,
  type TransformerState,
} from '../../../src/transformer/index.js';
import { WALK } from '../../fixtures/walk.js';

const root = mkdtempSync(join(tmpdir(), 'lengthwise-test-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const folder = (name: string) => join(root, name);

const OPTIONS = {
  model: parametersOf(modelShape({ depth: 1, width: 32, heads: 2, context: 7 })),
  task: { d: 3, leap: 1 },
  optimiser: ADAMW,
  fit: { batch: 8, epochs: 1, learningRate: 1e-3 },
};

const PRETRAINING = {
  pCot: 0.25,
  sequences: 8,
  learningRate: 1e-3,
  warmupSteps: 2,
  decay: 'constant',
  decaySteps: 10,
} as const;

async function pretrainInRun(seed: number, steps: number, context: TrialContext): Promise<void> {
  const executor = await context.executor(parityProgram(OPTIONS, 'training', 8));
  const { state } = context;
  const saved = state && ({ ...state.arrays, step: state.values.step } as unknown as TransformerState);
  const policy = new TransformerPolicy({ ...OPTIONS, executor, seed }, saved ?? undefined);
  while (policy.state.step < steps) {
    const [loss] = await pretrainTransformer(policy, PRETRAINING, policy.state.step + 1, context.watch);
    const { step, ...arrays } = policy.state;
    context.record({ seed, step, loss: loss! });
    context.save({ values: { step }, arrays });
  }
}

/** Losses of the first steps of pre-training, with a checkpoint after each. */
const LOSSES: Experiment<{ steps: number }> = {
  ...WALK,
  name: 'losses',
  model: 'transformer',
  columns: [
    { name: 'seed', role: 'key', meaning: 'keys the samples' },
    { name: 'step', role: 'step', meaning: 'steps so far' },
    { name: 'loss', role: 'value', meaning: 'nats a token' },
  ],
  schema: z.strictObject({ steps: z.number().int().min(1).max(100).describe('steps') }),
  sizes: {
    smoke: { seeds: 2, settings: { steps: 4 }, time: 'no time' },
    default: { seeds: 2, settings: { steps: 4 }, time: 'no time' },
    full: { seeds: 2, settings: { steps: 4 }, time: 'no time' },
  },
  trials: ({ steps }, seeds) =>
    seeds.map((seed) => ({
      name: `seed=${seed}`,
      work: steps,
      run: (context) => pretrainInRun(seed, steps, context),
    })),
};

const ON_CPU = configure(LOSSES, { engine: { executor: 'onnx', backend: 'cpu' } });
const table = (directory: string) => readFileSync(join(directory, 'metrics.csv'), 'utf8');

/** The experiment, aborted when so many rows have been recorded. */
function stoppedAfter(rows: number, controller: AbortController): typeof LOSSES {
  let recorded = 0;
  return {
    ...LOSSES,
    trials: (settings, seeds) =>
      LOSSES.trials(settings, seeds).map((trial) => ({
        ...trial,
        run: (context) =>
          trial.run({
            ...context,
            record: (row) => {
              context.record(row);
              if (++recorded === rows) controller.abort(new Error('enough'));
            },
          }),
      })),
  };
}

describe('a run of transformers', () => {
  it('says what ran, and goes on to the same bytes with what it began with', async () => {
    const { rows, ran } = await runExperiment(LOSSES, ON_CPU, folder('whole'));
    expect(rows).toHaveLength(8);
    const onnx = { name: 'onnx', backend: 'cpu', executorKind: null, precision: 'f32', adapter: null };
    expect(ran).toEqual([onnx]);
    expect(openRun(folder('whole'))).toMatchObject({ ran, engine: { executor: 'onnx', backend: 'cpu' } });
    const stopped = new AbortController();
    const cut = runExperiment(stoppedAfter(6, stopped), ON_CPU, folder('cut'), { signal: stopped.signal });
    await expect(cut).rejects.toThrow('enough');
    await runExperiment(LOSSES, ON_CPU, folder('cut'), { resume: true });
    expect(table(folder('cut'))).toBe(table(folder('whole')));
  });

  it('keeps its state in float32', async () => {
    await runExperiment(LOSSES, ON_CPU, folder('small'));
    const [file] = readdirSync(join(folder('small'), 'checkpoints')).filter((name) => name.endsWith('.safetensors'));
    // Three arrays of 4 bytes a parameter, and less than 1 KiB of names.
    const bytes = statSync(join(folder('small'), 'checkpoints', file!)).size;
    expect(bytes - 12 * OPTIONS.model.size).toBeGreaterThan(0);
    expect(bytes - 12 * OPTIONS.model.size).toBeLessThan(1024);
  });

  it('chooses an executor if none was asked for, and keeps to it after an interruption', async () => {
    const anything = configure(LOSSES, {});
    const stopped = new AbortController();
    const cut = runExperiment(stoppedAfter(2, stopped), anything, folder('chosen'), { signal: stopped.signal });
    await expect(cut).rejects.toThrow('enough');
    // As if the run had begun where another one was the fastest. Whether that one runs here does not matter.
    const path = join(folder('chosen'), 'run.json');
    const manifest = JSON.parse(readFileSync(path, 'utf8'));
    expect(manifest.ran).toHaveLength(1);
    writeFileSync(path, JSON.stringify({ ...manifest, ran: [{ ...manifest.ran[0], name: 'gpujs', backend: 'cpu' }] }));
    await runExperiment(LOSSES, anything, folder('chosen'), { resume: true }).catch(() => {});
    expect(new Set(openRun(folder('chosen')).ran.map(({ name }) => name))).toEqual(new Set(['gpujs']));
  });

  it('keeps no programs of a trial that has ended', async () => {
    const executors = new Set<unknown>();
    const asking = {
      ...LOSSES,
      trials: () =>
        ['one', 'two'].map((name) => ({
          name,
          work: 1,
          run: async ({ executor }: TrialContext) => {
            for (let i = 0; i < 2; i++) executors.add(await executor(parityProgram(OPTIONS, 'training', 1)));
          },
        })),
    };
    const { ran } = await runExperiment(asking, ON_CPU, folder('two executors'));
    expect(executors.size).toBe(2);
    expect(ran).toHaveLength(1);
  });

  it('has no engine of chains, and a run of chains no executor', async () => {
    const asking = (experiment: Experiment, ask: (context: TrialContext) => Promise<unknown>) => ({
      ...experiment,
      trials: () => [{ name: 'asks', work: 1, run: async (context: TrialContext) => void (await ask(context)) }],
    });
    const run = (experiment: Experiment, name: string) =>
      runExperiment(experiment, configure(experiment, {}), folder(name));
    const chains = asking(WALK as unknown as Experiment, ({ executor }) =>
      executor(parityProgram(OPTIONS, 'training', 1)),
    );
    await expect(run(chains, 'chains')).rejects.toThrow('walk trains chains: it has no executor()');
    const transformers = asking(LOSSES as unknown as Experiment, ({ kernels }) => kernels());
    await expect(run(transformers, 'transformers')).rejects.toThrow(
      'losses trains transformers: it has executor(), not train() and kernels()',
    );
  });
});
