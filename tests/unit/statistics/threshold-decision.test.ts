import { describe, expect, it } from 'vitest';
import { ThresholdDecision } from '../../../src/statistics/index.js';

/** Probability of each answer within n draws of probability p, over all 2^n sequences. */
function answers(n: number, p: number, alpha: number): Record<string, number> {
  const sums: Record<string, number> = { above: 0, below: 0, undecided: 0 };
  for (let sequence = 0; sequence < 2 ** n; sequence++) {
    const decision = new ThresholdDecision({ threshold: 0.5, alpha });
    for (let i = 0; i < n; i++) decision.observe(((sequence >> i) & 1) === 1);
    sums[decision.answer]! += p ** decision.successes * (1 - p) ** (n - decision.successes);
  }
  return sums;
}

describe('ThresholdDecision', () => {
  it('answers falsely with at most its probability, and rightly more and more (exact)', () => {
    const [at, over, far] = [0.5, 0.6, 0.9].map((p) => answers(12, p, 0.2)) as [
      Record<string, number>,
      Record<string, number>,
      Record<string, number>,
    ];
    expect(at.above! + at.below!).toBeLessThanOrEqual(0.2);
    expect(at.above).toBeCloseTo(at.below!, 12);
    expect(at.above).toBeGreaterThan(0.01);
    expect(over.below).toBeLessThanOrEqual(0.1);
    expect(far.above).toBeGreaterThan(0.8);
  });

  it('tells both sides of a threshold', () => {
    const high = new ThresholdDecision({ threshold: 1 / 3, alpha: 1e-6 });
    const low = new ThresholdDecision({ threshold: 1 / 3, alpha: 1e-6 });
    expect(high.answer).toBe('undecided');
    expect(high.observeMany(500, 1000)).toBe('above');
    expect(low.observeMany(200, 1000)).toBe('below');
    expect(high.logEvidence.above).toBeGreaterThan(Math.log(2e6));
    expect(high.logEvidence.below).toBeLessThan(0);
  });

  it('does not take an answer back', () => {
    const decision = new ThresholdDecision({ threshold: 0.5, alpha: 0.1 });
    expect(decision.observeMany(20, 20)).toBe('above');
    expect(decision.observeMany(0, 1000)).toBe('above');
    expect(decision.observe(false)).toBe('above');
    expect([decision.successes, decision.trials]).toEqual([20, 1021]);
    const mirrored = new ThresholdDecision({ threshold: 0.5, alpha: 0.1 });
    expect(mirrored.observeMany(0, 20)).toBe('below');
    expect(mirrored.observeMany(1000, 1000)).toBe('below');
  });

  it('refuses options out of range', () => {
    expect(() => new ThresholdDecision({ threshold: 0, alpha: 0.1 })).toThrow('threshold is 0, but it must be');
    expect(() => new ThresholdDecision({ threshold: 0.5, alpha: 1e-300 })).toThrow('from 2e-300 to below 1');
  });
});
