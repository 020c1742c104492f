import { describe, expect, it } from 'vitest';
import { KeyedRandom } from '../../../src/random/index.js';
import { type Column, compareRows, type Row } from '../../../src/runs/index.js';
import { SEED } from '../../fixtures/seed.js';

const column = (name: string, role: Column['role']): Column => ({ name, role, meaning: '' });
const COLUMNS = [column('p', 'key'), column('seed', 'key'), column('accuracy', 'value')];

/** Rows of so many seeds, at three p; noise of size `spread` around p + shift. */
function rows(first: number, count: number, spread = 0.1, shift = 0): Row[] {
  return [0.1, 0.2, 0.3].flatMap((p) =>
    Array.from({ length: count }, (_, i) => {
      const noise = spread * (new KeyedRandom(SEED + first + i, 0).uniform(Math.round(p * 10), 0) - 0.5);
      return { p, seed: first + i, accuracy: p + shift + noise };
    }),
  );
}

const verdict = (a: Row[], b: Row[], columns = COLUMNS) => compareRows(columns, a, b).verdict;

describe('two runs', () => {
  it('are bitwise equal or not', () => {
    expect(verdict(rows(1, 5), rows(1, 5))).toBe('bitwise');
    const [first, ...rest] = rows(1, 5);
    expect(verdict(rows(1, 5), [{ ...first!, accuracy: (first!.accuracy as number) + 2 ** -52 }, ...rest])).toBe(
      'statistical',
    );
  });

  it('with other seeds are statistically equal, and unequal when one is shifted by more than the spread', () => {
    expect(verdict(rows(1, 5), rows(101, 5))).toBe('statistical');
    expect(verdict(rows(1, 5), rows(101, 5, 0.1, 0.12))).toBe('no');
    expect(verdict(rows(1, 10), rows(101, 10, 0.1, 0.12))).toBe('no');
  });

  it('are told apart by chance in one of a hundred comparisons, as declared', () => {
    const trials = 400;
    const alarms = Array.from({ length: trials }, (_, i) => verdict(rows(1000 * i, 5), rows(1000 * i + 500, 5))).filter(
      (found) => found === 'no',
    ).length;
    // At .01, 400 trials give 4 on average and 13 or more with probability 2e-4.
    expect(alarms).toBeLessThan(13);
  });

  it('with fewer than five seeds cannot be called equal', () => {
    expect(compareRows(COLUMNS, rows(1, 4), rows(101, 4))).toMatchObject({
      verdict: 'no',
      reason: 'rows differ, and 4 and 4 seeds are too few to say that it is by chance; 5 are needed',
    });
  });

  it('with other keys are not equal', () => {
    expect(compareRows(COLUMNS, rows(1, 5), rows(1, 5).slice(5)).reason).toContain('p=0.1');
  });

  describe('with exact rows and empty cells', () => {
    const columns = [...COLUMNS, column('rounds', 'value')];
    const mixed = (first: number, exact: number, rounds: (i: number) => number | null = (i) => i): Row[] => [
      { p: 0.1, seed: null, accuracy: exact, rounds: null },
      ...rows(first, 8).map((row, i) => ({ ...row, rounds: rounds(i % 8) })),
    ];

    it('are told apart by an exact value, and not by its rounding', () => {
      expect(verdict(mixed(1, 0.5), mixed(101, 0.5), columns)).toBe('statistical');
      expect(verdict(mixed(1, 0.5), mixed(101, 0.5 + 1e-12), columns)).toBe('statistical');
      expect(verdict(mixed(1, 0.5), mixed(1, 0.55), columns)).toBe('no');
      expect(verdict(mixed(1, 0.5), mixed(1, 0.5 + 1e-12), columns)).toBe('statistical');
    });

    it('are told apart by a shift of what was drawn, and by values that only one has', () => {
      const shifted = mixed(101, 0.5).map((row) =>
        row.seed === null ? row : { ...row, accuracy: (row.accuracy as number) + 0.5 },
      );
      expect(verdict(mixed(1, 0.5), shifted, columns)).toBe('no');
      expect(
        verdict(
          mixed(1, 0.5),
          mixed(101, 0.5, () => null),
          columns,
        ),
      ).toBe('no');
      const once = (i: number) => (i === 0 ? 3 : null);
      expect(verdict(mixed(1, 0.5, once), mixed(101, 0.5, once), columns)).toBe('statistical');
    });

    it('do not count exact rows as a seed', () => {
      const few = (first: number) => [...rows(first, 4), { p: 0.1, seed: null, accuracy: 1 }];
      expect(compareRows(COLUMNS, few(1), few(101)).reason).toContain('4 and 4 seeds are too few');
    });
  });

  it('without rows are compared with nothing', () => {
    expect(verdict([], [])).toBe('no');
    expect(verdict(rows(1, 5), [])).toBe('no');
  });

  it('without seeds differ by rounding or not at all', () => {
    const columns = COLUMNS.filter(({ name }) => name !== 'seed');
    const exact = (shift: number): Row[] => [
      { p: 0.1, accuracy: 0.3 * (1 + shift) },
      { p: 0.2, accuracy: null },
    ];
    expect(verdict(exact(0), exact(1e-12), columns)).toBe('statistical');
    expect(verdict(exact(0), exact(1e-6), columns)).toBe('no');
    expect(verdict(exact(0), [exact(0)[0]!, { p: 0.2, accuracy: 0 }], columns)).toBe('no');
  });
});
