import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitLog, splitLogPlus, splitLogValue } from '../../../src/theory/index.js';
import { seeded } from '../../fixtures/seed.js';

describe('a log-odds with its doublings apart', () => {
  it('keeps a rest of at most half a doubling, and its value', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1e3, max: 1e3, noNaN: true }),
        fc.integer({ min: -9, max: 9 }),
        fc.double({ min: -50, max: 50, noNaN: true }),
        (value, twos, more) => {
          const start = splitLog(value);
          const sum = splitLogPlus(start, twos, more);
          for (const { twos, rest } of [start, sum]) {
            expect(Number.isInteger(twos)).toBe(true);
            // One rounding of a number up to 1e3.
            expect(Math.abs(rest)).toBeLessThan(Math.LN2 / 2 + 1e-12);
          }
          expect(Math.abs(splitLogValue(start) - value)).toBeLessThan(1e-12);
          expect(Math.abs(splitLogValue(sum) - (value + twos * Math.LN2 + more))).toBeLessThan(1e-12);
        },
      ),
      seeded(300),
    );
  });

  it('leaves a small rest untouched by doublings', () => {
    expect(splitLogPlus({ twos: -3, rest: 1e-300 }, 3, 2e-300)).toEqual({ twos: 0, rest: 3e-300 });
    expect(splitLogValue({ twos: 0, rest: 3e-300 })).toBe(3e-300);
  });

  it.each([Infinity, -Infinity])('may be %d', (value) => {
    expect(splitLog(value)).toEqual({ twos: 0, rest: value });
    expect(splitLogPlus(splitLog(value), 2, 1)).toEqual({ twos: 2, rest: value });
    expect(splitLogValue(splitLogPlus(splitLog(1), 0, value))).toBe(value);
  });
});
