import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type LinearChain, weightsOf } from '../../src/chain/index.js';
import { type OpenEngine, openEngine, type Replicate, type Stage, trainBatch } from '../../src/engines/index.js';
import { KeyedRandom } from '../../src/random/index.js';
import {
  type Kernels,
  loops,
  type Mixture,
  PackedResponses,
  type TrainedChain,
  type TrainingTask,
} from '../../src/training/index.js';
import { type StarTask, starRounds } from '../fixtures/chain-training.js';
import { predictorsOf } from '../fixtures/compare-decisions.js';
import { denseChain } from '../fixtures/dense-chain.js';
import { SEED, seeded } from '../fixtures/seed.js';
import { driftBound } from '../unit/training/textbook-sgd.js';

/** Steps in float64 at least before the precision 'mixed' goes on in float32. */
const NARROW_AT = 1024;

/**
 * How far a weight may be off. In float64: twice the drift of one form of SGD, relative to the largest weight, 1 / lambda,
 * the start's included; the later step numbers of a warm start amplify an error less than the first ones, which the bound
 * counts. After step 1024 no error grows, 1024 being more than |phi|^2 / (8 lambda) here, and each step in float32 adds 20
 * roundings again.
 */
function allowed(steps: number, d: number, lambda: number, precision: 'f64' | 'mixed'): number {
  const narrow = precision === 'mixed' ? Math.max(0, steps - NARROW_AT) : 0;
  return (2 * driftBound(1 + steps, 4 * d, lambda) + 20 * narrow * 2 ** -23) / lambda;
}

/** max |difference| of a weight. */
function distance(found: LinearChain, expected: LinearChain): number {
  let largest = 0;
  for (const predictor of predictorsOf(expected.d)) {
    const target = weightsOf(expected, predictor);
    for (const [j, w] of weightsOf(found, predictor).entries()) largest = Math.max(largest, Math.abs(w - target[j]!));
  }
  return largest;
}

/** `count` responses with random tokens, valid or not, of which about `share` are long. */
function randomResponses(d: number, count: number, share: number, seed: number): PackedResponses {
  const random = new KeyedRandom(seed, 0);
  const responses = new PackedResponses(d);
  for (let i = 0; i < count; i++) {
    const context = Float64Array.from({ length: 2 * d }, (_, j) => (random.uniform(j + 1, i) < 0.5 ? -1 : 1));
    responses.push(context, random.uniform(0, i) < share ? d : 1);
  }
  return responses;
}

const counts = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 0, max: 70 }) },
  { weight: 5, arbitrary: fc.constantFrom(0, 128, 255, 320) },
  { weight: 5, arbitrary: fc.nat({ max: 500 }) },
  { weight: 1, arbitrary: fc.constantFrom(1024, 1500, 4096, 4300) },
);

/** Tasks of any kind, to be trained together. */
const arbitraryTask = fc
  .record({
    d: fc.integer({ min: 2, max: 9 }),
    count: counts,
    share: fc.constantFrom(0, 0.02, 0.5, 1),
    given: fc.constantFrom(true, true, true, false),
    lambda: fc.constantFrom(2, 3, 10),
    seed: fc.nat(),
    start: fc.constantFrom(null, [0, 0], [1, 0], [40, 7], [1000, 5], [100_000, 100_000]),
  })
  .map(({ d, count, share, given, lambda, seed, start }): TrainingTask => {
    const mixture: Mixture = { d, pCot: Math.min(0.99, share + 0.01), seed, samples: count + 1 };
    return {
      data: given ? randomResponses(d, count, share, seed) : mixture,
      lambda,
      // Weights as large as SGD's may be.
      start: start ? { model: denseChain(d, seed, 1 / lambda), steps: start[0]!, longSteps: start[1]! } : undefined,
    };
  });

const stepsOf = ({ data }: TrainingTask) => (data instanceof PackedResponses ? data.count : data.samples);

