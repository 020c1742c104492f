import { describe, expect, it } from 'vitest';
import { threshold } from '../../../experiments/threshold.js';
import { behaviour, demonstrationState, optimum, type Row } from '../../../src/index.js';
import { expectJudged, flaws, misfits } from '../../fixtures/experiment-runs.js';

const { settings } = threshold.sizes.smoke;

/** Greedy long at p = .15, .32, .35, .5 as finite samples smear it. */
const SMEARED: Readonly<Record<number, readonly number[]>> = {
  100000: [0, 0.27, 0.78, 1],
  1000000: [0, 0.03, 0.99, 1],
};

const rows: readonly Row[] = settings.d.flatMap((d) =>
  settings.samples.flatMap((samples) =>
    settings.p.flatMap((p, i) =>
      [1, 2].map((seed): Row => {
        const long = SMEARED[samples]![i]!;
        const exact = behaviour(optimum(demonstrationState(p), settings), d).pLong;
        const sampled = exact + (seed === 1 ? 0.004 : -0.004);
        return { p, d, seed, samples, greedy_long: long, greedy_accuracy: 0.5 + long / 2, sampled_long: sampled };
      }),
    ),
  ),
);

describe('the threshold experiment', () => {
  it('accepts what theory says and sees every planted error', () => {
    expectJudged(threshold, rows, settings);
    expect(misfits(threshold, rows)).toEqual([]);
  });

  it('judges the step by the mean over seeds', () => {
    const planted = rows.map((row) => (row.p === 0.32 && row.seed === 1 ? { ...row, greedy_long: 0.3 } : row));
    expect(threshold.checks(planted, settings)[0]!.holds).toBe(false);
  });

  it('says nothing of a step that was not run', () => {
    for (const other of [
      { ...settings, lambda: 1e-2 },
      { ...settings, samples: [1000] },
      { ...settings, d: [3] },
    ]) {
      expect(threshold.checks([], other).map(({ holds }) => holds)).not.toContain(true);
      expect(threshold.checks([], other).map(({ holds }) => holds)).not.toContain(false);
    }
    expect(threshold.checks(rows, { ...settings, lambda: 1e-2 })[0]!.holds).toBeNull();
  });

  it('is drawn with all it has, and without rows', () => {
    const [long] = threshold.figures(rows, settings);
    expect(flaws(threshold.figures(rows, settings))).toEqual([]);
    expect(flaws(threshold.figures([], settings))).toEqual([]);
    expect(long!.panels.map(({ title }) => title)).toEqual(['$d = 25$', '$d = 50$']);
    // Of .15, .32, .35 and .5 the first is left of the panel.
    const lines = long!.panels[0]!.marks.filter((mark) => mark.kind === 'line' && mark.label);
    expect(lines.map((mark) => mark.kind === 'line' && mark.points.map(({ x }) => x))).toEqual(
      Array(2).fill([0.32, 0.35, 0.5]),
    );
    expect(long!.caption).toContain('probability at least 1/3');
  });
});
