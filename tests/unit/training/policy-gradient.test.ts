import { describe, expect, it } from 'vitest';
import {
  advantages,
  ChainPolicy,
  decisionShares,
  evaluate,
  grpoSettings,
  loops,
  objectiveAt,
  PackedResponses,
  type Policy,
  PolicyGradient,
  type PolicyGradientSettings,
  pretrain,
  reinforceSettings,
  type SampleRequest,
  type Scores,
} from '../../../src/training/index.js';
import { denseChain } from '../../fixtures/dense-chain.js';
import { SEED } from '../../fixtures/seed.js';

const rounded = (values: Iterable<number>) => [...values].map((value) => Number(value.toFixed(10)));

describe('advantages', () => {
  const rewards = Float64Array.of(1, 0, 0, 1, 1, 1);

  it('of REINFORCE are the reward, less the mean of the others in the batch or of those to the prompt', () => {
    expect(rounded(advantages(rewards, 3, 'none'))).toEqual([1, 0, 0, 1, 1, 1]);
    expect(rounded(advantages(rewards, 3, 'mean'))).toEqual([0.4, -0.8, -0.8, 0.4, 0.4, 0.4]);
    expect(rounded(advantages(rewards, 3, 'prompt-mean'))).toEqual([1, -0.5, -0.5, 0, 0, 0]);
    expect(rounded(advantages(rewards, 2, 'prompt-mean'))).toEqual([1, -1, -1, 1, 0, 0]);
  });

  it('of GRPO are normalised by the group, with n - 1 and an offset of 1e-4', () => {
    // Mean 1/3; variance (4/9 + 1/9 + 1/9) / 2 = 1/3.
    const scale = Math.sqrt(1 / 3) + 1e-4;
    const expected = [2 / 3 / scale, -1 / 3 / scale, -1 / 3 / scale, 0, 0, 0];
    expect(rounded(advantages(rewards, 3, 'group'))).toEqual(rounded(expected));
  });
});

it('a decision counts 1/(N |y|), 1/sum |y| or 1/N', () => {
  const lengths = Uint32Array.of(2, 6, 2);
  expect(rounded(decisionShares(lengths, 'sequence'))).toEqual(rounded([1 / 6, 1 / 18, 1 / 6]));
  expect(rounded(decisionShares(lengths, 'token'))).toEqual([0.1, 0.1, 0.1]);
  expect(rounded(decisionShares(lengths, 'none'))).toEqual(rounded([1 / 3, 1 / 3, 1 / 3]));
});

describe('the objective', () => {
  const batch = {
    offsets: Uint32Array.of(0, 4, 8),
    advantages: Float64Array.of(2, -3),
    shares: Float64Array.of(0.5, 0.25),
    old: Float64Array.of(-1, -1, -1, -1, -2, -2, -2, -2),
  };
  // Ratios below, inside (on both sides) and above the clip range, with an advantage of either sign.
  const current = Float64Array.of(-1.5, -1.1, -0.9, -0.5, -2.5, -2.1, -1.9, -1.5);
  const reference = current.map((value, k) => value + (k - 3) / 4);
  const scored = (logProbabilities: Float64Array): Scores => ({
    logProbabilities,
    entropies: logProbabilities.map((_, k) => k / 10),
  });

  /** As it is written, decision by decision. */
  function value(logProbabilities: Float64Array, epsilon: number | null, beta: number): number {
    return logProbabilities.reduce((sum, logProbability, k) => {
      const i = k < 4 ? 0 : 1;
      const [a, ratio] = [batch.advantages[i]!, Math.exp(logProbability - batch.old[k]!)];
      const clipped = epsilon === null ? ratio : Math.min(Math.max(ratio, 1 - epsilon), 1 + epsilon);
      const behind = reference[k]! - logProbability;
      const k3 = Math.exp(behind) - behind - 1;
      return sum + batch.shares[i]! * (Math.min(ratio * a, clipped * a) - beta * k3);
    }, 0);
  }

  it.each([
    [null, 0],
    [0.2, 0],
    [0.2, 0.7],
    [null, 0.7],
  ])('with epsilon %j and beta %d has the weights as its gradient', (epsilon, beta) => {
    const { weights } = objectiveAt(scored(current), { ...batch, reference }, { epsilon, beta });
    const h = 1e-5;
    for (const [k, weight] of weights.entries()) {
      const up = value(current.with(k, current[k]! + h), epsilon, beta);
      const down = value(current.with(k, current[k]! - h), epsilon, beta);
      expect(Math.abs(weight - (up - down) / (2 * h))).toBeLessThan(1e-9);
    }
  });

  it('records which ratios were clipped, the entropy and k3', () => {
    const found = objectiveAt(scored(current), { ...batch, reference }, { epsilon: 0.2, beta: 0.7 });
    // exp(-.5) < .8 with A < 0, and exp(.5) > 1.2 with A > 0: one decision of eight each.
    expect([found.clippedLow, found.clippedHigh]).toEqual([1 / 8, 1 / 8]);
    expect(found.entropy).toBeCloseTo(0.35, 12);
    const behind = [-3, -2, -1, 0, 1, 2, 3, 4].map((step) => step / 4);
    expect(found.kl).toBeCloseTo(behind.reduce((sum, b) => sum + Math.exp(b) - b - 1, 0) / 8, 12);
    const alone = objectiveAt(scored(current), { ...batch, reference: null }, { epsilon: null, beta: 0 });
    expect([alone.clippedLow, alone.clippedHigh, alone.kl]).toEqual([0, 0, 0]);
  });
});

