import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Pacer } from '../../src/progress/index.js';
import { KeyedRandom } from '../../src/random/index.js';
import { parity, type RewardName, rewardNamed } from '../../src/task/index.js';
import { PackedResponses } from '../../src/training/index.js';
import { seeded } from '../fixtures/seed.js';

/** x and the tokens, as signs. */
type Response = readonly number[];

/** Responses of every kind: valid chains, chains with one wrong token, right and wrong short answers, and noise. */
function responsesOf(d: number, count: number, seed: number): Response[] {
  const random = new KeyedRandom(seed, 0);
  return Array.from({ length: count }, (_, i) => {
    const sign = (step: number) => (random.uniform(step, i) < 0.5 ? -1 : 1);
    const x = Array.from({ length: d }, (_, j) => sign(j + 3));
    const chain: number[] = x.map((_, j) => parity(x.slice(0, j + 1)));
    const kind = Math.floor(5 * random.uniform(0, i));
    if (kind === 0) return [...x, sign(1)];
    if (kind === 1) return [...x, chain[d - 1]!];
    if (kind === 2) return [...x, ...chain];
    const wrong = Math.floor(d * random.uniform(1, i));
    if (kind === 3) return [...x, ...chain.map((token, j) => (j === wrong ? -token : token))];
    return [...x, ...chain.map((_, j) => sign(d + 3 + j))];
  });
}

function packed(d: number, responses: readonly Response[]): PackedResponses {
  const store = new PackedResponses(d);
  for (const response of responses) store.push(response, response.length - d);
  return store;
}

async function unpacked(store: PackedResponses): Promise<Response[]> {
  const read: Response[] = [];
  await store.forEach((context, length) => {
    read.push([...context.subarray(0, store.d + length)]);
  }, new Pacer());
  return read;
}

const isSet = (masks: Uint32Array, i: number) => ((masks[Math.floor(i / 32)]! >>> (i % 32)) & 1) === 1;

const masksOf = (kept: readonly boolean[]) =>
  Uint32Array.from({ length: Math.ceil(kept.length / 32) }, (_, block) =>
    kept.slice(32 * block, 32 * (block + 1)).reduce((mask, keep, bit) => mask | (Number(keep) << bit), 0),
  );

const rewardsOf = (d: number, responses: readonly Response[], name: RewardName) =>
  responses.map((response) => rewardNamed(name)(response.slice(0, d), response.slice(d)));

const settings = fc.record({
  d: fc.oneof(fc.integer({ min: 2, max: 12 }), fc.constantFrom(16, 33)),
  counts: fc.array(fc.oneof(fc.nat({ max: 40 }), fc.constantFrom(32, 64, 97)), { minLength: 1, maxLength: 4 }),
  share: fc.constantFrom(0, 0.05, 0.5, 1),
  seed: fc.nat(),
});

describe('operations on whole words of responses', () => {
  it('append those that a filter keeps, in order', async () => {
    await fc.assert(
      fc.asyncProperty(settings, async ({ d, counts, share, seed }) => {
        const random = new KeyedRandom(seed, 1);
        const store = new PackedResponses(d, 32);
        const expected: Response[] = [];
        for (const [part, count] of counts.entries()) {
          const responses = responsesOf(d, count, seed + part);
          const kept = responses.map((_, i) => random.uniform(part, i) < share);
          store.append(packed(d, responses), masksOf(kept));
          expected.push(...responses.filter((_, i) => kept[i]));
        }
        expect(await unpacked(store)).toEqual(expected);
        expect([store.count, store.longCount]).toEqual([
          expected.length,
          expected.filter((r) => r.length > d + 1).length,
        ]);
        // Bits beyond the last response are 0, since the next are added to them.
        expect([...store.words]).toEqual([...packedInto(store.words.length, d, expected)]);
      }),
      seeded(150),
    );
  });

  it('reward what the reward of each response says, and accept the same by any function', () => {
    fc.assert(
      fc.property(settings, fc.constantFrom('cot' as const, 'e2e' as const), ({ d, counts, seed }, name) => {
        const responses = responsesOf(d, counts[0]!, seed);
        const store = packed(d, responses);
        const expected = masksOf(rewardsOf(d, responses, name));
        expect(store.rewarded(name)).toEqual(expected);
        expect(store.accepted(rewardNamed(name))).toEqual(expected);
        expect(store.long).toEqual(masksOf(responses.map((response) => response.length > d + 1)));
      }),
      seeded(150),
    );
  });

  it('differ wherever a sign is planted wrong', () => {
    const d = 7;
    const responses = responsesOf(d, 80, 5);
    for (const name of ['cot', 'e2e'] as const) {
      const rewards = masksOf(rewardsOf(d, responses, name));
      for (const [i, response] of responses.entries()) {
        const length = response.length - d;
        for (let j = 0; j < d + length; j++) {
          const wrong = packed(d, responses);
          wrong.words[Math.floor(i / 32) * wrong.stride + j]! ^= 1 << (i % 32);
          const changed = isSet(wrong.rewarded(name), i) !== isSet(rewards, i);
          const flipped = response.map((sign, at) => (at === j ? -sign : sign));
          expect(changed).toBe(rewardsOf(d, [flipped], name)[0] !== isSet(rewards, i));
          // Whatever was right is spoilt by any sign of x or by the last token.
          if (isSet(rewards, i) && (j < d || j === d + length - 1)) expect(changed).toBe(true);
        }
      }
    }
  });
});

/** The words of a store with room for so many. */
function packedInto(words: number, d: number, responses: readonly Response[]): Uint32Array {
  const out = new Uint32Array(words);
  const store = packed(d, responses);
  out.set(store.words.subarray(0, store.blocks * store.stride));
  return out;
}
