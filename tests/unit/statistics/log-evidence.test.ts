import betaln from '@stdlib/math-base-special-betaln';
import { describe, expect, it } from 'vitest';
import { type Alternative, logEvidence } from '../../../src/statistics/index.js';
import { binomial, readTable } from './exact.js';

const ALTERNATIVES = ['two-sided', 'greater', 'less'] as const;

type Evidence = (successes: number, trials: number) => number;

const evidenceOf =
  (p0: number, alternative: Alternative): Evidence =>
  (successes, trials) =>
    logEvidence({ null: p0, alternative, successes, trials });

/** Mean of E_n after n draws of success probability p, over all outcomes. */
const meanEvidence = (evidence: Evidence, n: number, p: number): number =>
  binomial(n, p).reduce((sum, mass, k) => sum + mass * Math.exp(evidence(k, n)), 0);

describe('logEvidence', () => {
  it('agrees with the stored 30-digit integrals', () => {
    for (const row of readTable('log-evidence')) {
      const [p0, successes, trials] = row as [number, number, number];
      // Differences of terms as large as trials * |log p0|, each rounded, some of them several times.
      const terms = successes * -Math.log(p0) + (trials - successes) * -Math.log1p(-p0);
      for (const [i, alternative] of ALTERNATIVES.entries()) {
        const error = Math.abs(evidenceOf(p0, alternative)(successes, trials) - Number(row[3 + i]));
        const where = `p0 = ${p0}, k = ${successes}, n = ${trials}, ${alternative}`;
        expect(error, where).toBeLessThanOrEqual(1e-14 + 4 * Number.EPSILON * terms);
      }
    }
  });

  it('is the Krichevsky-Trofimov mixture over the likelihood when two-sided', () => {
    const [k, n, p0] = [17, 40, 0.3];
    const mixture = betaln(k + 0.5, n - k + 0.5) - betaln(0.5, 0.5);
    expect(evidenceOf(p0, 'two-sided')(k, n)).toBeCloseTo(mixture - k * Math.log(p0) - (n - k) * Math.log(1 - p0), 12);
  });

  it('has mean exactly 1 at p0, whatever the alternative, over all outcomes', () => {
    for (const alternative of ALTERNATIVES) {
      for (const p0 of [0.02, 1 / 3, 0.5, 0.9]) {
        for (const n of [0, 1, 2, 10, 60]) {
          expect(meanEvidence(evidenceOf(p0, alternative), n, p0)).toBeCloseTo(1, 12);
        }
      }
    }
  });

  it('has mean at most 1 on the whole null side when one-sided, and above 1 beyond it', () => {
    for (const p0 of [0.1, 1 / 3, 0.5, 0.8]) {
      for (let i = 1; i < 40; i++) {
        const p = i / 40;
        const [greater, less] = [evidenceOf(p0, 'greater'), evidenceOf(p0, 'less')];
        if (p <= p0) expect(meanEvidence(greater, 25, p)).toBeLessThanOrEqual(1 + 1e-12);
        else expect(meanEvidence(greater, 25, p)).toBeGreaterThan(1);
        if (p >= p0) expect(meanEvidence(less, 25, p)).toBeLessThanOrEqual(1 + 1e-12);
        else expect(meanEvidence(less, 25, p)).toBeGreaterThan(1);
      }
    }
  });

  it('would be caught if the one-sided prior were not cut, or had a hundredth of a nat too much', () => {
    const inflated: Evidence = (k, n) => evidenceOf(1 / 3, 'greater')(k, n) + 0.01;
    expect(meanEvidence(evidenceOf(1 / 3, 'two-sided'), 25, 0.1)).toBeGreaterThan(1.5);
    expect(meanEvidence(inflated, 25, 1 / 3)).toBeGreaterThan(1 + 1e-3);
  });

  it('mirrors, and mixes both sides into the two-sided value', () => {
    const priorAbove = 1 - (2 / Math.PI) * Math.asin(Math.sqrt(0.3));
    for (const k of [0, 3, 10, 29, 30]) {
      expect(evidenceOf(0.3, 'less')(k, 30)).toBeCloseTo(evidenceOf(0.7, 'greater')(30 - k, 30), 12);
      const [greater, less] = [evidenceOf(0.3, 'greater')(k, 30), evidenceOf(0.3, 'less')(k, 30)];
      const mixed = Math.log(priorAbove * Math.exp(greater) + (1 - priorAbove) * Math.exp(less));
      expect(evidenceOf(0.3, 'two-sided')(k, 30)).toBeCloseTo(mixed, 12);
    }
  });

  it.each([
    [{ null: 0, alternative: 'two-sided' }, 'null is 0, but it must be a number above 0 and below 1.'],
    [{ null: 1, alternative: 'two-sided' }, 'null is 1, but it must be a number above 0 and below 1.'],
    [{ null: 0.5, alternative: 'up' }, 'alternative is up, but it must be one of two-sided, greater, less.'],
  ])('refuses %j', (hypothesis, message) => {
    const options = { ...(hypothesis as { null: number; alternative: Alternative }), successes: 1, trials: 2 };
    expect(() => logEvidence(options)).toThrow(new RangeError(message));
  });
});
