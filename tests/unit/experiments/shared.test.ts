import { describe, expect, it } from 'vitest';
import { bandText, distinct, meanOf, overSeeds, where } from '../../../experiments/shared/over-seeds.js';
import { powerText } from '../../../experiments/shared/powers.js';
import { recordSamples } from '../../../experiments/shared/samples.js';
import { bits, count, list, probabilities } from '../../../experiments/shared/schema.js';
import { parseResponse, pretrain, type Row, rewardCot, type Sample } from '../../../src/index.js';
import { collecting } from '../../fixtures/experiment-runs.js';

const ROWS: readonly Row[] = [
  { x: 2, seed: 1, y: 5 },
  { x: 1, seed: 1, y: 0 },
  { x: 2, seed: 2, y: 8 },
  { x: 2, seed: 3, y: null },
  { x: 3, seed: 1, y: null },
];

describe('rows over seeds', () => {
  it('become means with their extremes, in ascending order, without cells that have no value', () => {
    expect(overSeeds(ROWS, 'x', 'y')).toEqual([
      { x: 1, y: 0, low: 0, high: 0 },
      { x: 2, y: 6.5, low: 5, high: 8 },
    ]);
    expect(where(ROWS, { x: 2, seed: 2 })).toEqual([ROWS[2]]);
    expect(distinct(ROWS, 'seed')).toEqual([1, 2, 3]);
    expect(meanOf([])).toBeNull();
  });

  it('say what a band is worth', () => {
    expect(bandText(ROWS)).toMatch(/3 seeds.*probability at least 2\/4/);
    expect(bandText(ROWS.slice(0, 2))).toBe('One seed, so there is no band.');
    expect(bandText([])).toBe('No seed has been run.');
  });
});

describe('pieces of schemas', () => {
  it.each([
    [probabilities(), [0.1, 0.2], true],
    [probabilities(), [0.1, 0.1], false],
    [probabilities(), [0], false],
    [probabilities(2), [0.1], false],
    [list(count(1, 5), 0), [], true],
    [list(count(1, 5)), [6], false],
    [list(count(1, 5)), [1.5], false],
    [bits(), 2, false],
    [bits(), 2000, true],
    [bits(), 2001, false],
  ])('%# accept what lies in range', (schema, value, accepted) => {
    expect(schema.safeParse(value).success).toBe(accepted);
  });
});

it('writes powers of ten as such', () => {
  expect([1e-3, 1e-10, 1e6, 0.1, 0.03, 30_000].map(powerText)).toEqual([
    '10^{-3}',
    '10^{-10}',
    '10^{6}',
    '0.1',
    '0.03',
    '30000',
  ]);
});

describe('sampled answers', () => {
  it('belong to their prompts and carry their reward', async () => {
    const [d, seed, lambda] = [6, 3, 1e-2];
    const chain = await pretrain({ d, pCot: 0.5, seed, samples: 2000, lambda });
    const samples: Sample[] = [];
    const context = collecting([], { sample: (one) => void samples.push(one) });
    await recordSamples(context, { chain, seed, lambda, keys: { seed } }, 40);
    expect(samples.map(({ decoding }) => decoding)).toEqual([
      ...Array(40).fill('greedy'),
      ...Array(40).fill('sampled'),
    ]);
    // Both decodings answer the same prompts.
    expect(new Set(samples.map(({ prompt }) => prompt)).size).toBeLessThanOrEqual(40);
    for (const { prompt, response, reward } of samples) {
      const parsed = parseResponse(response, d);
      if (parsed.kind === 'malformed') throw new Error(parsed.reason);
      expect(reward).toBe(Number(rewardCot(prompt.split(' ').map(Number), parsed.tokens)));
    }
    expect(new Set(samples.map(({ reward }) => reward))).toEqual(new Set([0, 1]));
  });
});
