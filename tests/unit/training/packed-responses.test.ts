import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Pacer } from '../../../src/progress/index.js';
import { KeyedRandom } from '../../../src/random/index.js';
import { PackedResponses } from '../../../src/training/index.js';
import { seeded } from '../../fixtures/seed.js';

/** `count` random responses to d bits, as lists of signs. */
function responses(d: number, count: number, seed: number): number[][] {
  const random = new KeyedRandom(seed, 0);
  return Array.from({ length: count }, (_, i) => {
    const length = random.uniform(0, i) < 0.5 ? 1 : d;
    return Array.from({ length: d + length }, (_, j) => (random.uniform(j + 1, i) < 0.5 ? -1 : 1));
  });
}

async function stored(d: number, list: readonly number[][]): Promise<{ store: PackedResponses; read: number[][] }> {
  const store = new PackedResponses(d);
  // One array for all, as sampling uses it: what an earlier response left there must not show.
  const context = new Float64Array(2 * d).fill(-1);
  for (const response of list) {
    context.set(response);
    store.push(context, response.length - d);
  }
  const read: number[][] = [];
  await store.forEach((visited, length) => {
    read.push([...visited.subarray(0, d + length)]);
  }, new Pacer());
  return { store, read };
}

describe('packed responses', () => {
  it('gives back what was put in, in order, also when it has grown', async () => {
    const settings = fc.record({
      d: fc.integer({ min: 2, max: 70 }),
      // It starts with room for 256 responses and 1024 words.
      count: fc.oneof(fc.integer({ min: 0, max: 40 }), fc.constantFrom(255, 256, 257, 513, 1025)),
      seed: fc.nat(),
    });
    await fc.assert(
      fc.asyncProperty(settings, async ({ d, count, seed }) => {
        const list = responses(d, count, seed);
        const { store, read } = await stored(d, list);
        expect(read.join('\n')).toBe(list.join('\n'));
        expect(store.count).toBe(count);
        expect(store.longCount).toBe(list.filter(({ length }) => length === 2 * d).length);
      }),
      seeded(60),
    );
  });

  it('at d = 16 and 17, on both sides of a word', async () => {
    for (const d of [15, 16, 17, 32, 33]) {
      const list = responses(d, 300, d);
      expect((await stored(d, list)).read).toEqual(list);
    }
  });

  it('gives each response with its input, and no response beyond the last', async () => {
    const list = responses(9, 70, 2);
    const { store } = await stored(9, list);
    expect(list.map((_, i) => [...store.at(i).prompt, ...store.at(i).tokens])).toEqual(list);
    expect(store.at(33).prompt).toHaveLength(9);
    for (const i of [-1, 70, 0.5, Number.NaN]) expect(() => store.at(i)).toThrow(/from 0 to 69/);
  });

  it('tells lists apart that differ in one sign', async () => {
    const list = responses(9, 10, 1);
    const other = list.map((response, i) => response.map((sign, j) => (i === 7 && j === 9 ? -sign : sign)));
    expect((await stored(9, other)).read).not.toEqual(list);
  });
});
