import { describe, expect, it } from 'vitest';
import {
  demonstrationDistribution,
  fitChain,
  fitPredictor,
  minimiseByNewton,
  nextTokenGradient,
  type OptimumOptions,
  type Predictor,
  predictorContexts,
  supportWeights,
  type WeightedContexts,
  weightsOf,
} from '../../../src/chain/index.js';
import { Pacer } from '../../../src/progress/index.js';
import { denseChain } from '../../fixtures/dense-chain.js';
import { SEED } from '../../fixtures/seed.js';

const D = 3;
const PREDICTORS: Predictor[] = [1, 'stop', 2, 3];
const P = 0.2;
const distribution = demonstrationDistribution(D, P);

const largest = (values: Float64Array) => values.reduce((size, value) => Math.max(size, Math.abs(value)), 0);

/** The gradient of one predictor's loss at given weights, written out from the definition of the options. */
function gradientAt(predictor: Predictor, weights: Float64Array, options: OptimumOptions): Float64Array {
  const contexts = predictorContexts(distribution, predictor);
  const reached = predictor === 1 || predictor === 'stop' ? 1 : P;
  const penalty = new Float64Array(weights.length).fill(options.jointLoss ? options.lambda / reached : options.lambda);
  if (options.freeConstant && predictor === 'stop') penalty[penalty.length - 1] = 0;
  return nextTokenGradient(contexts, weights, penalty);
}

/** A sum of 16 terms of at most 1, and lambda times weights of at most 10. */
const GRADIENT = 32 * Number.EPSILON;

describe('the optimum by Newton', () => {
  it.each<OptimumOptions>([
    { lambda: 1 },
    { lambda: 0.01 },
    { lambda: 1e-4 },
    { lambda: 0.01, freeConstant: true },
    { lambda: 0.01, jointLoss: true },
    { lambda: 0.01, freeConstant: true, jointLoss: true },
  ])('has gradient 0 on all features: %j', async (options) => {
    const model = await fitChain(distribution, options, new Pacer());
    for (const predictor of PREDICTORS) {
      const weights = weightsOf(model, predictor);
      expect(largest(gradientAt(predictor, weights, options))).toBeLessThan(GRADIENT);
      // A weight that is off by a millionth would be seen.
      const off = weights.map((w, j) => (j === 0 ? w + 1e-6 : w));
      expect(largest(gradientAt(predictor, off, options))).toBeGreaterThan(GRADIENT);
    }
  });

  it('is found where full steps of Newton would run away from it', async () => {
    const contexts: WeightedContexts = {
      width: 3,
      rows: Float64Array.of(-10, 64, 2, 8, 4, 2, 113, -2, 32, -15, 172, -2),
      plus: Float64Array.of(10, 151, 196, 2),
      minus: Float64Array.of(15, 1936, 215, 87),
    };
    const penalty = new Float64Array(3).fill(1e-3);
    const weights = await minimiseByNewton(contexts, penalty, new Pacer(), 0);
    // Twelve terms of masses up to 2,000 times features up to 200, each with a few roundings.
    expect(largest(nextTokenGradient(contexts, weights, penalty))).toBeLessThan(12 * 2000 * 200 * 4 * Number.EPSILON);
  });

  it('is where gradient descent ends from a dense random start', async () => {
    const lambda = 0.1;
    const start = denseChain(D, SEED, 2);
    for (const predictor of PREDICTORS) {
      const optimum = await fitPredictor(distribution, predictor, { lambda }, new Pacer());
      let weights = weightsOf(start, predictor).slice();
      // |phi|^2 <= 9, so the curvature lies in [.1, 2.35]: each step of 1/2.35 leaves at most 96% of the distance, 1200
      // steps e^-51 of it.
      for (let step = 0; step < 1200; step++) {
        const gradient = gradientAt(predictor, weights, { lambda });
        weights = weights.map((w, j) => w - gradient[j]! / 2.35);
      }
      // What is left is rounding: gradients of 32 eps over a curvature of .1.
      expect(largest(weights.map((w, j) => w - optimum[j]!))).toBeLessThan(GRADIENT / 0.1);
    }
  });

  it('with a free constant moves the stop predictor alone; with a joint loss the later steps alone', async () => {
    const fitted = (options: Partial<OptimumOptions>) =>
      fitChain(distribution, { lambda: 0.01, ...options }, new Pacer());
    const [plain, free, joint] = await Promise.all([
      fitted({}),
      fitted({ freeConstant: true }),
      fitted({ jointLoss: true }),
    ]);
    expect(free.first).toEqual(plain.first);
    expect(free.next).toEqual(plain.next);
    expect(Math.abs(supportWeights(free).bias - supportWeights(plain).bias)).toBeGreaterThan(0.01);
    expect(joint.first).toEqual(plain.first);
    expect(joint.stop).toEqual(plain.stop);
    for (const l of [0, 1]) expect(supportWeights(joint).c[l]!).toBeLessThan(supportWeights(plain).c[l]! - 0.1);
  });

  it('is refused where the loss has none', async () => {
    const separable: WeightedContexts = {
      width: 1,
      rows: Float64Array.of(1),
      plus: Float64Array.of(1),
      minus: Float64Array.of(0),
    };
    await expect(minimiseByNewton(separable, Float64Array.of(0), new Pacer(), 0)).rejects.toThrow(
      'the loss has no minimiser in double precision',
    );
    const weights = await minimiseByNewton(separable, Float64Array.of(1e-4), new Pacer(), 0);
    expect(weights[0]).toBeGreaterThan(6);
  });
});

describe('what a predictor is trained on', () => {
  it('is conditioned on the position being reached', () => {
    for (const [predictor, reached] of [
      [1, 1],
      ['stop', 1],
      [2, P],
      [3, P],
    ] as const) {
      const contexts = predictorContexts(distribution, predictor);
      const total = [...contexts.plus, ...contexts.minus].reduce((sum, value) => sum + value, 0);
      // Sixteen probabilities of 2^-3 p and 2^-3 (1 - p), rounded.
      expect(Math.abs(total - 1)).toBeLessThan(32 * Number.EPSILON);
      expect(Math.abs(contexts.reached - reached)).toBeLessThan(32 * Number.EPSILON);
    }
  });

  it('lists each context once: x for predictor 1, and (x, z_1) both ways for the stop predictor', () => {
    expect(predictorContexts(distribution, 1).plus).toHaveLength(8);
    // z_1 is x_1 or chi(x), which agree for half of the inputs.
    expect(predictorContexts(distribution, 'stop').plus).toHaveLength(12);
    expect(predictorContexts(distribution, 3).plus).toHaveLength(8);
  });

  it('has the stop target +1 for long responses, by hand at one context', () => {
    const { rows, width, plus, minus } = predictorContexts(distribution, 'stop');
    const at = (context: readonly number[]) =>
      [...plus.keys()].find((i) => context.every((value, j) => rows[i * width + j] === value))!;
    // x = (1, 1, 1), z_1 = 1 is both x_1 and chi; x = (1, 1, -1), z_1 = 1 is x_1 alone, z_1 = -1 is chi alone.
    for (const [context, long, short] of [
      [[1, 1, 1, 1], P, 1 - P],
      [[1, 1, -1, 1], P, 0],
      [[1, 1, -1, -1], 0, 1 - P],
    ] as const) {
      expect(plus[at(context)]!).toBeCloseTo(long / 8, 15);
      expect(minus[at(context)]!).toBeCloseTo(short / 8, 15);
    }
  });
});
