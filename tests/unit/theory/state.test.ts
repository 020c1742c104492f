import { describe, expect, it } from 'vitest';
import {
  demonstrationState,
  logitLongPlus,
  probabilitiesOf,
  type StateProbabilities,
  trainingState,
} from '../../../src/theory/index.js';

function expectProbabilities(found: StateProbabilities, expected: StateProbabilities): void {
  for (const key of ['longFraction', 'rho', 'alpha', 'firstStep'] as const) {
    // Logarithms of numbers up to 10 and back: a few ulps of 1.
    expect(Math.abs(found[key] - expected[key]), key).toBeLessThan(1e-14);
  }
}

describe('the probabilities behind a state', () => {
  it.each([
    [0.2, 0],
    [0.25, 0.3],
    [0.7, 0.5],
    [0.01, 0.9],
  ])('of D(p; eta) are p, 1/2 and twice 1 - eta, p = %d, eta = %d', (p, eta) => {
    const found = probabilitiesOf(demonstrationState(p, { stepNoise: eta, answerNoise: 0.4 }));
    expectProbabilities(found, { longFraction: p, rho: 0.5, alpha: 1 - eta, firstStep: 1 - eta });
  });

  it.each([
    [0.2, 0.5],
    [0.9, 0.99],
    [0.5, 0.01],
  ])('of (q, rho) are those, q = %d, rho = %d', (longFraction, rho) => {
    const found = probabilitiesOf(trainingState(longFraction, rho));
    expectProbabilities(found, { longFraction, rho, alpha: 1, firstStep: 1 });
  });

  it('are certain where every step is wrong, or none', () => {
    const { logitStep, logitLongMinus, ...wrong } = demonstrationState(0.25, { stepNoise: 1 });
    expect([logitStep, logitLongPlus({ logitStep, logitLongMinus, ...wrong })]).toEqual([-Infinity, -Infinity]);
    // p against (1-p)/2, and m- = p + (1-p)/2 against (1-p)/2.
    expect(logitLongMinus).toBeCloseTo(Math.log(2 / 3), 15);
    expect(wrong.logitPlus).toBeCloseTo(Math.log(3 / 5), 15);
    const right = demonstrationState(0.25);
    expect([right.logitStep, right.logitLongMinus]).toEqual([Infinity, -Infinity]);
  });
});
