import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { requireEnumerable } from '../../../src/chain/enumeration.js';
import {
  allInputs,
  decodeGreedy,
  demonstrationDistribution,
  enumerateAccepted,
  enumerateGreedy,
  enumerateGreedyThreshold,
  enumerateRounds,
  enumerateSampling,
  features,
  forEachResponse,
  type LinearChain,
  largestEnumerableD,
  largestOffSupport,
  requireAffordable,
  responseLogProbability,
  type SignMasses,
  sharesOf,
  signDistribution,
  supportWeights,
  zeroChain,
} from '../../../src/chain/index.js';
import { Pacer } from '../../../src/progress/index.js';
import { type Reward, rewardCot, rewardE2e } from '../../../src/task/index.js';
import { allResponses, arbitraryDenseChain, denseChain } from '../../fixtures/dense-chain.js';
import { seeded } from '../../fixtures/seed.js';

const sample = (model: LinearChain, accept: Reward) =>
  enumerateSampling(model, { cot: rewardCot, e2e: rewardE2e }, accept, features, new Pacer());

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** Roundings of d + 1 factors and of a sum of 2^(2d + 1) <= 512 terms, relative to a total of 1; logits of at most 72. */
const ROUNDING = 1e-12;

describe('the walk over all responses', () => {
  it('visits each of the 2 + 2^d once with the probability that the formula gives it', () => {
    fc.assert(
      fc.property(arbitraryDenseChain(4), fc.nat(), (model, code) => {
        const inputs = allInputs(model.d);
        const x = inputs[code % inputs.length]!;
        const seen = new Map<string, number>();
        forEachResponse(model, x, (context, length, probability) => {
          expect([...context.subarray(0, model.d)]).toEqual([...x]);
          seen.set(context.subarray(model.d, model.d + length).join(), probability);
        });
        expect(seen.size).toBe(2 + 2 ** model.d);
        for (const tokens of allResponses(model.d)) {
          const exact = Math.exp(responseLogProbability(model, x, tokens));
          expect(Math.abs(seen.get(tokens.join())! / exact - 1)).toBeLessThan(ROUNDING);
        }
      }),
      seeded(100),
    );
  });
});

describe('enumerated sampling', () => {
  it('sums probabilities of length and rewards, and keeps the accepted responses', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryDenseChain(4), fc.boolean(), async (model, byChain) => {
        const accept = byChain ? rewardCot : rewardE2e;
        const found = await sample(model, accept);
        const sums = { pLong: 0, accuracyCot: 0, accuracyE2e: 0 };
        for (const x of allInputs(model.d)) {
          for (const tokens of allResponses(model.d)) {
            const probability = Math.exp(responseLogProbability(model, x, tokens)) / 2 ** model.d;
            if (tokens.length > 1) sums.pLong += probability;
            if (rewardCot(x, tokens)) sums.accuracyCot += probability;
            if (rewardE2e(x, tokens)) sums.accuracyE2e += probability;
          }
        }
        for (const key of ['pLong', 'accuracyCot', 'accuracyE2e'] as const) {
          expect(Math.abs(found[key] - sums[key]), key).toBeLessThan(ROUNDING);
        }
        expect(found.accepted).toBe(byChain ? found.accuracyCot : found.accuracyE2e);
        const { contexts, probabilities } = await enumerateAccepted(model, accept, features, new Pacer());
        expect(Math.abs(sum(probabilities) - 1)).toBeLessThan(ROUNDING);
        for (const [i, context] of contexts.entries()) {
          const [x, tokens] = [context.subarray(0, model.d), context.subarray(model.d)];
          expect(accept(x, tokens)).toBe(true);
          const share = Math.exp(responseLogProbability(model, x, tokens)) / 2 ** model.d / found.accepted;
          expect(Math.abs(probabilities[i]! / share - 1)).toBeLessThan(ROUNDING);
        }
      }),
      seeded(40),
    );
  });

  it('of the chain of zeros is a fair coin at every step', async () => {
    const found = await sample(zeroChain(3), rewardCot);
    // Half are long; a short answer is right with 1/2, a chain of three steps with 1/8, its end with 1/2.
    expect([found.pLong, found.accuracyCot, found.accuracyE2e]).toEqual([0.5, 0.25 + 1 / 16, 0.5]);
  });
});

