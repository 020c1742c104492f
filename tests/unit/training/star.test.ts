import { describe, expect, it } from 'vitest';
import {
  enumerateSampling,
  features,
  type LinearChain,
  type Rewards,
  weightsOf,
  zeroChain,
} from '../../../src/chain/index.js';
import { Pacer, type Watch } from '../../../src/progress/index.js';
import { KeyedRandom, streamOf } from '../../../src/random/index.js';
import { clopperPearson } from '../../../src/statistics/index.js';
import { type Reward, type RewardName, rewardCot, rewardE2e } from '../../../src/task/index.js';
import type { ChainPolicyOptions, StarSettings, TrainedChain } from '../../../src/training/index.js';
import { starRoundOf } from '../../fixtures/chain-training.js';
import { denseChain, scaledChain } from '../../fixtures/dense-chain.js';
import { SEED, seedNote } from '../../fixtures/seed.js';

const D = 3;
const SAMPLES = 20_000;
const rewards: Rewards = { cot: rewardCot, e2e: rewardE2e };

const trained = (model: LinearChain): TrainedChain => ({ model, steps: 1000, longSteps: 400 });

type Options = StarSettings & ChainPolicyOptions & Watch;

function options(more: Partial<Options> = {}): Options {
  return { round: 1, samples: SAMPLES, reward: 'cot', seed: SEED, lambda: 0.1, ...more };
}

/** False-alarm probability of each of the ten frequency checks of this file. */
const ALPHA = 1e-9 / 10;

function compatible(successes: number, trials: number, probability: number): boolean {
  const { bounds } = clopperPearson({ successes, trials, alpha: ALPHA });
  return bounds[0] <= probability && probability <= bounds[1];
}

