/** Lemma 7: which way the expected policy gradient moves the stop logit. */
import { type Hypothesis, type Obligation, terms } from '../../src/index.js';
import { between, c1, half, K, probability, s, says, t } from './symbols.js';

const { add, and, divide, equal, greater, iff, less, multiply, not, subtract, variable } = terms;

const J = variable('J');
const otherJ = variable('J_other');
const other = variable('sigma_other');
const slope = variable('slope');
const speed = variable('s_dot');

/** E[r_cot] of a model whose stop logit has this sigma. */
const reward = (sigma: terms.Real) =>
  add(
    multiply(c1.sigma, sigma, K),
    divide(multiply(c1.sigma, subtract(1, sigma)), 2),
    divide(multiply(c1.opposite, t.opposite), 2),
  );

const flow: readonly Hypothesis[] = [
  probability('sigma(c1)', c1.sigma),
  probability('sigma(s)', s.sigma),
  probability('sigma(t)', t.sigma),
  probability('K', K),
  says(
    'J = E[r_cot] = sigma(c1) sigma(s) K + sigma(c1) sigma(-s) / 2 + sigma(-c1) sigma(-t) / 2',
    equal(J, reward(s.sigma)),
  ),
  says(
    'J at another value of sigma(s); J is linear in it',
    and(between(0, other, 1), not(equal(other, s.sigma)), equal(otherJ, reward(other))),
  ),
  says('the derivative of J by sigma(s)', equal(slope, divide(subtract(otherJ, J), subtract(other, s.sigma)))),
  says(
    "s' = 2 dJ/ds, as s reads features of squared norm 2, and sigma' = sigma(s) sigma(-s)",
    equal(speed, multiply(2, slope, s.sigma, s.opposite)),
  ),
];

const turnsAt = (threshold: terms.Operand) =>
  and(iff(greater(speed, 0), greater(K, threshold)), iff(less(speed, 0), less(K, threshold)));

export const stopFlow: Obligation = {
  id: 'stop-flow',
  title: "s' = sigma(c1) sigma(s) sigma(-s) (2K - 1) under r_cot, of the sign of 2K - 1",
  source: 'Lemma 7 (b) and (d)',
  hypotheses: flow,
  goal: and(equal(speed, multiply(c1.sigma, s.sigma, s.opposite, subtract(multiply(2, K), 1))), turnsAt(half)),
  falsehoods: [
    { id: 'length-gains-always', description: 'longer answers gain whatever K is', goal: greater(speed, 0) },
    { id: 'turns-at-quarter', description: 'the sign changes at K = 1/4', goal: turnsAt(divide(1, 4)) },
  ],
};
