import type { Formula, Real } from './term.js';

/** All that is known of a number: it lies between the two, ends included. */
export type Interval = readonly [low: number, high: number];

/** What is known of a statement; undefined: the intervals do not decide it. */
export type Truth = boolean | undefined;

/** Values of variables, by name. */
export type Values = Readonly<Record<string, Interval>>;

/**
 * The interval in which a term lies when its variables lie in theirs. Ends are moved outward by more than the rounding of one
 * operation, so the true value is inside.
 *
 * @throws RangeError if a variable has no value
 */
export function evaluate(term: Real, values: Values): Interval {
  if (term.kind === 'integer') return [term.value, term.value];
  if (term.kind === 'variable') {
    const value = values[term.name];
    if (!value) throw new RangeError(`the variable ${term.name} has no value`);
    return value;
  }
  if (term.operator === 'ite') {
    const [condition, a, b] = term.operands as readonly [Formula, Real, Real];
    const truth = decide(condition, values);
    if (truth !== undefined) return evaluate(truth ? a : b, values);
    return hull([...evaluate(a, values), ...evaluate(b, values)]);
  }
  const intervals = term.operands.map((operand) => evaluate(operand as Real, values));
  if (term.operator === '-' && intervals.length === 1) return [-intervals[0]![1], -intervals[0]![0]];
  return intervals.reduce(OPERATIONS[term.operator]);
}

/**
 * Whether a statement is true of all values in the intervals, false of all, or neither (undefined). An equation of intervals
 * that overlap is undefined, so that rounding never makes it false.
 *
 * @throws RangeError if a variable has no value
 */
export function decide(formula: Formula, values: Values): Truth {
  if (formula.kind === 'comparison') {
    const [a, b] = formula.operands.map((operand) => evaluate(operand, values)) as [Interval, Interval];
    return COMPARISONS[formula.operator](a, b);
  }
  const truths = formula.operands.map((operand) => decide(operand, values));
  const [first, second] = truths;
  switch (formula.operator) {
    case 'not':
      return opposite(first);
    case 'and':
      return all(truths);
    case 'or':
      return opposite(all(truths.map(opposite)));
    case '=>':
      return opposite(all([first, opposite(second)]));
    case '=':
      return first === undefined || second === undefined ? undefined : first === second;
  }
}

const opposite = (truth: Truth): Truth => (truth === undefined ? undefined : !truth);

function all(truths: readonly Truth[]): Truth {
  if (truths.includes(false)) return false;
  return truths.includes(undefined) ? undefined : true;
}

const OPERATIONS = {
  '+': ([a, b]: Interval, [c, d]: Interval) => widened(a + c, b + d),
  '-': ([a, b]: Interval, [c, d]: Interval) => widened(a - d, b - c),
  '*': ([a, b]: Interval, [c, d]: Interval) => widened(...hull([a * c, a * d, b * c, b * d])),
  '/': ([a, b]: Interval, [c, d]: Interval) =>
    c <= 0 && d >= 0 ? EVERYTHING : widened(...hull([a / c, a / d, b / c, b / d])),
};

const COMPARISONS = {
  '<': ([a, b]: Interval, [c, d]: Interval): Truth => (b < c ? true : a >= d ? false : undefined),
  '<=': ([a, b]: Interval, [c, d]: Interval): Truth => (b <= c ? true : a > d ? false : undefined),
  '=': ([a, b]: Interval, [c, d]: Interval): Truth => (b < c || d < a ? false : a === b && c === d ? true : undefined),
};

const EVERYTHING: Interval = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];

/** The smallest interval around these numbers; everything, if one of them is lost (such as 0 times infinity). */
function hull(ends: readonly number[]): Interval {
  return ends.some(Number.isNaN) ? EVERYTHING : [Math.min(...ends), Math.max(...ends)];
}

/** One rounding is at most 2^-53 of the result, or 2^-1075 where it underflows. */
function widened(low: number, high: number): Interval {
  const [below, above] = [low, high].map((end) => 2 ** -52 * Math.abs(end) + Number.MIN_VALUE) as [number, number];
  return hull([low - below, high + above]);
}
