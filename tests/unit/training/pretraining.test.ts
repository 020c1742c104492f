import { describe, expect, it } from 'vitest';
import { type LinearChain, type Predictor, weightsOf } from '../../../src/chain/index.js';
import { Pacer } from '../../../src/progress/index.js';
import { type DemonstrationNoise, Demonstrations } from '../../../src/task/index.js';
import {
  demonstrationSource,
  PackedResponses,
  type PretrainingOptions,
  pretrain,
  type ResponseSource,
  type SgdOptions,
  type TrainedChain,
  trainBySgd,
} from '../../../src/training/index.js';
import { SEED, seedNote } from '../../fixtures/seed.js';
import { distance, type Sample, textbookSgd } from './textbook-sgd.js';

const D = 3;
const P = 0.4;
const PREDICTORS: Predictor[] = [1, 'stop', 2, 3];

function options(more: Partial<PretrainingOptions> = {}): PretrainingOptions {
  return { d: D, pCot: P, lambda: 0.05, samples: 301, seed: SEED, ...more };
}

/** The samples of one predictor, read from the task itself; null where a short response does not reach it. */
function samplesFor(predictor: Predictor, first: number, last: number, noise: DemonstrationNoise = {}): Sample[] {
  const demonstrations = new Demonstrations({ d: D, pCot: P, seed: SEED, ...noise });
  const samples: Sample[] = [];
  for (let i = first; i < last; i++) {
    const tokens = demonstrations.tokens(i);
    const context = Float64Array.from([...demonstrations.input(i), ...tokens]);
    if (predictor === 'stop') samples.push({ context, target: tokens.length === D ? 1 : -1 });
    else samples.push(predictor <= tokens.length ? { context, target: tokens[predictor - 1]! } : null);
  }
  return samples;
}

/** The same list of responses as the demonstrations from `first` on. */
function stored(first: number, last: number): PackedResponses {
  const store = new PackedResponses(D);
  for (const sample of samplesFor(1, first, last)) {
    const length = sample!.context.length - D;
    store.push(
      Float64Array.from({ length: 2 * D }, (_, i) => sample!.context[i] ?? 1),
      length,
    );
  }
  return store;
}

/** Agreement of two forms of SGD at lambda = .05 over 300 steps: rounding measured at 1e-14, one step weighs 1/300. */
const AGREE = 1e-10;

