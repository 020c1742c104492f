import type { Cell, Point, Row, Text } from '../../src/index.js';

/** Rows whose cells equal those given. */
export function where(rows: readonly Row[], cells: Row): Row[] {
  return rows.filter((row) => Object.entries(cells).every(([name, cell]) => row[name] === cell));
}

/** Different cells of a column, in order of appearance. */
export function distinct(rows: readonly Row[], column: string): Cell[] {
  return [...new Set(rows.flatMap((row) => row[column] ?? []))];
}

/** The numbers of a column; cells without a value are left out. */
export function numbers(rows: readonly Row[], column: string): number[] {
  return rows.map((row) => row[column]).filter((cell) => typeof cell === 'number');
}

/** null without values. */
export function meanOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** For each x in ascending order the mean of y over the seeds, from its smallest to its largest value. */
export function overSeeds(rows: readonly Row[], x: string, y: string): Point[] {
  const places = [...new Set(numbers(rows, x))].sort((a, b) => a - b);
  return places.flatMap((place) => {
    const values = numbers(where(rows, { [x]: place }), y);
    const mean = meanOf(values);
    return mean === null ? [] : { x: place, y: mean, low: Math.min(...values), high: Math.max(...values) };
  });
}

/** Which seeds a point is the mean of, and which mean. */
type Mean = 'all' | 'successful' | 'geometric';

const MEANS: Readonly<Record<Mean, string>> = {
  all: 'Where models were trained, points are means',
  geometric: 'Points are geometric means',
  successful: 'Points are means over those that succeeded',
};

/**
 * What a caption says of such a band. The values of n seeds and of one more are exchangeable, so the further one is the smallest
 * or the largest of all n + 1 with probability 2 / (n + 1) at most. Of those that succeeded alone this cannot be said.
 */
export function bandText(rows: readonly Row[], mean: Mean = 'all'): Text {
  const n = distinct(rows, 'seed').length;
  if (n === 0) return 'No seed has been run.';
  if (n === 1) return 'One seed, so there is no band.';
  const band = `${MEANS[mean]} of ${n} seeds; bands and bars span the smallest to the largest of them`;
  if (mean === 'successful') return `${band}.`;
  return (
    `${band}, where the value of a further, exchangeable seed lies with probability at least ${n - 1}/${n + 1} (at each ` +
    'point, not at all of them together).'
  );
}