describe('enumerated greedy decoding', () => {
  it('counts what decodeGreedy does to every input', () => {
    fc.assert(
      fc.property(arbitraryDenseChain(5), (model) => {
        const { d } = model;
        let [long, right] = [0, 0];
        for (const x of allInputs(d)) {
          const context = Float64Array.from({ length: 2 * d }, (_, i) => x[i] ?? 0);
          const length = decodeGreedy(model, context);
          if (length === d) long++;
          if (rewardCot(x, context.subarray(d, d + length))) right++;
        }
        expect(enumerateGreedy(model)).toEqual({
          longFraction: long / 2 ** d,
          correctFraction: right / 2 ** d,
          tie: false,
        });
      }),
      seeded(100),
    );
  });

  it('reports ties, and fills them with (short, +1)', () => {
    expect(enumerateGreedy(zeroChain(3))).toEqual({ longFraction: 0, correctFraction: 0.5, tie: true });
    // A logit on which no greedy response depends is no tie.
    const short = { ...denseChain(3, 1), stop: Float64Array.of(0, 0, 0, 0, 0, 0, 0, -1), next: zeroChain(3).next };
    expect(enumerateGreedy(short).tie).toBe(false);
  });
});

describe('distributions', () => {
  it('of signs have the masses that were asked for, and sum to 1', () => {
    const weights = fc.tuple(...Array.from({ length: 4 }, () => fc.integer({ min: 1, max: 100 })));
    fc.assert(
      fc.property(
        weights,
        fc.double({ min: 0.1, max: 0.9, noNaN: true }),
        fc.integer({ min: 3, max: 4 }),
        (w, step, d) => {
          const [longPlus, longMinus, shortPlus, shortMinus] = w.map((value) => value / sum(w)) as [
            number,
            number,
            number,
            number,
          ];
          const masses: SignMasses = { longPlus, longMinus, shortPlus, shortMinus, stepPlus: step };
          const distribution = signDistribution(d, masses);
          const shares = sharesOf(distribution);
          expect(Math.abs(sum(distribution.probabilities) - 1)).toBeLessThan(ROUNDING);
          expect(Math.abs(shares.longFraction - (longPlus + longMinus))).toBeLessThan(ROUNDING);
          expect(Math.abs(shares.rho! - shortPlus / (shortPlus + shortMinus))).toBeLessThan(ROUNDING);
          expect(Math.abs(shares.firstStep! - longPlus / (longPlus + longMinus))).toBeLessThan(ROUNDING);
          expect(Math.abs(shares.alpha! - step)).toBeLessThan(ROUNDING);
        },
      ),
      seeded(50),
    );
  });

  it('of demonstrations are those of the signs (p, 0, (1-p)/2, (1-p)/2)', () => {
    const table = ({ contexts, probabilities }: ReturnType<typeof demonstrationDistribution>) =>
      new Map(contexts.map((context, i) => [context.join(), probabilities[i]!]));
    const direct = table(demonstrationDistribution(4, 0.25));
    const masses = { longPlus: 0.25, longMinus: 0, shortPlus: 0.375, shortMinus: 0.375, stepPlus: 1 };
    expect(table(signDistribution(4, masses))).toEqual(direct);
    expect(direct.size).toBe(32);
  });
});

describe('what the theory reads off', () => {
  it('a distribution without long or without short responses is null where there is nothing to divide by', () => {
    const masses = { longPlus: 0, longMinus: 0, shortPlus: 0.75, shortMinus: 0.25, stepPlus: 1 };
    const short = signDistribution(3, masses);
    expect(sharesOf(short)).toEqual({ longFraction: 0, rho: 0.75, alpha: null, firstStep: null });
    const long = signDistribution(3, { ...masses, longPlus: 1, shortPlus: 0, shortMinus: 0 });
    expect(sharesOf(long)).toEqual({ longFraction: 1, rho: null, alpha: 1, firstStep: 1 });
  });

  it('a chain: its support, and the largest of all other weights', () => {
    const d = 3;
    // Features that the theory names: x_1 | z_1 x_1, constant | z_1 x_2 | z_2 x_3.
    const supported: LinearChain = {
      d,
      first: Float64Array.of(5, 0, 0),
      stop: Float64Array.of(0, 0, 0, 0, 6, 0, 0, -7),
      next: zeroChain(d).next.map((weights, l) => (l < 2 ? weights : weights.map((_, j) => (j === 2 * l + 1 ? l : 0)))),
    };
    expect(supportWeights(supported)).toEqual({ c1: 5, weight: 6, bias: -7, c: [2, 3] });
    expect(largestOffSupport(supported)).toBe(0);
    const stray = (weights: Float64Array, j: number) => weights.map((w, i) => (i === j ? -0.5 : w));
    const { first, stop, next } = supported;
    for (const j of [1, 2]) expect(largestOffSupport({ ...supported, first: stray(first, j) })).toBe(0.5);
    for (const j of [0, 3, 5, 6]) expect(largestOffSupport({ ...supported, stop: stray(stop, j) })).toBe(0.5);
    for (const [l, j] of [
      [2, 4],
      [2, 6],
      [3, 0],
      [3, 6],
      [3, 8],
    ]) {
      const changed = next.map((weights, i) => (i === l ? stray(weights, j!) : weights));
      expect(largestOffSupport({ ...supported, next: changed }), `weight ${j} of predictor ${l}`).toBe(0.5);
    }
  });
});

