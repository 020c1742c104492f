import type { Check, Row } from '../../src/index.js';
import { shareTolerance, within } from './checks.js';

/** Greedy accuracy that counts as success: at a constant learning rate GRPO stays some way below 1 (seen). */
export const PERFECT = 0.95;

/** Share of greedy responses that may be long where theory has none, or short where it has none: seen, not proved. */
export const STRAY = 0.1;

/** How far the long fraction of a trained transformer may be from p: seen, not proved. */
export const CALIBRATION = 0.08;

/** How far greedy accuracy may be from 1/2 where theory has it there: half of the stray answers, and 5 sigma. */
export const chanceTolerance = (inputs: number): number => STRAY / 2 + shareTolerance(inputs);

export function atChance(who: string, rows: readonly Row[], inputs: number): Check {
  const tolerance = chanceTolerance(inputs);
  const expected = `${who} greedy accuracy is 1/2 to within ${tolerance.toFixed(3)} (half of ${STRAY} stray answers, 5 sigma) in every seed`;
  return within(expected, rows, 'greedy_accuracy', 0.5 - tolerance, 0.5 + tolerance);
}

export const isPerfect = (who: string, rows: readonly Row[]): Check =>
  within(`${who} greedy accuracy is at least ${PERFECT} in every seed`, rows, 'greedy_accuracy', PERFECT, 1);

export const isShort = (who: string, rows: readonly Row[]): Check =>
  within(`${who} at most ${STRAY} of greedy responses are long in every seed`, rows, 'greedy_long', 0, STRAY);

export const isLong = (who: string, rows: readonly Row[]): Check =>
  within(`${who} at least ${1 - STRAY} of greedy responses are long in every seed`, rows, 'greedy_long', 1 - STRAY, 1);
