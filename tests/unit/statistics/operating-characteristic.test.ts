import { describe, expect, it } from 'vitest';
import { OperatingCharacteristic, type ThresholdAnswer, ThresholdDecision } from '../../../src/statistics/index.js';

/** The same probabilities by letting the decision itself see every sequence of draws. */
function byEnumeration(design: { threshold: number; alpha: number; trials: number }, p: number) {
  const found: Record<ThresholdAnswer, number> = { above: 0, below: 0, undecided: 0 };
  for (let code = 0; code < 2 ** design.trials; code++) {
    const decision = new ThresholdDecision(design);
    let probability = 1;
    for (let n = 0; n < design.trials; n++) {
      const success = (code >> n) % 2 === 1;
      probability *= success ? p : 1 - p;
      decision.observe(success);
    }
    found[decision.answer] += probability;
  }
  return found;
}

describe('OperatingCharacteristic', () => {
  it.each([
    [{ threshold: 0.5, alpha: 0.4, trials: 12 }, 0.5],
    [{ threshold: 0.5, alpha: 0.4, trials: 12 }, 0.8],
    [{ threshold: 0.9, alpha: 0.3, trials: 13 }, 0.6],
    [{ threshold: 0.2, alpha: 0.5, trials: 11 }, 0.1],
    [{ threshold: 0.7, alpha: 0.2, trials: 1 }, 0.3],
  ])('of %j at p = %d is that of the decision on every sequence of draws', (design, p) => {
    const exact = new OperatingCharacteristic(design).probabilities(p);
    const enumerated = byEnumeration(design, p);
    // Sums of at most 2^13 terms in [0, 1].
    for (const answer of ['above', 'below', 'undecided'] as const) {
      expect(exact[answer], answer).toBeCloseTo(enumerated[answer], 11);
    }
    if (design.trials > 10) expect(enumerated.above + enumerated.below).toBeGreaterThan(0);
  });

  it('gives a wrong answer with probability at most alpha / 2 at the threshold, and less beyond it', () => {
    for (const alpha of [0.5, 0.05, 1e-3, 1e-7]) {
      const characteristic = new OperatingCharacteristic({ threshold: 0.9, alpha, trials: 2000 });
      const { above, below } = characteristic.probabilities(0.9);
      expect(above).toBeLessThanOrEqual(alpha / 2);
      expect(below).toBeLessThanOrEqual(alpha / 2);
      expect(below).toBeGreaterThan(alpha / 20);
      expect(characteristic.probabilities(0.92).below).toBeLessThan(below);
    }
  });

  it('detects with the power that is asked for, and no nearer to the threshold', () => {
    const characteristic = new OperatingCharacteristic({ threshold: 0.9, alpha: 1e-7, trials: 600 });
    const below = characteristic.detectedBelow(0.99)!;
    expect(characteristic.probabilities(below).below).toBeGreaterThanOrEqual(0.99);
    expect(characteristic.probabilities(below + 1e-6).below).toBeLessThan(0.99);
    const above = characteristic.detectedAbove(0.99)!;
    expect(characteristic.probabilities(above).above).toBeGreaterThanOrEqual(0.99);
    expect(characteristic.probabilities(above - 1e-6).above).toBeLessThan(0.99);
  });

  it('detects nothing where the draws are too few', () => {
    const characteristic = new OperatingCharacteristic({ threshold: 0.9, alpha: 1e-7, trials: 100 });
    expect(characteristic.detectedAbove(0.99)).toBeNull();
    expect(new OperatingCharacteristic({ threshold: 0.1, alpha: 1e-7, trials: 50 }).detectedBelow(0.99)).toBeNull();
  });

  it.each([
    [{ threshold: 0, alpha: 0.1, trials: 10 }, 'threshold is 0'],
    [{ threshold: 0.5, alpha: 1, trials: 10 }, 'alpha is 1'],
    [{ threshold: 0.5, alpha: 0.1, trials: 0 }, 'trials is 0'],
    [{ threshold: 0.5, alpha: 0.1, trials: 2e6 }, 'at most 1e6'],
  ])('refuses %j', (design, message) => {
    expect(() => new OperatingCharacteristic(design)).toThrow(message);
    expect(() => new OperatingCharacteristic({ threshold: 0.5, alpha: 0.1, trials: 9 }).probabilities(2)).toThrow(
      'p is 2',
    );
  });
});
