import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  allInputs,
  enumerateSampling,
  features,
  forEachResponse,
  type LinearChain,
  logitOf,
  responseLogProbability,
  weightsOf,
} from '../../../src/chain/index.js';
import { sigmoid } from '../../../src/numerics/index.js';
import { Pacer } from '../../../src/progress/index.js';
import { streamOf } from '../../../src/random/index.js';
import { rewardCot, rewardE2e } from '../../../src/task/index.js';
import { ChainPolicy, loops, PackedResponses } from '../../../src/training/index.js';
import { predictorsOf } from '../../fixtures/compare-decisions.js';
import { allResponses, denseChain } from '../../fixtures/dense-chain.js';
import { SEED, seeded } from '../../fixtures/seed.js';

const policyOf = (model: LinearChain, seed = SEED) =>
  new ChainPolicy({ model, steps: 7, longSteps: 3 }, { seed, lambda: 0.1 });

/** Every response to every input, and their tokens. */
function everything(d: number): { responses: PackedResponses; list: { x: number[]; tokens: number[] }[] } {
  const list = allInputs(d).flatMap((x) => allResponses(d).map((tokens) => ({ x: [...x], tokens })));
  const responses = new PackedResponses(d);
  for (const { x, tokens } of list) responses.push([...x, ...tokens], tokens.length);
  return { responses, list };
}

/** A chain in which weight j of a predictor is another. */
function withWeight(model: LinearChain, predictor: number | 'stop', j: number, value: number): LinearChain {
  const replaced = (weights: Float64Array) =>
    weights === weightsOf(model, predictor) ? weights.with(j, value) : weights;
  const { d, first, stop, next } = model;
  return { d, first: replaced(first), stop: replaced(stop), next: next.map(replaced) };
}

const request = { inputs: 2, decoding: 3, temperature: 1.3, first: 64, count: 100 };

describe('the scores of a chain', () => {
  it('sum to the log-probability of the response, at any temperature', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 4 }), fc.nat(), fc.constantFrom(0.4, 1, 3), async (d, seed, heat) => {
        const model = denseChain(d, seed, 2);
        const { responses, list } = everything(d);
        const { logProbabilities } = await policyOf(model).score(responses, heat, {});
        const offsets = responses.offsets();
        expect(offsets.at(-1)).toBe(logProbabilities.length);
        for (const [i, { x, tokens }] of list.entries()) {
          const own = logProbabilities.subarray(offsets[i], offsets[i + 1]);
          expect(own.length).toBe(tokens.length + 1);
          const sum = own.reduce((total, value) => total + value, 0);
          // At most d + 1 terms, each below 100.
          expect(sum).toBeCloseTo(responseLogProbability(model, x, tokens, heat), 11);
        }
      }),
      seeded(20),
    );
  });

  it('are in the order first token, whether to go on, tokens 2..d, with the entropy of each', async () => {
    const [d, heat] = [3, 0.7];
    const model = denseChain(d, 4);
    const { responses, list } = everything(d);
    const { logProbabilities, entropies } = await policyOf(model).score(responses, heat, {});
    const offsets = responses.offsets();
    for (const [i, { x, tokens }] of list.entries()) {
      const context = [...x, ...tokens];
      const signs = [tokens[0]!, tokens.length === d ? 1 : -1, ...tokens.slice(1)];
      for (const [k, sign] of signs.entries()) {
        const p = sigmoid(logitOf(model, predictorsOf(d)[k]!, context) / heat);
        expect(logProbabilities[offsets[i]! + k]).toBeCloseTo(Math.log(sign > 0 ? p : 1 - p), 12);
        expect(entropies[offsets[i]! + k]).toBeCloseTo(-p * Math.log(p) - (1 - p) * Math.log(1 - p), 12);
      }
    }
  });
});

describe('a step of a chain', () => {
  it('goes along the gradient of the weighted log-probabilities, in every weight', async () => {
    const [d, heat, rate, h] = [3, 1.7, 0.5, 1e-5];
    const model = denseChain(d, SEED, 1);
    const { responses } = everything(d);
    const weights = Float64Array.from({ length: responses.offsets().at(-1)! }, (_, k) => ((k * 37) % 11) / 5 - 1);
    const objective = async (chain: LinearChain) => {
      const { logProbabilities } = await policyOf(chain).score(responses, heat, {});
      return logProbabilities.reduce((sum, value, k) => sum + weights[k]! * value, 0);
    };
    const policy = policyOf(model);
    await policy.ascend(responses, weights, { temperature: heat, learningRate: rate }, {});
    for (const predictor of predictorsOf(d)) {
      for (const [j, w] of weightsOf(model, predictor).entries()) {
        const up = await objective(withWeight(model, predictor, j, w + h));
        const down = await objective(withWeight(model, predictor, j, w - h));
        const moved = weightsOf(policy.chain.model, predictor)[j]! - w;
        // 280 decisions of weight at most 1.2: third derivatives below 40, h^2 / 6 of them; rounding 1e-16 500 / h.
        expect(Math.abs(moved / rate - (up - down) / (2 * h))).toBeLessThan(2e-8);
      }
    }
  });

  it('with every response, weighted by its probability times its reward, is the gradient of the expected reward', async () => {
    const [d, h] = [3, 1e-5];
    const model = denseChain(d, 8, 0.9);
    const responses = new PackedResponses(d);
    const weights: number[] = [];
    for (const x of allInputs(d)) {
      forEachResponse(model, x, (context, length, probability) => {
        responses.push(context, length);
        const earned = rewardCot(context.subarray(0, d), context.subarray(d, d + length));
        const decisions = length === d ? d + 1 : 2;
        for (let k = 0; k < decisions; k++) weights.push(earned ? probability / 2 ** d : 0);
      });
    }
    const policy = policyOf(model);
    await policy.ascend(responses, Float64Array.from(weights), { temperature: 1, learningRate: 1 }, {});
    const expected = async (chain: LinearChain) =>
      (await enumerateSampling(chain, { cot: rewardCot, e2e: rewardE2e }, rewardCot, features, new Pacer()))
        .accuracyCot;
    for (const predictor of predictorsOf(d)) {
      for (const [j, w] of weightsOf(model, predictor).entries()) {
        const up = await expected(withWeight(model, predictor, j, w + h));
        const down = await expected(withWeight(model, predictor, j, w - h));
        const moved = weightsOf(policy.chain.model, predictor)[j]! - w;
        expect(Math.abs(moved - (up - down) / (2 * h))).toBeLessThan(1e-9);
      }
    }
  });

  it('leaves earlier chains, frozen policies and the step numbers as they are', async () => {
    const policy = policyOf(denseChain(4, 1));
    const [before, frozen] = [policy.chain, policy.frozen()];
    const copy = structuredClone(before);
    const responses = await policy.sample(request, {});
    const weights = new Float64Array(responses.offsets().at(-1)!).fill(0.1);
    await policy.ascend(responses, weights, { temperature: 1, learningRate: 1 }, {});
    expect(policy.chain.model).not.toEqual(copy.model);
    expect([policy.chain.steps, policy.chain.longSteps]).toEqual([7, 3]);
    expect(before).toEqual(copy);
    expect(frozen.chain).toEqual(copy);
  });
});

