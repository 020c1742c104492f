import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryD, arbitraryInput } from '../../../src/arbitraries/index.js';
import { chainLength, noisyChain, parity, partialChain, prefixProducts, stepSigns } from '../../../src/task/index.js';
import { seeded } from '../../fixtures/seed.js';

const inputs = arbitraryD({ min: 2, max: 40 }).chain(arbitraryInput);

describe('parity and prefix products', () => {
  it('of a worked example', () => {
    const x = [-1, 1, -1, -1];
    expect(prefixProducts(x)).toEqual([-1, -1, 1, -1]);
    expect(parity(x)).toBe(-1);
  });

  it('tell whether the number of -1 is odd, and flip with every bit', () => {
    fc.assert(
      fc.property(inputs, fc.nat(), (x, at) => {
        expect(parity(x)).toBe(x.filter((bit) => bit < 0).length % 2 === 0 ? 1 : -1);
        const flipped = x.map((bit, i) => (i === at % x.length ? -bit : bit));
        expect(parity(flipped)).toBe(-parity(x));
      }),
      seeded(),
    );
  });

  it('are the parities of the prefixes, the last one chi(x)', () => {
    fc.assert(
      fc.property(inputs, (x) => {
        expect(prefixProducts(x)).toEqual(x.map((_, i) => parity(x.slice(0, i + 1))));
      }),
      seeded(),
    );
  });
});

describe('partial chains', () => {
  // c = (-1, -1, 1, -1, -1, 1)
  const x = [-1, 1, -1, -1, 1, -1];

  it('of leap k keep c_k, c_2k, ... where k divides d', () => {
    expect(partialChain(x, 1)).toEqual([-1, -1, 1, -1, -1, 1]);
    expect(partialChain(x, 2)).toEqual([-1, -1, 1]);
    expect(partialChain(x, 3)).toEqual([1, 1]);
    expect(partialChain(x, 6)).toEqual([1]);
  });

  it('end with c_d where k does not divide d', () => {
    expect(partialChain(x, 4)).toEqual([-1, 1]);
    expect(partialChain(x, 5)).toEqual([-1, 1]);
    expect(partialChain(x, 7)).toEqual([1]);
    expect(partialChain(x.slice(0, 5), 2)).toEqual([-1, -1, -1]);
  });

  it('have ceil(d / k) tokens and end with the answer', () => {
    fc.assert(
      fc.property(inputs, fc.integer({ min: 1, max: 45 }), (bits, leap) => {
        const chain = partialChain(bits, leap);
        expect(chain).toHaveLength(chainLength(bits.length, leap));
        expect(chain.length).toBe(Math.ceil(bits.length / leap));
        expect(chain.at(-1)).toBe(parity(bits));
      }),
      seeded(),
    );
  });

  it.each([0, -1, 1.5, Number.NaN])('refuse leap %d and name it', (leap) => {
    expect(() => partialChain(x, leap)).toThrow(new RangeError(`leap is ${leap}; it must be a positive integer`));
    expect(() => chainLength(6, leap)).toThrow(RangeError);
  });
});

describe('noisy chains', () => {
  it('without flips are the valid chain', () => {
    fc.assert(
      fc.property(inputs, (x) => {
        expect(noisyChain(x, new Array(x.length).fill(false))).toEqual(prefixProducts(x));
      }),
      seeded(),
    );
  });

  it('carry an error on: from the flipped step every token is that of the wrong prefix', () => {
    expect(noisyChain([1, 1, 1, 1], [false, true, false, false])).toEqual([1, -1, -1, -1]);
    expect(noisyChain([1, 1, 1, 1], [false, true, true, false])).toEqual([1, -1, 1, 1]);
  });

  it('are wrong exactly at the flipped steps', () => {
    const withFlips = inputs.chain((x) =>
      fc.tuple(fc.constant(x), fc.array(fc.boolean(), { minLength: x.length, maxLength: x.length })),
    );
    fc.assert(
      fc.property(withFlips, ([x, flips]) => {
        const chain = noisyChain(x, flips);
        expect(stepSigns(x, chain)).toEqual(flips.map((flip) => (flip ? -1 : 1)));
        // The answer is right iff the number of errors is even.
        expect(chain.at(-1)! * parity(x)).toBe(flips.filter(Boolean).length % 2 === 0 ? 1 : -1);
      }),
      seeded(),
    );
  });
});