describe('a round of STaR on finite samples', () => {
  it.each<[RewardName, number]>([
    ['cot', 1],
    ['e2e', 1],
    ['cot', 2],
  ])(
    'accepts responses with r_%s = 1 as often as the enumeration says, at temperature %d',
    async (reward, temperature) => {
      const model = denseChain(D, 5, 0.7);
      model.stop[model.stop.length - 1] = -3;
      const { accepted, acceptedLong } = await starRoundOf(trained(model), options({ reward, temperature }));
      const shareOf = async (accept: Reward, heat: number) =>
        (await enumerateSampling(scaledChain(model, 1 / heat), rewards, accept, features, new Pacer())).accepted;
      const longRight: Reward = (x, tokens) => tokens.length === D && rewards[reward](x, tokens);
      const [all, long] = [await shareOf(rewards[reward], temperature), await shareOf(longRight, temperature)];
      expect(compatible(accepted, SAMPLES, all), `${seedNote}: ${accepted} for ${all}`).toBe(true);
      expect(compatible(acceptedLong, SAMPLES, long), `${seedNote}: ${acceptedLong} for ${long}`).toBe(true);
      // The other temperature would be seen.
      if (temperature !== 1) expect(compatible(acceptedLong, SAMPLES, await shareOf(longRight, 1))).toBe(false);
    },
  );

  it('shows the reward the input and the tokens before EOS, and trains on what it accepts', async () => {
    const seen = { inputs: 0, lengths: new Set<number>() };
    const accept: Reward = (x, tokens) => {
      seen.inputs += Array.from(x).every((bit) => Math.abs(bit) === 1) && x.length === D ? 1 : 0;
      seen.lengths.add(tokens.length);
      return tokens.length === 1;
    };
    const round = await starRoundOf(trained(zeroChain(D)), options({ accept, samples: 500 }));
    expect(seen.inputs).toBe(500);
    expect([...seen.lengths].sort()).toEqual([1, 3]);
    expect(round.acceptedLong).toBe(0);
    expect(round.trained.steps).toBe(round.accepted);
    // Short answers alone: the constant says stop, and no later predictor has seen anything.
    expect(round.trained.model.stop.at(-1)!).toBeLessThan(-1);
    expect(round.trained.model.next[2]!.every((w) => w === 0)).toBe(true);
  });

  it('with nothing accepted gives the chain of zeros', async () => {
    const round = await starRoundOf(trained(denseChain(D, 1)), options({ accept: () => false, samples: 1000 }));
    expect([round.accepted, round.acceptedLong, round.trained.steps, round.trained.longSteps]).toEqual([0, 0, 0, 0]);
    expect(round.trained.model).toEqual(zeroChain(D));
  });

  it('starts from zeros, or warm from the chain and its steps', async () => {
    const current = trained(denseChain(D, 2, 3));
    const fresh = await starRoundOf(current, options());
    const warm = await starRoundOf(current, options({ start: 'warm' }));
    expect(warm.accepted).toBe(fresh.accepted);
    expect(fresh.trained.steps).toBe(fresh.accepted);
    expect(warm.trained.steps).toBe(1000 + warm.accepted);
    expect(warm.trained.longSteps).toBe(400 + warm.acceptedLong);
    expect(warm.trained.model.stop).not.toEqual(fresh.trained.model.stop);
    // A warm start of a million steps has hardly moved.
    const heavy = { ...current, steps: 1e9, longSteps: 1e9 };
    const { model } = (await starRoundOf(heavy, options({ start: 'warm' }))).trained;
    for (const predictor of [1, 'stop', 2, 3] as const) {
      const [after, before] = [weightsOf(model, predictor), weightsOf(current.model, predictor)];
      // 2e4 steps of 1e-9 (1 + 1 / lambda) each.
      for (const [j, w] of after.entries()) expect(Math.abs(w - before[j]!)).toBeLessThan(1e-3);
    }
  });

  it('keeps each pair of input and response once if duplicates are rejected', async () => {
    const seen = new Set<string>();
    const right: string[] = [];
    const accept: Reward = (x, tokens) => {
      const text = [...Array.from(x), ' ', ...Array.from(tokens)].join();
      const valid = rewardCot(x, tokens);
      if (valid) right.push(text);
      if (valid) seen.add(text);
      return valid;
    };
    // Two chunks: what the first has kept is known to the second.
    const small = { samples: 9000, accept };
    const kept = await starRoundOf(trained(denseChain(D, 4, 0.3)), options({ ...small, duplicates: 'reject' }));
    expect(kept.accepted).toBe(seen.size);
    expect(kept.accepted).toBeLessThanOrEqual(16);
    expect(kept.acceptedLong).toBe([...seen].filter((text) => text.split(', ,')[1]!.split(',').length === D).length);
    const all = await starRoundOf(trained(denseChain(D, 4, 0.3)), options({ samples: 9000, duplicates: 'keep' }));
    expect(all.accepted).toBe(right.length);
  });

  it('is a function of seed and round', async () => {
    const current = trained(denseChain(D, 3));
    const small = { samples: 2000 };
    const [first, again, next, other] = await Promise.all([
      starRoundOf(current, options(small)),
      starRoundOf(current, options(small)),
      starRoundOf(current, options({ ...small, round: 2 })),
      starRoundOf(current, options({ ...small, seed: SEED + 1 })),
    ]);
    expect(again).toEqual(first);
    for (const different of [next, other]) expect(different.trained.model).not.toEqual(first.trained.model);
  });

  it('draws its decoding from the stream of the round', async () => {
    for (const round of [1, 2]) {
      const lengths: number[] = [];
      const accept: Reward = (_, tokens) => lengths.push(tokens.length) < 0;
      await starRoundOf(trained(zeroChain(D)), options({ round, accept, samples: 300 }));
      // Every logit is 0: a response is long iff the number of step 0 is below 1/2.
      const decoding = new KeyedRandom(SEED, streamOf('decoding', round));
      expect(lengths).toEqual(lengths.map((_, i) => (decoding.uniform(0, i) < 0.5 ? D : 1)));
    }
  });

  it('reports a progress that never falls over sampling and training', async () => {
    const seen: number[] = [];
    const model = denseChain(12, 1, 0.1);
    const onProgress = (fraction: number) => {
      seen.push(fraction);
    };
    await starRoundOf(trained(model), options({ samples: 60_000, accept: () => true, onProgress }));
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.some((fraction) => fraction > 0.5)).toBe(true);
    expect(seen.some((fraction) => fraction < 0.5)).toBe(true);
    expect(Math.max(...seen)).toBeLessThanOrEqual(1);
  });

  it('stops within a second of an abort while it samples', async () => {
    const controller = new AbortController();
    let aborted = 0;
    setTimeout(() => {
      aborted = performance.now();
      controller.abort();
    }, 80);
    const work = starRoundOf(
      trained(denseChain(20, 1, 0.1)),
      options({ samples: 3_000_000, accept: () => false, signal: controller.signal }),
    );
    await expect(work).rejects.toThrow('aborted');
    expect(performance.now() - aborted).toBeLessThan(1000);
  });

  it.each([0, 2.5, -1, Number.NaN])('refuses %d samples', async (samples) => {
    await expect(starRoundOf(trained(zeroChain(D)), options({ samples }))).rejects.toThrow(`is ${samples}; it must be`);
  });
});
