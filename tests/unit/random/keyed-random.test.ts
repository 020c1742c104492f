import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeyedRandom, PURPOSES, philox4x32, SIGN_BLOCK, streamOf } from '../../../src/random/index.js';
import { clopperPearson } from '../../../src/statistics/index.js';
import { SEED, seeded, seedNote } from '../../fixtures/seed.js';

const wordsOf = (random: KeyedRandom, step: number, sample: number) => [...random.words(step, sample)];

/** Whether a source gives the same numbers in the order of the list, backwards, and one by one. */
function dependsOnOrder(
  make: () => { uniform(step: number, sample: number): number },
  places: readonly (readonly [number, number])[],
): boolean {
  const [forwards, backwards] = [make(), make()];
  const first = places.map(([step, sample]) => forwards.uniform(step, sample));
  const second = [...places].reverse().map(([step, sample]) => backwards.uniform(step, sample));
  const alone = places.map(([step, sample]) => make().uniform(step, sample));
  return !places.every((_, i) => first[i] === second[places.length - 1 - i] && first[i] === alone[i]);
}

describe('KeyedRandom', () => {
  it('gives a value by its place, whatever was drawn before', () => {
    const place = fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 9 }));
    fc.assert(
      fc.property(fc.array(place, { minLength: 2, maxLength: 30 }), fc.nat(), (places, seed) => {
        expect(dependsOnOrder(() => new KeyedRandom(seed, 3), places)).toBe(false);
      }),
      seeded(200),
    );
    // The question can be answered with yes: a generator with a state.
    const stateful = () => {
      let state = 1;
      return { uniform: () => (state = (state * 48271) % 0x7fffffff) };
    };
    const places = [
      [0, 0],
      [0, 1],
    ] as const;
    expect(dependsOnOrder(stateful, places)).toBe(true);
  });

  it('keys Philox with the seed and counts with (sample low, sample high, step, stream)', () => {
    const seed = 2 ** 45 + 12345;
    const sample = 7 * 2 ** 32 + 99;
    const expected = new Uint32Array(4);
    philox4x32(99, 7, 5, 11, 12345, 2 ** 13, expected);
    expect(wordsOf(new KeyedRandom(seed, 11), 5, sample)).toEqual([...expected]);
  });

  it('makes a uniform number of the top 27 and 26 bits of two words, two numbers to a call', () => {
    const random = new KeyedRandom(SEED, 1);
    for (let step = 0; step < 200; step++) {
      const words = wordsOf(random, step >> 1, 17);
      const [high, low] = words.slice((step & 1) * 2).map(BigInt) as [bigint, bigint];
      const bits = ((high >> 5n) << 26n) | (low >> 6n);
      expect(random.uniform(step, 17), seedNote).toBe(Number(bits) / 2 ** 53);
    }
  });

  it('keeps uniform numbers in [0, 1)', () => {
    const random = new KeyedRandom(SEED, 2);
    let [low, high] = [1, 0];
    for (let sample = 0; sample < 100_000; sample++) {
      const value = random.uniform(0, sample);
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    expect(low, seedNote).toBeGreaterThanOrEqual(0);
    expect(high, seedNote).toBeLessThan(1);
    // Of 1e5 uniform numbers the smallest exceeds 3e-4 with probability e^-30.
    expect(low, seedNote).toBeLessThan(3e-4);
    expect(high, seedNote).toBeGreaterThan(1 - 3e-4);
  });

  it('writes the bits of its words as signs, one sample a bit', () => {
    const count = 11;
    const out = new Int8Array(SIGN_BLOCK * count);
    for (const block of [0, 1, 2 ** 32]) {
      const random = new KeyedRandom(SEED, 4);
      random.signs(block, count, out);
      for (let position = 0; position < count; position++) {
        const word = wordsOf(random, position >>> 2, block)[position & 3]!;
        const bits = Array.from({ length: SIGN_BLOCK }, (_, row) => (out[row * count + position]! < 0 ? 1 : 0));
        expect(bits.reduce<number>((sum, bit, row) => sum + bit * 2 ** row, 0)).toBe(word);
      }
    }
    expect(new Set(out)).toEqual(new Set([1, -1]));
  });

  it('gives different numbers to different seeds, and to seeds that differ above 32 bits', () => {
    const first = [1, 2, 1 + 2 ** 32, Number.MAX_SAFE_INTEGER].map((seed) => wordsOf(new KeyedRandom(seed, 0), 0, 0));
    expect(new Set(first.map(String)).size).toBe(4);
  });

  it.each([
    ['seed', -1, 0],
    ['seed', 1.5, 0],
    ['seed', Number.NaN, 0],
    ['seed', 2 ** 53, 0],
    ['stream', 0, -1],
    ['stream', 0, 2 ** 32],
    ['stream', 0, 0.5],
  ])('refuses %s outside its range: seed %d, stream %d', (name, seed, stream) => {
    const value = name === 'seed' ? seed : stream;
    expect(() => new KeyedRandom(seed, stream)).toThrow(`${name} is ${value}; it must be an integer from 0 to`);
    expect(() => new KeyedRandom(seed, stream)).toThrow(RangeError);
  });
});

