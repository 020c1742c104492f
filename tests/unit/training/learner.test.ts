import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TextbookSgd } from '../../../proofs-checks/shared/textbook-sgd.js';
import { featureCount, featureShape, type Predictor } from '../../../src/chain/index.js';
import { KeyedRandom } from '../../../src/random/index.js';
import { type Average, type Learner, type LearnerOptions, SgdLearner } from '../../../src/training/index.js';
import { seeded } from '../../fixtures/seed.js';
import { distance, driftBound, type Sample, type TextbookOptions, textbookSgd } from './textbook-sgd.js';

const D = 3;

/** Noisy targets, so that nothing converges and every term of the recursion counts; each `skipEvery`-th sample is missing. */
function samplesOf(seed: number, count: number, skipEvery = 0): Sample[] {
  const random = new KeyedRandom(seed, 0);
  return Array.from({ length: count }, (_, i) => {
    if (skipEvery > 0 && random.uniform(20, i) < 1 / skipEvery) return null;
    const sign = (step: number) => (random.uniform(step, i) < 0.5 ? -1 : 1);
    const context = Float64Array.from({ length: 2 * D }, (_, j) => sign(j));
    return { context, target: random.uniform(21, i) < 0.8 ? context[0]! : sign(22) };
  });
}

function train(
  samples: readonly Sample[],
  options: TextbookOptions,
  make: (o: LearnerOptions) => Learner,
): Float64Array {
  const { predictor, freeConstant = false, lambda, average, start } = options;
  const shape = featureShape(predictor, D);
  const learner = make({ shape, lambda, steps: samples.length, average, freeConstant, start });
  for (const sample of samples) {
    if (sample) learner.step(sample.context, sample.target);
    else learner.skip();
  }
  return learner.weights();
}

const sgd = (options: LearnerOptions) => new SgdLearner(options);

const settings = fc.record({
  seed: fc.nat(),
  // Odd and even, and the shortest.
  count: fc.oneof(fc.constantFrom(1, 2, 3, 4, 5), fc.integer({ min: 6, max: 301 })),
  predictor: fc.constantFrom<Predictor>(1, 2, 3, 'stop'),
  lambda: fc.constantFrom(0.5, 1, 3),
  average: fc.constantFrom<Average>('tail', 'all'),
  freeConstant: fc.boolean(),
  skipEvery: fc.constantFrom(0, 2, 5),
  startSteps: fc.constantFrom(0, 1, 10, 1000),
});

describe('the SGD learner', () => {
  it('gives the averaged weights of textbook SGD: any length, average, start, and with samples that do not reach it', () => {
    fc.assert(
      fc.property(settings, ({ seed, count, predictor, lambda, average, freeConstant, skipEvery, startSteps }) => {
        const width = featureCount(predictor, D);
        const random = new KeyedRandom(seed, 1);
        const weights = Float64Array.from({ length: width }, (_, j) => 2 * random.uniform(j, 0) - 1);
        const options: TextbookOptions = {
          d: D,
          predictor,
          lambda,
          average,
          freeConstant: freeConstant && predictor === 'stop',
          start: startSteps > 0 ? { weights, steps: startSteps } : undefined,
        };
        const samples = samplesOf(seed, count, skipEvery);
        const [found, expected] = [train(samples, options, sgd), textbookSgd(samples, options)];
        const largest = Math.max(...expected.map(Math.abs));
        const allowed = (driftBound(count, width, lambda) * (1 + 1 / lambda)) / Math.max(largest, 1e-9);
        expect(distance(found, expected)).toBeLessThan(allowed);
      }),
      seeded(600),
    );
  });

  it('at lambda = .02, where the first iterates are fifty wide, agrees far beyond the effect of one step', () => {
    // The bound above grows like e^(width / 4 lambda) and says nothing here; a step of one part in 500 moves the average
    // by about 1 / 500 of itself.
    for (const average of ['tail', 'all'] as const) {
      const options: TextbookOptions = { d: D, predictor: 'stop', lambda: 0.02, average };
      const samples = samplesOf(7, 500);
      expect(distance(train(samples, options, sgd), textbookSgd(samples, options))).toBeLessThan(1e-9);
    }
  });

  it('differs from SGD without decay, with another average, and with a step more or less', () => {
    const options: TextbookOptions = { d: D, predictor: 3, lambda: 1, average: 'tail' };
    const samples = samplesOf(3, 200);
    const expected = textbookSgd(samples, options);
    const wrong = [
      train(samples, options, (o) => new TextbookSgd(o, 'no decay')),
      train(samples, { ...options, average: 'all' }, sgd),
      train(samples, { ...options, start: { weights: new Float64Array(9), steps: 1 } }, sgd),
      train(samples.slice(1), options, sgd),
    ];
    for (const weights of wrong) expect(distance(weights, expected)).toBeGreaterThan(1e-4);
  });

  it('takes w = y phi / (2 lambda) in its one step', () => {
    const context = Float64Array.of(1, -1, 1, -1, 0, 0);
    const weights = train([{ context, target: -1 }], { d: D, predictor: 'stop', lambda: 0.25, average: 'tail' }, sgd);
    // sigma(0) = 1/2; phi = (x, z_1, z_1 x, 1).
    expect([...weights]).toEqual([1, -1, 1, -1, -1, 1, -1, 1].map((phi) => -2 * phi));
  });

  it('stays 0 without samples, and with none that reaches it', () => {
    const options: TextbookOptions = { d: D, predictor: 2, lambda: 1, average: 'tail' };
    expect([...train([], options, sgd)]).toEqual(new Array(7).fill(0));
    expect([...train([null, null, null], options, sgd)]).toEqual(new Array(7).fill(0));
  });

  it('lets the free constant alone where nothing reaches it, and decays the rest', () => {
    const start = { weights: Float64Array.of(1, 1, 1, 1, 1, 1, 1, 1), steps: 1 };
    const options: TextbookOptions = { d: D, predictor: 'stop', lambda: 1, average: 'all', freeConstant: true, start };
    // w_{t+1} = (1 - 1/t) w_t at t = 2: a half.
    expect([...train([null], options, sgd)]).toEqual([0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 1]);
  });
});
