import { describe, expect, it } from 'vitest';
import { streamOf } from '../../../../src/random/index.js';
import { evaluate, grpoSettings, PolicyGradient, starRound } from '../../../../src/training/index.js';
import { EOS, TransformerPolicy } from '../../../../src/transformer/index.js';
import { tinyOptions } from '../../../fixtures/tiny-transformer.js';

const TASK = { d: 2, leap: 1 };

// The algorithms that train a chain, on a model that has not been trained: it learns which responses are answers at all.
const untrained = () => new TransformerPolicy(tinyOptions(TASK, { fit: { batch: 8, epochs: 4, learningRate: 1e-2 } }));

/**
 * Of 256 sampled responses, with a standard error of .03 at most. Uniform tokens make a right short answer with its EOS with probability
 * 1/16 and a right long one with 1/64; a guess is right with 1/2. A rise of .15 is less than half of the way, and 3 errors of a difference.
 */
const rewardOf = async (policy: TransformerPolicy) => {
  const { sampled } = await evaluate(policy, { samples: 256 });
  return sampled.correctCot / sampled.samples;
};

const grpo = grpoSettings({ prompts: 8, numGenerations: 4, numIterations: 2, learningRate: 1e-2, beta: 0.01 });

describe('GRPO', () => {
  it('raises the reward', async () => {
    const policy = untrained();
    const before = await rewardOf(policy);
    const trainer = new PolicyGradient(policy, grpo);
    for (let i = 0; i < 10; i++) await trainer.update();
    expect(policy.state.step).toBe(20);
    expect(before).toBeLessThan(0.2);
    expect(await rewardOf(policy)).toBeGreaterThan(before + 0.15);
  });

  it('goes on from a state to the same bytes, its reference included', async () => {
    const whole = new PolicyGradient(untrained(), grpo);
    const metrics = [];
    for (let i = 0; i < 4; i++) metrics.push((await whole.update()).metrics);
    const first = new PolicyGradient(untrained(), grpo);
    for (let i = 0; i < 2; i++) await first.update();
    const { options, state } = first.policy as TransformerPolicy;
    const reference = (first.progress.reference as TransformerPolicy).state;
    const second = new PolicyGradient(new TransformerPolicy(options, structuredClone(state)), grpo, {
      ...first.progress,
      reference: new TransformerPolicy(options, structuredClone(reference)),
    });
    const later = [(await second.update()).metrics, (await second.update()).metrics];
    expect(later).toEqual(metrics.slice(2));
    expect((second.policy as TransformerPolicy).state).toEqual((whole.policy as TransformerPolicy).state);
    expect(metrics.at(-1)!.kl).toBeGreaterThan(0);
  });
});

describe('STaR', () => {
  const round = (number: number) => ({ round: number, samples: 96, reward: 'cot', start: 'warm' }) as const;

  it('raises the reward', async () => {
    const policy = untrained();
    const before = await rewardOf(policy);
    const rounds = [];
    for (let i = 1; i <= 3; i++) rounds.push(await starRound(policy, round(i)));
    expect(rounds[2]!.accepted).toBeGreaterThan(2 * rounds[0]!.accepted);
    expect(await rewardOf(policy)).toBeGreaterThan(before + 0.15);
  });

  it('goes on from a state to the same bytes', async () => {
    const whole = untrained();
    await starRound(whole, round(1));
    const second = new TransformerPolicy(whole.options, structuredClone(whole.state));
    const [one, other] = [await starRound(whole, round(2)), await starRound(second, round(2))];
    expect(other).toEqual(one);
    expect(second.state).toEqual(whole.state);
  });
});

describe('evaluation', () => {
  it('takes no response that was cut for a right one, and tells the median of tokens before EOS', async () => {
    const policy = untrained();
    const { sampled } = await evaluate(policy, { samples: 100 });
    const streams = { inputs: streamOf('evaluation'), decoding: streamOf('evaluationDecoding') };
    const drawn = await policy.sample({ ...streams, temperature: 1, first: 0, count: 100 }, {});
    const lengths = Array.from({ length: drawn.count }, (_, i) => drawn.at(i).signs.length).sort((a, b) => a - b);
    expect(sampled.medianLength).toBe((lengths[49]! + lengths[50]!) / 2);
    const unended = Array.from({ length: drawn.count }, (_, i) => drawn.at(i)).filter(
      ({ tokens }) => tokens.at(-1) !== EOS,
    );
    expect(unended.length).toBeGreaterThan(0);
    // r_e2e of what has an EOS.
    const right = Array.from({ length: drawn.count }, (_, i) => drawn.at(i)).filter(
      ({ x, tokens, signs }) => tokens.at(-1) === EOS && signs.at(-1) === x[0]! * x[1]!,
    );
    expect(sampled.correct).toBe(right.length);
  });
});
