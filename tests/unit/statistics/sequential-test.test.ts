import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Alternative, logEvidence, SequentialTest } from '../../../src/statistics/index.js';
import { median, rejectedBy } from './exact.js';

/** The rule of the test at one look, as a function of the counts. */
const rejects = (p0: number, alternative: Alternative, alpha: number) => (successes: number, trials: number) =>
  logEvidence({ null: p0, alternative, successes, trials }) >= -Math.log(alpha);

/** Probability that the class itself rejects within n draws of probability p, over all 2^n sequences. */
function rejectedByClass(alternative: Alternative, p0: number, alpha: number, n: number, p: number): number {
  let sum = 0;
  for (let sequence = 0; sequence < 2 ** n; sequence++) {
    const test = new SequentialTest({ null: p0, alternative, alpha });
    for (let i = 0; i < n; i++) test.observe(((sequence >> i) & 1) === 1);
    if (test.rejected) sum += p ** test.successes * (1 - p) ** (n - test.successes);
  }
  return sum;
}

/** The largest rejection probability that an opponent reaches who picks every draw's p <= p0 in view of the past. */
function worstCase(steps: number, choices: readonly number[], rejected: (k: number, n: number) => boolean): number {
  let value = Array.from({ length: steps + 1 }, (_, k) => Number(rejected(k, steps)));
  for (let n = steps - 1; n >= 0; n--) {
    value = Array.from({ length: n + 1 }, (_, k) =>
      rejected(k, n) ? 1 : Math.max(...choices.map((p) => p * value[k + 1]! + (1 - p) * value[k]!)),
    );
  }
  return value[0]!;
}

describe('SequentialTest', () => {
  it('rejects a true null with probability at most alpha, looking after every draw (exact)', () => {
    for (const [alternative, p, looks] of [
      ['two-sided', 1 / 3, 2000],
      ['greater', 1 / 3, 1000],
      ['greater', 0.3, 500],
      ['less', 1 / 3, 500],
    ] as const) {
      const rejected = rejectedBy(looks, p, rejects(1 / 3, alternative, 0.01))[looks]!;
      expect(rejected).toBeLessThanOrEqual(0.01);
      // It spends its level rather than being valid by never rejecting.
      if (p === 1 / 3) expect(rejected).toBeGreaterThan(0.003);
    }
  });

  it('would be caught if it were a z-test that looks after every draw', () => {
    const zTest = (k: number, n: number) => Math.abs(k - n / 3) >= 2.5758 * Math.sqrt((n * 2) / 9);
    // From the 30th draw on, where the normal approximation is commonly called safe.
    expect(rejectedBy(2000, 1 / 3, (k, n) => n >= 30 && zTest(k, n))[2000]).toBeGreaterThan(0.05);
  });

  it('stays valid against an opponent who moves p below p0 in view of the past', () => {
    const choices = [0, 0.1, 0.25, 0.32, 1 / 3];
    expect(worstCase(300, choices, rejects(1 / 3, 'greater', 0.05))).toBeLessThanOrEqual(0.05);
    // The two-sided rule is not valid for this null, and the opponent finds that out.
    expect(worstCase(300, choices, rejects(1 / 3, 'two-sided', 0.05))).toBeGreaterThan(0.9);
  });

  it('is the rule that the exact sums are about: enumeration of all sequences with the class', () => {
    for (const alternative of ['two-sided', 'greater', 'less'] as const) {
      const exact = rejectedBy(12, 0.4, rejects(0.4, alternative, 0.2))[12]!;
      expect(rejectedByClass(alternative, 0.4, 0.2, 12, 0.4)).toBeCloseTo(exact, 12);
      expect(exact).toBeGreaterThan(0.01);
    }
  });

  it('finds .40 against 1/3 and .50 against 1/3 at a level of 1e-6 (exact stopping times)', () => {
    const by = (p: number, alternative: Alternative, looks: number) =>
      rejectedBy(looks, p, rejects(1 / 3, alternative, 1e-6));
    expect(median(by(0.4, 'two-sided', 1800))).toBe(1726);
    expect(median(by(0.4, 'greater', 1800))).toBe(1673);
    expect(median(by(0.5, 'two-sided', 400))).toBe(269);
    expect(by(0.5, 'greater', 1000)[1000]).toBeGreaterThan(0.9999);
  });

  it('keeps counts and evidence of the draws, and a rejection once it has one', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 60 }), (draws) => {
        const test = new SequentialTest({ null: 0.4, alternative: 'greater', alpha: 0.3 });
        let rejected = false;
        for (const draw of draws) {
          test.observe(draw);
          rejected ||= rejects(0.4, 'greater', 0.3)(test.successes, test.trials);
          expect(test.rejected).toBe(rejected);
        }
        const [successes, trials] = [draws.filter(Boolean).length, draws.length];
        expect([test.successes, test.trials]).toEqual([successes, trials]);
        expect(test.logEvidence).toBe(logEvidence({ null: 0.4, alternative: 'greater', successes, trials }));
      }),
    );
  });

  it('stays rejected when later draws take the evidence back', () => {
    const test = new SequentialTest({ null: 0.5, alternative: 'two-sided', alpha: 0.05 });
    test.observeMany(12, 12);
    test.observeMany(0, 12);
    expect(test.rejected).toBe(true);
    expect(test.logEvidence).toBeLessThan(0);
  });

  it('starts at no evidence and takes 0, 1, empty batches and the largest one', () => {
    const test = new SequentialTest({ null: 0.5, alternative: 'less', alpha: 1e-300 });
    expect([test.logEvidence, test.rejected, test.trials]).toEqual([0, false, 0]);
    test.observeMany(0, 0);
    expect(test.logEvidence).toBe(0);
    test.observe(0);
    test.observe(1);
    expect([test.successes, test.trials]).toEqual([1, 2]);
    test.observeMany(0, 1e9 - 2);
    expect(test.rejected).toBe(true);
    expect(() => test.observe(true)).toThrow('trials is 1000000001');
  });

  it('refuses what it cannot test', () => {
    const options = { null: 0.5, alternative: 'less', alpha: 0.1 } as const;
    expect(() => new SequentialTest({ ...options, null: 1.5 })).toThrow(RangeError);
    expect(() => new SequentialTest({ ...options, alpha: 0 })).toThrow('alpha is 0, but it must be');
    expect(() => new SequentialTest({ ...options, alternative: 'both' as 'less' })).toThrow('alternative is both');
    const test = new SequentialTest(options);
    expect(() => test.observe(0.5 as 0)).toThrow('successes is 0.5');
    expect(() => test.observe(2 as 1)).toThrow('successes is 2');
    expect(() => test.observeMany(3, 2)).toThrow(RangeError);
    expect(test.trials).toBe(0);
  });
});
