import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type LinearChain, weightsOf } from '../../src/chain/index.js';
import {
  type EngineName,
  type Precision,
  pretrainBatch,
  type Replicate,
  UnsupportedOption,
} from '../../src/engines/index.js';
import { Instance } from '../../src/engines/wasm/instance.js';
import { trainTogether } from '../../src/engines/wasm/train.js';
import { KeyedRandom } from '../../src/random/index.js';
import { type LearnerFactory, pretrain } from '../../src/training/index.js';
import { compareDecisions, predictorsOf } from '../fixtures/compare-decisions.js';
import { coarser, float32After, RoundedLearner } from '../fixtures/rounded-learner.js';
import { SEED, seeded, seedNote } from '../fixtures/seed.js';
import { driftBound } from '../unit/training/textbook-sgd.js';

/** ||a - b|| / ||b|| of the worst predictor. */
function distance(a: LinearChain, b: LinearChain): number {
  const norm = (w: Float64Array) => Math.hypot(...w);
  return Math.max(
    ...predictorsOf(b.d).map((predictor) => {
      const [found, expected] = [weightsOf(a, predictor), weightsOf(b, predictor)];
      const difference = norm(found.map((w, j) => w - expected[j]!));
      return difference === 0 ? 0 : difference / norm(expected);
    }),
  );
}

async function trainOne(
  engine: EngineName,
  precision: Precision,
  replicate: Replicate,
  options: { samples: number; average?: 'tail' | 'all' },
): Promise<LinearChain> {
  const { chains } = await pretrainBatch([replicate], options, { engine, precision, workers: 1 });
  return chains[0]!.model;
}

const VARIANTS = [
  { engine: 'plain', precision: 'f64' },
  { engine: 'wasm', precision: 'f64' },
  { engine: 'wasm', precision: 'mixed' },
] as const;

describe.each(VARIANTS)('the engine $engine in $precision', ({ engine, precision }) => {
  it('takes the steps of `pretrain`: any d, T, p, noise, average and seed', async () => {
    const settings = fc.record({
      d: fc.integer({ min: 2, max: 9 }),
      samples: fc.oneof(
        fc.integer({ min: 1, max: 70 }),
        fc.constantFrom(128, 255, 320),
        fc.integer({ max: 600, min: 1 }),
      ),
      pCot: fc.oneof(fc.constantFrom(1e-9, 0.5, 1 - 1e-9), fc.double({ min: 0.01, max: 0.99, noNaN: true })),
      stepNoise: fc.constantFrom(0, 0, 0.2, 1),
      answerNoise: fc.constantFrom(0, 0, 0.5),
      lambda: fc.constantFrom(2, 3, 10),
      average: fc.constantFrom('tail' as const, 'all' as const),
      seed: fc.oneof(fc.nat(), fc.maxSafeNat()),
    });
    await fc.assert(
      fc.asyncProperty(settings, async ({ samples, average, ...replicate }) => {
        const expected = await pretrain({ ...replicate, samples, average });
        const { chains } = await pretrainBatch([replicate], { samples, average }, { engine, precision, workers: 1 });
        const { steps, longSteps, model } = chains[0]!;
        expect([steps, longSteps]).toEqual([expected.steps, expected.longSteps]);
        // All of these runs end within the float64 steps, so that one bound holds for both precisions: twice the
        // drift of one form of SGD, as in the tests of the learner, relative to the largest weight, 1 / lambda.
        const width = 4 * replicate.d;
        const allowed = (2 * driftBound(samples, width, replicate.lambda)) / replicate.lambda;
        for (const predictor of predictorsOf(replicate.d)) {
          const target = weightsOf(expected.model, predictor);
          for (const [j, w] of weightsOf(model, predictor).entries()) {
            expect(Math.abs(w - target[j]!)).toBeLessThanOrEqual(allowed);
          }
        }
      }),
      seeded(150),
    );
  });

  it('gives the same bits for any number of workers, and for each chain alone', async () => {
    const replicates = Array.from({ length: 7 }, (_, i) => {
      return { d: [5, 12, 6][i % 3]!, pCot: 0.2 + i / 10, lambda: 0.01 * (i + 1), seed: SEED + i };
    });
    const train = (some: readonly Replicate[], workers: number) =>
      pretrainBatch(some, { samples: 5_000 }, { engine, precision, workers });
    const [one, two, three] = await Promise.all([1, 2, 3].map((workers) => train(replicates, workers)));
    expect(two!.chains).toEqual(one!.chains);
    expect(three!.chains).toEqual(one!.chains);
    expect([one!.engine.workers, two!.engine.workers]).toEqual([1, 2]);
    for (const [i, replicate] of replicates.entries()) {
      const alone = await train([replicate], 1);
      expect(alone.chains).toEqual([one!.chains[i]]);
    }
  });

  it.each([1, 2])('stops when aborted and reports progress, with %i workers', async (workers) => {
    const replicates = [0, 1].map((seed) => ({ d: 150, pCot: 0.5, lambda: 0.01, seed }));
    const controller = new AbortController();
    const seen: number[] = [];
    const watch = {
      signal: controller.signal,
      onProgress: (done: number) => {
        seen.push(done);
        if (seen.length === 3) controller.abort(new Error('enough'));
      },
    };
    const training = pretrainBatch(replicates, { samples: 2 ** 19 }, { engine, precision, workers }, watch);
    await expect(training).rejects.toThrow('enough');
    expect(seen.every((done) => done >= 0 && done < 1)).toBe(true);
    // The next batch is not disturbed.
    const after = await pretrainBatch(replicates, { samples: 100 }, { engine, precision, workers: 1 });
    expect(after.chains[0]).toEqual(await pretrainAgain(engine, precision, replicates[0]!, 100));
  });

  it('refuses noise out of range, and what is too much to keep', async () => {
    const train = (noise: object, samples = 10) =>
      pretrainBatch(
        [{ d: 3, pCot: 0.5, lambda: 1, seed: 0, ...noise }],
        { samples },
        { engine, precision, workers: 1 },
      );
    for (const value of [-0.1, 2, Number.NaN]) {
      await expect(train({ stepNoise: value })).rejects.toThrow(`stepNoise is ${value}; it must lie in [0, 1]`);
      await expect(train({ answerNoise: value })).rejects.toThrow(`answerNoise is ${value}; it must lie in [0, 1]`);
    }
    // The one draws them as it goes; the others have a limit of their own, below this one, with float32.
    if (engine === 'plain' || precision === 'mixed') return;
    const most = 'noisy demonstrations of 3 bits are kept in memory, at most 1227133513 of them';
    await expect(train({ stepNoise: 0.1 }, 4e9)).rejects.toThrow(most);
  });

  it('says what ran', async () => {
    const replicate = { d: 3, pCot: 0.5, lambda: 1, seed: 0 };
    const { engine: report } = await pretrainBatch([replicate], { samples: 10 }, { engine, precision, workers: 8 });
    const backend = engine === 'wasm' ? 'wasm-simd' : 'javascript';
    expect(report).toEqual({ name: engine, backend, executorKind: null, precision, workers: 1, adapter: null });
  });
});

