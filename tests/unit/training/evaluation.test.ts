import { describe, expect, it } from 'vitest';
import {
  decodeGreedy,
  enumerateGreedy,
  enumerateSampling,
  features,
  type LinearChain,
  zeroChain,
} from '../../../src/chain/index.js';
import { Pacer } from '../../../src/progress/index.js';
import { KeyedRandom, SIGN_BLOCK, streamOf } from '../../../src/random/index.js';
import { clopperPearson } from '../../../src/statistics/index.js';
import { rewardCot, rewardE2e } from '../../../src/task/index.js';
import type { ResponseCounts } from '../../../src/training/index.js';
import { evaluateChain } from '../../fixtures/chain-training.js';
import { denseChain, scaledChain } from '../../fixtures/dense-chain.js';
import { SEED, seedNote } from '../../fixtures/seed.js';

const D = 3;
const SAMPLES = 20_000;

/** False-alarm probability of each of the ten frequency checks of this file. */
const ALPHA = 1e-9 / 10;

function compatible(successes: number, probability: number): boolean {
  const { bounds } = clopperPearson({ successes, trials: SAMPLES, alpha: ALPHA });
  return bounds[0] <= probability && probability <= bounds[1];
}

function enumerated(model: LinearChain) {
  return enumerateSampling(model, { cot: rewardCot, e2e: rewardE2e }, rewardCot, features, new Pacer());
}

describe('evaluation', () => {
  const model = denseChain(D, 11, 0.8);

  it('counts greedy responses to the keyed inputs', async () => {
    const samples = 1000;
    const { greedy } = await evaluateChain(model, { samples, seed: SEED });
    const inputs = new KeyedRandom(SEED, streamOf('evaluation'));
    const signs = new Int8Array(SIGN_BLOCK * D);
    const expected = { samples, long: 0, correct: 0, correctCot: 0, longCorrect: 0 };
    for (let i = 0; i < samples; i++) {
      inputs.signs(Math.floor(i / SIGN_BLOCK), D, signs);
      const row = i % SIGN_BLOCK;
      const context = Float64Array.from({ length: 2 * D }, (_, j) => (j < D ? signs[row * D + j]! : 0));
      const length = decodeGreedy(model, context);
      const [x, tokens] = [context.subarray(0, D), context.subarray(D, D + length)];
      if (length === D) expected.long++;
      if (rewardE2e(x, tokens)) expected.correct++;
      if (rewardCot(x, tokens)) expected.correctCot++;
      if (rewardCot(x, tokens) && length === D) expected.longCorrect++;
    }
    expect({ ...greedy }).toMatchObject(expected);
  });

  it('has frequencies that the enumeration bears out, greedy and sampled', async () => {
    const { greedy, sampled } = await evaluateChain(model, { samples: SAMPLES, seed: SEED });
    const [exact, exactGreedy] = [await enumerated(model), enumerateGreedy(model)];
    for (const [successes, probability] of [
      [sampled.long, exact.pLong],
      [sampled.correctCot, exact.accuracyCot],
      [sampled.correct, exact.accuracyE2e],
      [greedy.long, exactGreedy.longFraction],
      [greedy.correctCot, exactGreedy.correctFraction],
    ] as const) {
      expect(compatible(successes, probability), `${seedNote}: ${successes} for ${probability}`).toBe(true);
    }
  });

  it('counts consistently', async () => {
    const consistent = ({ samples, long, correct, correctCot, longCorrect }: ResponseCounts) =>
      longCorrect <= Math.min(long, correctCot) &&
      correctCot <= correct &&
      correct <= samples &&
      long <= samples &&
      // A right short answer earns both rewards.
      correctCot - longCorrect <= samples - long;
    for (let seed = 0; seed < 20; seed++) {
      const { greedy, sampled } = await evaluateChain(denseChain(4, seed, 2), { samples: 200, seed });
      expect([greedy.samples, sampled.samples]).toEqual([200, 200]);
      expect(consistent(greedy) && consistent(sampled)).toBe(true);
    }
  });

  it('divides the logits by the temperature: cold is greedy, hot a fair coin, two halves the weights', async () => {
    const at = (temperature: number) => evaluateChain(model, { samples: SAMPLES, seed: SEED, temperature });
    const cold = await at(1e-9);
    expect({ ...cold.sampled }).toEqual({ ...cold.greedy });
    const hot = await at(1e9);
    expect(compatible(hot.sampled.long, 0.5), seedNote).toBe(true);
    expect(compatible(hot.sampled.correct, 0.5), seedNote).toBe(true);
    const half = await evaluateChain(scaledChain(model, 0.5), { samples: SAMPLES, seed: SEED });
    expect({ ...(await at(2)).sampled }).toEqual({ ...half.sampled });
    expect((await at(2)).greedy).toEqual(cold.greedy);
  });

  it('of the chain of zeros is short and +1 when greedy', async () => {
    const { greedy } = await evaluateChain(zeroChain(D), { samples: SAMPLES, seed: SEED });
    expect(greedy.long).toBe(0);
    expect(compatible(greedy.correct, 0.5), seedNote).toBe(true);
  });

  it('is a function of the seed', async () => {
    const run = (seed: number) => evaluateChain(model, { samples: 500, seed });
    expect(await run(1)).toEqual(await run(1));
    expect(await run(1)).not.toEqual(await run(2));
  });
});
