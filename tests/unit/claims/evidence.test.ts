import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  actualWorld,
  type Comparison,
  caseEvidence,
  close,
  type EvidenceContext,
  inside,
  keyedSeed,
  meanEvidence,
  propertyEvidence,
  sampledEvidence,
  truth,
} from '../../../src/claims/index.js';
import { KeyedRandom } from '../../../src/random/index.js';
import { clopperPearsonLower } from '../../../src/statistics/index.js';
import { SEED, seedNote } from '../../fixtures/seed.js';

const world = actualWorld({ freeConstant: false, jointLoss: false, average: 'tail' });
const context: EvidenceContext = { effort: 'quick', seed: SEED, alpha: 0.01 };
const text = { id: 'test', description: 'a synthetic check', falsifiers: [] };
const same = (runs: number) => ({ quick: runs, standard: runs, thorough: runs });

const holds = ({ ratio }: Comparison) => ratio <= 1;

describe('comparisons', () => {
  it('close compares the difference with its tolerance', () => {
    expect(close('x', 1.5, 1, 1).ratio).toBe(0.5);
    expect(holds(close('x', 2, 1, 1))).toBe(true);
    expect(holds(close('x', 2.1, 1, 1))).toBe(false);
    expect(close('x', 1.5, 1, 0.25)).toMatchObject({ what: 'x', shown: '1.5 against 1, tolerance 0.25' });
  });

  it('close takes equal infinities and exact equality at tolerance 0, and fails for NaN', () => {
    expect(close('x', Infinity, Infinity, 1e-9).ratio).toBe(0);
    expect(close('x', 3, 3, 0).ratio).toBe(0);
    for (const [actual, expected, tolerance] of [
      [3, 3.0000001, 0],
      [Infinity, -Infinity, 1],
      [Infinity, 1, 1],
      [Number.NaN, 1, 1],
      [1, Number.NaN, 1],
      [Number.NaN, Number.NaN, 1],
      [1, 2, Number.NaN],
    ] as const) {
      expect(holds(close('x', actual, expected, tolerance)), `${actual}, ${expected}, ${tolerance}`).toBe(false);
    }
  });

  it('inside includes its ends, measures from the middle, and fails for NaN', () => {
    expect([inside('x', 0, 0, 2).ratio, inside('x', 1, 0, 2).ratio, inside('x', 1.5, 0, 2).ratio]).toEqual([1, 0, 0.5]);
    for (const [actual, low, high] of [
      [-1e-9, 0, 2],
      [2.1, 0, 2],
      [Number.NaN, 0, 2],
      [1, Number.NaN, 2],
      [1, 0, Number.NaN],
      [1, 2, 0],
    ] as const) {
      expect(holds(inside('x', actual, low, high)), `${actual} in [${low}, ${high}]`).toBe(false);
    }
    expect(holds(inside('x', 1, 1, 1))).toBe(true);
    expect(holds(inside('x', 5, -Infinity, Infinity))).toBe(true);
  });

  it('truth is exact or fails', () => {
    expect([truth('x', true).ratio, truth('x', false).ratio]).toEqual([0, Infinity]);
    expect(truth('x', true, 'because').shown).toBe('because');
  });
});

describe('evidence over cases', () => {
  const over = (check: (n: number) => readonly Comparison[]) =>
    caseEvidence('exact', { ...text, cases: () => [1, 2, 3], check });

  it('holds where every case does, and names the closest', async () => {
    const evidence = over((n) => [close(`half of ${n}`, n / 10, 0, 1)]);
    const outcome = await evidence.run(world, context);
    expect(outcome).toMatchObject({ verdict: 'holds', margin: '0.30 of tolerance' });
    expect(outcome.detail).toContain('3 cases');
    expect(outcome.detail).toContain('half of 3');
  });

  it('calls it exact where nothing differs', async () => {
    const outcome = await over(() => [truth('x', true)]).run(world, context);
    expect(outcome).toMatchObject({ verdict: 'holds', margin: 'exact', detail: '3 cases, all exact' });
  });

  it('is refuted by its first failing case, which is the counterexample, and stops there', async () => {
    const seen: number[] = [];
    const evidence = over((n) => {
      seen.push(n);
      return [truth('below 2', n < 2)];
    });
    expect(await evidence.run(world, context)).toMatchObject({ verdict: 'refuted', counterexample: 2 });
    expect(seen).toEqual([1, 2]);
  });

  it('is refuted by NaN', async () => {
    expect((await over(() => [close('x', Number.NaN, 0, 1)]).run(world, context)).verdict).toBe('refuted');
  });

  it('is inconclusive where nothing was compared', async () => {
    expect((await over(() => []).run(world, context)).verdict).toBe('inconclusive');
  });

  it('replays a stored counterexample, and a case that holds', async () => {
    const evidence = over((n) => [truth('below 2', n < 2)]);
    const { counterexample } = await evidence.run(world, context);
    const stored = JSON.parse(JSON.stringify(counterexample));
    expect(await evidence.replay!(world, context, stored)).toMatchObject({ verdict: 'refuted', counterexample: 2 });
    expect(await evidence.replay!(world, context, 1)).toMatchObject({ verdict: 'holds' });
  });
});

