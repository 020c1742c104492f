import { describe, expect, it } from 'vitest';
import { KeyedRandom, SIGN_BLOCK, streamOf } from '../../../../src/random/index.js';
import { SequentialTest } from '../../../../src/statistics/index.js';
import { Diverged, type SampleRequest } from '../../../../src/training/index.js';
import { Graph, interpret } from '../../../../src/transformer/graph/index.js';
import {
  begun,
  EOS,
  modelShape,
  parametersOf,
  SEP,
  signToken,
  TokenResponses,
  TransformerPolicy,
} from '../../../../src/transformer/index.js';
import { sequenceLogits } from '../../../../src/transformer/models/index.js';
import type { InterpretingExecutor } from '../../../fixtures/interpreting-executor.js';
import { SEED, seedNote } from '../../../fixtures/seed.js';
import { lopsided, tinyOptions } from '../../../fixtures/tiny-transformer.js';

const TASK = { d: 3, leap: 1 };
const D = 3;
const LONGEST = 4;
const V = 4;

/** Logits of the token after `tokens`, by one forward pass over all of them, in float64. */
function nextLogits(policy: TransformerPolicy, tokens: readonly number[]): Float64Array {
  const graph = new Graph();
  const { model } = policy.options;
  const parameters = graph.input('parameters', [model.size]);
  const seen = graph.input('tokens', [1, tokens.length]);
  const logits = sequenceLogits(graph, model, parameters, seen, tokens.length - 1);
  const given = { parameters: Float64Array.from(policy.state.parameters), tokens: Float64Array.from(tokens) };
  return interpret({ name: 'next', outputs: { logits }, loop: null }, given).logits!;
}

function logSoftmax(logits: Float64Array): Float64Array {
  const log = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0));
  return logits.map((logit) => logit - log);
}

const argMax = (values: ArrayLike<number>) => Array.from(values).indexOf(Math.max(...Array.from(values)));

function prompt(stream: number, index: number): Int8Array {
  const signs = new Int8Array(SIGN_BLOCK * D);
  new KeyedRandom(SEED, stream).signs(Math.floor(index / SIGN_BLOCK), D, signs);
  const row = index % SIGN_BLOCK;
  return signs.slice(row * D, (row + 1) * D);
}

/** The response that the definition says, token by token. @param noise of a token's position and a vocabulary entry */
function respond(
  policy: TransformerPolicy,
  x: Int8Array,
  temperature: number,
  noise: (position: number, entry: number) => number,
): number[] {
  const response: number[] = [];
  while (response.length < LONGEST && response.at(-1) !== EOS) {
    const logits = nextLogits(policy, [...Array.from(x, signToken), SEP, ...response]);
    response.push(argMax(logits.map((logit, entry) => logit / temperature + noise(response.length, entry))));
  }
  return response;
}

const asked: SampleRequest = {
  inputs: streamOf('inputs', 3),
  decoding: streamOf('decoding', 3),
  temperature: 2,
  first: 32,
  count: 12,
};

const listed = (responses: TokenResponses) =>
  Array.from({ length: responses.count }, (_, i) => responses.at(i)).map(({ x, tokens }) => ({
    x: [...x],
    tokens: [...tokens],
  }));

/** Every prompt with every response that a policy may give to it: 8 x 121. */
function everything(): TokenResponses {
  const continued = (response: number[]): number[][] =>
    response.length === LONGEST || response.at(-1) === EOS
      ? [response]
      : [0, 1, SEP, EOS].flatMap((token) => continued([...response, token]));
  const all = new TokenResponses(TASK);
  for (let bits = 0; bits < 2 ** D; bits++)
    for (const response of continued([]))
      all.push(
        [0, 1, 2].map((j) => 1 - 2 * ((bits >> j) & 1)),
        response,
      );
  return all;
}

