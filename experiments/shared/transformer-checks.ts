import type { Check, Row } from '../../src/index.js';
import { SIGMAS, shareTolerance, within } from './checks.js';

/** Greedy accuracy that counts as success: at a constant learning rate GRPO stays some way below 1 (seen). */
export const PERFECT = 0.95;

/** Share of greedy responses that may be long where theory has none, or short where it has none: seen, not proved. */
export const STRAY = 0.1;

/** What pre-training leaves between a transformer's P(long) and p: seen, not proved. */
const DRIFT = 0.015;

/** How far the long fraction of `inputs` sampled responses may be from p: SIGMAS standard deviations, and the drift. */
export const calibrationTolerance = (p: number, inputs: number): number =>
  SIGMAS * Math.sqrt((p * (1 - p)) / inputs) + DRIFT;

/** That the long fraction of sampled responses is p; each row says its own p, or `pCot` is that of all. */
export function isCalibrated(rows: readonly Row[], inputs: number, pCot?: number): Check {
  const expected = `After pre-training the long fraction is p to within ${SIGMAS} sigma and ${DRIFT} in every seed`;
  const off = rows.map((row) => {
    const p = pCot ?? Number(row.p);
    const { long_fraction: found } = row;
    // A row without a value cannot be seen to be calibrated.
    return { off: typeof found === 'number' ? (found - p) / calibrationTolerance(p, inputs) : null };
  });
  const check = within(expected, off, 'off', -1, 1);
  return { ...check, found: off.length === 0 ? check.found : `${check.found} of the tolerance` };
}

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
