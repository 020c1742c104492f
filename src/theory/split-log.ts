/**
 * A log-odds in nats as twos * log 2 + rest. A round of STaR doubles the odds of long up to a factor near 1; with the
 * doublings counted apart, odds that return to 1 (p = 1 / (1 + 2^(k+1)) in round k) leave that factor's logarithm alone,
 * however small lambda is.
 */
export interface SplitLog {
  /** An integer. */
  readonly twos: number;
  readonly rest: number;
}

export function splitLogValue({ twos, rest }: SplitLog): number {
  return twos * Math.LN2 + rest;
}

/** The sum with another log-odds, the doublings moved over once the rest exceeds half of one, so that it stays small. */
export function splitLogPlus({ twos, rest }: SplitLog, moreTwos: number, more: number): SplitLog {
  const sum = rest + more;
  const moved = Number.isFinite(sum) ? Math.round(sum / Math.LN2) : 0;
  return { twos: twos + moreTwos + moved, rest: sum - moved * Math.LN2 };
}

/** A log-odds of which nothing more is known. */
export function splitLog(value: number): SplitLog {
  return splitLogPlus({ twos: 0, rest: 0 }, 0, value);
}
