import { KeyedRandom, streamOf } from '../random/index.js';
import type { Column, Row } from './experiment.js';
import type { StoredRun } from './stored-run.js';
import { formatTable } from './table.js';

/**
 * Whether two runs found the same: the same bytes; the same up to chance; or not.
 *
 * Up to chance means that the rows have the same keys, that values without seeds differ by 1e-9 of their size at most, and that
 * a permutation test of the seeds does not tell the runs apart.
 */
export type Reproduction = 'bitwise' | 'statistical' | 'no';

export interface RunComparison {
  readonly verdict: Reproduction;
  /** Why, in one sentence. */
  readonly reason: string;
  /** Settings of the runs that differ, each with both values. */
  readonly differences: readonly string[];
  /** Of the permutation test; null where it was not made. */
  readonly pValue: number | null;
}

/** A test below it tells runs apart: a false alarm in one of a hundred comparisons of equal runs. */
const SIGNIFICANT = 0.01;
/** Rounding of a few thousand operations in doubles, for values that nothing was drawn for. */
const ROUNDING = 1e-9;
/** Seeds of each run from which on a permutation test can reach that level: 2 of C(10, 5) = 252 divisions are extreme. */
const FEWEST_SEEDS = 5;
/** Divisions of the seeds that are tried at most. */
const MOST_DIVISIONS = 2000;

const SEED = 'seed';

/** Compares runs of the same experiment. */
export function compareRuns(a: StoredRun, b: StoredRun): RunComparison {
  const differences = (['experiment', 'size', 'seeds', 'settings', 'engine'] as const)
    .filter((key) => JSON.stringify(a[key]) !== JSON.stringify(b[key]))
    .map((key) => `${key}: ${JSON.stringify(a[key])} and ${JSON.stringify(b[key])}`);
  const columns = [a, b].map((run) => JSON.stringify(run.columns.map(({ name, role }) => [name, role])));
  if (columns[0] !== columns[1]) return { ...no('the runs have different columns'), differences };
  return { ...compareRows(a.columns, a.rows, b.rows), differences };
}

/** @param columns of both tables */
export function compareRows(
  columns: readonly Column[],
  a: readonly Row[],
  b: readonly Row[],
): Omit<RunComparison, 'differences'> {
  if (a.length === 0 || b.length === 0) return no('a run without rows can be compared with nothing');
  if (formatTable(columns, a) === formatTable(columns, b)) {
    return { verdict: 'bitwise', reason: `all ${a.length} rows are equal`, pValue: null };
  }
  const [left, right] = [groupsOf(columns, a), groupsOf(columns, b)];
  const missing = [...left.keys()].find((key) => !right.has(key)) ?? [...right.keys()].find((key) => !left.has(key));
  if (missing !== undefined) return no(`only one run has rows with ${missing}`);
  const exact = compareExact(left, right);
  if (exact.verdict === 'no' || ![...left.values(), ...right.values()].some(isDrawn)) return exact;
  const drawn = ([, group]: [string, Group]) => isDrawn(group);
  return compareSeeds(new Map([...left].filter(drawn)), new Map([...right].filter(drawn)), exact);
}

const no = (reason: string, pValue: number | null = null) => ({ verdict: 'no' as const, reason, pValue });

/** Values of what has the same keys but for the seed, and the same step: by seed, null where there is none. */
type Group = Map<string, number | null>;
type Groups = Map<string, Group>;

/** What is the same for every seed is no seed's: the empty text. */
const NO_SEED = '';
const isDrawn = (group: Group) => [...group.keys()].some((seed) => seed !== NO_SEED);

function groupsOf(columns: readonly Column[], rows: readonly Row[]): Groups {
  const groups: Groups = new Map();
  const keys = columns.filter(({ name, role }) => role !== 'value' && name !== SEED);
  const values = columns.filter(({ role }) => role === 'value');
  for (const row of rows) {
    const at = keys.map(({ name }) => `${name}=${row[name]}`).join(', ');
    for (const { name } of values) {
      const cell = row[name] ?? null;
      const key = `${at}, ${name}${typeof cell === 'string' ? `=${cell}` : ''}`;
      const group: Group = groups.get(key) ?? new Map();
      group.set(String(row[SEED] ?? NO_SEED), typeof cell === 'string' ? 1 : cell === null ? null : Number(cell));
      groups.set(key, group);
    }
  }
  return groups;
}

