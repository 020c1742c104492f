import { describe, expect, it } from 'vitest';
import { rounds } from '../../../experiments/rounds.js';
import { type Row, roundsToGreedyLong } from '../../../src/index.js';
import { exactRows, expectJudged, flaws, misfits } from '../../fixtures/experiment-runs.js';

const { settings } = rounds.sizes.smoke;
const { sampledD: d, sampledLambda: lambda, sampledP, samples } = settings;

/** Chains that turn long in the round of the exact map, or as many rounds later. */
const chains = (later: number): readonly Row[] =>
  sampledP.flatMap((p) =>
    [1, 2].map((seed): Row => {
      const round = roundsToGreedyLong(p, { d, lambda, reward: 'cot' }, settings.limit)! + later;
      const found = { rounds: round, accuracy: 0.9, bound: null, margin: null };
      return { source: 'sampled', d, lambda, p, seed, samples, ...found };
    }),
  );

const holds = (rows: readonly Row[], of = settings) => rounds.checks(rows, of).map((check) => check.holds);

describe('the rounds experiment', () => {
  it('accepts what theory says and sees every planted error', async () => {
    const rows = [...(await exactRows(rounds, settings)), ...chains(0)];
    expectJudged(rounds, rows, settings);
    expect(misfits(rounds, rows)).toEqual([]);
  });

  it('lets pass one round near a tie only, and never two', () => {
    expect(holds(chains(1)).slice(3)).toEqual([true, false, true]);
    expect(holds(chains(2)).slice(3)).toEqual([false, false, true]);
    const tied = chains(1).filter(({ p }) => p !== 0.28);
    expect(holds(tied).slice(3, 5)).toEqual([true, null]);
  });

  it('says nothing where samples are few or K is near 1/2', () => {
    const few = chains(3).map((row) => ({ ...row, samples: 100 }));
    expect(holds(few).slice(3)).toEqual([null, null, null]);
    const edge = chains(3).map((row) => ({ ...row, d: 131 }));
    expect(holds(edge).slice(3)).toEqual([null, null, null]);
  });

  it('trains every chain on longSamples / p sequences or more, neighbours together', () => {
    const names = rounds.trials(rounds.sizes.default.settings, [1]).map(({ name }) => name);
    expect(names.slice(0, 3)).toEqual(['exact', 'p=0.001,0.0018,seed=1', 'p=0.0035,0.006,seed=1']);
    expect(names).toHaveLength(9);
    expect(rounds.schema.safeParse({ ...settings, sampledP: [1e-3], longSamples: 100_000 }).success).toBe(false);
  });

  it('is drawn with all it has, and without rows', async () => {
    const rows = [...(await exactRows(rounds, settings)), ...chains(0)];
    expect(flaws(rounds.figures(rows, settings))).toEqual([]);
    expect(flaws(rounds.figures([], settings))).toEqual([]);
    // d = 50, lambda = .01 has K < 1/2 and no curve.
    const lines = rounds.figures(rows, settings)[0]!.panels[0]!.marks.filter(({ kind }) => kind === 'line');
    expect(lines).toHaveLength(8);
  });
});