describe('distributions of noisy demonstrations', () => {
  it('are those of the signs (p (1-eta), p eta, (1-p)/2, (1-p)/2), and short answers are wrong with probability nu', () => {
    const [d, p, eta, nu] = [4, 0.25, 0.3, 0.2];
    const { contexts, probabilities } = demonstrationDistribution(d, p, { stepNoise: eta, answerNoise: nu });
    expect(contexts).toHaveLength(2 ** d * (2 ** d + 2));
    expect(Math.abs(sum(probabilities) - 1)).toBeLessThan(1e-14);
    const masses = {
      longPlus: p * (1 - eta),
      longMinus: p * eta,
      shortPlus: 0.375,
      shortMinus: 0.375,
      stepPlus: 1 - eta,
    };
    const table = ({ contexts, probabilities }: ReturnType<typeof demonstrationDistribution>) =>
      new Map(contexts.map((context, i) => [context.join(), probabilities[i]!]));
    const [found, signs] = [table({ d, contexts, probabilities }), table(signDistribution(d, masses))];
    for (const [key, probability] of signs) {
      const factor = key.split(',').length === 2 * d ? 1 : 1 - nu;
      expect(Math.abs(found.get(key)! - factor * probability)).toBeLessThan(1e-16);
    }
    // What is left are the wrong short answers.
    const wrong = [...found].filter(([key]) => !signs.has(key));
    expect(wrong).toHaveLength(2 ** d);
    for (const [key, probability] of wrong) {
      const signs = key.split(',').map(Number);
      expect(signs[d]).toBe(-signs.slice(0, d).reduce((product, sign) => product * sign));
      expect(probability).toBeCloseTo((nu * (1 - p)) / 2 ** d, 15);
    }
  });

  it('refuse noise out of range, too near 1/2 to be told from it, and more bits than fit', async () => {
    expect(() => demonstrationDistribution(3, 0.2, { stepNoise: 2 })).toThrow('stepNoise is 2; it must lie in [0, 1]');
    const ask = { d: 3, pCot: 0.2, lambda: 0.1, rounds: 0, reward: 'cot' } as const;
    await expect(enumerateRounds({ ...ask, stepNoise: 0.5 + 1e-9 })).rejects.toThrow('tells it from 1/2');
    await expect(enumerateRounds({ ...ask, stepNoise: 0.5 })).resolves.toHaveLength(1);
    const fits = largestEnumerableD(0, 'cot', { stepNoise: 0.1 });
    expect(fits).toBeLessThan(largestEnumerableD(0, 'cot'));
    expect(fits).toBeGreaterThanOrEqual(7);
    expect(() => requireAffordable(fits + 1, 0, 'cot', { stepNoise: 0.1 })).toThrow(`up to d = ${fits}`);
  });
});

describe('rounds by enumeration', () => {
  it('train each round on what the round before accepted', async () => {
    const rounds = await enumerateRounds({ d: 3, pCot: 0.2, lambda: 0.01, rounds: 2, reward: 'e2e' });
    expect(rounds.map(({ round }) => round)).toEqual([0, 1, 2]);
    expect(rounds[0]!.distribution).toEqual(demonstrationDistribution(3, 0.2));
    for (const i of [1, 2]) {
      const { model } = rounds[i - 1]!;
      expect(rounds[i]!.distribution).toEqual(await enumerateAccepted(model, rewardE2e, features, new Pacer()));
    }
  });

  it.each([1e-6, 1, 1e6])(
    'tell greedy decisions from ties at lambda = %d, however small the logits',
    async (lambda) => {
      for (const [pCot, longFraction] of [
        [0.333333334, 1],
        [0.333333332, 0],
      ] as const) {
        const [start] = await enumerateRounds({ d: 3, pCot, lambda, rounds: 0, reward: 'cot' });
        expect(start!.greedy).toMatchObject({ longFraction, tie: false });
      }
      const [tied] = await enumerateRounds({ d: 3, pCot: 1 / 3, lambda, rounds: 0, reward: 'cot' });
      expect(tied!.greedy.tie).toBe(true);
    },
  );

  it('find the greedy threshold 1/3 at d = 3, and none at d = 2', async () => {
    // The bisection ends 1e-12 wide; Newton leaves 1e-13 in a logit whose slope in p is about 3.
    expect(Math.abs((await enumerateGreedyThreshold(3, { lambda: 0.01 }))! - 1 / 3)).toBeLessThan(1e-11);
    expect(await enumerateGreedyThreshold(2, { lambda: 0.01 })).toBeNull();
  });
});

