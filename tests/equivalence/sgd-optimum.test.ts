import { describe, expect, it } from 'vitest';
import {
  demonstrationDistribution,
  demonstrationState,
  fitChain,
  type LinearChain,
  optimum,
  Pacer,
  pretrain,
  supportWeights,
} from '../../src/index.js';
import { SEED, seedNote } from '../fixtures/seed.js';

const SETTING = { d: 3, pCot: 0.25, lambda: 0.1 };
const SEEDS = [0, 1, 2, 3, 4, 5];

/** The largest difference of any weight of any predictor. */
function distance(a: LinearChain, b: LinearChain): number {
  const weights = ({ first, stop, next }: LinearChain) => [...first, ...stop, ...next.flatMap((w) => [...w])];
  const other = weights(b);
  return Math.max(...weights(a).map((w, j) => Math.abs(w - other[j]!)));
}

/** The mean distance to the optimum over independent trainings. */
async function meanError(samples: number, target: LinearChain): Promise<number> {
  let sum = 0;
  for (const i of SEEDS) sum += distance((await pretrain({ ...SETTING, samples, seed: SEED + i })).model, target);
  return sum / SEEDS.length;
}

describe('SGD on finite samples', () => {
  it('approaches the optimum like 1 / sqrt(T)', async () => {
    const target = await fitChain(demonstrationDistribution(SETTING.d, SETTING.pCot), SETTING, new Pacer());
    const [few, many] = [await meanError(1000, target), await meanError(100_000, target)];
    // A hundred times the samples: a tenth of the error is expected, a third is demanded.
    expect(many, `${seedNote}: ${few} and ${many}`).toBeLessThan(few / 3);
    // The tail average has variance of about 2 / T times that of H^-1 g. The rarest predictors see T / 4 samples; per
    // weight the gradient varies by at most 1/2 and the curvature is at least .1: sqrt(8e-5) / 2 / .1 = .045 for one
    // weight; the largest of 30 is below three times that.
    expect(many, seedNote).toBeLessThan(0.14);
    // Another lambda is another optimum.
    const elsewhere = await fitChain(demonstrationDistribution(3, 0.25), { lambda: 0.05 }, new Pacer());
    expect(distance(target, elsewhere)).toBeGreaterThan(0.3);
  });

  it('has the weights of the closed form at T = 300000, where theory, enumeration and sampling meet', async () => {
    const { model } = await pretrain({ ...SETTING, samples: 300_000, seed: SEED });
    const found = supportWeights(model);
    const closed = optimum(demonstrationState(SETTING.pCot), SETTING);
    // As above, over sqrt(3); four to five weights.
    for (const [name, value, expected] of [
      ['c1', found.c1, closed.c1],
      ['bias', found.bias, closed.bias],
      ['weight', found.weight, closed.weight],
      ['c_2', found.c[0]!, closed.c],
      ['c_3', found.c[1]!, closed.c],
    ] as const) {
      expect(Math.abs(value - expected), `${seedNote}: ${name}`).toBeLessThan(0.08);
    }
  });
});