/** Gives responses that were written down, thinks of each decision the same, and notes what it is asked. */
class ScriptedPolicy implements Policy<PackedResponses> {
  readonly longest = 4;
  readonly asked: SampleRequest[] = [];
  readonly weights: number[][] = [];
  logProbability = -0.5;

  /** @param list x, then the tokens, of inputs to 3 bits */
  constructor(
    readonly list: readonly (readonly number[])[],
    readonly frozenCalls = { count: 0 },
  ) {}

  empty(): PackedResponses {
    return new PackedResponses(3);
  }

  async sample(request: SampleRequest): Promise<PackedResponses> {
    this.asked.push(request);
    const responses = this.empty();
    for (const response of this.list) responses.push(response, response.length - 3);
    responses.cut(request.maxCompletionLength!);
    return responses;
  }

  async score(responses: PackedResponses): Promise<Scores> {
    const decisions = responses.offsets().at(-1)!;
    return {
      logProbabilities: new Float64Array(decisions).fill(this.logProbability),
      entropies: new Float64Array(decisions).fill(0.25),
    };
  }

  async ascend(_: PackedResponses, weights: Float64Array): Promise<void> {
    this.weights.push(rounded(weights));
    this.logProbability += 0.3;
  }

  async fit(): Promise<void> {}

  frozen(): ScriptedPolicy {
    this.frozenCalls.count++;
    const frozen = new ScriptedPolicy(this.list, this.frozenCalls);
    frozen.logProbability = this.logProbability;
    return frozen;
  }
}

const [LONG_RIGHT, LONG_WRONG] = [
  [1, -1, 1, 1, -1, -1],
  [1, -1, 1, 1, -1, 1],
];
const [SHORT_RIGHT, SHORT_WRONG] = [
  [1, -1, 1, -1],
  [1, -1, 1, 1],
];

