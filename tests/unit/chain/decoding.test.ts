import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryInput } from '../../../src/arbitraries/index.js';
import {
  decodeGreedy,
  decodeSampled,
  type LinearChain,
  logitOf,
  responseLogProbability,
  temperedChain,
  zeroChain,
} from '../../../src/chain/index.js';
import { sigmoid } from '../../../src/numerics/index.js';
import { KeyedRandom } from '../../../src/random/index.js';
import { clopperPearson } from '../../../src/statistics/index.js';
import { allResponses, arbitraryDenseChain, denseChain, scaledChain } from '../../fixtures/dense-chain.js';
import { SEED, seeded, seedNote } from '../../fixtures/seed.js';

const chainAndInput = arbitraryDenseChain(5).chain((model) =>
  fc.tuple(fc.constant(model), arbitraryInput(model.d), fc.nat()),
);

function contextOf(x: readonly number[]): Float64Array {
  return Float64Array.from({ length: 2 * x.length }, (_, i) => x[i] ?? 0);
}

const tokensOf = (context: Float64Array, d: number, length: number) => [...context.subarray(d, d + length)];

describe('greedy decoding', () => {
  it('takes the sign of each logit', () => {
    fc.assert(
      fc.property(chainAndInput, ([model, x]) => {
        const context = contextOf(x);
        const length = decodeGreedy(model, context);
        const read = [...x, ...tokensOf(context, model.d, length)];
        expect(Math.sign(logitOf(model, 1, read))).toBe(context[model.d]);
        expect(length === model.d).toBe(logitOf(model, 'stop', read) > 0);
        for (let l = 2; l <= length; l++) expect(Math.sign(logitOf(model, l, read))).toBe(read[model.d + l - 1]);
      }),
      seeded(300),
    );
  });

  it('breaks ties by +1 and the short answer', () => {
    for (const x of [
      [1, -1, 1],
      [-1, -1, -1],
    ]) {
      const context = contextOf(x);
      expect(decodeGreedy(zeroChain(3), context)).toBe(1);
      expect(context[3]).toBe(1);
    }
    const long: LinearChain = { ...zeroChain(3), stop: Float64Array.of(0, 0, 0, 0, 0, 0, 0, 1e-300) };
    const context = contextOf([-1, 1, -1]);
    expect(decodeGreedy(long, context)).toBe(3);
    expect(tokensOf(context, 3, 3)).toEqual([1, 1, 1]);
  });

  it.each([0, -1, Infinity, Number.NaN])('at temperature %d is refused', (temperature) => {
    const message = `temperature is ${temperature}; it must be a positive number`;
    expect(() => temperedChain(zeroChain(3), temperature)).toThrow(new RangeError(message));
  });

  it('is by draws that lie below the probability, not at it', () => {
    const context = contextOf([1, -1, 1]);
    const draws = (u: number) => decodeSampled(zeroChain(3), context, () => u);
    expect([draws(0.5), context[3]]).toEqual([1, -1]);
    expect([draws(0.5 - 2 ** -53), context[3]]).toEqual([3, 1]);
  });

  it('is refused for d below 2', () => {
    for (const d of [1, 0, 2.5, Number.NaN]) {
      expect(() => zeroChain(d)).toThrow(new RangeError(`d is ${d}; it must be an integer of at least 2`));
    }
  });
});