describe('the cost of an enumeration', () => {
  it.each([
    [0, 'cot'],
    [6, 'cot'],
    [0, 'e2e'],
    [6, 'e2e'],
  ] as const)('with %d rounds of %s is refused above the largest d, which the message names', (rounds, reward) => {
    const fits = largestEnumerableD(rounds, reward);
    expect(fits).toBeGreaterThanOrEqual(6);
    expect(() => requireAffordable(fits, rounds, reward)).not.toThrow();
    expect(() => requireAffordable(fits + 1, rounds, reward)).toThrow(RangeError);
    expect(() => requireAffordable(2, rounds, reward)).not.toThrow();
    const message = `d is ${fits + 1}; enumerating ${rounds + 1} round(s) with reward ${reward}`;
    expect(() => requireAffordable(fits + 1, rounds, reward)).toThrow(message);
    expect(() => requireAffordable(1000, rounds, reward)).toThrow(`with reward ${reward} fits`);
    expect(() => requireAffordable(1000, rounds, reward)).toThrow(`up to d = ${fits}`);
  });

  // As the command line names them; seen beside other work: 37 s for (cot, 0 rounds), 16 s for (e2e, 6), 22 s for (cot with noise, 6).
  it.each([
    ['cot', {}, [12, 10, 8]],
    ['e2e', {}, [12, 8, 6]],
    ['cot', { stepNoise: 0.1 }, [8, 8, 8]],
    ['e2e', { stepNoise: 0.1 }, [8, 7, 6]],
  ] as const)('%s %j: 0, 6 and 100 rounds fit up to d = %j', (reward, noise, largest) => {
    expect([0, 6, 100].map((rounds) => largestEnumerableD(rounds, reward, noise))).toEqual(largest);
  });

  it('is refused before any work is done', async () => {
    const start = performance.now();
    const work = enumerateRounds({ d: 40, pCot: 0.2, lambda: 0.1, rounds: 1, reward: 'cot' });
    await expect(work).rejects.toThrow('d is 40;');
    // All inputs alone would take hours.
    expect(performance.now() - start).toBeLessThan(5000);
  });

  it.each([0, 1e-7, 1e7, -1, Number.NaN])('is refused for lambda = %d, with the range', async (lambda) => {
    const work = enumerateRounds({ d: 3, pCot: 0.2, lambda, rounds: 0, reward: 'cot' });
    await expect(work).rejects.toThrow(`lambda is ${lambda}; the enumeration needs lambda in [0.000001, 1e6]`);
  });

  it.each([0, 1e-9, 1, 1 - 1e-12, -1, Number.NaN])('is refused for p = %d, with the range', async (pCot) => {
    const work = enumerateRounds({ d: 3, pCot, lambda: 0.1, rounds: 0, reward: 'cot' });
    await expect(work).rejects.toThrow(`p is ${pCot}; the enumeration needs p in [1e-8, 1 - 1e-8]`);
  });

  it('is open to the ends of those ranges', () => {
    for (const lambda of [1e-6, 1e6]) expect(() => requireEnumerable({ lambda, pCot: 0.5 })).not.toThrow();
    for (const pCot of [1e-8, 1 - 1e-8]) expect(() => requireEnumerable({ lambda: 1, pCot })).not.toThrow();
    const near = { lambda: 1, pCot: 1e-4, stepNoise: 0.5 + 4e-5 };
    expect(() => requireEnumerable(near)).toThrow('if it is at least 0.0000500 away');
    expect(() => requireEnumerable({ ...near, stepNoise: 0.5 - 6e-5 })).not.toThrow();
  });

  it.each([1, 2.5, Number.NaN])('is refused for d = %d', (d) => {
    expect(() => requireAffordable(d, 0, 'cot')).toThrow(`d is ${d}; it must be an integer of at least 2`);
  });
});