describe('an update', () => {
  it('of REINFORCE weighs the decisions of right responses by 1/N, and records what it did', async () => {
    const policy = new ScriptedPolicy([LONG_RIGHT!, SHORT_WRONG!, SHORT_RIGHT!, LONG_WRONG!]);
    const trainer = new PolicyGradient(policy, reinforceSettings({ prompts: 4, temperature: 1.5 }));
    const { metrics, warning } = await trainer.update();
    expect(policy.weights).toEqual([[0.25, 0.25, 0.25, 0.25, 0, 0, 0.25, 0.25, 0, 0, 0, 0]]);
    expect(warning).toBeNull();
    expect(metrics).toEqual({
      update: 1,
      sequences: 4,
      num_tokens: 4 * 3 + 12,
      max_completion_length: 4,
      'completions/mean_length': 3,
      'completions/min_length': 2,
      'completions/max_length': 4,
      'completions/clipped_ratio': 0,
      'completions/mean_terminated_length': 3,
      'completions/min_terminated_length': 2,
      'completions/max_terminated_length': 4,
      reward: 0.5,
      reward_std: Math.sqrt(1 / 3),
      frac_reward_zero_std: null,
      entropy: 0.25,
      kl: null,
      'clip_ratio/low_mean': 0,
      'clip_ratio/high_mean': 0,
      'clip_ratio/region_mean': 0,
    });
    await trainer.update();
    const { inputs, decoding, ...rest } = policy.asked[1]!;
    expect(rest).toEqual({ temperature: 1.5, first: 0, count: 4, generations: 1, maxCompletionLength: 4 });
    expect([policy.asked[0]!.inputs, policy.asked[0]!.decoding, inputs, decoding]).toEqual([7, 10, 14, 17]);
    expect((await trainer.update()).metrics).toMatchObject({ update: 3, sequences: 12, num_tokens: 72 });
  });

  it('of GRPO takes several steps on a batch, with ratios to the first, clipped, and a KL to the first policy', async () => {
    const policy = new ScriptedPolicy([SHORT_RIGHT!, SHORT_WRONG!, SHORT_RIGHT!, SHORT_RIGHT!]);
    const settings = grpoSettings({ prompts: 2, numGenerations: 2, numIterations: 3, beta: 0.1 });
    const trainer = new PolicyGradient(policy, settings);
    const { metrics } = await trainer.update();
    const a = 0.5 / (Math.SQRT1_2 + 1e-4);
    // Log-probabilities are -.5, -.2 and .1: ratios 1, exp .3 (clipped where A > 0) and exp .6; the reference stays at -.5.
    const step = (factors: number[], behind: number) =>
      rounded(factors.flatMap((f) => [f, f]).map((f) => (f + 0.1 * Math.expm1(behind)) / 8));
    expect(policy.weights).toEqual([
      step([a, -a, 0, 0], 0),
      step([0, -a * Math.exp(0.3), 0, 0], -0.3),
      step([0, -a * Math.exp(0.6), 0, 0], -0.6),
    ]);
    expect(policy.frozenCalls.count).toBe(1);
    const k3 = (behind: number) => Math.exp(behind) - behind - 1;
    expect(metrics.kl).toBeCloseTo((k3(0) + k3(-0.3) + k3(-0.6)) / 3, 12);
    expect(metrics['clip_ratio/high_mean']).toBeCloseTo((0 + 1 / 4 + 1 / 4) / 3, 12);
    expect(metrics['clip_ratio/region_mean']).toBe(metrics['clip_ratio/high_mean']);
    expect(metrics.frac_reward_zero_std).toBe(0.5);
    // The next update begins with ratios of 1 again.
    await trainer.update();
    expect(policy.weights[3]).toEqual(step([a, -a, 0, 0], -0.9));
  });

  it('counts EOS in |y| or not, and cuts responses, which earn nothing then', async () => {
    const run = async (more: Partial<PolicyGradientSettings>) => {
      const policy = new ScriptedPolicy([LONG_RIGHT!, SHORT_RIGHT!]);
      const { metrics } = await new PolicyGradient(policy, reinforceSettings({ prompts: 2, ...more })).update();
      return { weights: policy.weights[0]!, metrics };
    };
    const all = (long: number, short: number, decisions = 4) =>
      rounded([...Array(decisions).fill(long), ...Array(2).fill(short)]);
    expect((await run({ lossType: 'sequence' })).weights).toEqual(all(1 / 8, 1 / 4));
    expect((await run({ lossType: 'sequence', countEos: false })).weights).toEqual(all(1 / 6, 1 / 2));
    expect((await run({ lossType: 'token' })).weights).toEqual(all(1 / 6, 1 / 6));
    expect((await run({ lossType: 'token', countEos: false })).weights).toEqual(all(1 / 4, 1 / 4));
    const cut = await run({ maxCompletionLength: 2, lossType: 'token', countEos: false });
    // Two tokens of the long one, which are three decisions, and no EOS; one token of the short one.
    expect(cut.weights).toEqual(all(0, 1 / 3, 3));
    expect(cut.metrics).toMatchObject({
      reward: 0.5,
      num_tokens: 10,
      max_completion_length: 2,
      'completions/mean_length': 2,
      'completions/clipped_ratio': 0.5,
      'completions/mean_terminated_length': 2,
      'completions/max_terminated_length': 2,
    });
    const nothing = await run({ maxCompletionLength: 1 });
    expect(nothing.metrics).toMatchObject({ 'completions/clipped_ratio': 1, 'completions/mean_terminated_length': 0 });
  });

  it('takes the reward that was asked for, or the one that was planted', async () => {
    const rewardOf = async (more: Partial<PolicyGradientSettings>) => {
      const list = [
        [1, -1, 1, -1, -1, -1],
        [1, -1, 1, 1],
      ];
      const trainer = new PolicyGradient(new ScriptedPolicy(list), reinforceSettings({ prompts: 2, ...more }));
      return (await trainer.update()).metrics.reward;
    };
    expect(await rewardOf({ reward: 'cot' })).toBe(0);
    expect(await rewardOf({ reward: 'e2e' })).toBe(0.5);
    expect(await rewardOf({ accept: () => true })).toBe(1);
  });

  it('warns if nothing could be learnt from the rewards', async () => {
    const warningOf = async (list: readonly (readonly number[])[], settings: PolicyGradientSettings) =>
      (await new PolicyGradient(new ScriptedPolicy(list), settings).update()).warning;
    const pairs = grpoSettings({ prompts: 2, numGenerations: 2 });
    const agreeing = [SHORT_RIGHT!, LONG_RIGHT!, SHORT_WRONG!, LONG_WRONG!];
    expect(await warningOf(agreeing, pairs)).toContain(
      'update 1: every advantage is 0 (rewards differ between prompts',
    );
    expect(await warningOf([SHORT_RIGHT!, SHORT_WRONG!, SHORT_WRONG!, LONG_WRONG!], pairs)).toBeNull();
    const plain = reinforceSettings({ prompts: 2 });
    expect(await warningOf([SHORT_WRONG!, SHORT_WRONG!], plain)).toContain('all rewards are 0');
    expect(await warningOf([SHORT_RIGHT!, SHORT_RIGHT!], plain)).toBeNull();
    const mean = reinforceSettings({ prompts: 2, advantages: 'mean' });
    expect(await warningOf([SHORT_RIGHT!, SHORT_RIGHT!], mean)).toContain('all rewards are 1');
  });

  it('stops where a step is not finite, and leaves the policy as it was before', async () => {
    const chain = await pretrain({ d: 6, pCot: 0.25, lambda: 1e-3, samples: 2000, seed: 3 });
    const policy = new ChainPolicy(chain, { seed: 3, lambda: 1e-3 });
    const settings = grpoSettings({ prompts: 16, beta: 1, numIterations: 4, learningRate: 100 });
    const trainer = new PolicyGradient(policy, settings);
    const run = async () => {
      for (let i = 0; i < 3; i++) await trainer.update();
    };
    await expect(run()).rejects.toThrow(/^update \d diverged in step \d: a smaller learning rate or beta is needed$/);
    const { first, stop, next } = policy.chain.model;
    for (const weights of [first, stop, ...next]) expect(weights.every(Number.isFinite)).toBe(true);
  });

  it.each<[Partial<PolicyGradientSettings>, string]>([
    [{ prompts: 0 }, 'prompts is 0'],
    // 625000 prompts x 8 generations x 4 tokens = 2e7.
    [
      { prompts: 625001, numGenerations: 8 },
      'prompts is 625001; with 8 generations of up to 4 tokens each it must be at most 625000',
    ],
    [{ numGenerations: 5000001 }, 'numGenerations is 5000001; with up to 4 tokens each it must be at most 5000000'],
    [{ numGenerations: 1.5 }, 'numGenerations is 1.5'],
    [{ advantages: 'group' }, "numGenerations is 1; with advantages 'group' it must be at least 2"],
    [{ advantages: 'prompt-mean', numGenerations: 1 }, "numGenerations is 1; with advantages 'prompt-mean'"],
    [{ advantages: 'mean', prompts: 1 }, "prompts is 1; with advantages 'mean'"],
    [{ advantages: 'x' as 'mean' }, 'advantages is x'],
    [{ numIterations: 0 }, 'numIterations is 0'],
    [{ temperature: 0 }, 'temperature is 0'],
    [{ learningRate: Number.NaN }, 'learningRate is NaN'],
    [{ epsilon: 0 }, 'epsilon is 0'],
    [{ beta: -1 }, 'beta is -1'],
    [{ lossType: 'dapo' as 'token' }, 'lossType is dapo'],
    [{ reward: 'x' as 'cot' }, 'reward is x'],
    [{ maxCompletionLength: 0 }, 'maxCompletionLength is 0; it must be an integer from 1 to 4'],
    [{ maxCompletionLength: 5 }, 'maxCompletionLength is 5'],
  ])('with %j is refused', (wrong, message) => {
    expect(() => new PolicyGradient(new ScriptedPolicy([]), reinforceSettings(wrong))).toThrow(message);
  });
});

