import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  enumerateGreedy,
  enumerateSampling,
  features,
  type LinearChain,
  productIndex,
  zeroChain,
} from '../../../src/chain/index.js';
import { Pacer } from '../../../src/progress/index.js';
import { rewardCot, rewardE2e } from '../../../src/task/index.js';
import { behaviour, chainCorrelation, chainProbability, type Optimum, splitLog } from '../../../src/theory/index.js';
import { seeded } from '../../fixtures/seed.js';

type Logits = Pick<Optimum, 'c1' | 'sPlus' | 'sMinus' | 'c'>;

function optimumOf({ c1, sPlus, sMinus, c }: Logits): Optimum {
  const [bias, weight] = [(sPlus + sMinus) / 2, (sPlus - sMinus) / 2];
  return { c1, sPlus, sMinus, c, bias, weight, sPlusSplit: splitLog(sPlus) };
}

/** The chain with these weights on the support and zeros elsewhere. */
function chainOf({ c1, bias, weight, c }: Optimum, d: number): LinearChain {
  const chain = zeroChain(d);
  chain.first[0] = c1;
  chain.stop[productIndex('stop', 1, d)] = weight;
  chain.stop[productIndex('stop', d + 1, d)] = bias;
  for (let l = 2; l <= d; l++) chain.next[l]![productIndex(l, l, d)] = c;
  return chain;
}

const sampled = (model: LinearChain) =>
  enumerateSampling(model, { cot: rewardCot, e2e: rewardE2e }, rewardCot, features, new Pacer());

/** Integers, so that ties are met, and bias and weight are exact. */
const logits = fc.record({
  c1: fc.integer({ min: -4, max: 4 }),
  sPlus: fc.integer({ min: -4, max: 4 }),
  sMinus: fc.integer({ min: -4, max: 4 }),
  c: fc.integer({ min: -4, max: 4 }),
});

describe('the behaviour of four logits', () => {
  it('is that of the chain with these weights, response by response, wherever the signs are', async () => {
    await fc.assert(
      fc.asyncProperty(logits, fc.constantFrom(3, 4), async (four, d) => {
        const model = optimumOf(four);
        const found = behaviour(model, d);
        const enumerated = await sampled(chainOf(model, d));
        for (const key of ['pLong', 'accuracyCot', 'accuracyE2e'] as const) {
          // Sums of 2^(2d) + 2^d <= 272 probabilities.
          expect(Math.abs(found[key] - enumerated[key]), key).toBeLessThan(1e-13);
        }
        expect(found.greedy).toEqual(enumerateGreedy(chainOf(model, d)));
      }),
      seeded(400),
    );
  });

  it.each([
    ['the first token', { c1: 0, sPlus: 1, sMinus: -1, c: 1 }, { longFraction: 0.5, correctFraction: 0.75 }],
    ['the stop decision', { c1: 1, sPlus: 0, sMinus: 1, c: 1 }, { longFraction: 0, correctFraction: 0.5 }],
    ['the steps', { c1: 1, sPlus: 1, sMinus: 1, c: 0 }, { longFraction: 1, correctFraction: 1 / 4 }],
  ])('is a tie where %s is one', (_, four, shares) => {
    expect(behaviour(optimumOf(four), 3).greedy).toEqual({ ...shares, tie: true });
    expect(enumerateGreedy(chainOf(optimumOf(four), 3))).toEqual({ ...shares, tie: true });
  });

  it('is no tie where a step is one that is not reached', () => {
    expect(behaviour(optimumOf({ c1: 1, sPlus: -1, sMinus: 1, c: 0 }), 3).greedy.tie).toBe(false);
  });
});

describe('the correlation of steps', () => {
  it('is the power of tanh(c / 2), at either sign of c', () => {
    for (const c of [-3, -0.9, -0.1, 0.1, 0.9, 3]) {
      for (const d of [3, 4, 7]) {
        const g = Math.tanh(c / 2);
        const [G, GOverG] = [g ** (d - 1), g ** (d - 2)];
        const expected = {
          G,
          GOverG,
          oneMinusG: 1 - G,
          oneMinusSizeOfG: 1 - Math.abs(G),
          oneMinusSizeOfGOverG: 1 - Math.abs(GOverG),
        };
        for (const [name, value] of Object.entries(chainCorrelation(c, d))) {
          // Some roundings of numbers up to 2.
          expect(Math.abs(value - expected[name as keyof typeof expected]), `${name}, c = ${c}`).toBeLessThan(1e-15);
        }
      }
    }
  });

  it('keeps its digits at both ends', () => {
    // G = (c/2)^(d-1) and 1 - G = 2 (d-1) e^-c to leading order; the next is smaller by c^2 or e^-c.
    expect(chainCorrelation(1e-9, 3).G / 0.25e-18).toBeCloseTo(1, 14);
    expect(chainCorrelation(60, 3).oneMinusG / (4 * Math.exp(-60))).toBeCloseTo(1, 14);
    expect(chainCorrelation(60, 3).oneMinusSizeOfGOverG / (2 * Math.exp(-60))).toBeCloseTo(1, 14);
    expect(chainProbability(60, 3)).toBe(1);
    expect((1 - chainProbability(20, 3)) / (2 * Math.exp(-20))).toBeCloseTo(1, 7);
  });
});
