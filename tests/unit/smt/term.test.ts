import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide, evaluate, terms, type Values } from '../../../src/smt/index.js';

const { add, and, divide, equal, greater, iff, ifThenElse, implies, less, multiply, negate, not, or, print } = terms;
const { atLeast, atMost, subtract, variable, variablesOf } = terms;
const [x, y] = [variable('x'), variable('y')];
const at = (a: number, b: number): Values => ({ x: [a, a], y: [b, b] });

describe('terms in SMT-LIB', () => {
  it.each([
    ['(+ x 1.0 y)', add(x, 1, y)],
    ['(- x (- 2.0))', subtract(x, -2)],
    ['(- (* 2.0 x))', negate(multiply(2, x))],
    ['(/ 1.0 3.0)', divide(1, 3)],
    ['(ite (< 0.0 x) x y)', ifThenElse(greater(x, 0), x, y)],
    ['(and (<= y x) (<= x y))', and(atLeast(x, y), atMost(x, y))],
    ['(=> (not (= x 0.0)) (or (< x 0.0) (< 0.0 x)))', implies(not(equal(x, 0)), or(less(x, 0), greater(x, 0)))],
    ['(= (< x y) (< y x))', iff(less(x, y), less(y, x))],
  ])('%s', (text, term) => {
    expect(print(term)).toBe(text);
  });

  it('knows its variables', () => {
    expect([...variablesOf(implies(less(x, 1), equal(y, x)))]).toEqual(['x', 'y']);
  });

  it('refuses names that SMT-LIB may not read, and constants that are no integers', () => {
    for (const name of ['', '1x', 'm+', 'a b', '_a']) expect(() => variable(name)).toThrow(RangeError);
    expect(() => add(x, 0.5)).toThrow('the constant is 0.5; it must be an integer');
    expect(() => add(x, Number.NaN)).toThrow(RangeError);
  });
});

describe('evaluation', () => {
  it('encloses what floating point gives, with room for rounding alone', () => {
    const term = divide(subtract(multiply(x, x), add(y, 3)), subtract(negate(y), 5));
    fc.assert(
      fc.property(fc.integer({ min: -1000, max: 1000 }), fc.integer({ min: 0, max: 1000 }), (m, n) => {
        const [a, b] = [m / 7, n / 3];
        const [low, high] = evaluate(term, at(a, b));
        const exact = (a * a - (b + 3)) / (-b - 5);
        expect(low).toBeLessThanOrEqual(exact);
        expect(high).toBeGreaterThanOrEqual(exact);
        // Six operations, each widened by 2^-52 of numbers of at most |a|^2 + b + 3 in size, divided by at least 5.
        expect(high - low).toBeLessThanOrEqual(2 ** -48 * (a * a + b + 3));
      }),
    );
  });

  it.each([
    // 1 + 2^-60 and (1 + 2^-30)^2 = 1 + 2^-29 + 2^-60 are rounded down, and 1/3 is too.
    ['a sum', add(x, y), at(1, 2 ** -60), 1],
    ['a difference', subtract(x, y), at(1, -(2 ** -60)), 1],
    ['a product', multiply(x, x), at(1 + 2 ** -30, 0), 1 + 2 ** -29],
    ['a quotient', divide(1, 3), {}, 1 / 3],
    ['a product that underflows', multiply(x, x), at(1e-200, 0), 0],
  ])('encloses %s that was rounded down', (_, term, values, rounded) => {
    expect(evaluate(term, values)[1]).toBeGreaterThan(rounded);
  });

  it('encloses every value of its variables', () => {
    expect(evaluate(multiply(x, y), { x: [-1, 2], y: [-3, 1] })).toEqual([
      expect.closeTo(-6, 12),
      expect.closeTo(3, 12),
    ]);
    expect(evaluate(divide(1, x), { x: [-1, 1] })).toEqual([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
    expect(evaluate(ifThenElse(less(x, 0), 1, 2), { x: [-1, 1] })).toEqual([1, 2]);
    expect(evaluate(ifThenElse(less(x, 0), 1, 2), { x: [1, 1] })).toEqual([2, 2]);
  });

  it('says true, false, or nothing where intervals overlap', () => {
    const values: Values = { x: [0, 1], y: [1, 2] };
    expect(decide(atMost(x, y), values)).toBe(true);
    expect(decide(less(x, y), values)).toBeUndefined();
    expect(decide(greater(x, y), values)).toBe(false);
    expect(decide(equal(x, y), values)).toBeUndefined();
    expect(decide(equal(x, subtract(y, 2)), { x: [1, 2], y: [1, 2] })).toBe(false);
    expect(decide(and(less(x, y), greater(x, 5)), values)).toBe(false);
    expect(decide(or(less(x, y), less(x, 5)), values)).toBe(true);
    expect(decide(implies(less(x, y), less(x, 5)), values)).toBe(true);
    expect(decide(implies(less(x, 5), less(x, y)), values)).toBeUndefined();
    expect(decide(iff(less(x, 5), greater(x, 5)), values)).toBe(false);
    expect(decide(not(less(x, 5)), values)).toBe(false);
  });

  it('needs every value', () => {
    expect(() => evaluate(add(x, y), { x: [0, 0] })).toThrow('the variable y has no value');
  });
});
