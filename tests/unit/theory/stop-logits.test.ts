import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logSigmoid, sigmoid } from '../../../src/numerics/index.js';
import { optimum, splitLog, splitLogValue, type TrainingState } from '../../../src/theory/index.js';

/** A state by its log-odds of z_1 x_1 = +1 and of long given either sign. */
const stateOf = (logitPlus: number, longPlus: number, logitLongMinus: number): TrainingState => ({
  logitPlus,
  longPlus: splitLog(longPlus),
  logitLongMinus,
  logitStep: 2,
});

/** Log-odds from -8 to 8 in steps of 1/1000, and lambda from 1e-6 to 1e3. */
const logOdds = fc.integer({ min: -8000, max: 8000 }).map((n) => n / 1000);
const lambdas = fc.integer({ min: -600, max: 300 }).map((n) => 10 ** (n / 100));

describe('stop logits with a free constant', () => {
  it('meet both stationarity equations, wherever long answers are the more likely', () => {
    fc.assert(
      fc.property(logOdds, logOdds, logOdds, lambdas, (a, plus, minus, lambda) => {
        const {
          sPlus: s,
          sMinus: t,
          weight,
          bias,
          sPlusSplit,
        } = optimum(stateOf(a, plus, minus), {
          lambda,
          freeConstant: true,
        });
        const pull = lambda * weight;
        // Sigmoids are right to a few roundings of 1, logits to a few of their size, 8 and what the pull adds.
        expect(Math.abs(2 * sigmoid(a) * (sigmoid(s) - sigmoid(plus)) + pull)).toBeLessThan(1e-13);
        expect(Math.abs(2 * sigmoid(-a) * (sigmoid(t) - sigmoid(minus)) - pull)).toBeLessThan(1e-13);
        expect(Math.abs(weight - (s - t) / 2)).toBeLessThan(1e-12 * (1 + Math.abs(s) + Math.abs(t)));
        expect(Math.abs(bias - (s + t) / 2)).toBeLessThan(1e-12 * (1 + Math.abs(s)));
        expect(Math.abs(splitLogValue(sPlusSplit) - s)).toBeLessThan(1e-12 * (1 + Math.abs(s)));
      }),
      { numRuns: 2000 },
    );
  });

  it('change places, and the weight its sign, when the signs of z_1 x_1 do', () => {
    for (const [a, plus, minus] of [
      [0.3, 1.5, -2],
      [-1, -3, 0.25],
      [2, 0.1, 0.1],
    ] as const) {
      const one = optimum(stateOf(a, plus, minus), { lambda: 0.07, freeConstant: true });
      const other = optimum(stateOf(-a, minus, plus), { lambda: 0.07, freeConstant: true });
      expect(other.sPlus).toBeCloseTo(one.sMinus, 13);
      expect(other.sMinus).toBeCloseTo(one.sPlus, 13);
      expect(other.weight).toBeCloseTo(-one.weight, 13);
    }
  });

  it('do so to the last digits also where probabilities are extreme', () => {
    const extreme = fc.integer({ min: -300, max: 300 });
    const small = fc.integer({ min: -1200, max: 200 }).map((n) => 10 ** (n / 100));
    fc.assert(
      fc.property(extreme, extreme, extreme, small, (a, plus, minus, lambda) => {
        const one = optimum(stateOf(a, plus, minus), { lambda, freeConstant: true });
        const other = optimum(stateOf(-a, minus, plus), { lambda, freeConstant: true });
        const pairs = [
          [other.sPlus, one.sMinus],
          [other.sMinus, one.sPlus],
          [-other.weight, one.weight],
        ] as const;
        // Roots to the last bits, through logarithms of up to 600 nats.
        for (const [found, expected] of pairs)
          expect(Math.abs(found - expected)).toBeLessThanOrEqual(1e-12 * Math.abs(expected));
      }),
      { numRuns: 1000 },
    );
  });

  it('both become log q where the long mass vanishes', () => {
    const found = optimum(stateOf(0.5, -800, -801), { lambda: 0.1, freeConstant: true });
    // q = m+ e^-800 + m- e^-801.
    const logQ = -800 + Math.log(sigmoid(0.5) + sigmoid(-0.5) * Math.exp(-1));
    expect(found.sPlus).toBeCloseTo(logQ, 10);
    expect(found.sMinus).toBe(found.sPlus);
    expect(found.weight).toBe(0);
    expect(splitLogValue(found.sPlusSplit)).toBeCloseTo(logQ, 10);
    expect(logSigmoid(-800)).toBe(-800);
  });
});

describe('the weight of the stop predictor', () => {
  it('is the half difference of the logits, also where they nearly agree', () => {
    // s = f(kappa+) and t = f(kappa-) with f the ridge logit of mu and f' = -f / (sigma'(f) + kappa); kappa = lambda / (2 m).
    for (const mu of [-3, -0.5, 1, 4]) {
      for (const lambda of [1e-3, 0.1, 20]) {
        for (const a of [1e-5, -1e-5]) {
          const { sPlus, weight } = optimum(stateOf(a, mu, mu), { lambda });
          const slope = -sPlus / (sigmoid(sPlus) * sigmoid(-sPlus) + lambda);
          const gap = slope * (lambda / 2) * (-Math.tanh(a / 2) / (sigmoid(a) * sigmoid(-a)));
          // To first order in a, and up to roundings of masses over a lambda of 1e-3.
          expect(Math.abs(weight / (gap / 2) - 1)).toBeLessThan(1e-4);
        }
      }
    }
  });

  it('is 0 where they agree', () => {
    const { weight, sPlus, sMinus } = optimum(stateOf(0, 1.25, 1.25), { lambda: 0.1 });
    expect([weight, sPlus - sMinus]).toEqual([0, 0]);
  });
});

describe('lambda', () => {
  it('may lie at the ends of its range', () => {
    for (const lambda of [1e-300, 1e6]) expect(optimum(stateOf(1, 1, -1), { lambda }).c1).toBeGreaterThan(0);
  });
});
