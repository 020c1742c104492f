/** Terms over the reals and formulas about them, with the operators of SMT-LIB. */

export type RealOperator = '+' | '-' | '*' | '/' | 'ite';
export type Comparison = '<' | '<=' | '=';
export type Connective = 'not' | 'and' | 'or' | '=>';

/** A term that stands for a real number. */
export type Real =
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'integer'; readonly value: number }
  | { readonly kind: 'real'; readonly operator: RealOperator; readonly operands: readonly (Real | Formula)[] };

/** A statement about real numbers. */
export type Formula =
  | { readonly kind: 'comparison'; readonly operator: Comparison; readonly operands: readonly [Real, Real] }
  | { readonly kind: 'connective'; readonly operator: Connective | '='; readonly operands: readonly Formula[] };

export type Term = Real | Formula;

/** A term, or an integer that stands for itself; other rational constants are quotients of integers. */
export type Operand = Real | number;

const NAME = /^[A-Za-z]\w*$/;

/** @throws RangeError unless the name is a letter followed by letters, digits and underscores */
export function variable(name: string): Real {
  if (!NAME.test(name)) throw new RangeError(`name is "${name}"; it must be a letter and then letters, digits or _`);
  return { kind: 'variable', name };
}

/** @throws RangeError if an operand is a number, but not an integer of at most 2^53 - 1 in size */
function real(operand: Operand): Real {
  if (typeof operand !== 'number') return operand;
  if (!Number.isSafeInteger(operand)) throw new RangeError(`the constant is ${operand}; it must be an integer`);
  return { kind: 'integer', value: operand };
}

function operation(operator: RealOperator, operands: readonly Operand[]): Real {
  return { kind: 'real', operator, operands: operands.map(real) };
}

export const add = (...terms: readonly [Operand, Operand, ...Operand[]]): Real => operation('+', terms);
export const subtract = (a: Operand, b: Operand): Real => operation('-', [a, b]);
export const negate = (a: Operand): Real => operation('-', [a]);
export const multiply = (...factors: readonly [Operand, Operand, ...Operand[]]): Real => operation('*', factors);
/** Means something only where b is not 0, which the hypotheses have to say. */
export const divide = (a: Operand, b: Operand): Real => operation('/', [a, b]);
/** `a` where the condition holds, else `b`. */
export const ifThenElse = (condition: Formula, a: Operand, b: Operand): Real => ({
  kind: 'real',
  operator: 'ite',
  operands: [condition, real(a), real(b)],
});

function comparison(operator: Comparison, a: Operand, b: Operand): Formula {
  return { kind: 'comparison', operator, operands: [real(a), real(b)] };
}

export const less = (a: Operand, b: Operand): Formula => comparison('<', a, b);
export const atMost = (a: Operand, b: Operand): Formula => comparison('<=', a, b);
export const greater = (a: Operand, b: Operand): Formula => comparison('<', b, a);
export const atLeast = (a: Operand, b: Operand): Formula => comparison('<=', b, a);
export const equal = (a: Operand, b: Operand): Formula => comparison('=', a, b);

function connective(operator: Connective | '=', operands: readonly Formula[]): Formula {
  return { kind: 'connective', operator, operands };
}

export const not = (a: Formula): Formula => connective('not', [a]);
export const and = (...parts: readonly [Formula, Formula, ...Formula[]]): Formula => connective('and', parts);
export const or = (...parts: readonly [Formula, Formula, ...Formula[]]): Formula => connective('or', parts);
export const implies = (a: Formula, b: Formula): Formula => connective('=>', [a, b]);
export const iff = (a: Formula, b: Formula): Formula => connective('=', [a, b]);

/** The names of all variables of a term. */
export function variablesOf(term: Term): Set<string> {
  if (term.kind === 'variable') return new Set([term.name]);
  if (term.kind === 'integer') return new Set();
  return new Set(term.operands.flatMap((operand) => [...variablesOf(operand)]));
}

/** The term in SMT-LIB 2.6, on one line. */
export function print(term: Term): string {
  if (term.kind === 'variable') return term.name;
  if (term.kind === 'integer') return term.value < 0 ? `(- ${-term.value}.0)` : `${term.value}.0`;
  return `(${term.operator} ${term.operands.map(print).join(' ')})`;
}
