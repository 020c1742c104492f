import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryInput } from '../../../src/arbitraries/index.js';
import {
  contextLogit,
  type FeatureMap,
  featureCount,
  featureShape,
  features,
  linearForm,
  logitOf,
  type Predictor,
  productIndex,
} from '../../../src/chain/index.js';
import { denseChain } from '../../fixtures/dense-chain.js';
import { seeded } from '../../fixtures/seed.js';

/** Primes stand for the entries of a context, so that a product names its factors. */
const [x1, x2, x3, z1, z2] = [2, 3, 5, 7, 11] as const;

describe('the features of d = 2', () => {
  const context = [x1, x2, z1, z2];

  it.each<[Predictor, number[]]>([
    [1, [x1, x2]],
    [2, [x1, x2, z1, z1 * x1, z1 * x2]],
  ])('predictor %s', (predictor, phi) => {
    expect([...features(predictor, context, 2)]).toEqual(phi);
    expect(featureCount(predictor, 2)).toBe(phi.length);
  });

  it('the stop predictor reads phi_2 and the constant z_1 z_1 = 1', () => {
    const signs = [-1, 1, -1, 1];
    expect([...features('stop', signs, 2)]).toEqual([...features(2, signs, 2), 1]);
    expect(featureCount('stop', 2)).toBe(6);
  });
});

describe('the features of d = 3', () => {
  const context = [x1, x2, x3, z1, z2];

  it.each<[Predictor, number[]]>([
    [1, [x1, x2, x3]],
    [2, [x1, x2, x3, z1, z1 * x1, z1 * x2, z1 * x3]],
    [3, [x1, x2, x3, z1, z2, z2 * x1, z2 * x2, z2 * x3, z2 * z1]],
  ])('predictor %s', (predictor, phi) => {
    expect([...features(predictor, context, 3)]).toEqual(phi);
    expect(featureCount(predictor, 3)).toBe(phi.length);
  });

  it('the stop predictor reads phi_2 and the constant', () => {
    const signs = [-1, 1, 1, -1];
    expect([...features('stop', signs, 3)]).toEqual([...features(2, signs, 3), 1]);
    expect(featureCount('stop', 3)).toBe(8);
  });

  it('a product is found by its index: z_1 x_1 for the stop predictor, z_{l-1} x_l for predictor l', () => {
    expect(features('stop', context, 3)[productIndex('stop', 1, 3)]).toBe(z1 * x1);
    expect(features(2, context, 3)[productIndex(2, 2, 3)]).toBe(z1 * x2);
    expect(features(3, context, 3)[productIndex(3, 3, 3)]).toBe(z2 * x3);
    expect(productIndex('stop', 4, 3)).toBe(featureCount('stop', 3) - 1);
  });
});

describe('feature shapes', () => {
  it('have d, 2n - 1 with n = d + l - 1, and 2(d + 1) entries', () => {
    for (let d = 2; d <= 60; d++) {
      expect(featureCount(1, d)).toBe(d);
      expect(featureCount('stop', d)).toBe(2 * (d + 1));
      for (let l = 2; l <= d; l++) expect(featureCount(l, d)).toBe(2 * (d + l - 1) - 1);
    }
  });

  it.each([0, 4, -1, 1.5, Number.NaN])('refuse predictor %d of d = 3', (predictor) => {
    const message = `predictor is ${predictor}; it must be 'stop' or an integer from 1 to d = 3`;
    expect(() => featureShape(predictor, 3)).toThrow(new RangeError(message));
  });
});

describe('the linear form', () => {
  const cases = fc.integer({ min: 2, max: 9 }).chain((d) => {
    const predictor = fc.oneof(fc.constant<Predictor>('stop'), fc.integer({ min: 1, max: d }));
    return fc.tuple(fc.constant(d), predictor, arbitraryInput(2 * d), fc.nat());
  });
  const dot = (weights: Float64Array, phi: Float64Array) => phi.reduce((sum, value, j) => sum + value * weights[j]!, 0);

  it('is <weights, features> exactly, for integer weights', () => {
    fc.assert(
      fc.property(cases, ([d, predictor, context, seed]) => {
        const { first, stop, next } = denseChain(d, seed, 1000);
        const weights = (predictor === 'stop' ? stop : predictor === 1 ? first : next[predictor]!).map(Math.round);
        expect(linearForm(weights, context, featureShape(predictor, d))).toBe(
          dot(weights, features(predictor, context, d)),
        );
      }),
      seeded(500),
    );
  });

  it('multiplies by the entries of the context, whatever they are', () => {
    const weights = Float64Array.of(1, 2, 3, 4, 5, 6, 7);
    const context = [x1, x2, x3, z1];
    expect(linearForm(weights, context, featureShape(2, 3))).toBe(dot(weights, features(2, context, 3)));
    expect(linearForm(weights.subarray(0, 3), context, featureShape(1, 3))).toBe(x1 + 2 * x2 + 3 * x3);
  });

  it('is the logit, by both paths: with the exact map and with one that is planted', () => {
    const copied: FeatureMap = (predictor, context, d) => features(predictor, context, d);
    const withoutProducts: FeatureMap = (predictor, context, d) =>
      features(predictor, context, d).map((value, j) => (j < featureShape(predictor, d).plain ? value : 0));
    let seen = 0;
    fc.assert(
      fc.property(cases, ([d, predictor, context, seed]) => {
        const model = denseChain(d, seed);
        const logit = logitOf(model, predictor, context);
        // Two sums of at most 4d + 1 terms below 1, in different orders: (4d)^2 rounding errors of 2^-53.
        const tolerance = (4 * d + 2) ** 2 * 2 ** -53;
        expect(contextLogit(model, predictor, context, features)).toBe(logit);
        expect(Math.abs(contextLogit(model, predictor, context, copied) - logit)).toBeLessThan(tolerance);
        if (Math.abs(contextLogit(model, predictor, context, withoutProducts) - logit) > tolerance) seen++;
      }),
      seeded(200),
    );
    expect(seen).toBeGreaterThan(100);
  });
});
