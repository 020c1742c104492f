import { describe, expect, it } from 'vitest';
import { featureCount, type Predictor } from '../../../src/chain/index.js';
import {
  demonstrationState,
  type Optimum,
  optimum,
  parseRational,
  signSampleBound,
  squaredDistanceBound,
  squaredFeatureNorm,
} from '../../../src/theory/index.js';

const ALL = ['first', 'stop', 'later'] as const;

describe('squaredFeatureNorm', () => {
  it('is the number of features, which are all +-1', () => {
    for (let d = 2; d <= 12; d++) {
      const predictors: Predictor[] = ['stop', ...Array.from({ length: d }, (_, i) => i + 1)];
      for (const predictor of predictors) expect(squaredFeatureNorm(predictor, d)).toBe(featureCount(predictor, d));
    }
  });
});

describe('squaredDistanceBound', () => {
  it('bounds the recursion of the proof, whose squared distances are averaged over the tail', () => {
    // D_2 <= 4 B^2 / lambda^2 and D_(t+1) <= (1 - 2/t) D_t + 4 B^2 / (lambda t)^2, here with B = lambda = 1.
    const distances = [Number.NaN, Number.NaN, 4];
    for (let t = 2; t <= 5000; t++) distances[t + 1] = (1 - 2 / t) * distances[t]! + 4 / t ** 2;
    for (const samples of [1, 2, 3, 4, 5, 10, 11, 99, 100, 4999, 5000]) {
      const tail = distances.slice(Math.floor(samples / 2) + 2, samples + 2);
      const mean = tail.reduce((sum, distance) => sum + distance, 0) / tail.length;
      expect(mean).toBeLessThanOrEqual(squaredDistanceBound(1, 1, samples));
      // Not by much, and less so with more samples.
      if (samples > 1000) expect(mean).toBeGreaterThan(0.99 * squaredDistanceBound(1, 1, samples));
    }
    expect(squaredDistanceBound(3, 0.5, 7)).toBeCloseTo((8 * Math.LN2 * 3) / (0.25 * 7), 12);
  });
});

describe('signSampleBound', () => {
  const model = { c1: 0.5, sPlus: -0.25, sMinus: -4, c: 2 } as Optimum;
  const options = { d: 3, lambda: 0.1, delta: 0.2, longFraction: 0.25 };
  const scale = (8 * Math.LN2) / (0.1 ** 2 * 0.2);

  it.each([
    [['first'], (3 / 0.5) ** 2],
    [['stop'], (8 / 0.25) ** 2],
    // ||phi||^2 is 7 and 9 for l = 2 and 3.
    [['later'], (2 / 0.25) * ((7 / 2) ** 2 + (9 / 2) ** 2)],
    [ALL, 36 + 1024 + 260],
  ] as const)('of %j at d = 3', (predictors, sum) => {
    expect(signSampleBound(model, predictors, options)).toBe(Math.ceil(scale * sum));
  });

  it('asks of the stop logit that the greedy first token meets', () => {
    const mirrored = { ...model, c1: -0.5 };
    expect(signSampleBound(mirrored, ['stop'], options)).toBe(Math.ceil(scale * (8 / 4) ** 2));
  });

  it('takes data that are long throughout', () => {
    expect(signSampleBound(model, ['later'], { ...options, longFraction: 1 })).toBe(Math.ceil(scale * 65));
  });

  it('is infinite at the tie p = 1/3', () => {
    const tie = optimum(demonstrationState(parseRational('1/3')!), { lambda: 0.01 });
    expect(signSampleBound(tie, ['stop'], { ...options, lambda: 0.01 })).toBe(Number.POSITIVE_INFINITY);
  });

  it.each([
    [{ d: 2 }, 'd is 2'],
    [{ lambda: -0.1 }, 'lambda is -0.1'],
    [{ delta: 0 }, 'delta is 0'],
    [{ delta: 1 }, 'delta is 1'],
    [{ delta: Number.NaN }, 'delta is NaN'],
    [{ longFraction: 0 }, 'longFraction is 0'],
    [{ longFraction: 1.1 }, 'longFraction is 1.1'],
  ])('refuses %j', (wrong, message) => {
    expect(() => signSampleBound(model, ALL, { ...options, ...wrong })).toThrow(message);
  });
});