describe('streams', () => {
  it('are different for every purpose and round', () => {
    const streams = PURPOSES.flatMap((purpose) => Array.from({ length: 100 }, (_, round) => streamOf(purpose, round)));
    expect(new Set(streams).size).toBe(streams.length);
    expect(Math.min(...streams)).toBe(0);
  });

  it('never give the same 128 bits: Philox is one-to-one in its counter', () => {
    const seen = new Set<string>();
    for (let stream = 0; stream < 40; stream++) {
      const random = new KeyedRandom(SEED, stream);
      for (let step = 0; step < 8; step++) {
        for (let sample = 0; sample < 40; sample++) seen.add(wordsOf(random, step, sample).join());
      }
    }
    expect(seen.size).toBe(40 * 8 * 40);
  });
});

describe('the numbers look random', () => {
  /** The probability that any of the checks of this block fails although the bits are fair. */
  const FALSE_ALARM = 1e-9;
  const CHECKS = 9 + 4 * 32 + 3;
  const TRIALS = 50_000;

  /** Whether a count is compatible with a probability, at this block's level. */
  const compatible = (successes: number, probability: number): boolean => {
    const { bounds } = clopperPearson({ successes, trials: TRIALS, alpha: FALSE_ALARM / CHECKS });
    return bounds[0] <= probability && probability <= bounds[1];
  };
  const count = (holds: (sample: number) => boolean): number => {
    let successes = 0;
    for (let sample = 0; sample < TRIALS; sample++) if (holds(sample)) successes++;
    return successes;
  };
  const random = new KeyedRandom(SEED, 5);

  it('as uniform numbers', () => {
    for (let k = 1; k <= 9; k++) {
      const below = count((sample) => random.uniform(1, sample) < k / 10);
      expect(compatible(below, k / 10), `${seedNote}: ${below} of ${TRIALS} below ${k / 10}`).toBe(true);
    }
  });

  it('bit by bit', () => {
    const ones = Array.from({ length: 4 }, () => new Array<number>(32).fill(0));
    for (let sample = 0; sample < TRIALS; sample++) {
      const words = random.words(2, sample);
      for (let w = 0; w < 4; w++) for (let bit = 0; bit < 32; bit++) ones[w]![bit]! += (words[w]! >>> bit) & 1;
    }
    for (const word of ones) for (const sum of word) expect(compatible(sum, 0.5), `${seedNote}: ${sum}`).toBe(true);
  });

  it('next to each other: steps, samples and streams agree in a bit for half of the places', () => {
    const other = new KeyedRandom(SEED, 6);
    const bit = (source: KeyedRandom, step: number, sample: number) => source.uniform(step, sample) < 0.5;
    const pairs = [
      count((sample) => bit(random, 0, sample) === bit(random, 1, sample)),
      count((sample) => bit(random, 0, sample) === bit(random, 0, sample + 1)),
      count((sample) => bit(random, 0, sample) === bit(other, 0, sample)),
    ];
    for (const agree of pairs) expect(compatible(agree, 0.5), `${seedNote}: ${agree} of ${TRIALS}`).toBe(true);
  });

  it('and a bias of two percent would be seen', () => {
    expect(compatible(Math.round(0.52 * TRIALS), 0.5)).toBe(false);
  });
});