describe.each([
  { d: 2, pCot: 0.5, lambda: 1e-2, samples: 10_001, average: 'tail' },
  { d: 18, pCot: 0.8, lambda: 1e-2, samples: 6_000, average: 'tail' },
  { d: 21, pCot: 0.9, lambda: 3e-2, samples: 5_003, average: 'all' },
  { d: 29, pCot: 0.96, lambda: 1e-2, samples: 4_577, average: 'tail' },
] as const)('the wasm engine at d = $d, lambda = $lambda, T = $samples, average $average', (setting) => {
  const { d, samples, average } = setting;
  const replicate = { d, pCot: setting.pCot, lambda: setting.lambda, seed: SEED };
  let expected: LinearChain;
  beforeAll(async () => {
    expected = (await pretrain({ ...replicate, samples, average })).model;
  });

  it.each(['f64', 'mixed'] as const)('has the weights and decisions of `pretrain` in %s', async (precision) => {
    const found = await trainOne('wasm', precision, replicate, { samples, average });
    const tolerance = await toleranceFor(precision, replicate, samples, average);
    expect(distance(found, expected), seedNote).toBeLessThan(tolerance);
    compareDecisions(found, expected, tolerance);
    // Planted errors are beyond it: another lambda, average, sample, or number of samples.
    for (const [wrong, options] of [
      [
        { ...replicate, lambda: replicate.lambda * 1.01 },
        { samples, average },
      ],
      [replicate, { samples, average: average === 'tail' ? 'all' : 'tail' }],
      [
        { ...replicate, seed: SEED + 1 },
        { samples, average },
      ],
      [replicate, { samples: samples - 20, average }],
    ] as const) {
      expect(distance(await trainOne('wasm', precision, wrong, options), expected)).toBeGreaterThan(tolerance);
    }
  });
});

/** A batch of one, anew. */
async function pretrainAgain(engine: EngineName, precision: Precision, replicate: Replicate, samples: number) {
  return (await pretrainBatch([replicate], { samples }, { engine, precision, workers: 1 })).chains[0];
}

/**
 * Four times what rounding costs, measured by rounding more coarsely: SGD with the weights cut to 47 bits after each step
 * (64 times the error of float64, since the engines' inner products are sums of some hundred terms, whose partial sums are
 * larger than the result) or held in float32 after 1024 steps (the first at which it may go on so). Two seeds are measured, since near a logit of 0 the effect
 * varies by chance.
 */
