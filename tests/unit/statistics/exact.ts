import { readFileSync } from 'node:fs';

/** Rows of a stored table of tests/fixtures; numbers with more than 17 digits are strings there. */
export function readTable(name: string): (number | string)[][] {
  return JSON.parse(readFileSync(new URL(`../../fixtures/${name}.json`, import.meta.url), 'utf8')).rows;
}

/** `n + 1` probabilities of Binomial(n, p), by adding one draw at a time. */
export function binomial(n: number, p: number): number[] {
  let mass = [1];
  for (let draw = 0; draw < n; draw++) {
    mass = Array.from({ length: draw + 2 }, (_, k) => p * (mass[k - 1] ?? 0) + (1 - p) * (mass[k] ?? 0));
  }
  return mass;
}

/** Mass that the forward pass below may drop; it counts as crossed, so that a result is an upper bound. */
const NEGLIGIBLE = 1e-20;

/**
 * Exact probability that a test has rejected at or before each of `steps` looks, one after every draw of success
 * probability p: element n is P(`rejects(k, m)` for some m <= n). Dynamic programming over the number of successes.
 */
export function rejectedBy(steps: number, p: number, rejects: (k: number, n: number) => boolean): number[] {
  let alive = new Map([[0, 1]]);
  const rejected = [0];
  for (let n = 1; n <= steps; n++) {
    let gone = 0;
    const next = new Map<number, number>();
    for (const [k, mass] of alive) {
      next.set(k, (next.get(k) ?? 0) + mass * (1 - p));
      next.set(k + 1, (next.get(k + 1) ?? 0) + mass * p);
    }
    for (const [k, mass] of next) {
      if (mass >= NEGLIGIBLE && !rejects(k, n)) continue;
      gone += mass;
      next.delete(k);
    }
    alive = next;
    rejected.push(rejected[n - 1]! + gone);
  }
  return rejected;
}

/** Number of draws by which a test has rejected with probability at least one half. */
export const median = (rejected: readonly number[]): number => rejected.findIndex((mass) => mass >= 0.5);
