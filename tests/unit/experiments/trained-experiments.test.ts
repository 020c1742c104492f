import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { algorithms } from '../../../experiments/algorithms.js';
import { EXPERIMENTS } from '../../../experiments/index.js';
import { lengthGrowth } from '../../../experiments/length-growth.js';
import { noise } from '../../../experiments/noise.js';
import { sampleComplexity } from '../../../experiments/sample-complexity.js';
import { temperature } from '../../../experiments/temperature.js';
import { type IllustratedExperiment, type OpenEngine, openEngine, type Row, SIZES } from '../../../src/index.js';
import { faultsOf } from '../../fixtures/figure-faults.js';
import { runSmoke, runTrial } from '../../fixtures/trained-experiments.js';

/** Not the seed that the experiments were made with. */
const SEED = 41;

const trained: readonly [string, () => IllustratedExperiment][] = [
  lengthGrowth,
  sampleComplexity,
  temperature,
  algorithms,
  noise,
].map((experiment) => [experiment.name, () => experiment as unknown as IllustratedExperiment]);

describe.each(trained)('%s', (name, get) => {
  const experiment = get();
  const { settings } = experiment.sizes.smoke;
  let kernels: OpenEngine;
  let smoke: Awaited<ReturnType<typeof runSmoke>>;
  const holdsOf = (rows: readonly Row[]) => experiment.checks(rows, settings).map(({ holds }) => holds);

  beforeAll(async () => {
    kernels = await openEngine('wasm', { precision: 'f64' });
    smoke = await runSmoke(experiment, SEED);
  });
  afterAll(() => kernels.close());

  it('is listed', () => {
    expect(EXPERIMENTS.filter((listed) => listed.name === name)).toEqual([experiment]);
  });

  it('has sizes that its schema reads, and a description for each setting', () => {
    for (const size of SIZES) {
      const { settings } = experiment.sizes[size];
      expect(experiment.schema.parse(settings)).toEqual(settings);
      expect(experiment.schema.safeParse({ ...settings, unknown: 1 }).success).toBe(false);
    }
    const { shape } = experiment.schema as unknown as { shape: Record<string, { description?: string }> };
    expect(Object.entries(shape).filter(([, { description }]) => !description)).toEqual([]);
    expect(experiment.question.endsWith('?')).toBe(true);
  });

  it('has trials with names of their own', () => {
    const names = SIZES.flatMap((size) => {
      const { settings, seeds } = experiment.sizes[size];
      const trials = experiment.trials(
        settings,
        Array.from({ length: seeds }, (_, i) => i + 1),
      );
      expect(new Set(trials.map((trial) => trial.name)).size).toBe(trials.length);
      expect(trials.every(({ work }) => work > 0)).toBe(true);
      return trials.map((trial) => trial.name);
    });
    expect(names.filter((name) => !/^[A-Za-z0-9.=,-]+$/.test(name))).toEqual([]);
  });

  it('records a cell for each column, and tells its rows apart by their keys and steps', () => {
    const columns = experiment.columns.map((column) => column.name);
    for (const row of smoke.rows) {
      expect(Object.keys(row).toSorted()).toEqual(columns.toSorted());
      for (const cell of Object.values(row)) if (typeof cell === 'number') expect(cell).toSatisfy(Number.isFinite);
    }
    const keys = experiment.columns.filter(({ role }) => role !== 'value').map((column) => column.name);
    const known = new Set(smoke.rows.map((row) => keys.map((key) => row[key]).join('|')));
    expect(known.size).toBe(smoke.rows.length);
    expect(smoke.samples.length).toBeGreaterThan(0);
  });

  it('finds what it expects, at the smoke size', () => {
    expect(experiment.checks(smoke.rows, settings).filter(({ holds }) => holds !== true)).toEqual([]);
  });

  it('would say so if it were otherwise: each planted error breaks a check, and each check is broken by one', () => {
    const broken = Object.values(experiment.falsifiers).map((plant) => holdsOf(smoke.rows.map(plant)));
    expect(broken.filter((holds) => !holds.includes(false))).toEqual([]);
    const checks = holdsOf(smoke.rows);
    expect(checks.map((_, i) => broken.some((holds) => holds[i] === false))).toEqual(checks.map(() => true));
  });

  it('holds nothing for true without rows, and speaks of no settings but its own', () => {
    for (const size of SIZES) {
      const found = experiment.checks([], experiment.sizes[size].settings);
      expect(found.filter(({ holds }) => holds === true)).toEqual([]);
    }
    const odd = { ...settings, lambda: 1 };
    const found = experiment.checks(smoke.rows, odd);
    // Theorem 1 and the exact maps speak of every lambda; the other checks of the settings that they were seen to hold for.
    const told = { 'length-growth': 3, temperature: 5, noise: 5 }[name] ?? 0;
    expect(found.filter(({ holds }) => holds !== null)).toHaveLength(told);
  });

  it('draws what is there, of a finished run or of an unfinished one', () => {
    for (const figure of experiment.figures(smoke.rows, settings)) expect(faultsOf(figure)).toEqual([]);
    for (const part of [[], smoke.rows.slice(0, 1), smoke.rows.slice(0, 20)]) {
      for (const figure of experiment.figures(part, settings)) {
        expect(faultsOf(figure).filter((fault) => !fault.endsWith('has no points'))).toEqual([]);
      }
    }
  });

  it('goes on from any saved state to the same rows', async () => {
    // The trial that saves most often, and one of the others.
    const sorted = smoke.runs.toSorted((a, b) => b.run.saved.length - a.run.saved.length);
    for (const { trial, run } of sorted.slice(0, 2)) {
      for (const { state, rows, samples } of run.saved.filter((_, i) => i % 5 === 0)) {
        const rest = await runTrial(trial, kernels, state);
        expect(rest.rows).toEqual(run.rows.slice(rows));
        expect(rest.samples).toEqual(run.samples.slice(samples));
      }
    }
  });
});

it('an interrupted trial of each algorithm goes on bit by bit where it was', async () => {
  const kernels = await openEngine('wasm', { precision: 'f64' });
  const { settings } = lengthGrowth.sizes.smoke;
  const brief = {
    ...settings,
    pretraining: [500, 1000],
    budget: 12_000,
    starSamples: 1000,
    prompts: 256,
    evaluateEvery: 2,
  };
  for (const trial of lengthGrowth.trials(brief, [SEED])) {
    const run = await runTrial(trial, kernels);
    expect(run.saved.length).toBeGreaterThan(2);
    for (const { state, rows } of run.saved)
      expect((await runTrial(trial, kernels, state)).rows).toEqual(run.rows.slice(rows));
    const last = (saved: typeof run.saved) => saved.at(-1)!.state;
    expect(last((await runTrial(trial, kernels, run.saved[1]!.state)).saved)).toEqual(last(run.saved));
  }
  await kernels.close();
});
