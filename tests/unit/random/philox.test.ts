import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { philox4x32 } from '../../../src/random/index.js';
import { seeded } from '../../fixtures/seed.js';

/** Philox4x32 as its paper writes it, in integers of any size. */
function reference(counter: readonly number[], key: readonly number[], rounds = 10): number[] {
  const mask = 0xffffffffn;
  let [c0, c1, c2, c3] = counter.map(BigInt) as [bigint, bigint, bigint, bigint];
  let [k0, k1] = key.map(BigInt) as [bigint, bigint];
  for (let round = 0; round < rounds; round++) {
    const [first, second] = [0xd2511f53n * c0, 0xcd9e8d57n * c2];
    [c0, c1, c2, c3] = [(second >> 32n) ^ c1 ^ k0, second & mask, (first >> 32n) ^ c3 ^ k1, first & mask];
    [k0, k1] = [(k0 + 0x9e3779b9n) & mask, (k1 + 0xbb67ae85n) & mask];
  }
  return [c0, c1, c2, c3].map(Number);
}

function words(counter: readonly number[], key: readonly number[]): number[] {
  const out = new Uint32Array(4);
  philox4x32(counter[0]!, counter[1]!, counter[2]!, counter[3]!, key[0]!, key[1]!, out);
  return [...out];
}

const ALL = 0xffffffff;

/** kat_vectors of Random123, the authors' own library: philox 4x32 with 10 rounds. */
const KNOWN_ANSWERS = [
  { counter: [0, 0, 0, 0], key: [0, 0], out: [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8] },
  { counter: [ALL, ALL, ALL, ALL], key: [ALL, ALL], out: [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd] },
  {
    counter: [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    key: [0xa4093822, 0x299f31d0],
    out: [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  },
];

describe('philox4x32', () => {
  it.each(KNOWN_ANSWERS)('gives the published words for counter $counter and key $key', ({ counter, key, out }) => {
    expect(words(counter, key)).toEqual(out);
    expect(reference(counter, key)).toEqual(out);
  });

  it('takes ten rounds: nine give other words', () => {
    for (const { counter, key, out } of KNOWN_ANSWERS) expect(reference(counter, key, 9)).not.toEqual(out);
  });

  it('agrees with integer arithmetic at every counter and key', () => {
    // Few words, so that the carries between the 16-bit halves are met often.
    const word = fc.oneof(fc.integer({ min: 0, max: ALL }), fc.constantFrom(0, 1, 0xffff, 0x10000, 0x80000000, ALL));
    const four = fc.tuple(word, word, word, word);
    fc.assert(
      fc.property(four, fc.tuple(word, word), (counter, key) => {
        expect(words(counter, key)).toEqual(reference(counter, key));
      }),
      seeded(2000),
    );
  });
});