describe('the responses of a chain', () => {
  const model = denseChain(9, 3, 0.2);

  it('are those of the kernels, and several to a prompt differ', async () => {
    const policy = policyOf(model);
    const single = await policy.sample(request, {});
    const [expected] = await loops().decode([{ ...request, model, seed: SEED }], {});
    expect(await readAll(single)).toEqual(await readAll(expected!));
    const prompts = (await readAll(single)).map((response) => response.slice(0, 9));
    const several = await readAll(await policy.sample({ ...request, generations: 5 }, {}));
    expect(several.map((response) => response.slice(0, 9))).toEqual(prompts.flatMap((x) => Array(5).fill(x)));
    const tokens = several.map((response) => response.slice(9).join());
    // Of 500 neighbours, those of one prompt agree about as often as those of two.
    expect(new Set(tokens.slice(0, 5)).size).toBeGreaterThan(1);
    expect(await readAll(await policy.sample({ ...request, generations: 5 }, {}))).toEqual(several);
    const other = policyOf(model, SEED + 1);
    expect(await readAll(await other.sample({ ...request, generations: 5 }, {}))).not.toEqual(several);
  });

  it('several to a prompt come as often as their probability says', async () => {
    const inputs = streamOf('inputs');
    const asked = { inputs, decoding: 1, temperature: 1, first: 0, count: 1, generations: 40_000 };
    const responses = await policyOf(denseChain(3, 5)).sample(asked, {});
    const list = await readAll(responses);
    const x = list[0]!.slice(0, 3);
    for (const tokens of allResponses(3)) {
      const found = list.filter((response) => response.slice(3).join() === tokens.join()).length / 40_000;
      const p = Math.exp(responseLogProbability(denseChain(3, 5), x, tokens));
      // Seven standard deviations.
      expect(Math.abs(found - p)).toBeLessThan(7 * Math.sqrt((p * (1 - p) + 1e-4) / 40_000));
    }
  });

  it('are cut after so many tokens, which leaves no EOS, no reward and the decisions before the cut', () => {
    const d = 4;
    const [long, short] = [[1, -1, 1, 1, 1, -1, -1, -1] as const, [1, -1, 1, 1, -1] as const];
    const cases = [
      { tokens: 1, lengths: [1, 1], decisions: [1, 1], ended: 0b00 },
      { tokens: 2, lengths: [2, 2], decisions: [3, 2], ended: 0b10 },
      { tokens: 3, lengths: [3, 2], decisions: [4, 2], ended: 0b10 },
      { tokens: 4, lengths: [4, 2], decisions: [5, 2], ended: 0b10 },
      { tokens: 5, lengths: [5, 2], decisions: [5, 2], ended: 0b11 },
    ];
    for (const { tokens, lengths, decisions, ended } of cases) {
      const responses = new PackedResponses(d);
      responses.push(long, d);
      responses.push(short, 1);
      responses.cut(tokens);
      expect([...responses.lengths()]).toEqual(lengths);
      expect([...responses.offsets()]).toEqual([0, decisions[0], decisions[0]! + decisions[1]!]);
      expect([...responses.terminated()]).toEqual([ended]);
      // Both would be right.
      expect([...responses.rewarded('cot')]).toEqual([ended]);
      expect([...responses.rewarded('e2e')]).toEqual([ended]);
      expect([...responses.accepted(() => true)]).toEqual([ended]);
    }
  });

  it('have equal keys if and only if they are equal', async () => {
    for (const d of [2, 7, 8, 9, 16]) {
      const responses = await policyOf(denseChain(d, 2, 0.1)).sample({ ...request, count: 400 }, {});
      const texts = (await readAll(responses)).map((response) => response.join());
      const keys = texts.map((_, i) => responses.key(i));
      for (const [i, text] of texts.entries()) {
        expect(keys.indexOf(keys[i]!)).toBe(texts.indexOf(text));
      }
    }
  });
});

async function readAll(responses: PackedResponses): Promise<number[][]> {
  const list: number[][] = [];
  await responses.forEach((context, length) => {
    list.push([...context.subarray(0, responses.d + length)]);
  }, new Pacer());
  return list;
}
