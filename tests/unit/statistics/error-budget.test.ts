import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_FALSE_ALARM, ErrorBudget } from '../../../src/statistics/index.js';

const names = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 30 });

describe('ErrorBudget', () => {
  it('splits its total equally, and spends all of it', () => {
    fc.assert(
      fc.property(names, fc.double({ min: 1e-12, max: 0.5, noNaN: true }), (checks, total) => {
        const budget = new ErrorBudget({ checks, total });
        for (const name of checks) expect(budget.spend(name)).toBeCloseTo(total / checks.length, 15);
        // Rounding: one EPSILON a share.
        expect(Math.abs(budget.spent / total - 1)).toBeLessThan(40 * Number.EPSILON);
      }),
    );
  });

  it('splits by weights, in the order of declaration, with a total of one in a million', () => {
    const budget = new ErrorBudget({ checks: { threshold: 3, calibration: 1 } });
    expect(budget.total).toBe(DEFAULT_FALSE_ALARM);
    expect([...budget.shares]).toEqual([
      ['threshold', 0.75e-6],
      ['calibration', 0.25e-6],
    ]);
  });

  it('tells what was spent', () => {
    const budget = new ErrorBudget({ checks: ['threshold', 'calibration'] });
    expect(budget.spent).toBe(0);
    budget.spend('calibration');
    expect(budget.spent).toBe(5e-7);
    expect(`${budget}`).toBe(
      'threshold: 5.00e-7 not spent\ncalibration: 5.00e-7 spent\nall checks: 5.00e-7 of 1.00e-6 spent',
    );
  });

  it('refuses a second request, an undeclared check, and a bad declaration', () => {
    const budget = new ErrorBudget({ checks: ['a', 'b'] });
    budget.spend('a');
    expect(() => budget.spend('a')).toThrow(RangeError);
    expect(() => budget.spend('a')).toThrow("check is 'a', but it must be one that has not spent its share.");
    expect(() => budget.spend('c')).toThrow("check is 'c', but it must be one of a, b.");
    expect(() => new ErrorBudget({ checks: ['a', 'a'] })).toThrow("checks names 'a' twice");
    expect(() => new ErrorBudget({ checks: { a: 0 } })).toThrow(
      "checks['a'] is 0, but it must be a finite number above 0.",
    );
    expect(() => new ErrorBudget({ checks: { a: Number.POSITIVE_INFINITY } })).toThrow("checks['a'] is Infinity");
    expect(() => new ErrorBudget({ checks: ['a'], total: 0 })).toThrow('total is 0, but it must be');
  });
});