describe('evidence over random parameters', () => {
  const below = (limit: number) =>
    propertyEvidence({
      ...text,
      arbitrary: () => fc.record({ n: fc.nat({ max: 1_000_000 }) }),
      runs: same(200),
      check: ({ n }) => [truth('n below the limit', n < limit, `${n}`)],
    });

  it('holds after the number of runs of its effort', async () => {
    expect(await below(2_000_000).run(world, context)).toMatchObject({
      verdict: 'holds',
      detail: '200 examples, all exact',
    });
  });

  it('shrinks to the smallest counterexample, and gives its path', async () => {
    const outcome = await below(1234).run(world, context);
    expect(outcome).toMatchObject({ verdict: 'refuted', counterexample: { n: 1234 } });
    expect(outcome.path).toMatch(/^\d+(:\d+)*$/);
    expect(outcome.detail).toContain('1234');
    // From the path and the seed of this evidence fast-check finds the same example.
    const seed = keyedSeed(SEED, 'property test', 0) & 0x7fffffff;
    const property = fc.property(fc.record({ n: fc.nat({ max: 1_000_000 }) }), ({ n }) => n < 1234);
    const again = fc.check(property, { seed, path: outcome.path!, numRuns: 200 });
    expect(again.counterexample).toEqual([{ n: 1234 }]);
  });

  it('is replayed from its stored counterexample', async () => {
    const evidence = below(1234);
    const stored = JSON.parse(JSON.stringify((await evidence.run(world, context)).counterexample));
    const replayed = await evidence.replay!(world, context, stored);
    expect(replayed).toMatchObject({ verdict: 'refuted', counterexample: { n: 1234 } });
    expect((await below(1235).replay!(world, context, stored)).verdict).toBe('holds');
  });

  it('gives the same outcome for the same seed, and looks elsewhere for another', async () => {
    const seen = async (seed: number) => {
      const examples: number[] = [];
      const evidence = propertyEvidence({
        ...text,
        arbitrary: () => fc.nat(),
        runs: same(20),
        check: (n) => {
          examples.push(n);
          return [truth('any', true)];
        },
      });
      await evidence.run(world, { ...context, seed });
      return examples;
    };
    expect(await seen(1)).toEqual(await seen(1));
    expect(await seen(1)).not.toEqual(await seen(2));
  });

  it('passes an exception on, instead of taking it for a counterexample', async () => {
    const broken = propertyEvidence({
      ...text,
      arbitrary: () => fc.nat(),
      runs: same(100),
      check: () => {
        throw new TypeError('the check is broken');
      },
    });
    await expect(broken.run(world, context)).rejects.toThrow('the check is broken');
  });
});

