import { describe, expect, it } from 'vitest';
import { actualWorld, type EvidenceContext, type Obligation, proofEvidence, terms } from '../../../src/index.js';

const { and, equal, greater, less, multiply, variable } = terms;
const x = variable('x');

const positive: Obligation = {
  id: 'positive',
  title: 'The square of a positive number is positive',
  source: 'a textbook',
  hypotheses: [{ says: 'x > 0', formula: greater(x, 0) }],
  goal: greater(multiply(x, x), 0),
  falsehoods: [{ id: 'half', description: 'x is 1/2', goal: equal(multiply(2, x), 1) }],
};
const above: Obligation = {
  ...positive,
  id: 'above',
  hypotheses: [{ says: 'x > 1', formula: greater(x, 1) }],
  goal: greater(multiply(x, x), x),
  falsehoods: [
    { id: 'below', description: 'x may be 1/2', hypotheses: [{ says: 'x = 1/2', formula: equal(multiply(2, x), 1) }] },
  ],
};
const vacuous: Obligation = { ...positive, hypotheses: [{ says: 'both', formula: and(less(x, 0), greater(x, 0)) }] };

const world = actualWorld({ freeConstant: false, jointLoss: false, average: 'tail' });
const context: EvidenceContext = { effort: 'quick', seed: 1, alpha: 0 };

describe('evidence by an SMT solver', () => {
  it('holds if every obligation is proved, and names them', async () => {
    expect(await proofEvidence([positive, above]).run(world, context)).toEqual({
      verdict: 'holds',
      detail: 'for all real values: positive proved, above proved',
      margin: '2 of 2 proved',
    });
  });

  it('is refuted in the world of each falsehood, with its counterexample', async () => {
    const evidence = proofEvidence([positive, above]);
    expect(evidence.falsifiers.map(({ id }) => id)).toEqual(['positive/half', 'above/below']);
    for (const falsifier of evidence.falsifiers) {
      const outcome = await evidence.run(falsifier.plant(world), context);
      expect(outcome.verdict, falsifier.id).toBe('refuted');
      expect(outcome.counterexample).toMatchObject({ obligation: falsifier.id.split('/')[0], x: expect.any(String) });
    }
    const [, below] = evidence.falsifiers;
    expect((await evidence.run(below!.plant(world), context)).detail).toBe('above fails at x = 0.5');
  });

  it('leaves the obligations of other evidence alone', async () => {
    const [half] = proofEvidence([positive]).falsifiers;
    expect((await proofEvidence([above]).run(half!.plant(world), context)).verdict).toBe('holds');
  });

  it('is inconclusive where hypotheses contradict each other', async () => {
    expect(await proofEvidence([vacuous, above]).run(world, context)).toEqual({
      verdict: 'inconclusive',
      detail: 'positive: the hypotheses contradict each other',
      margin: '1 of 2 proved',
    });
  });

  it('refuses ids that cannot name files, and obligations without a falsehood', () => {
    expect(() => proofEvidence([{ ...positive, id: '../x' }])).toThrow('id is "../x"');
    expect(() => proofEvidence([{ ...positive, falsehoods: [] }])).toThrow('falsehoods of positive is empty');
  });
});
