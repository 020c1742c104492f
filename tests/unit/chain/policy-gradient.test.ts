import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  allInputs,
  type Baseline,
  enumeratePolicyGradient,
  type FeatureMap,
  features,
  forEachResponse,
  type LinearChain,
  type PolicyAlgorithm,
  type PolicyGradientOptions,
  type Predictor,
  weightsOf,
  zeroChain,
} from '../../../src/chain/index.js';
import { Pacer } from '../../../src/progress/index.js';
import { type Reward, rewardCot, rewardE2e } from '../../../src/task/index.js';
import { denseChain, scaledChain } from '../../fixtures/dense-chain.js';
import { seeded } from '../../fixtures/seed.js';

const BASELINES: Baseline[] = ['none', 'mean', 'prompt-mean'];

/** mu(x) = P(r = 1 | x) and its complement, summed over all responses, for each input. */
function odds(model: LinearChain, reward: Reward, temperature: number): [number, number][] {
  const sampler = scaledChain(model, 1 / temperature);
  return allInputs(model.d).map((x) => {
    let [accepted, rejected] = [0, 0];
    forEachResponse(sampler, x, (context, length, probability) => {
      if (reward(x, context.subarray(model.d, model.d + length))) accepted += probability;
      else rejected += probability;
    });
    return [accepted, rejected];
  });
}