describe('the chain', () => {
  const lambda = 1e-2;
  const pretrained = () => pretrain({ d: 5, pCot: 0.2, lambda, samples: 4000, seed: SEED });

  it.each<[string, PolicyGradientSettings]>([
    ['REINFORCE', reinforceSettings({ prompts: 256 })],
    ['REINFORCE with the batch mean', reinforceSettings({ prompts: 256, advantages: 'mean' })],
    ['REINFORCE with the prompt mean', reinforceSettings({ prompts: 128, advantages: 'prompt-mean' })],
    ['REINFORCE with r_e2e', reinforceSettings({ prompts: 256, reward: 'e2e' })],
    ['GRPO', grpoSettings({ prompts: 32 })],
    ['GRPO with several steps', grpoSettings({ prompts: 32, numIterations: 4, beta: 1e-3 })],
  ])('is short before and long and right after %s', async (_, settings) => {
    const policy = new ChainPolicy(await pretrained(), { seed: SEED, lambda, kernels: loops() });
    const before = await evaluate(policy, { samples: 500 });
    expect(before.greedy.long).toBe(0);
    const trainer = new PolicyGradient(policy, settings);
    for (let i = 0; i < 150; i++) await trainer.update();
    const { greedy, sampled } = await evaluate(policy, { samples: 500 });
    expect([greedy.long, greedy.correctCot]).toEqual([500, 500]);
    expect(sampled.long).toBeGreaterThan(2 * before.sampled.long);
  });

  it.each<[string, PolicyGradientSettings]>([
    ['REINFORCE', reinforceSettings({ prompts: 64 })],
    ['GRPO with a KL', grpoSettings({ prompts: 16, numIterations: 2, beta: 0.1 })],
  ])('goes on with %s as if there had been no interruption', async (_, settings) => {
    const options = { seed: SEED, lambda };
    const policy = new ChainPolicy(await pretrained(), options);
    const trainer = new PolicyGradient(policy, settings);
    for (let i = 0; i < 3; i++) await trainer.update();
    // What the reference weighs shows only once the policy has left it.
    const { reference, ...counters } = trainer.progress;
    const frozen = reference && new ChainPolicy((reference as ChainPolicy).chain, options);
    const resumedPolicy = new ChainPolicy(structuredClone(policy.chain), options);
    const resumed = new PolicyGradient(resumedPolicy, settings, { ...counters, reference: frozen });
    for (let i = 0; i < 3; i++) expect(await resumed.update()).toEqual(await trainer.update());
    expect(resumedPolicy.chain).toEqual(policy.chain);
    expect(resumed.progress).toMatchObject({ updates: 6, sequences: 6 * settings.prompts * settings.numGenerations });
  });

  it('goes on from no state that it cannot have been in', () => {
    const policy = new ScriptedPolicy([]);
    const begin = { updates: 3, sequences: 24, tokens: 80, reference: null };
    expect(() => new PolicyGradient(policy, reinforceSettings({ beta: 0.1 }), begin)).toThrow(
      'reference is null; with beta 0.1 after 3 updates it must be given',
    );
    expect(() => new PolicyGradient(policy, reinforceSettings(), { ...begin, tokens: -1 })).toThrow('tokens is -1');
    expect(new PolicyGradient(policy, reinforceSettings(), begin).progress).toEqual(begin);
  });

  it('stops at an abort, and reports a progress that never falls', async () => {
    const policy = new ChainPolicy({ model: denseChain(40, 1, 0.01), steps: 0, longSteps: 0 }, { seed: SEED, lambda });
    const controller = new AbortController();
    const seen: number[] = [];
    const onProgress = (done: number) => {
      seen.push(done);
      if (done > 0.6) controller.abort(new Error('enough'));
    };
    const trainer = new PolicyGradient(policy, grpoSettings({ prompts: 4000, numIterations: 2 }));
    await expect(trainer.update({ signal: controller.signal, onProgress })).rejects.toThrow('enough');
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(seen.length).toBeGreaterThan(3);
  });
});