async function toleranceFor(
  precision: Precision,
  replicate: Replicate,
  samples: number,
  average: 'tail' | 'all',
): Promise<number> {
  const rounding = precision === 'f64' ? coarser(6) : float32After(1024);
  const learner: LearnerFactory = (options) => new RoundedLearner(options, rounding);
  const effect = async (seed: number) => {
    const options = { ...replicate, seed, samples, average };
    return distance((await pretrain({ ...options, learner })).model, (await pretrain(options)).model);
  };
  return 4 * Math.max(await effect(replicate.seed), await effect(replicate.seed + 1));
}

describe('the engines', () => {
  const replicate = { d: 12, pCot: 0.5, lambda: 0.01, seed: SEED };

  it.each([
    ['wasm', { freeConstant: true }, 'freeConstant'],
    ['wasm', { jointLoss: true }, 'jointLoss'],
    ['plain', { precision: 'mixed' }, 'precision'],
    ['wasm', { samples: 2 ** 24 + 1 }, 'samples'],
    ['plain', { backend: 'webgpu' }, 'backend'],
  ] as const)('refuse: %s with %j', async (engine, options, name) => {
    const settings = { samples: 10, ...options };
    const refusal = await pretrainBatch([replicate], settings, { engine, ...options }).catch((error) => error);
    expect(refusal).toBeInstanceOf(UnsupportedOption);
    expect(refusal.option).toBe(name);
    expect(refusal.message).toContain(`${name} is `);
  });

  it.each([
    [{ d: 2001 }, 'd is 2001'],
    [{ lambda: 1e-40 }, 'lambda is 1e-40'],
    [{ lambda: 0 }, 'lambda is 0'],
    [{ pCot: 1 }, 'p is 1'],
    [{ d: 1 }, 'd is 1'],
    [{ seed: -1 }, 'seed is -1'],
  ])('refuse a replicate with %j', async (wrong, message) => {
    const training = pretrainBatch([replicate, { ...replicate, ...wrong }], { samples: 10 }, { engine: 'wasm' });
    await expect(training).rejects.toThrow(message);
  });

  it('train the plain engine with the free constant and the joint loss', async () => {
    const options = { samples: 300, freeConstant: true, jointLoss: true };
    const { chains } = await pretrainBatch([replicate], options, { engine: 'plain', workers: 1 });
    expect(chains).toEqual([await pretrain({ ...replicate, ...options })]);
  });

  it('give an empty batch for no replicates', async () => {
    expect((await pretrainBatch([], { samples: 10 }, { engine: 'wasm' })).chains).toEqual([]);
  });

  it('agree at d = 300 and at lambda = 2^-332, about 1e-100', async () => {
    for (const extreme of [
      { d: 300, lambda: 3, pCot: 0.3, seed: SEED },
      { d: 300, lambda: 2 ** -332, pCot: 0.3, seed: SEED },
    ]) {
      const expected = (await pretrain({ ...extreme, samples: 60 })).model;
      const found = await trainOne('wasm', 'f64', extreme, { samples: 60 });
      // 60 samples of 1200 features are far from interpolated: at lambda = 3 no logit comes near 0 by cancellation. At the small
      // lambda, a power of two, lambda v holds halves of integers, so that a logit of 0 is one for both engines.
      expect(distance(found, expected)).toBeLessThan(1e-12);
    }
  });
});

describe('an error planted in the tables of the wasm engine', () => {
  const replicate = { d: 12, pCot: 0.5, lambda: 0.01, seed: SEED };
  let expected: LinearChain;
  let tolerance: number;
  beforeAll(async () => {
    expected = (await pretrain({ ...replicate, samples: 2_000 })).model;
    tolerance = await toleranceFor('f64', replicate, 2_000, 'tail');
  });

  async function distanceWith(plant: (instance: Instance) => void): Promise<number> {
    const instance = new Instance();
    plant(instance);
    const data = { ...replicate, samples: 2_000 };
    const [chain] = await trainTogether(instance, [{ data, lambda: replicate.lambda }], 'tail', 'f64', {});
    return distance(chain!.model, expected);
  }

  it('is seen, wherever it is', async () => {
    expect(await distanceWith(() => {})).toBeLessThan(tolerance);
    const random = new KeyedRandom(SEED, 0);
    for (let i = 0; i < 12; i++) {
      // The sign of one pair of steps in one pattern: [16 patterns][6 pairs], assembly/layout.ts.
      const pattern = Math.floor(16 * random.uniform(0, i));
      const pair = Math.floor(6 * random.uniform(1, i));
      const wrong = await distanceWith((instance) => {
        const at = instance.bytes(1024 + 32 * pattern + 2 * pair, 2);
        new Int16Array(at.buffer, at.byteOffset, 1)[0]! *= -1;
      });
      expect(wrong).toBeGreaterThan(100 * tolerance);
    }
  });
});