describe('evidence by trials', () => {
  /** Trials that succeed with probability `q`, keyed by their seed. */
  const coin = (q: number, trials = 2000) =>
    sampledEvidence({
      ...text,
      success: 'the coin shows heads',
      threshold: 0.5,
      trials: same(trials),
      trial: async (seed) => new KeyedRandom(seed, 0).uniform(0, 0) < q,
    });

  it('holds above the threshold, is refuted below it, and stops as soon as it knows', async () => {
    const [high, low] = [await coin(0.8).run(world, context), await coin(0.2).run(world, context)];
    expect(high.verdict, seedNote).toBe('holds');
    expect(low.verdict, seedNote).toBe('refuted');
    const { trials, successes } = low.counterexample as { trials: number; successes: number };
    expect(trials).toBeLessThan(2000);
    expect(successes).toBeLessThan(trials / 2);
    expect(high.detail).toContain('the coin shows heads');
    expect(high.detail).toContain('anytime-valid at 1.0e-2');
  });

  it('is inconclusive when the trials run out', async () => {
    expect(await coin(0.8, 3).run(world, context)).toMatchObject({ verdict: 'inconclusive' });
    expect((await coin(0.8, 3).run(world, context)).detail).toContain('of 3 trials');
  });

  it('at the threshold itself answers with probability at most alpha', async () => {
    const [runs, alpha] = [300, 0.1];
    let answers = 0;
    for (let seed = 0; seed < runs; seed++) {
      const { verdict } = await coin(0.5, 150).run(world, { ...context, seed: SEED + seed, alpha });
      if (verdict !== 'inconclusive') answers++;
    }
    // Were the true probability at most alpha, this bound would exceed it in one of 1e9 such tests.
    expect(clopperPearsonLower({ successes: answers, trials: runs, alpha: 1e-9 }), seedNote).toBeLessThan(alpha);
    expect(answers).toBeLessThan(runs / 2);
  });

  it('keys every trial by its own seed, and sets up once', async () => {
    const seeds: number[] = [];
    const setUps: number[] = [];
    const evidence = sampledEvidence<string>({
      ...text,
      success: 'any',
      threshold: 0.5,
      trials: same(50),
      setUp: async (seed) => {
        setUps.push(seed);
        return 'shared';
      },
      trial: (seed, _, __, shared) => {
        seeds.push(seed);
        return seeds.length % 2 === 0 && shared === 'shared';
      },
    });
    await evidence.run(world, context);
    expect(new Set(seeds).size).toBe(50);
    expect(setUps).toHaveLength(1);
    expect(seeds).not.toContain(setUps[0]);
    expect(seeds[7]).toBe(keyedSeed(SEED, 'test', 7));
  });
});

describe('evidence by means', () => {
  const estimate = { what: 'a mean', found: 0.5, expected: 0.5, range: 1, draws: 100 };
  const run = (...estimates: readonly (typeof estimate)[]) =>
    meanEvidence({ ...text, measure: async () => estimates }).run(world, context);

  it('holds while every mean is within the bounds of all of them together', async () => {
    // sqrt(log(2 * 2 / .01) / 200) = .1731 for two means, .1628 for one.
    expect(await run(estimate, { ...estimate, found: 0.67 })).toMatchObject({ verdict: 'holds' });
    expect(await run({ ...estimate, found: 0.67 })).toMatchObject({ verdict: 'refuted' });
  });

  it('names the worst mean, whichever its place, and a NaN before all', async () => {
    const wrong = { ...estimate, what: 'the wrong one', found: 0.9 };
    const lost = { ...estimate, what: 'the lost one', found: Number.NaN };
    expect((await run(estimate, wrong, estimate)).detail).toContain('worst: the wrong one is 0.9000 against 0.5000');
    for (const order of [
      [wrong, lost],
      [lost, wrong],
    ]) {
      expect(await run(...order)).toMatchObject({ verdict: 'refuted', counterexample: { what: 'the lost one' } });
    }
  });

  it('refutes nothing that is true: coins, over many seeds', async () => {
    const coins = meanEvidence({
      ...text,
      measure: async (seed) => {
        const random = new KeyedRandom(seed, 0);
        let heads = 0;
        for (let i = 0; i < 200; i++) heads += random.uniform(0, i) < 0.5 ? 1 : 0;
        return [{ what: 'heads', found: heads / 200, expected: 0.5, range: 1, draws: 200 }];
      },
    });
    let refuted = 0;
    for (let i = 0; i < 300; i++) {
      if ((await coins.run(world, { ...context, seed: SEED + i })).verdict === 'refuted') refuted++;
    }
    // P(|Bin(200, 1/2) - 100| > 23.0) = 1.0e-3 at alpha = .01: 300 runs refute more than 6 with probability 1e-7.
    expect(refuted, seedNote).toBeLessThanOrEqual(6);
  });
});

describe('keyed seeds', () => {
  it('differ by seed, name and index, and are valid seeds', () => {
    const seeds: number[] = [];
    for (const seed of [0, 1, 2 ** 40]) {
      for (const name of ['a', 'b', 'ab', 'ba', 'property a', '']) {
        for (let index = 0; index < 50; index++) seeds.push(keyedSeed(seed, name, index));
      }
    }
    expect(new Set(seeds).size).toBe(3 * 6 * 50);
    expect(seeds.every((seed) => Number.isSafeInteger(seed) && seed >= 0)).toBe(true);
    expect(keyedSeed(1, 'a', 2)).toBe(keyedSeed(1, 'a', 2));
  });
});