describe('sampling', () => {
  const policy = lopsided(tinyOptions(TASK));

  it('takes the largest of logit over temperature plus keyed noise, on the prompts that a chain is asked', async () => {
    const generations = 2;
    const responses = await policy.sample({ ...asked, generations }, {});
    const random = new KeyedRandom(SEED, asked.decoding!);
    const expected = Array.from({ length: generations * asked.count }, (_, i) => {
      const index = generations * asked.first + i;
      const x = prompt(asked.inputs, Math.floor(index / generations));
      const gumbel = (position: number, entry: number) =>
        Math.fround(-Math.log(-Math.log(random.uniform(V * position + entry, index))));
      return { x: [...x], tokens: respond(policy, x, asked.temperature, gumbel) };
    });
    expect(listed(responses)).toEqual(expected);
    expect(new Set(expected.map(({ tokens }) => tokens.join())).size).toBeGreaterThan(3);
  });

  it('takes the most probable tokens where nothing is drawn, at any temperature', async () => {
    const responses = await policy.sample({ ...asked, decoding: null }, {});
    const expected = Array.from({ length: asked.count }, (_, i) => prompt(asked.inputs, asked.first + i)).map((x) => ({
      x: [...x],
      tokens: respond(policy, x, 1, () => 0),
    }));
    expect(listed(responses)).toEqual(expected);
  });

  it('gives a response that does not depend on which others are asked for with it', async () => {
    const untrained = new TransformerPolicy(tinyOptions(TASK));
    const request = { ...asked, first: 0, generations: 3 };
    // 480 responses: two batches.
    const whole = listed(await untrained.sample({ ...request, count: 160 }, {}));
    const parts: ReturnType<typeof listed> = [];
    for (let first = 0; first < 160; first += 32)
      parts.push(...listed(await untrained.sample({ ...request, first, count: 32 }, {})));
    expect(parts).toEqual(whole);
  });

  it('cuts what is longer than it may be', async () => {
    const whole = listed(await policy.sample(asked, {}));
    const cut = await policy.sample({ ...asked, maxCompletionLength: 2 }, {});
    expect(listed(cut)).toEqual(whole.map(({ x, tokens }) => ({ x, tokens: tokens.slice(0, 2) })));
    expect(whole.some(({ tokens }) => tokens.length > 2)).toBe(true);
  });

  it('gives every response as often as the model says', async () => {
    // Less lopsided: many responses are neither rare nor nearly certain.
    const policy = lopsided(tinyOptions(TASK), 4);
    const all = everything();
    const { logProbabilities } = await policy.score(all, 1, {});
    const offsets = all.offsets();
    const probabilities = Array.from({ length: all.count }, (_, i) => {
      const decisions = logProbabilities.subarray(offsets[i]!, offsets[i + 1]!);
      return Math.exp(decisions.reduce((sum, log) => sum + log, 0)) / 2 ** D;
    });
    // Scores are rounded to float32: 4 of them of size up to 16, by 2^-24 of it each, change a probability by less than 1e-5 of it.
    expect(probabilities.reduce((sum, probability) => sum + probability, 0)).toBeCloseTo(1, 5);
    const count = 2048;
    const drawn = await policy.sample({ ...asked, temperature: 1, first: 0, count }, {});
    // Each response to each prompt, and each response to any prompt, of which there are more.
    for (const keyOf of [
      (of: TokenResponses, i: number) => of.key(i),
      (of: TokenResponses, i: number) => `${of.at(i).tokens}`,
    ]) {
      const expected = new Map<string, number>();
      for (const [i, probability] of probabilities.entries())
        expected.set(keyOf(all, i), (expected.get(keyOf(all, i)) ?? 0) + probability);
      const counts = new Map<string, number>();
      for (let i = 0; i < count; i++) counts.set(keyOf(drawn, i), (counts.get(keyOf(drawn, i)) ?? 0) + 1);
      // A false alarm in 1e9 runs of this test.
      const alpha = 1e-9 / (2 * expected.size);
      for (const [key, probability] of expected) {
        const test = new SequentialTest({ null: probability, alternative: 'two-sided', alpha });
        test.observeMany(counts.get(key) ?? 0, count);
        expect(test.rejected, `${seedNote}: ${counts.get(key)} of ${count} for ${probability}`).toBe(false);
      }
    }
  });

  it('can be aborted', async () => {
    await expect(policy.sample(asked, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  });
});

describe('scoring', () => {
  it('gives log-probability and entropy of every token, by a full forward pass to it', async () => {
    const policy = lopsided(tinyOptions(TASK));
    const responses = await policy.sample(asked, {});
    const { logProbabilities, entropies } = await policy.score(responses, 2, {});
    const expected = listed(responses).flatMap(({ x, tokens }) =>
      tokens.map((token, k) => {
        const seen = [...x.map(signToken), SEP, ...tokens.slice(0, k)];
        const logs = logSoftmax(nextLogits(policy, seen).map((logit) => logit / 2));
        return { log: logs[token]!, entropy: -logs.reduce((sum, log) => sum + Math.exp(log) * log, 0) };
      }),
    );
    expect(logProbabilities).toHaveLength(expected.length);
    for (const [k, { log, entropy }] of expected.entries()) {
      // Rounded to float32: by 2^-24 of their size at most. Twice that leaves room for the order of sums in float64.
      expect(Math.abs(logProbabilities[k]! - log)).toBeLessThanOrEqual(2 ** -23 * Math.abs(log));
      expect(Math.abs(entropies[k]! - entropy)).toBeLessThanOrEqual(2 ** -23 * entropy + 1e-15);
    }
  });

  it('does not depend on which others are scored with them', async () => {
    const policy = lopsided(tinyOptions(TASK));
    const all = everything();
    const whole = await policy.score(all, 1, {});
    const three = new TokenResponses(TASK);
    three.append(
      all,
      Uint32Array.from({ length: Math.ceil(all.count / 32) }, (_, word) => (word === 10 ? 7 : 0)),
    );
    const scores = await policy.score(three, 1, {});
    const [begin, end] = [all.offsets()[320]!, all.offsets()[323]!];
    expect(scores.logProbabilities).toEqual(whole.logProbabilities.slice(begin, end));
    expect(scores.entropies).toEqual(whole.entropies.slice(begin, end));
  });
});

describe('a step', () => {
  // Nothing is clipped.
  const optimiser = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1, clip: 1e9 };
  const ascent = { temperature: 2, learningRate: 1e-3 };

  async function batchOf(policy: TransformerPolicy) {
    const responses = await policy.sample({ ...asked, count: 5 }, {});
    const random = new KeyedRandom(SEED, streamOf('cases'));
    const decisions = responses.offsets()[responses.count]!;
    return { responses, weights: Float64Array.from({ length: decisions }, (_, k) => random.uniform(0, k) - 0.3) };
  }

  it('follows the gradient of sum weights log pi at the temperature', async () => {
    const policy = lopsided(tinyOptions(TASK, { optimiser }), 3);
    const { parameters } = policy.state;
    const { responses, weights } = await batchOf(policy);
    const objective = async (moved: Float32Array) => {
      const { logProbabilities } = await new TransformerPolicy(policy.options, begun(moved)).score(responses, 2, {});
      return logProbabilities.reduce((sum, log, k) => sum + weights[k]! * log, 0);
    };
    const after = policy.frozen();
    await after.ascend(responses, weights, ascent, {});
    const gradient = after.state.firstMoment.map((moment) => -moment / (1 - optimiser.beta1));
    // Along the gradient, where the slope is its length: what is rounded and what is curved is smallest beside it.
    const length = Math.hypot(...gradient);
    const h = 1e-2;
    const at = (side: number) => parameters.map((value, j) => value + (side * h * gradient[j]!) / length);
    const slope = ((await objective(at(1))) - (await objective(at(-1)))) / (2 * h);
    // Central differences: the third derivative times h^2 / 6, with all derivatives of the size of the slope, up to 1e-2 of it.
    expect(Math.abs(slope / length - 1)).toBeLessThan(1e-2);
  });

  it('is AdamW, corrected by the steps since its moments were 0', async () => {
    const policy = lopsided(tinyOptions(TASK, { optimiser }), 3);
    const { model } = policy.options;
    const { responses, weights } = await batchOf(policy);
    for (const step of [1, 2, 1]) {
      if (step === 1) policy.resetOptimiser();
      const before = policy.state;
      expect(before.step).toBe(step - 1);
      await policy.ascend(responses, weights, ascent, {});
      const { parameters, firstMoment, secondMoment } = policy.state;
      const [c1, c2] = [1 / (1 - optimiser.beta1 ** step), 1 / (1 - optimiser.beta2 ** step)];
      for (const [j, value] of before.parameters.entries()) {
        const kept = j < model.decaying ? 1 - ascent.learningRate * optimiser.weightDecay : 1;
        const rate =
          (ascent.learningRate * c1 * firstMoment[j]!) / (Math.sqrt(c2 * secondMoment[j]!) + optimiser.epsilon);
        // Float32 rounds the parameter by 2^-24 of its size and the few factors of the step, at most 1e-2 here, by 1e-7 of theirs; the
        // epsilon counts where a second moment is tiny, and a moment of 1e-40 has few bits.
        expect(Math.abs(parameters[j]! - (value * kept - rate))).toBeLessThan(2 ** -23 * Math.abs(value) + 1e-8);
      }
    }
  });

  it('that is not finite is told of and leaves the policy as it was', async () => {
    const policy = new TransformerPolicy(tinyOptions(TASK));
    const { responses, weights } = await batchOf(policy);
    const before = policy.state;
    const far = { temperature: 1, learningRate: 1e39 };
    await expect(policy.ascend(responses, weights, far, {})).rejects.toThrow(Diverged);
    await expect(policy.ascend(responses, weights, far, {})).rejects.toThrow(
      'step 1 of the optimiser diverged: a smaller learning rate is needed',
    );
    expect(policy.state).toBe(before);
  });

  it('changes no frozen policy', async () => {
    const policy = new TransformerPolicy(tinyOptions(TASK));
    const frozen = policy.frozen();
    const { responses, weights } = await batchOf(policy);
    const before = await frozen.score(responses, 1, {});
    await policy.ascend(responses, weights, ascent, {});
    expect(await frozen.score(responses, 1, {})).toEqual(before);
    expect(await policy.score(responses, 1, {})).not.toEqual(before);
  });
});

describe('training on responses', () => {
  const logLikelihood = async (policy: TransformerPolicy, responses: TokenResponses) =>
    (await policy.score(responses, 1, {})).logProbabilities.reduce((sum, log) => sum + log, 0);

  it('makes them more probable, in as many steps as epochs and minibatches ask for', async () => {
    const options = tinyOptions(TASK, { fit: { batch: 8, epochs: 3, learningRate: 1e-2 } });
    const policy = new TransformerPolicy(options);
    const responses = await lopsided(options).sample({ ...asked, count: 20 }, {});
    const before = await logLikelihood(policy, responses);
    let steps = 0;
    (options.executor as InterpretingExecutor).onRun = (name) => {
      if (name.startsWith('training')) steps++;
    };
    await policy.fit(responses, 'warm', {});
    expect(steps).toBe(3 * Math.ceil(20 / 8));
    expect(policy.state.step).toBe(steps);
    expect(await logLikelihood(policy, responses)).toBeGreaterThan(before + 5);
  });

  it('begins with the untrained parameters, or with its own, and with moments 0', async () => {
    const options = tinyOptions(TASK);
    const [untrained, trained] = [new TransformerPolicy(options), lopsided(options)];
    const responses = await untrained.sample(asked, {});
    const states = await Promise.all(
      [untrained, trained].map(async (policy) => {
        const copy = policy.frozen();
        await copy.fit(responses, 'fresh', {});
        await copy.fit(responses, 'fresh', {});
        return copy.state;
      }),
    );
    expect(states[0]).toEqual(states[1]);
    const warm = untrained.frozen();
    await warm.fit(responses, 'warm', {});
    expect(warm.state).toEqual(states[0]);
    await warm.fit(responses, 'warm', {});
    expect(warm.state).not.toEqual(states[0]);
    expect(warm.state.step).toBe(states[0]!.step);
    await warm.fit(warm.empty(), 'fresh', {});
    expect(warm.state).toEqual(untrained.state);
  });
});

describe('a policy', () => {
  it('takes a model with its tokens and a state of its size only', () => {
    const options = tinyOptions(TASK);
    const shape = options.model.shape;
    const other = (more: object) => ({ ...options, model: parametersOf(modelShape({ ...shape, ...more })) });
    expect(() => new TransformerPolicy(other({ vocabulary: 5 }))).toThrow('vocabulary is 5; it must be 4');
    expect(() => new TransformerPolicy(other({ context: 6 }))).toThrow(
      'context is 6; prompts and responses need at least 7',
    );
    expect(() => new TransformerPolicy(options, begun(new Float32Array(3)))).toThrow(
      /parameters has 3 numbers; the model has/,
    );
  });
});