describe.each(['f64', 'mixed'] as const)('the wasm engine in %s', (precision) => {
  let wasm: OpenEngine;
  beforeAll(async () => {
    wasm = await openEngine('wasm', { precision });
  });

  it('trains on given responses and from a warm start as the loops do, whatever is trained together', async () => {
    const settings = fc.record({
      tasks: fc.array(arbitraryTask, { minLength: 1, maxLength: 6 }),
      average: fc.constantFrom('tail' as const, 'all' as const),
    });
    await fc.assert(
      fc.asyncProperty(settings, async ({ tasks, average }) => {
        const options = { average, freeConstant: false, jointLoss: false };
        const expected = await loops().train(tasks, options, {});
        const found = await wasm.train(tasks, options, {});
        for (const [i, { steps, longSteps, model }] of found.entries()) {
          const { lambda } = tasks[i]!;
          expect([steps, longSteps]).toEqual([expected[i]!.steps, expected[i]!.longSteps]);
          const tolerance = allowed(stepsOf(tasks[i]!), model.d, lambda, precision);
          expect(distance(model, expected[i]!.model)).toBeLessThanOrEqual(tolerance);
        }
        for (const [i, task] of tasks.entries()) {
          expect(await wasm.train([task], options, {})).toEqual([found[i]]);
        }
      }),
      seeded(100),
    );
  });

  it('differs from the loops if a token, a length, the start or its step numbers are planted wrong', async () => {
    const [d, lambda] = [6, 2];
    const data = randomResponses(d, 300, 0.5, SEED);
    const start = { model: denseChain(d, SEED, 1 / lambda), steps: 50, longSteps: 20 };
    const options = { average: 'tail' as const, freeConstant: false, jointLoss: false };
    const train = async (kernels: Kernels, task: Partial<TrainingTask>) =>
      (await kernels.train([{ data, lambda, start, ...task }], options, {}))[0]!.model;
    const expected = await train(loops(), {});
    const tolerance = allowed(300, d, lambda, precision);
    expect(distance(await train(wasm, {}), expected)).toBeLessThanOrEqual(tolerance);
    const flipped = (position: number) => {
      const responses = randomResponses(d, 300, 0.5, SEED);
      // Of long responses in the second half: the others have one token.
      responses.words[8 * responses.stride + position]! ^= responses.words[9 * responses.stride - 1]! & 0xff;
      return responses;
    };
    const wrong: Partial<TrainingTask>[] = [
      ...Array.from({ length: 2 * d }, (_, position) => ({ data: flipped(position) })),
      { data: randomResponses(d, 299, 0.5, SEED) },
      { start: undefined },
      { start: { ...start, steps: 51 } },
      { start: { ...start, longSteps: 19 } },
    ];
    for (const task of wrong) expect(distance(await train(wasm, task), expected)).toBeGreaterThan(100 * tolerance);
  });

  it('does rounds of STaR on the same accepted responses, to the same weights', async () => {
    const settings = fc.record({
      tasks: fc.array(
        fc.record({
          d: fc.integer({ min: 2, max: 8 }),
          lambda: fc.constantFrom(2, 3),
          seed: fc.nat(),
          scale: fc.constantFrom(0, 0.3, 3),
        }),
        { minLength: 1, maxLength: 4 },
      ),
      samples: fc.integer({ min: 1, max: 400 }),
      round: fc.integer({ min: 1, max: 9 }),
      reward: fc.constantFrom('cot' as const, 'e2e' as const),
      temperature: fc.constantFrom(0.3, 1, 2),
      start: fc.constantFrom('fresh' as const, 'warm' as const),
      average: fc.constantFrom('tail' as const, 'all' as const),
    });
    await fc.assert(
      fc.asyncProperty(settings, async ({ tasks, average, ...star }) => {
        const options = { average, freeConstant: false, jointLoss: false };
        const inputs = tasks.map(({ d, lambda, seed, scale }): StarTask => {
          const current: TrainedChain = { model: denseChain(d, seed, scale), steps: 200, longSteps: 60 };
          return { current, lambda, seed };
        });
        const [expected, accepted] = await recorded(loops(), (k) => starRounds(k, inputs, star, options));
        const [found, foundAccepted] = await recorded(wasm, (k) => starRounds(k, inputs, star, options));
        expect(foundAccepted).toEqual(accepted);
        for (const [i, { trained, ...counted }] of found.entries()) {
          const { trained: target, ...numbers } = expected[i]!;
          expect(counted).toEqual(numbers);
          // The start's weights may be up to 9 / lambda.
          const tolerance = 9 * allowed(star.samples, target.model.d, tasks[i]!.lambda, precision);
          expect(distance(trained.model, target.model)).toBeLessThanOrEqual(tolerance);
        }
      }),
      seeded(60),
    );
  });

  it('gives the same bits for any number of workers, and for each chain alone', async () => {
    const replicates = [5, 12, 6, 9, 5].map((d, i): Replicate => {
      return { d, pCot: 0.2 + i / 10, lambda: 0.01 * (i + 1), seed: SEED + i };
    });
    const run = async (some: readonly Replicate[], workers: number) => {
      const stages: Stage[][] = some.map(() => []);
      const star = { rounds: 2, samples: 3000, reward: 'e2e', start: 'warm' } as const;
      const settings = { samples: 3000, average: 'tail', freeConstant: false, jointLoss: false, star } as const;
      const { chains } = await trainBatch(
        some,
        { ...settings, evaluate: 500, temperature: 1 },
        { engine: 'wasm', precision, workers },
        { onStage: (replicate, stage) => stages[replicate]!.push(stage) },
      );
      return chains.map((chain, i) => ({ chain, stages: stages[i] }));
    };
    const one = await run(replicates, 1);
    expect(one.map(({ stages }) => stages!.length)).toEqual([3, 3, 3, 3, 3]);
    expect(await run(replicates, 2)).toEqual(one);
    for (const [i, replicate] of replicates.entries()) expect(await run([replicate], 1)).toEqual([one[i]]);
  });
});

/** The result, and the words of what was trained on. */
async function recorded<R>(kernels: Kernels, use: (kernels: Kernels) => Promise<R>): Promise<[R, number[][]]> {
  const seen: number[][] = [];
  const result = await use({
    ...kernels,
    train: (tasks, settings, watch) => {
      for (const { data } of tasks) {
        if (data instanceof PackedResponses) seen.push([...data.words.subarray(0, data.blocks * data.stride)]);
      }
      return kernels.train(tasks, settings, watch);
    },
  });
  return [result, seen];
}
