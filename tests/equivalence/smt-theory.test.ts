import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { obligations } from '../../proofs-checks/obligations/index.js';
import {
  chainOfDSteps,
  oddsKept,
  oddsTripled,
  stopMovesOnce,
  stopPenaltyDoubled,
} from '../../proofs-checks/shared/falsifiers/index.js';
import { arbitraryReal } from '../../src/arbitraries/index.js';
import { actualWorld, type Falsifier, type Formula, type Obligation, type Theory } from '../../src/index.js';
import { decide, type Values } from '../../src/smt/index.js';
import { ASSIGNMENTS, type Draw } from '../fixtures/obligation-values.js';
import { seeded } from '../fixtures/seed.js';

const actual = actualWorld({ freeConstant: false, jointLoss: false, average: 'tail' });
const all = [...new Set<Obligation>(Object.values(obligations).flat())];

const unit = () => arbitraryReal(0.02, 0.98);
const draws: fc.Arbitrary<Draw> = fc.record({
  d: fc.integer({ min: 3, max: 12 }),
  p: unit(),
  q: unit(),
  rho: unit(),
  lambda: arbitraryReal(-3, 0).map((exponent) => 10 ** exponent),
  round: fc.integer({ min: 0, max: 6 }),
});

/**
 * How well the values are known. Relative: logits and log-odds are right to a few units of 1e-16 and at most about 10 in size, so
 * that what is exponential in them is right to 1e-14; six rounds carry it on by maps of slope below 3, at most 1e-11. The slope
 * of J divides errors of 1e-16 by differences of sigma above 1e-5. Absolute: the limit lambda -> 0 is looked at at lambda = 1e-100,
 * where lambda log(1/lambda) is below 1e-97.
 */
const [RELATIVE, NEGLIGIBLE] = [1e-11, 1e-90];

function intervals(numbers: Readonly<Record<string, number>>): Values {
  return Object.fromEntries(
    Object.entries(numbers).map(([name, value]) => {
      const slack = RELATIVE * Math.abs(value) + NEGLIGIBLE;
      return [name, [value - slack, value + slack] as const];
    }),
  );
}

const formulasOf = ({ hypotheses, goal }: Obligation): Formula[] => [...hypotheses.map(({ formula }) => formula), goal];

/** Whether it says, without a condition, that two real terms are equal: so that the values cannot have any room. */
function isEquation(formula: Formula): boolean {
  if (formula.kind === 'comparison') return formula.operator === '=';
  return formula.operator === 'and' && formula.operands.some(isEquation);
}

/** The formulas of an obligation that are false at the numbers of a theory; null if its hypotheses exclude the draw. */
function falseAt(obligation: Obligation, theory: Theory, draw: Draw): Formula[] | null {
  const numbers = ASSIGNMENTS[obligation.id]!(theory, draw);
  return numbers && formulasOf(obligation).filter((formula) => decide(formula, intervals(numbers)) === false);
}

describe.each(all)('$id', (obligation) => {
  it('is true, hypotheses and goal, at the numbers of the closed forms', () => {
    let looked = 0;
    fc.assert(
      fc.property(draws, (draw) => {
        const wrong = falseAt(obligation, actual.theory, draw);
        looked += wrong ? 1 : 0;
        expect(wrong ?? []).toEqual([]);
      }),
      seeded(300),
    );
    expect(looked).toBeGreaterThan(50);
  });

  it('has no idle equation: moving some variable by a millionth breaks it', () => {
    const [draw] = fc.sample(
      draws.filter((at) => falseAt(obligation, actual.theory, at) !== null),
      seeded(1),
    );
    const numbers = ASSIGNMENTS[obligation.id]!(actual.theory, draw!)!;
    for (const formula of formulasOf(obligation).filter(isEquation)) {
      const broken = Object.entries(numbers).some(
        ([name, value]) => decide(formula, intervals({ ...numbers, [name]: value * (1 + 1e-6) + 1e-6 })) === false,
      );
      expect(broken, JSON.stringify(formula)).toBe(true);
    }
  });
});

/** What each falsehood of the theory has to break. */
const BROKEN: readonly [Falsifier, readonly string[]][] = [
  [
    stopPenaltyDoubled,
    [
      'greedy-threshold',
      'calibration-identity',
      'stop-sign',
      'stop-between',
      'dichotomy-above-half',
      'dichotomy-below-half',
      'dichotomy-at-half',
      'rounds-step',
    ],
  ],
  [
    oddsTripled,
    [
      'odds-of-round',
      'odds-doubling',
      'closed-form-step',
      'length-growth',
      'limit-rounds',
      'rewards-agree',
      'e2e-once-long',
    ],
  ],
  [oddsKept, ['closed-form-step', 'length-growth', 'limit-rounds', 'rounds-end']],
  [chainOfDSteps, ['odds-of-round', 'first-token-stays', 'filter-odds']],
  [stopMovesOnce, ['stop-flow']],
];

it.each(BROKEN.flatMap(([falsifier, ids]) => ids.map((id) => [falsifier.id, id, falsifier] as const)))(
  '%s breaks %s',
  (_, id, falsifier) => {
    const obligation = all.find((known) => known.id === id)!;
    const { theory } = falsifier.plant(actual);
    const broken = fc.sample(draws, seeded(100)).some((draw) => (falseAt(obligation, theory, draw) ?? []).length > 0);
    expect(broken).toBe(true);
  },
);