/** What the algorithm climbs, as its documentation says. */
function climbed(model: LinearChain, algorithm: PolicyAlgorithm, reward: Reward, temperature: number): number {
  const values = odds(model, reward, temperature).map(([accepted, rejected]) =>
    algorithm === 'grpo' ? 2 * Math.atan2(Math.sqrt(accepted), Math.sqrt(rejected)) : accepted,
  );
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

const gradientOf = (model: LinearChain, options: Omit<PolicyGradientOptions, 'baseline'>, baseline: Baseline) =>
  enumeratePolicyGradient(model, { ...options, baseline }, new Pacer());

function predictors(d: number): Predictor[] {
  return [1, 'stop', ...Array.from({ length: d - 1 }, (_, i) => i + 2)];
}

/** Every weight of a chain, in one list. */
const flat = (model: LinearChain): number[] => predictors(model.d).flatMap((which) => [...weightsOf(model, which)]);

const H = 1e-4;

/**
 * Error of a central difference over 2h in one weight, h^2 / 6 times the third derivative and the rounding over h.
 *
 * A response meets each predictor once, so mu is a mixture over contexts of A sigma(z) + B sigma(-z), z moving by +-h / T,
 * with A and B in [0, 1]. As |sigma'''| <= sigma'' <= sigma' <= 1/4 in size, each derivative of mu is at most
 * m = min(mu, 1 - mu), over T to its order, and the third at most 1/8. With v = mu (1 - mu) and w = 1 - 2 mu that of
 * 2 arcsin sqrt(mu) is at most (3/4 w^2 / v^(5/2) + v^(-3/2)) m^3 + 3/2 |w| v^(-3/2) m^2 + m / sqrt(v) <= 2, which it reaches at
 * mu = 1/2. Both over T^3.
 *
 * Rounding: at most 5 decisions with a logit of up to 13 weights of at most 1, relatively 13 eps a logit and some for the
 * rest: 100 eps / T of mu or 1 - mu, and of 2 arcsin sqrt(mu) <= pi less than half of that, as sqrt(v) <= 1/2.
 */
function tolerance(algorithm: PolicyAlgorithm, temperature: number): number {
  const third = (algorithm === 'grpo' ? 2 : 1 / 8) / temperature ** 3;
  return (third * H ** 2) / 6 + (100 * Number.EPSILON * (1 + 1 / temperature)) / H;
}

/** The central difference of `f` in weight j of a predictor. */
function difference(model: LinearChain, which: Predictor, j: number, f: (model: LinearChain) => number): number {
  const weights = weightsOf(model, which);
  const before = weights[j]!;
  weights[j] = before + H;
  const up = f(model);
  weights[j] = before - H;
  const down = f(model);
  weights[j] = before;
  return (up - down) / (2 * H);
}

/** The largest error of a gradient, over all weights of all predictors. */
function gradientError(model: LinearChain, gradient: LinearChain, f: (model: LinearChain) => number): number {
  const errors = predictors(model.d).flatMap((which) =>
    [...weightsOf(gradient, which)].map((value, j) => Math.abs(value - difference(model, which, j, f))),
  );
  return Math.max(...errors);
}

const REWARDS = { cot: rewardCot, e2e: rewardE2e } as const;

const settings = fc.record({
  d: fc.integer({ min: 2, max: 4 }),
  seed: fc.nat(),
  scale: fc.constantFrom(0.1, 1),
  reward: fc.constantFrom('cot', 'e2e'),
  temperature: fc.constantFrom(1, 0.5, 1.7),
  baseline: fc.constantFrom(...BASELINES),
});

describe('divided by the length of responses', () => {
  const cases = BASELINES.flatMap((baseline) => [['reinforce', baseline] as const, ['grpo', baseline] as const]);

  it.each(cases)(
    '%s with the baseline %s is the gradient of advantages that do not move',
    async (algorithm, baseline) => {
      const [model, reward] = [denseChain(3, 5), rewardCot];
      const options = { algorithm, reward, normalisation: 'sequence' } as const;
      const { gradient } = await gradientOf(model, options, baseline);
      const shares = odds(model, reward, 1);
      const mean = shares.reduce((sum, [accepted]) => sum + accepted, 0) / shares.length;
      const advantage = (x: number, right: boolean, length: number) => {
        const [accepted, rejected] = shares[x]!;
        const subtracted = { none: 0, mean, 'prompt-mean': accepted }[baseline];
        const deviation = algorithm === 'grpo' ? Math.sqrt(accepted * rejected) : 1;
        return (Number(right) - subtracted) / deviation / (length + 1);
      };
      const inputs = allInputs(3);
      const f = (at: LinearChain) => {
        let sum = 0;
        for (const [i, x] of inputs.entries()) {
          forEachResponse(at, x, (context, length, probability) => {
            sum += probability * advantage(i, reward(x, context.subarray(3, 3 + length)), length);
          });
        }
        return sum / inputs.length;
      };
      // mu is linear in what the advantages weigh: their largest over 1/8 of h^2 / 6, and over the rounding.
      const largest = Math.max(...inputs.flatMap((_, i) => [0, 1].map((r) => Math.abs(advantage(i, r === 1, 1)))));
      expect(largest).toBeLessThan(2);
      expect(gradientError(model, gradient, f)).toBeLessThan(2 * largest * tolerance('reinforce', 1));
      const plain = await gradientOf(model, { algorithm, reward }, baseline);
      expect(gradientError(model, plain.gradient, f)).toBeGreaterThan(1e-3);
    },
  );
});

describe.each<PolicyAlgorithm>(['reinforce', 'grpo'])('the enumerated policy gradient, %s', (algorithm) => {
  it('is that of the central differences of what it climbs, in every weight, at dense random chains', async () => {
    await fc.assert(
      fc.asyncProperty(settings, async ({ d, seed, scale, reward: name, temperature, baseline }) => {
        const model = denseChain(d, seed, scale);
        const reward = REWARDS[name as 'cot' | 'e2e'];
        const { objective, gradient } = await gradientOf(model, { algorithm, reward, temperature }, baseline);
        const f = (at: LinearChain) => climbed(at, algorithm, reward, temperature);
        expect(Math.abs(objective - f(model))).toBeLessThan(1e-14 * (1 + 1 / temperature));
        expect(gradientError(model, gradient, f)).toBeLessThan(tolerance(algorithm, temperature));
      }),
      seeded(40),
    );
  });

  it('and the difference would see a reward or a temperature that is a little off', async () => {
    const model = denseChain(3, 1);
    const options = { algorithm, reward: rewardCot, temperature: 1 };
    const { gradient } = await gradientOf(model, options, 'prompt-mean');
    for (const [reward, temperature] of [
      [rewardE2e, 1],
      [rewardCot, 1 + 1e-5],
    ] as const) {
      const error = gradientError(model, gradient, (at) => climbed(at, algorithm, reward, temperature));
      expect(error).toBeGreaterThan(tolerance(algorithm, 1));
    }
  });

  it('is one gradient for all three baselines', async () => {
    await fc.assert(
      fc.asyncProperty(settings, async ({ d, seed, scale, reward: name, temperature }) => {
        // Weights up to 4 as well: mu comes close to 0 and 1.
        const model = denseChain(d, seed, 4 * scale);
        const reward = REWARDS[name as 'cot' | 'e2e'];
        const options = { algorithm, reward, temperature };
        const [none, mean, prompt] = await Promise.all(
          BASELINES.map((baseline) => gradientOf(model, options, baseline)),
        );
        // A baseline b adds b E[grad log pi] = 0: sums of probabilities below 1, of which each is right to the 100 eps / T of
        // above times the weights' scale, over the deviation of the rewards.
        const least = Math.min(...odds(model, reward, temperature).map(([mu, rest]) => mu * rest));
        const deviation = algorithm === 'grpo' ? Math.sqrt(least) : 1;
        const rounding = (100 * Number.EPSILON * (1 + (4 * scale) / temperature)) / temperature / deviation;
        for (const other of [mean!, prompt!]) {
          expect(other.objective).toBe(none!.objective);
          const [a, b] = [flat(none!.gradient), flat(other.gradient)];
          expect(Math.max(...a.map((value, j) => Math.abs(value - b[j]!)))).toBeLessThan(rounding);
        }
      }),
      seeded(40),
    );
  });

  it.each(BASELINES)('is exactly 0 where all rewards agree on every input, baseline %s', async (baseline) => {
    for (const [reward, objective] of [
      [rewardCot, algorithm === 'grpo' ? Math.PI : 1],
      [() => false, 0],
    ] as const) {
      const found = await gradientOf(validChain(3), { algorithm, reward }, baseline);
      expect(found.objective).toBe(objective);
      for (const value of flat(found.gradient)) expect(Math.abs(value)).toBe(0);
    }
  });

  it.each(BASELINES)(
    'comes from the other inputs alone where they agree on some, by hand, baseline %s',
    async (baseline) => {
      // z_1 = x_1 where x_1 = x_2, which is certain, and a fair coin elsewhere; the answer is always short.
      const model = zeroChain(3);
      model.first.set([1000, 1000]);
      model.stop[7] = -1000;
      const reward: Reward = (x, tokens) => tokens[0] === x[0];
      const { objective, gradient } = await gradientOf(model, { algorithm, reward }, baseline);
      // Where x_2 = -x_1 (half of the inputs) mu = 1/2, and grad log pi is +-(x_1, -x_1, x_3) / 2. The reward's slope is 1, or 2
      // over the deviation 1/2.
      const slope = algorithm === 'grpo' ? 2 : 1;
      expect(objective).toBeCloseTo(algorithm === 'grpo' ? (3 * Math.PI) / 4 : 3 / 4, 14);
      expect([...gradient.first].map((value) => Math.abs(value - 0))).toEqual([slope / 8, slope / 8, 0]);
      expect(Math.sign(gradient.first[0]!)).toBe(1);
      expect(Math.sign(gradient.first[1]!)).toBe(-1);
      const rest = [...gradient.stop, ...gradient.next.flatMap((weights) => [...weights])];
      for (const value of rest) expect(Math.abs(value)).toBe(0);
    },
  );

  it('sees the features that it is given', async () => {
    const doubled: FeatureMap = (predictor, context, d) => features(predictor, context, d).map((phi) => 2 * phi);
    const model = denseChain(3, 2);
    const options = { algorithm, reward: rewardE2e };
    const found = await gradientOf(model, { ...options, features: doubled }, 'mean');
    const same = await gradientOf(scaledChain(model, 2), options, 'mean');
    const expected = flat(same.gradient).map((value) => 2 * value);
    flat(found.gradient).forEach((value, j) => {
      expect(Math.abs(value - expected[j]!)).toBeLessThan(1e-13);
    });
  });
});

/** Certainly the valid long chain: every logit is +-1000. */
function validChain(d: number): LinearChain {
  const model = zeroChain(d);
  model.first[0] = 1000;
  model.stop[2 * d + 1] = 1000;
  for (let l = 2; l <= d; l++) model.next[l]![d + l - 1 + l - 1] = 1000;
  return model;
}
