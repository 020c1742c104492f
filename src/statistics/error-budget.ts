import { checkAlpha, checkPositive } from './check-options.js';

/** False-alarm probability of a whole run unless told otherwise: once in a million runs. */
export const DEFAULT_FALSE_ALARM = 1e-6;

/** Options of an error budget. */
export interface ErrorBudgetOptions {
  /** The checks: distinct names for equal shares, or a positive weight for each name. */
  readonly checks: readonly string[] | Readonly<Record<string, number>>;
  /** Probability of any false alarm in the whole run, from 1e-300 to below 1; by default 1e-6. */
  readonly total?: number;
}

function weightsOf(checks: ErrorBudgetOptions['checks']): Map<string, number> {
  const entries = isNames(checks) ? checks.map((name) => [name, 1] as const) : Object.entries(checks);
  const weights = new Map<string, number>();
  for (const [name, weight] of entries) {
    if (weights.has(name)) throw new RangeError(`checks names '${name}' twice, but it must name each check once.`);
    checkPositive(weight, `checks['${name}']`);
    weights.set(name, weight);
  }
  return weights;
}

// Array.isArray alone does not tell a readonly array from a record.
const isNames = (checks: ErrorBudgetOptions['checks']): checks is readonly string[] => Array.isArray(checks);

/**
 * Splits one false-alarm probability over the statistical checks of a run. By the union bound (Bonferroni) the
 * probability of any false alarm is at most the sum of what the checks spend, and so at most `total`, however the checks
 * depend on each other; it therefore matters that a check spends its share only once.
 *
 * @example
 * const budget = new ErrorBudget({ checks: ['threshold', 'calibration'] });
 * const alpha = budget.spend('threshold'); // 5e-7
 */
export class ErrorBudget {
  readonly total: number;
  readonly #shares: ReadonlyMap<string, number>;
  readonly #spent = new Set<string>();

  /** @throws RangeError if `total` or a weight is out of its range, or if a name comes twice. */
  constructor({ checks, total = DEFAULT_FALSE_ALARM }: ErrorBudgetOptions) {
    checkAlpha(total, 'total');
    const weights = weightsOf(checks);
    const sum = [...weights.values()].reduce((a, b) => a + b, 0);
    this.total = total;
    this.#shares = new Map([...weights].map(([name, weight]) => [name, total * (weight / sum)]));
  }

  /** The share of every declared check, in the order of declaration; together they are `total` up to rounding. */
  get shares(): ReadonlyMap<string, number> {
    return this.#shares;
  }

  /** Sum of the shares that were handed out so far. */
  get spent(): number {
    return [...this.#spent].reduce((sum, name) => sum + this.#shares.get(name)!, 0);
  }

  /**
   * Hands a check its level alpha.
   * @throws RangeError if the check was not declared, or if it has had its share already.
   */
  spend(name: string): number {
    const share = this.#shares.get(name);
    if (share === undefined) {
      throw new RangeError(`check is '${name}', but it must be one of ${[...this.#shares.keys()].join(', ')}.`);
    }
    if (this.#spent.has(name))
      throw new RangeError(`check is '${name}', but it must be one that has not spent its share.`);
    this.#spent.add(name);
    return share;
  }

  /** One line a check, with its share and whether it was spent, and a last line with the sum and the total. */
  toString(): string {
    const lines = [...this.#shares].map(
      ([name, share]) => `${name}: ${share.toExponential(2)} ${this.#spent.has(name) ? 'spent' : 'not spent'}`,
    );
    return [...lines, `all checks: ${this.spent.toExponential(2)} of ${this.total.toExponential(2)} spent`].join('\n');
  }
}
