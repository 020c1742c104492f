import type { Cell, Point, Row } from '../../src/index.js';
import { numbers, where } from './over-seeds.js';

/** Where a run of successes begins on a grid. */
export type Threshold =
  /** The smallest value from which on all of the grid succeed; the one before it fails. */
  | { readonly kind: 'found'; readonly at: number }
  /** All of the grid succeed: it is no larger than the first. */
  | { readonly kind: 'below' }
  /** The largest of the grid fails. */
  | { readonly kind: 'above' };

/** @param tried values of the grid, in any order, and whether each succeeded */
export function thresholdOf(tried: readonly (readonly [value: number, success: boolean])[]): Threshold {
  const sorted = tried.toSorted(([a], [b]) => a - b);
  const lastFailure = sorted.findLastIndex(([, success]) => !success);
  if (lastFailure === sorted.length - 1) return { kind: 'above' };
  return lastFailure < 0 ? { kind: 'below' } : { kind: 'found', at: sorted[lastFailure + 1]![0] };
}

/** The values of a column at which thresholds were sought, in ascending order. */
export const placesOf = (rows: readonly Row[], column: string): number[] =>
  [...new Set(numbers(rows, column))].sort((a, b) => a - b);

/** The thresholds of each seed at one place. */
export function thresholdsOf(rows: readonly Row[], grid: string, succeeds: (row: Row) => boolean): Threshold[] {
  const seeds = new Set<Cell>(rows.flatMap(({ seed }) => seed ?? []));
  return [...seeds].map((seed) =>
    thresholdOf(where(rows, { seed }).map((row) => [Number(row[grid]), succeeds(row)] as const)),
  );
}

/**
 * At each place where every seed's threshold was found: their geometric mean, from the smallest to the largest.
 *
 * @param x the column whose values are the places
 */
export function thresholdPoints(
  rows: readonly Row[],
  x: string,
  grid: string,
  succeeds: (row: Row) => boolean,
): Required<Point>[] {
  return placesOf(rows, x).flatMap((place) => {
    const thresholds = thresholdsOf(where(rows, { [x]: place }), grid, succeeds);
    const found = thresholds.flatMap((threshold) => (threshold.kind === 'found' ? threshold.at : []));
    if (found.length < thresholds.length || found.length === 0) return [];
    const y = Math.exp(found.reduce((sum, at) => sum + Math.log(at), 0) / found.length);
    return [{ x: place, y, low: Math.min(...found), high: Math.max(...found) }];
  });
}

/** A straight line by least squares, and the sum of squares that it leaves. */
export interface Fit {
  readonly slope: number;
  readonly intercept: number;
  readonly rest: number;
}

/** @returns null with fewer than two different x */
export function leastSquares(points: readonly (readonly [x: number, y: number])[]): Fit | null {
  const n = points.length;
  const [meanX, meanY] = [0, 1].map((i) => points.reduce((sum, point) => sum + point[i]!, 0) / n);
  const spread = points.reduce((sum, [x]) => sum + (x - meanX!) ** 2, 0);
  if (!(spread > 0)) return null;
  const slope = points.reduce((sum, [x, y]) => sum + (x - meanX!) * (y - meanY!), 0) / spread;
  const intercept = meanY! - slope * meanX!;
  return { slope, intercept, rest: points.reduce((sum, [x, y]) => sum + (y - intercept - slope * x) ** 2, 0) };
}

/** y = e^intercept x^slope. */
export const powerFit = (points: readonly Point[]): Fit | null =>
  leastSquares(points.map(({ x, y }) => [Math.log(x), Math.log(y)]));
