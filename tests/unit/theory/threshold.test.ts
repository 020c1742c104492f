import { describe, expect, it } from 'vitest';
import {
  demonstrationState,
  greedyThreshold,
  optimum,
  parseRational,
  signSampleBound,
} from '../../../src/theory/index.js';

/** The p at which the stop logit of the greedy answer changes its sign, by bisection. */
function byBisection(stepNoise: number, loss: { lambda: number; freeConstant: boolean }): number {
  const isLong = (p: number) => {
    const { sPlus, sMinus } = optimum(demonstrationState(p, { stepNoise }), loss);
    // Where most steps are wrong, the greedy first token is.
    return (stepNoise > 0.5 ? sMinus : sPlus) > 0;
  };
  let [low, high] = [0.2, 0.8];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (isLong(middle)) high = middle;
    else low = middle;
  }
  return (low + high) / 2;
}

describe('greedyThreshold', () => {
  const noises = [0, 0.05, 0.2, 0.45, 0.6, 0.85, 1];
  const cases = noises.flatMap((eta) =>
    [1e-3, 0.02, 1].flatMap((lambda) => [true, false].map((freeConstant) => [eta, lambda, freeConstant] as const)),
  );

  // The optimum is exact to a few roundings, and its stop logit has a slope of at least .1 there.
  it.each(cases)(
    'is where the optimum turns long, eta = %d, lambda = %d, free constant %s',
    (eta, lambda, freeConstant) => {
      const found = greedyThreshold({ lambda, freeConstant, stepNoise: eta });
      expect(Math.abs(found - byBisection(eta, { lambda, freeConstant }))).toBeLessThan(1e-12);
    },
  );

  // Values in docs/theory.md, Lemma 3.
  it.each([
    [1e-3, 0.3351621],
    [0.01, 0.3452453],
    [0.1, 0.3923183],
    [1, 0.47282],
  ])('with a free constant at lambda = %d is %d', (lambda, expected) => {
    expect(greedyThreshold({ lambda, freeConstant: true })).toBeCloseTo(expected, 7);
  });

  it('is the same for eta and 1 - eta, and 1/2 at eta = 1/2', () => {
    for (const [eta, mirrored] of [
      ['1/10', '9/10'],
      ['1/3', '2/3'],
    ] as const) {
      const [a, b] = [eta, mirrored].map((text) => greedyThreshold({ lambda: 0.1, stepNoise: parseRational(text)! }));
      expect(a).toBe(b);
    }
    expect(greedyThreshold({ lambda: 0.1, stepNoise: 0.5 })).toBe(0.5);
    expect(greedyThreshold({ lambda: 0.1, freeConstant: true, stepNoise: 0.5 })).toBe(0.5);
  });
});

describe('signSampleBound', () => {
  it('asks of the stop logit after a first token of either sign, at a tie of the first token the one for wrong ones', () => {
    const model = { c1: 0, sPlus: 1, sMinus: 2, c: 1, bias: 0, weight: 0, sPlusSplit: { twos: 0, rest: 0 } };
    const options = { d: 3, lambda: 1, delta: 0.5, longFraction: 0.5 };
    expect(signSampleBound(model, ['stop'], options)).toBe(Math.ceil((8 * Math.LN2 * (8 / 2) ** 2) / 0.5));
  });
});
