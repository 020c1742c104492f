import { describe, expect, it } from 'vitest';
import { calibration } from '../../../experiments/calibration.js';
import { behaviour, demonstrationState, optimum, type Row } from '../../../src/index.js';
import { exactRows, expectJudged, flaws, misfits } from '../../fixtures/experiment-runs.js';

const { settings } = calibration.sizes.smoke;

const sampled: readonly Row[] = settings.sampledLambda.flatMap((lambda) =>
  settings.sampledP.flatMap((p) =>
    [1, 2].map((seed): Row => {
      const long =
        behaviour(optimum(demonstrationState(p), { lambda }), settings.d).pLong + (seed === 1 ? 0.003 : -0.003);
      const samples = Math.max(settings.samples, settings.ridgeSamples / lambda);
      return { source: 'sampled', lambda, p, seed, samples, long, gap: long - p, lower: -1, upper: 1 };
    }),
  ),
);

describe('the calibration experiment', () => {
  it('accepts what theory says and sees every planted error', async () => {
    const rows = [...(await exactRows(calibration, settings)), ...sampled];
    expectJudged(calibration, rows, settings);
    expect(misfits(calibration, rows)).toEqual([]);
  });

  it('sees an error of order lambda, which every bound lets pass', async () => {
    const exact = await exactRows(calibration, settings);
    const planted = exact.map((row) => ({ ...row, gap: Math.min(0.1 * Number(row.lambda), Number(row.upper)) }));
    expect(calibration.checks(planted, settings).map(({ holds }) => holds)).toEqual([true, false, null]);
  });

  it('says nothing of chains that saw too few samples for their lambda', () => {
    const few = sampled.map((row) => ({ ...row, samples: 50, long: 0.9 }));
    expect(calibration.checks(few, settings).map(({ holds }) => holds)).toEqual([null, null, null]);
  });

  it('is drawn with all it has, and without rows', async () => {
    const rows = [...(await exactRows(calibration, settings)), ...sampled];
    expect(flaws(calibration.figures(rows, settings))).toEqual([]);
    expect(flaws(calibration.figures([], settings))).toEqual([]);
    const dots = calibration
      .figures(rows, settings)[0]!
      .panels.map(({ marks }) => marks.find(({ kind }) => kind === 'dots'));
    expect(dots.map((mark) => mark?.kind === 'dots' && mark.points.length)).toEqual([3, 3, 0, 0]);
  });
});
