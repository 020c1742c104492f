import { describe, expect, it } from 'vitest';
import {
  demonstrationDistribution,
  enumerateAscent,
  enumerateGreedyThreshold,
  enumerateRounds,
  fitChain,
} from '../../../src/chain/index.js';
import { Pacer, type Watch } from '../../../src/progress/index.js';
import { reported } from '../../fixtures/slow-clock.js';

const DEMONSTRATIONS = { d: 3, pCot: 0.2, lambda: 0.01 };

describe('progress', () => {
  it.each<[string, (watch: Watch) => Promise<unknown>]>([
    ['a fit', (watch) => fitChain(demonstrationDistribution(3, 0.2), { lambda: 0.01 }, new Pacer(watch))],
    ['rounds', (watch) => enumerateRounds({ ...DEMONSTRATIONS, rounds: 2, reward: 'cot', ...watch })],
    ['the search for the threshold', (watch) => enumerateGreedyThreshold(3, { lambda: 0.01, ...watch })],
    [
      'an ascent',
      (watch) =>
        enumerateAscent({
          ...DEMONSTRATIONS,
          ...{ algorithm: 'reinforce', baseline: 'none', reward: 'cot', steps: 2, learningRate: 1 },
          ...watch,
        }),
    ],
  ])('of %s rises within [0, 1], and passes each quarter', async (_, compute) => {
    const found = await reported(compute);
    expect(found).toEqual(found.toSorted((a, b) => a - b));
    expect(found[0]).toBeGreaterThanOrEqual(0);
    expect(found.at(-1)).toBeLessThanOrEqual(1);
    for (let quarter = 0; quarter < 4; quarter++) {
      expect(found.some((fraction) => Math.floor(4 * fraction) === quarter)).toBe(true);
    }
  });
});
