import { describe, expect, it } from 'vitest';
import { zeroChain } from '../../../src/chain/index.js';
import { Pacer } from '../../../src/progress/index.js';
import { clopperPearson } from '../../../src/statistics/index.js';
import { Demonstrations, type Reward } from '../../../src/task/index.js';
import { demonstrationSource } from '../../../src/training/index.js';
import { starRoundOf } from '../../fixtures/chain-training.js';
import { SEED, seedNote } from '../../fixtures/seed.js';

describe('the demonstrations that are trained on', () => {
  // Every residue of d modulo small numbers, and every length of the blocks that signs come in.
  it.each([2, 3, 4, 5, 10, 17, 24, 31, 32, 33, 52, 59, 64, 97, 128, 200])(
    'are those of D(p), token by token, at d = %d',
    async (d) => {
      const expected = new Demonstrations({ d, pCot: 0.4, seed: SEED });
      const source = await demonstrationSource(d, 0.4, SEED, 200);
      let index = 0;
      await source.forEach((context, length) => {
        expect([...context.subarray(0, d)]).toEqual([...expected.input(index)]);
        expect([...context.subarray(d, d + length)]).toEqual(expected.tokens(index));
        index++;
      }, new Pacer());
      expect(index).toBe(200);
    },
  );

  it('have independent lengths: neighbours agree as often as independent ones do', () => {
    const count = 100_000;
    const p = 0.3;
    const demonstrations = new Demonstrations({ d: 2, pCot: p, seed: SEED });
    for (const lag of [1, 2, 32]) {
      // Disjoint pairs, so that the agreements are independent of each other.
      let agreements = 0;
      for (let i = 0; i < count; i++) {
        const at = i * (lag + 1);
        if (demonstrations.isLong(at) === demonstrations.isLong(at + lag)) agreements++;
      }
      // A false alarm once in 1e9 / 3 runs.
      const { bounds } = clopperPearson({ successes: agreements, trials: count, alpha: 1e-9 });
      expect(bounds[0], seedNote).toBeLessThanOrEqual(p * p + (1 - p) * (1 - p));
      expect(bounds[1], seedNote).toBeGreaterThanOrEqual(p * p + (1 - p) * (1 - p));
    }
  });
});

describe('the draws of STaR', () => {
  const d = 24;
  const chain = { model: zeroChain(d), steps: 10, longSteps: 10 };

  /** Inputs and tokens of the first responses of a round, as texts. */
  async function drawn(round: number): Promise<{ inputs: string[]; tokens: string[] }> {
    const seen = { inputs: [] as string[], tokens: [] as string[] };
    const accept: Reward = (x, tokens) => {
      seen.inputs.push(Array.from(x).join());
      seen.tokens.push(Array.from(tokens).join());
      return false;
    };
    await starRoundOf(chain, { round, samples: 64, reward: 'cot', seed: SEED, lambda: 0.1, accept });
    return seen;
  }

  it('are new in every round: neither the inputs nor the tokens repeat', async () => {
    const [first, second] = [await drawn(1), await drawn(2)];
    // 2^-24 for each pair of inputs; of the tokens, those of 64 samples in a row cannot agree.
    expect(first.inputs.filter((x, i) => x === second.inputs[i])).toHaveLength(0);
    expect(first.tokens.filter((tokens, i) => tokens.length > 2 && tokens === second.tokens[i])).toHaveLength(0);
    expect(first.tokens.map((tokens) => tokens.length)).not.toEqual(second.tokens.map((tokens) => tokens.length));
    // The same round is the same.
    expect(await drawn(1)).toEqual(first);
  });
});
