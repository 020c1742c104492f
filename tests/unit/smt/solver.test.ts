import { describe, expect, it } from 'vitest';
import {
  ask,
  falsified,
  type Obligation,
  proofQuestion,
  prove,
  terms,
  vacuityQuestion,
} from '../../../src/smt/index.js';

const { add, and, atLeast, equal, greater, less, multiply, variable } = terms;
const [x, y] = [variable('x'), variable('y')];

const squares: Obligation = {
  id: 'squares',
  title: 'The square of a positive number is positive',
  source: 'a textbook',
  hypotheses: [{ says: 'x is positive', formula: greater(x, 0) }],
  goal: greater(multiply(x, x), 0),
  falsehoods: [
    { id: 'above-x', description: 'it is larger than the number', goal: greater(multiply(x, x), x) },
    { id: 'any-x', description: 'x may be 0', hypotheses: [{ says: 'nothing', formula: equal(x, x) }] },
  ],
};

/** The inequality of means for six numbers, in a form on which the solver spends minutes. */
const numbers = ['a', 'b', 'c', 'd', 'e', 'f'].map(variable) as [
  terms.Real,
  terms.Real,
  terms.Real,
  terms.Real,
  terms.Real,
  terms.Real,
];
const sixth = (v: terms.Real) => multiply(v, v, v, v, v, v);
const means: Obligation = {
  ...squares,
  hypotheses: numbers.map((v) => ({ says: 'it is positive', formula: greater(v, 0) })),
  goal: atLeast(
    numbers.map(sixth).reduce((sum, power) => add(sum, power)),
    multiply(6, ...numbers),
  ),
};

describe('the questions of an obligation', () => {
  it('are scripts that ask once, with their words as comments', () => {
    expect(proofQuestion(squares)).toEqual({
      file: 'squares.smt2',
      expected: 'unsat',
      text: `; The square of a positive number is positive.
; Source: a textbook.
; Proved iff the answer is unsat: no real numbers satisfy all hypotheses and the negated goal.
(set-info :smt-lib-version 2.6)
(set-logic QF_NRA)
(declare-const x Real)
; x is positive
(assert (< 0.0 x))
; the goal, negated
(assert (not (< 0.0 (* x x))))
(check-sat)
`,
    });
    const { file, text, expected } = vacuityQuestion(squares);
    expect([file, expected]).toEqual(['squares.sat.smt2', 'sat']);
    expect(text.match(/\(assert .*\)/g)).toEqual(['(assert (< 0.0 x))']);
  });
});

describe('proving', () => {
  it('proves what is true', async () => {
    expect(await prove(squares)).toEqual({ status: 'proved' });
  });

  it.each(squares.falsehoods.map((falsehood) => [falsehood.id, falsehood] as const))(
    'refutes %s with a number that contradicts it',
    async (_, falsehood) => {
      const result = await prove(falsified(squares, falsehood));
      expect(result.status).toBe('refuted');
      if (result.status !== 'refuted') return;
      const found = Number(result.counterexample.x);
      expect(found * found > (falsehood.id === 'above-x' ? found : 0)).toBe(false);
    },
  );

  it('leaves open what the solver gives up on', async () => {
    const reason = 'the solver gave up (max. resource limit exceeded)';
    expect(await prove(means)).toEqual({ status: 'open', reason });
  });

  it('leaves what follows from a contradiction open', async () => {
    const formula = and(less(x, 0), greater(x, 0));
    const vacuous = { ...squares, hypotheses: [{ says: 'nothing can be both', formula }] };
    expect(await prove(vacuous)).toEqual({ status: 'open', reason: 'the hypotheses contradict each other' });
  });
});

describe('the solver', () => {
  it('gives the values of a model as decimals, with their signs', async () => {
    const script = `(declare-const x Real)(declare-const y Real)(assert (= (* 4.0 x) (- 1.0)))(assert (= (* 3.0 y) 1.0))(check-sat)`;
    expect(await ask(script, ['x', 'y'])).toMatchObject({
      satisfiable: 'sat',
      model: { x: '-0.25', y: '0.3333333333?' },
    });
  });

  it('gives up after a number of its own steps, and says so', async () => {
    const answer = await ask(proofQuestion(means).text, ['a']);
    expect(answer).toEqual({ satisfiable: 'unknown', model: {}, reason: 'max. resource limit exceeded' });
  });

  it('rejects what it cannot read, and goes on with the next', async () => {
    await expect(ask('(assert (> x 0.0))(check-sat)', ['x'])).rejects.toThrow('unknown constant x');
    expect((await ask('(check-sat)', [])).satisfiable).toBe('sat');
  });

  it('keeps calls apart that overlap', async () => {
    const script = (value: number) => `(declare-const x Real)(assert (= x ${value}.0))(check-sat)`;
    const answers = await Promise.all([1, 2, 3].map((value) => ask(script(value), ['x'])));
    expect(answers.map(({ model }) => model.x)).toEqual(['1.0', '2.0', '3.0']);
  });

  it('does not begin once aborted', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(prove(squares, { signal })).rejects.toThrow('enough');
  });

  it('reads long texts whole', async () => {
    const names = Array.from({ length: 200 }, (_, i) => `variable_number_${i}`);
    const sum = add(x, y, ...names.map(variable));
    const all: Obligation = {
      ...squares,
      hypotheses: ['x', 'y', ...names].map((name) => ({ says: name, formula: equal(variable(name), 1) })),
      goal: equal(sum, 202),
    };
    expect(await prove(all)).toEqual({ status: 'proved' });
    expect((await prove({ ...all, goal: equal(sum, 203) })).status).toBe('refuted');
  });
});
