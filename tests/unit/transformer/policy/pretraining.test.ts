import { describe, expect, it } from 'vitest';
import { Demonstrations } from '../../../../src/task/index.js';
import {
  EOS,
  learningRateAt,
  pretrainTransformer,
  signToken,
  TokenResponses,
  TransformerPolicy,
  type TransformerPretraining,
} from '../../../../src/transformer/index.js';
import { SEED } from '../../../fixtures/seed.js';
import { tinyOptions } from '../../../fixtures/tiny-transformer.js';

const TASK = { d: 3, leap: 2 };

const SETTINGS: TransformerPretraining = {
  pCot: 0.25,
  sequences: 8,
  learningRate: 1e-2,
  warmupSteps: 2,
  decay: 'cosine',
  decaySteps: 8,
};

const untrained = () => new TransformerPolicy(tinyOptions(TASK));

describe('pre-training', () => {
  it('goes on from a state to the same bytes', async () => {
    const whole = untrained();
    const losses = await pretrainTransformer(whole, SETTINGS, 6);
    const first = untrained();
    const before = await pretrainTransformer(first, SETTINGS, 4);
    const second = new TransformerPolicy(first.options, first.state);
    expect([...before, ...(await pretrainTransformer(second, SETTINGS, 6))]).toEqual(losses);
    expect(second.state).toEqual(whole.state);
    expect(whole.state.step).toBe(6);
    expect(await pretrainTransformer(second, SETTINGS, 6)).toEqual([]);
  });

  it('predicts the tokens of keyed demonstrations, each step others, as a mean over tokens', async () => {
    const policy = untrained();
    await pretrainTransformer(policy, SETTINGS, 1);
    const demonstrations = new Demonstrations({ ...TASK, pCot: SETTINGS.pCot, seed: SEED });
    const second = new TokenResponses(TASK);
    for (let i = 8; i < 16; i++)
      second.push(demonstrations.input(i).slice(), [...demonstrations.tokens(i).map(signToken), EOS]);
    const { logProbabilities } = await policy.score(second, 1, {});
    const mean = logProbabilities.reduce((sum, log) => sum + log, 0) / logProbabilities.length;
    const [loss] = await pretrainTransformer(policy, SETTINGS, 2);
    // Weights and the loss in float32: 2^-24 of it each, and the scores once more.
    expect(Math.abs(loss! + mean)).toBeLessThan(2 ** -22 * -mean);
  });

  it('stops between two steps', async () => {
    const policy = untrained();
    const stopped = new AbortController();
    const executor = policy.options.executor as { onRun?: (name: string) => void };
    let runs = 0;
    executor.onRun = () => {
      if (++runs === 2) stopped.abort(new Error('enough'));
    };
    await expect(pretrainTransformer(policy, SETTINGS, 6, { signal: stopped.signal })).rejects.toThrow('enough');
    executor.onRun = () => {};
    expect(policy.state.step).toBe(2);
    const whole = untrained();
    await pretrainTransformer(whole, SETTINGS, 4);
    await pretrainTransformer(policy, SETTINGS, 4);
    expect(policy.state).toEqual(whole.state);
  });

  it.each([
    ['cosine', [0.5, 1, 1, 0.75, 0.25, 0]],
    ['constant', [0.5, 1, 1, 1, 1, 1]],
  ] as const)('warms up, and then the learning rate is %s', (decay, shares) => {
    const settings = { ...SETTINGS, decay };
    const steps = [1, 2, 3, 5, 7, 9];
    for (const [i, step] of steps.entries())
      expect(learningRateAt(step, settings) / SETTINGS.learningRate).toBeCloseTo(shares[i]!, 12);
    expect(learningRateAt(1, { ...settings, warmupSteps: 0 })).toBe(SETTINGS.learningRate);
    expect(learningRateAt(100, { ...settings, decay: 'cosine' })).toBe(0);
  });
});
