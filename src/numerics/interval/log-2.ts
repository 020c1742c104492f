import { multiplyDown, multiplyUp } from './rounding.js';

/** The first 33 binary digits of log 2: its product with an integer below 2^20 is exact. */
export const LN2_HEAD = 0.6931471803691238;

/** The adjacent doubles between which log 2 - LN2_HEAD lies. */
export const LN2_TAIL = { low: 1.9082149292705877e-10, high: 1.908214929270588e-10 };

/** Bounds on n (log 2 - LN2_HEAD) for an integer n. */
export function timesTailDown(n: number): number {
  return multiplyDown(n, n > 0 ? LN2_TAIL.low : LN2_TAIL.high);
}

export function timesTailUp(n: number): number {
  return multiplyUp(n, n > 0 ? LN2_TAIL.high : LN2_TAIL.low);
}
