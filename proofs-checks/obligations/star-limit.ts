/** Theorem 2 in the limit lambda -> 0, where the model has the probabilities of its data: sigma(c1) = m+, sigma(s) = r+, sigma(t) = 0. */
import { type Hypothesis, type Obligation, terms } from '../../src/index.js';
import { between, c1, cotState, mPlus, p, probability, q, replaced, rho, rPlus, s, says, t, third } from './symbols.js';

const { add, and, atLeast, atMost, divide, equal, greater, iff, implies, less, multiply, not, subtract, variable } =
  terms;

const nextQ = variable('q_next');
const nextRho = variable('rho_next');
const longPlus = variable('L_plus');
const shortPlus = variable('S_plus');
const shortMinus = variable('S_minus');
const d = variable('d');
const N = variable('N');
const now = variable('p_n');
const next = variable('p_next');

const odds = (x: terms.Operand) => divide(x, subtract(1, x));

const halfOfShort = says(
  "S+' = sigma(c1) sigma(-s) / 2: a short answer is right on half of the inputs",
  equal(shortPlus, divide(multiply(c1.sigma, s.opposite), 2)),
);

const limitRound: readonly Hypothesis[] = [
  ...cotState,
  says(
    'the limit: sigma(c1) = m+, sigma(s) = r+, sigma(t) = 0',
    and(equal(c1.sigma, mPlus), equal(s.sigma, rPlus), equal(t.sigma, 0)),
  ),
  says("L+' = sigma(c1) sigma(s) K with K = 1", equal(longPlus, multiply(c1.sigma, s.sigma))),
  halfOfShort,
  says("S-' = sigma(-c1) sigma(-t) / 2", equal(shortMinus, divide(multiply(c1.opposite, t.opposite), 2))),
  says("q' = L+' / (L+' + S+' + S-')", equal(nextQ, divide(longPlus, add(longPlus, shortPlus, shortMinus)))),
  says("rho' = S+' / (S+' + S-')", equal(nextRho, divide(shortPlus, add(shortPlus, shortMinus)))),
];

export const oddsDoubling: Obligation = {
  id: 'odds-doubling',
  title: "In the limit, one round from any (q, rho) doubles the odds of long, q' = 2 q / (1 + q), and keeps rho",
  source: 'Theorem 2, Lemma 5 (f)',
  hypotheses: limitRound,
  goal: and(
    equal(odds(nextQ), multiply(2, odds(q))),
    equal(nextQ, divide(multiply(2, q), add(1, q))),
    equal(nextRho, rho),
  ),
  falsehoods: [
    {
      id: 'odds-tripled',
      description: 'a round triples the odds of long',
      goal: equal(odds(nextQ), multiply(3, odds(q))),
    },
    {
      id: 'all-short-accepted',
      description: 'all short answers that begin right are accepted',
      hypotheses: replaced(
        limitRound,
        halfOfShort,
        says("S+' = sigma(c1) sigma(-s)", equal(shortPlus, multiply(c1.sigma, s.opposite))),
      ),
    },
  ],
};

const powerOfTwo = says('N = 2^n >= 1', atLeast(N, 1));

/** p after rounds that multiplied its odds by `factor`: factor p / (1 + (factor - 1) p). */
const closedForm = (factor: terms.Operand) => divide(multiply(factor, p), add(1, multiply(subtract(factor, 1), p)));

const recursion = (before: terms.Real) =>
  says("p' = 2 p / (1 + p)", equal(next, divide(multiply(2, before), add(1, before))));

export const closedFormBase: Obligation = {
  id: 'closed-form-base',
  title: 'N p / (1 + (N - 1) p) is p at N = 2^0: the base of the induction',
  source: 'Theorem 2, Lemma 5 (f)',
  hypotheses: [probability('p', p), says('N = 2^0', equal(N, 1))],
  goal: equal(closedForm(N), p),
  falsehoods: [
    {
      id: 'one-round-ahead',
      description: 'the closed form counts one round more',
      goal: equal(closedForm(multiply(2, N)), p),
    },
  ],
};

export const closedFormStep: Obligation = {
  id: 'closed-form-step',
  title:
    "If p_n = N p / (1 + (N - 1) p) with N = 2^n then p_{n+1} = N' p / (1 + (N' - 1) p) with N' = 2 N: the step of the induction",
  source: 'Theorem 2, Lemma 5 (f)',
  hypotheses: [probability('p', p), powerOfTwo, says('p_n in closed form', equal(now, closedForm(N))), recursion(now)],
  goal: and(equal(next, closedForm(multiply(2, N))), between(0, next, 1)),
  falsehoods: [
    { id: 'factor-tripled', description: 'N triples in a round', goal: equal(next, closedForm(multiply(3, N))) },
  ],
};

/** E|y| = 1 + (d - 1) P(long). */
const meanLength = (share: terms.Operand) => add(1, multiply(subtract(d, 1), share));

const moreThanOneBit = says('d > 1', greater(d, 1));
const growing: readonly Hypothesis[] = [probability('p_n', now), moreThanOneBit, recursion(now)];

export const lengthGrowth: Obligation = {
  id: 'length-growth',
  title: 'In the limit, the long fraction and the mean length 1 + (d - 1) p_n grow in every round',
  source: 'Theorem 2, Lemma 5 (f)',
  hypotheses: growing,
  goal: and(greater(next, now), less(next, 1), greater(meanLength(next), meanLength(now))),
  falsehoods: [
    {
      id: 'by-half',
      description: 'the long fraction grows by more than a half in every round',
      goal: greater(multiply(2, next), multiply(3, now)),
    },
    {
      id: 'one-bit',
      description: 'd may be 1',
      hypotheses: replaced(growing, moreThanOneBit, says('d >= 1', atLeast(d, 1))),
    },
  ],
};

const limitOrbit: readonly Hypothesis[] = [
  probability('p', p),
  powerOfTwo,
  says('p_n in closed form', equal(now, closedForm(N))),
];
const needed = divide(subtract(1, p), multiply(2, p));
const isLong = greater(now, third);

export const limitRounds: Obligation = {
  id: 'limit-rounds',
  title:
    'In the limit, p_n > 1/3 iff 2^n 2p > 1 - p: greedy decoding is still short while 2^n <= (1-p)/(2p) and long once 2^n > (1-p)/(2p), so floor(log2((1-p)/(2p))) + 1 rounds are needed if that is not negative',
  source: 'Theorem 2, Lemma 5 (f)',
  hypotheses: limitOrbit,
  goal: and(
    iff(isLong, greater(multiply(N, 2, p), subtract(1, p))),
    implies(atMost(N, needed), not(isLong)),
    implies(greater(N, needed), isLong),
  ),
  falsehoods: [
    {
      id: 'one-round-fewer',
      description: 'one round fewer suffices',
      goal: implies(greater(multiply(2, N), needed), isLong),
    },
    {
      id: 'one-round-more',
      description: 'one round more is needed',
      goal: implies(atMost(N, multiply(2, needed)), not(isLong)),
    },
  ],
};