describe('sampled decoding', () => {
  it('turns into +1 and into going on below sigma(logit), with step 0 for the length and step l for token l', () => {
    fc.assert(
      fc.property(chainAndInput, ([model, x, seed]) => {
        const random = new KeyedRandom(seed, 0);
        const context = contextOf(x);
        const asked: number[] = [];
        const length = decodeSampled(model, context, (step) => {
          asked.push(step);
          return random.uniform(step, 0);
        });
        const read = [...x, ...tokensOf(context, model.d, length)];
        expect(asked).toEqual(length === 1 ? [1, 0] : [1, 0, ...Array.from({ length: length - 1 }, (_, i) => i + 2)]);
        expect(random.uniform(0, 0) < sigmoid(logitOf(model, 'stop', read))).toBe(length > 1);
        for (let l = 1; l <= length; l++) {
          expect(random.uniform(l, 0) < sigmoid(logitOf(model, l, read))).toBe(read[model.d + l - 1] === 1);
        }
      }),
      seeded(200),
    );
  });

  it('divides every logit by the temperature, the stop logit too', () => {
    fc.assert(
      fc.property(chainAndInput, fc.constantFrom(0.25, 0.5, 2, 8), ([model, x, seed], temperature) => {
        // A power of two scales every weight exactly.
        const scaled = scaledChain(model, 1 / temperature);
        const [hot, cold] = [contextOf(x), contextOf(x)];
        const random = new KeyedRandom(seed, 0);
        for (let sample = 0; sample < 5; sample++) {
          const uniform = (step: number) => random.uniform(step, sample);
          expect(decodeSampled(model, hot, uniform, temperature)).toBe(decodeSampled(scaled, cold, uniform));
          expect(hot[model.d]).toBe(cold[model.d]);
        }
        for (const tokens of allResponses(model.d)) {
          expect(responseLogProbability(model, x, tokens, temperature)).toBe(responseLogProbability(scaled, x, tokens));
        }
      }),
      seeded(100),
    );
  });

  it('gives each response with its probability', () => {
    const [d, trials] = [2, 40_000];
    const model = denseChain(d, SEED, 1);
    const random = new KeyedRandom(SEED, 3);
    const x = [1, -1];
    const counts = new Map<string, number>();
    for (let sample = 0; sample < trials; sample++) {
      const context = contextOf(x);
      const length = decodeSampled(model, context, (step) => random.uniform(step, sample), 1.5);
      const key = tokensOf(context, d, length).join();
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    // Six responses share a false-alarm probability of 1e-9.
    const compatible = (successes: number, probability: number): boolean => {
      const { bounds } = clopperPearson({ successes, trials, alpha: 1e-9 / 6 });
      return bounds[0] <= probability && probability <= bounds[1];
    };
    for (const tokens of allResponses(d)) {
      const probability = Math.exp(responseLogProbability(model, x, tokens, 1.5));
      const successes = counts.get(tokens.join()) ?? 0;
      expect(compatible(successes, probability), `${seedNote}: ${tokens} ${successes} of ${trials}`).toBe(true);
      expect(compatible(successes, probability + 0.05)).toBe(false);
    }
  });
});

describe('the probability of a response', () => {
  it('sums to 1 over all 2 + 2^d responses', () => {
    fc.assert(
      fc.property(chainAndInput, fc.constantFrom(0.5, 1, 3), ([model, x], temperature) => {
        let sum = 0;
        for (const tokens of allResponses(model.d))
          sum += Math.exp(responseLogProbability(model, x, tokens, temperature));
        // Each term is exp of a sum of d + 1 terms whose rounding errors are (d + 1)^2 2^-53 times logits of at most 160.
        expect(Math.abs(sum - 1)).toBeLessThan(160 * (model.d + 1) ** 2 * 2 ** -53);
      }),
      seeded(200),
    );
  });

  it('is nothing for a response of another length', () => {
    const model = denseChain(4, 1);
    for (const tokens of [[], [1, 1], [1, 1, 1], [1, 1, 1, 1, 1]]) {
      expect(responseLogProbability(model, [1, 1, 1, 1], tokens)).toBe(-Infinity);
    }
  });

  it('keeps its digits where it underflows', () => {
    const model = scaledChain(denseChain(3, 2), 1e4);
    const logs = allResponses(3).map((tokens) => responseLogProbability(model, [1, -1, 1], tokens));
    expect(Math.max(...logs)).toBeCloseTo(0, 9);
    expect(Math.min(...logs)).toBeLessThan(-745);
    expect(logs.every(Number.isFinite)).toBe(true);
  });
});
