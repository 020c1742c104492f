import { describe, expect, it } from 'vitest';
import { dichotomy } from '../../../experiments/dichotomy.js';
import type { Row } from '../../../src/index.js';
import { exactRows, expectJudged, flaws, misfits } from '../../fixtures/experiment-runs.js';

const { settings } = dichotomy.sizes.smoke;

/** Where STaR fails, of d = 3 and 7 at lambda = .1 and .01. */
const FAILURES = new Set(['cot,7,0.1', 'e2e,3,0.1', 'e2e,7,0.1']);

const chains: readonly Row[] = ['cot', 'e2e'].flatMap((reward) =>
  settings.sampledD.flatMap((d) =>
    settings.sampledLambda.map((lambda): Row => {
      const failed = FAILURES.has([reward, d, lambda].join());
      const found = {
        largest_d: null,
        greedy_long: reward === 'cot' && failed ? 0 : 1,
        accuracy_e2e: failed ? 0.51 : 0.7,
      };
      return { source: 'sampled', star_reward: reward, lambda, p: settings.sampledP, d, seed: 1, ...found };
    }),
  ),
);

const exact = exactRows(dichotomy, settings);

describe('the dichotomy experiment', () => {
  it('accepts what theory says and sees every planted error', async () => {
    const rows = [...(await exact), ...chains];
    expectJudged(dichotomy, rows, settings);
    expect(misfits(dichotomy, rows)).toEqual([]);
  });

  it('sees one chain on the wrong side', async () => {
    for (const [i, chain] of chains.entries()) {
      const other = {
        ...chain,
        greedy_long: 1 - Number(chain.greedy_long),
        accuracy_e2e: 1.21 - Number(chain.accuracy_e2e),
      };
      const found = dichotomy.checks([...chains.slice(0, i), other, ...chains.slice(i + 1)], settings).at(-1)!.holds;
      // A factor 1.25 below d = 3 nothing collapses: at lambda = .1 it is too near to the line of r_e2e to tell.
      const near = chain.star_reward === 'e2e' && chain.d === 3 && chain.lambda === 0.1;
      expect(found, JSON.stringify(chain)).toBe(near);
    }
  });

  it('says nothing after few rounds or samples, and of lines that were not run', () => {
    for (const other of [
      { ...settings, rounds: 2 },
      { ...settings, samples: 2000 },
    ]) {
      expect(dichotomy.checks(chains, other).map(({ holds }) => holds)).toEqual(Array(5).fill(null));
    }
  });

  it('leaves a line that is undecided without a value', async () => {
    const rows = (await exact).map((row) => (row.star_reward === 'e2e' ? { ...row, largest_d: null } : row));
    expect(dichotomy.checks(rows, settings).map(({ holds }) => holds)).toEqual([true, true, false, false, null]);
    expect(flaws(dichotomy.figures(rows, settings))).toEqual([]);
  });

  it('is drawn with all it has, and without rows', async () => {
    const rows = [...(await exact), ...chains];
    expect(flaws(dichotomy.figures(rows, settings))).toEqual([]);
    expect(flaws(dichotomy.figures([], settings))).toEqual([]);
    const { marks } = dichotomy.figures(rows, settings)[0]!.panels[0]!;
    const count = (series: string) =>
      marks.flatMap((mark) => (mark.kind === 'dots' && mark.series === series ? mark.points : [])).length;
    expect(count('trained, cot, failed')).toBe(1);
    expect(count('trained, e2e, succeeded')).toBe(2);
  });
});
