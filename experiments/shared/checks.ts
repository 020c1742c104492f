import type { Check, Row } from '../../src/index.js';
import { numbers } from './over-seeds.js';

/** How many standard deviations a count may be off: by more in fewer than one of 1e6 counts (5 sigma of a normal law). */
export const SIGMAS = 5;

/** Half the width of the interval in which a share of `inputs` independent inputs lies, whatever its mean. */
export const shareTolerance = (inputs: number): number => SIGMAS / (2 * Math.sqrt(inputs));

/** Two digits are enough to compare, and four to see how far a share is from its bound. */
export const shown = (value: number): string => String(Number(value.toPrecision(4)));

/** That a column stays within bounds in all rows. */
export function within(expected: string, rows: readonly Row[], column: string, least: number, most: number): Check {
  const values = numbers(rows, column);
  if (values.length === 0) return { expected, holds: false, found: 'no rows' };
  const [low, high] = [Math.min(...values), Math.max(...values)];
  // A row without a value cannot be seen to stay within anything.
  const holds = values.length === rows.length && low >= least && high <= most;
  return { expected, holds, found: low === high ? shown(low) : `${shown(low)} to ${shown(high)}` };
}

/** Whether settings are those of a size, or lists of them are parts of its lists. */
export function isPartOf(settings: object, size: object): boolean {
  const known = new Map<string, unknown>(Object.entries(size));
  return Object.entries(settings).every(([key, value]) => {
    const other = known.get(key);
    return Array.isArray(value) && Array.isArray(other) ? value.every((item) => other.includes(item)) : value === other;
  });
}

/** A check of what was not run. */
export const unchecked = (expected: string): Check => notChecked(expected, 'not run with these settings');

/** A check that the settings say nothing about. */
export const notChecked = (expected: string, why: string): Check => ({ expected, holds: null, found: why });
