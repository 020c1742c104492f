import { describe, expect, it } from 'vitest';
import { EXPERIMENTS } from '../../../experiments/index.js';
import { type Row, SIZES } from '../../../src/index.js';
import { flaws, rowsOf } from '../../fixtures/experiment-runs.js';

/** Settings with one value replaced, by what is out of every range. */
function spoilt(settings: object): [string, object][] {
  const bad = (value: unknown): unknown[] => {
    if (typeof value === 'number') return [-1, Number.NaN, 1e300, String(value)];
    if (Array.isArray(value)) return [value[0] ?? 1, [...value, -1], [0.5, 0.5], Array(1000).fill(0.5)];
    return [null, 'none of them'];
  };
  return Object.entries(settings).flatMap(([name, value]) =>
    bad(value).map((other): [string, object] => [
      `${name} = ${JSON.stringify(other)?.slice(0, 40)}`,
      { ...settings, [name]: other },
    ]),
  );
}

it('names each experiment once', () => {
  const names = EXPERIMENTS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

describe.each(EXPERIMENTS.map((experiment) => [experiment.name, experiment] as const))('%s', (_, experiment) => {
  it('asks a question, and has settings of every size within their ranges', () => {
    expect(experiment.question).toMatch(/\?$/);
    for (const size of SIZES) {
      const { settings, time, seeds } = experiment.sizes[size];
      expect(experiment.schema.parse(settings), size).toEqual(settings);
      expect(time, size).toMatch(/second|minute|hour|day/);
      expect(seeds, size).toBeGreaterThanOrEqual(size === 'smoke' ? 0 : experiment.model === 'transformer' ? 3 : 5);
    }
  });

  it('refuses settings that are unknown, missing or out of range', () => {
    const { settings } = experiment.sizes.smoke;
    expect(experiment.schema.safeParse({ ...settings, other: 1 }).success).toBe(false);
    for (const name of Object.keys(settings)) {
      const { [name as keyof object]: _left, ...rest } = settings;
      expect(experiment.schema.safeParse(rest).success, `without ${name}`).toBe(false);
    }
    for (const [name, wrong] of spoilt(settings)) expect(experiment.schema.safeParse(wrong).success, name).toBe(false);
  });

  it('has trials with names of their own, and with work', () => {
    for (const size of SIZES) {
      const { settings, seeds } = experiment.sizes[size];
      const trials = experiment.trials(
        settings,
        Array.from({ length: seeds }, (__, i) => i + 1),
      );
      expect(new Set(trials.map(({ name }) => name)).size, size).toBe(trials.length);
      for (const { name, work } of trials) {
        expect(name).toMatch(/^[A-Za-z0-9.=,-]+$/);
        expect(work, name).toBeGreaterThan(0);
      }
    }
  });

  it('passes over rows without values in checks and figures', async () => {
    const { settings } = experiment.sizes.smoke;
    const keys = experiment.columns.filter(({ role }) => role === 'key').map(({ name }) => name);
    const empty: Row = Object.fromEntries(experiment.columns.map(({ name }) => [name, keys.includes(name) ? 1 : null]));
    for (const rows of [[], [empty]]) {
      const checks = experiment.checks(rows, settings);
      expect(checks.filter(({ holds }) => holds === true)).toEqual([]);
      expect(flaws(experiment.figures(rows, settings))).toEqual([]);
    }
  });

  it('draws nothing without seeds but what is exact', async () => {
    const { settings } = experiment.sizes.smoke;
    const [rows, again] = [
      await rowsOf(experiment.trials(settings, [])),
      await rowsOf(experiment.trials(settings, [])),
    ];
    expect(rows).toEqual(again);
    expect(rows.every(({ seed }) => seed === null)).toBe(true);
  });
});
