import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LinearChain, type Predictor, weightsOf } from '../../src/chain/index.js';
import { openEngine } from '../../src/engines/index.js';
import { KeyedRandom } from '../../src/random/index.js';
import { loops, type Mixture, PackedResponses, type TrainingTask } from '../../src/training/index.js';
import { denseChain } from '../fixtures/dense-chain.js';
import { seeded } from '../fixtures/seed.js';
import { driftBound } from '../unit/training/textbook-sgd.js';

const predictorsOf = (d: number): Predictor[] => [1, 'stop', ...Array.from({ length: d - 1 }, (_, i) => i + 2)];

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

/** Tasks of any kind, to be trained together. */
const arbitraryTask = fc
  .record({
    d: fc.integer({ min: 2, max: 9 }),
    count: fc.oneof(fc.integer({ min: 0, max: 70 }), fc.constantFrom(0, 128, 255, 320), fc.nat({ max: 500 })),
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

const PRECISIONS = ['f64', 'mixed'] as const;

describe.each(PRECISIONS)('training in %s on given responses and from a warm start', (precision) => {
  it('takes the steps of the loops, whatever is trained together', async () => {
    const kernels = await openEngine('wasm', { precision });
    const settings = fc.record({
      tasks: fc.array(arbitraryTask, { minLength: 1, maxLength: 6 }),
      average: fc.constantFrom('tail' as const, 'all' as const),
    });
    await fc.assert(
      fc.asyncProperty(settings, async ({ tasks, average }) => {
        const options = { average, freeConstant: false, jointLoss: false };
        const expected = await loops().train(tasks, options, {});
        const found = await kernels.train(tasks, options, {});
        for (const [i, { steps, longSteps, model }] of found.entries()) {
          const { lambda } = tasks[i]!;
          expect([steps, longSteps]).toEqual([expected[i]!.steps, expected[i]!.longSteps]);
          // These runs end within the float64 steps. Twice the drift of one form of SGD, relative to the largest weight,
          // 1 / lambda, the start's included; later step numbers amplify an error less than the first ones, which the
          // bound counts.
          const taken = 1 + ('count' in tasks[i]!.data ? tasks[i]!.data.count : tasks[i]!.data.samples);
          expectNear(model, expected[i]!.model, (2 * driftBound(taken, 4 * model.d, lambda)) / lambda);
        }
        for (const [i, task] of tasks.entries()) {
          expect(await kernels.train([task], options, {})).toEqual([found[i]]);
        }
      }),
      seeded(120),
    );
  });
});

function expectNear(found: LinearChain, expected: LinearChain, allowed: number): void {
  for (const predictor of predictorsOf(expected.d)) {
    const target = weightsOf(expected, predictor);
    for (const [j, w] of weightsOf(found, predictor).entries()) {
      expect(Math.abs(w - target[j]!)).toBeLessThanOrEqual(allowed);
    }
  }
}