/** The values for which nothing was drawn. */
function compareExact(left: Groups, right: Groups): Omit<RunComparison, 'differences'> {
  let [worst, where] = [0, ''];
  for (const [key, group] of left) {
    const [value, other] = [group, right.get(key)!].map((values) => values.get(NO_SEED) ?? null);
    if (value === other) continue;
    const [a, b] = [value ?? Number.NaN, other ?? Number.NaN];
    const difference = Math.abs(a! - b!) / Math.max(Math.abs(a!), Math.abs(b!));
    if (!(difference <= worst)) [worst, where] = [Number.isNaN(difference) ? 1 : difference, key];
  }
  const size = worst.toExponential(1);
  const reason = `values for which nothing was drawn differ by up to ${size} of their size${where && ` (${where})`}`;
  return worst <= ROUNDING ? { verdict: 'statistical', reason, pValue: null } : no(reason);
}

/**
 * Whether the seeds of the two runs could be exchanged: all groups depend on the same seeds, so whole seeds are exchanged, and the
 * statistic is the largest difference of means over all groups, in units of the group's spread. Exact, as far as all divisions are
 * tried, for whatever distribution.
 */
function compareSeeds(
  left: Groups,
  right: Groups,
  exact: Omit<RunComparison, 'differences'>,
): Omit<RunComparison, 'differences'> {
  const [seedsLeft, seedsRight] = [left, right].map((groups) => {
    const seeds = new Set([...groups.values()].flatMap((group) => [...group.keys()]));
    seeds.delete(NO_SEED);
    return [...seeds];
  });
  const [m, n] = [seedsLeft!.length, seedsRight!.length];
  if (Math.min(m, n) < FEWEST_SEEDS) {
    if (equalGroups(left, right)) return exact;
    return no(
      `rows differ, and ${m} and ${n} seeds are too few to say that it is by chance; ${FEWEST_SEEDS} are needed`,
    );
  }
  const table = [...left].flatMap(([key, group]) => {
    const other = right.get(key)!;
    const values = [...seedsLeft!.map((seed) => group.get(seed)), ...seedsRight!.map((seed) => other.get(seed))];
    // A missing value is itself something that is found, or not: whether it is there is compared, too.
    return [values.map((value) => value ?? Number.NaN), values.map((value) => Number(typeof value === 'number'))];
  });
  const found = largestDifference(
    table,
    range(m + n).map((i) => i < m),
  );
  const divisions = divide(m + n, m);
  const asLarge = divisions.filter((division) => largestDifference(table, division) >= found * (1 - 1e-12)).length;
  const pValue = asLarge / divisions.length;
  const reason = `the seeds of the two runs, exchanged in ${divisions.length} ways, differ as much in ${asLarge}`;
  return pValue >= SIGNIFICANT ? { verdict: 'statistical', reason, pValue } : no(reason, pValue);
}

const equalGroups = (left: Groups, right: Groups) =>
  [...left].every(([key, group]) => [...group].every(([seed, value]) => right.get(key)!.get(seed) === value));

/** All ways to put `size` of `count` on the first side, or the first of them and as many drawn ones as are tried at most. */
function divide(count: number, size: number): boolean[][] {
  if (binomial(count, size) <= MOST_DIVISIONS) return choices(count, size);
  const random = new KeyedRandom(0, streamOf('cases'));
  return range(MOST_DIVISIONS).map((i) => {
    if (i === 0) return range(count).map((j) => j < size);
    const order = range(count).map((j) => ({ j, at: random.uniform(j, i) }));
    const first = new Set(
      order
        .sort((x, y) => x.at - y.at)
        .slice(0, size)
        .map(({ j }) => j),
    );
    return range(count).map((j) => first.has(j));
  });
}

const binomial = (n: number, k: number): number => (k === 0 ? 1 : (binomial(n - 1, k - 1) * n) / k);

function choices(count: number, size: number): boolean[][] {
  if (count === 0) return [[]];
  return [
    ...(size > 0 ? choices(count - 1, size - 1).map((rest) => [true, ...rest]) : []),
    ...(size < count ? choices(count - 1, size).map((rest) => [false, ...rest]) : []),
  ];
}

const range = (count: number) => Array.from({ length: count }, (_, i) => i);

/** Over the rows of a table: |mean on one side - mean on the other| by the standard deviation of all; NaN is no value. */
function largestDifference(table: readonly (readonly number[])[], inFirst: readonly boolean[]): number {
  let largest = 0;
  for (const values of table) {
    const there = values.filter((value) => !Number.isNaN(value));
    const mean = meanOf(there);
    const spread = Math.sqrt(meanOf(there.map((value) => (value - mean) ** 2)));
    const [a, b] = [true, false].map((first) => {
      return values.filter((value, i) => !Number.isNaN(value) && inFirst[i] === first);
    });
    if (!(spread > 0) || a!.length * b!.length === 0) continue;
    largest = Math.max(largest, Math.abs(meanOf(a!) - meanOf(b!)) / spread);
  }
  return largest;
}

const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