describe('pre-training', () => {
  it.each<Partial<SgdOptions>>([
    { average: 'tail' },
    { average: 'all' },
    { average: 'tail', freeConstant: true },
    { average: 'all', jointLoss: true },
    { average: 'tail', jointLoss: true, freeConstant: true },
  ])('is textbook SGD of every predictor on the samples that reach it: %j', async (choices) => {
    for (const samples of [301, 300]) {
      const { model } = await pretrain(options({ ...choices, samples }));
      for (const predictor of PREDICTORS) {
        const all = samplesFor(predictor, 0, samples);
        const expected = textbookSgd(choices.jointLoss ? all : all.filter((sample) => sample !== null), {
          d: D,
          predictor,
          lambda: 0.05,
          average: choices.average ?? 'tail',
          freeConstant: choices.freeConstant === true && predictor === 'stop',
        });
        expect(distance(weightsOf(model, predictor), expected), `${seedNote}: predictor ${predictor}`).toBeLessThan(
          AGREE,
        );
      }
    }
  });

  it('takes its steps on noisy demonstrations', async () => {
    const noise = { stepNoise: 0.3, answerNoise: 0.6 };
    const { model } = await pretrain(options(noise));
    const clean = await pretrain(options());
    for (const predictor of PREDICTORS) {
      const samples = samplesFor(predictor, 0, 301, noise).filter((sample) => sample !== null);
      const expected = textbookSgd(samples, { d: D, predictor, lambda: 0.05, average: 'tail' });
      expect(distance(weightsOf(model, predictor), expected), `predictor ${predictor}`).toBeLessThan(AGREE);
      expect(distance(weightsOf(clean.model, predictor), expected), `predictor ${predictor}`).toBeGreaterThan(0.01);
    }
  });

  it('counts the steps of each predictor', async () => {
    const { longCount } = await demonstrationSource(D, P, SEED, 301);
    const plain = await pretrain(options());
    expect([plain.steps, plain.longSteps]).toEqual([301, longCount]);
    const joint = await pretrain(options({ jointLoss: true }));
    expect([joint.steps, joint.longSteps]).toEqual([301, 301]);
  });

  it('leaves a predictor that no sample reaches at 0', async () => {
    const { model, longSteps } = await pretrain(options({ pCot: 1e-12 }));
    expect(longSteps).toBe(0);
    for (const l of [2, 3]) expect(model.next[l]!.every((w) => w === 0)).toBe(true);
    expect(model.stop.some((w) => w !== 0)).toBe(true);
  });

  it('with one sample is one step', async () => {
    const { model } = await pretrain(options({ samples: 1, lambda: 2 }));
    // w = phi y / (2 lambda): every entry is +-1/4.
    for (const predictor of [1, 'stop'] as const) {
      expect([...weightsOf(model, predictor)].every((w) => Math.abs(w) === 0.25)).toBe(true);
    }
  });

  it('goes on from a chain as if it had never stopped', async () => {
    const sgd: SgdOptions = { lambda: 0.05, average: 'tail' };
    const start = await trainBySgd(stored(0, 100), sgd);
    const warm = await trainBySgd(stored(100, 250), sgd, start);
    const longBefore = stored(0, 100).longCount;
    expect([warm.steps, warm.longSteps]).toEqual([250, stored(0, 250).longCount]);
    for (const predictor of PREDICTORS) {
      const steps = predictor === 1 || predictor === 'stop' ? 100 : longBefore;
      const samples = samplesFor(predictor, 100, 250).filter((sample) => sample !== null);
      const expected = textbookSgd(samples, {
        d: D,
        predictor,
        ...sgd,
        average: 'tail',
        start: { weights: weightsOf(start.model, predictor), steps },
      });
      expect(distance(weightsOf(warm.model, predictor), expected)).toBeLessThan(AGREE);
    }
  });

  it('gives the same weights for the same seed, others for another', async () => {
    const [first, second, other] = await Promise.all([
      pretrain(options()),
      pretrain(options()),
      pretrain(options({ seed: SEED + 1 })),
    ]);
    expect(second).toEqual(first);
    expect(distance(other.model.stop, first.model.stop)).toBeGreaterThan(1e-3);
  });

  it('gives the same bits wherever the responses come from and however often they pause', async () => {
    const store = stored(0, 301);
    const pausing: ResponseSource = {
      d: D,
      count: store.count,
      longCount: store.longCount,
      async forEach(visit, pacer) {
        const kept: { context: Float64Array; length: number }[] = [];
        await store.forEach((context, length) => {
          kept.push({ context: context.slice(), length });
        }, pacer);
        for (const { context, length } of kept) {
          await Promise.resolve();
          visit(context, length);
        }
      },
    };
    const sgd: SgdOptions = { lambda: 0.05 };
    const expected: TrainedChain = await pretrain(options());
    expect(await trainBySgd(store, sgd)).toEqual(expected);
    expect(await trainBySgd(pausing, sgd)).toEqual(expected);
    expect(await trainBySgd(await demonstrationSource(D, P, SEED, 301), sgd)).toEqual(expected);
  });

  it('approaches the same support whatever the average', async () => {
    const models: LinearChain[] = [];
    for (const average of ['tail', 'all'] as const) {
      models.push((await pretrain(options({ samples: 20_000, lambda: 0.05, average }))).model);
    }
    // Both estimate the weight of z_1 x_2, about 2.2; the average over all steps still holds its first ones.
    const [tail, all] = models.map((model) => model.next[2]![D + 1 + 1]!);
    expect(Math.abs(tail! - all!), seedNote).toBeLessThan(0.2);
    expect(Math.abs(tail! - all!), seedNote).toBeGreaterThan(0);
  });

  it.each([
    [{ samples: 0 }, 'samples is 0; it must be an integer from 1 to 4294967295'],
    [{ samples: 1.5 }, 'samples is 1.5; it must be an integer'],
    [{ samples: 2 ** 32 }, 'samples is 4294967296; it must be an integer'],
    [{ lambda: 0 }, 'lambda is 0; training needs lambda in [1e-100, 1e6]'],
    [{ lambda: Number.NaN }, 'lambda is NaN; training needs lambda in [1e-100, 1e6]'],
    [{ d: 1 }, 'd is 1; it must be an integer of at least 2'],
    [{ pCot: 1 }, 'p is 1; it must lie strictly between 0 and 1'],
    [{ seed: 0.5 }, 'seed is 0.5; it must be an integer'],
  ])('refuses %j', async (wrong, message) => {
    await expect(pretrain(options(wrong))).rejects.toThrow(message);
    await expect(pretrain(options(wrong))).rejects.toThrow(RangeError);
  });
});

describe('a long training', () => {
  it('stops within a second of an abort, with the reason', async () => {
    const controller = new AbortController();
    const reason = new Error('stopped by the test');
    let aborted = 0;
    setTimeout(() => {
      aborted = performance.now();
      controller.abort(reason);
    }, 100);
    // About ten seconds of work.
    const work = pretrain(options({ d: 30, samples: 500_000, signal: controller.signal }));
    await expect(work).rejects.toBe(reason);
    expect(performance.now() - aborted).toBeLessThan(1000);
  });

  it('reports a progress that never falls, within [0, 1]', async () => {
    const seen: number[] = [];
    await pretrain(options({ d: 20, samples: 60_000, onProgress: (fraction) => seen.push(fraction) }));
    expect(seen.length).toBeGreaterThan(2);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen[0]!).toBeGreaterThanOrEqual(0);
    expect(seen.at(-1)!).toBeLessThanOrEqual(1);
  });
});

describe('the demonstration source', () => {
  it('holds no data: what it keeps does not grow with its count, and one array serves all visits', async () => {
    const sizeOf = (source: ResponseSource) => JSON.stringify(source).length;
    expect(
      sizeOf(await demonstrationSource(D, P, SEED, 100_000)) - sizeOf(await demonstrationSource(D, P, SEED, 1000)),
    ).toBeLessThan(10);
    const arrays = new Set<Float64Array>();
    const small = await demonstrationSource(D, P, SEED, 1000);
    await small.forEach((context) => {
      arrays.add(context);
    }, new Pacer());
    expect(arrays.size).toBe(1);
    // Two million responses of 50 bits would take 25 MB at a bit each.
    const before = process.memoryUsage().arrayBuffers;
    const large = await demonstrationSource(50, P, SEED, 2_000_000);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(5e6);
    expect(large.longCount).toBeGreaterThan(0);
  });

  it('counts before the first is read what it then visits, and again at each reading', async () => {
    const source = await demonstrationSource(D, P, SEED, 500);
    for (let reading = 0; reading < 2; reading++) {
      const lengths: number[] = [];
      await source.forEach((_, length) => {
        lengths.push(length);
      }, new Pacer());
      expect(lengths).toHaveLength(source.count);
      expect(lengths.filter((length) => length === D)).toHaveLength(source.longCount);
    }
  });
});
