/** Lemma 5 (a) and (b): one round of STaR with r_cot, from any state. */
import { type Hypothesis, type Obligation, terms } from '../../src/index.js';
import {
  between,
  c1,
  cotState,
  expS,
  half,
  K,
  lambda,
  oddsOfStop,
  oddsState,
  positive,
  q,
  R,
  replaced,
  rho,
  rPlus,
  s,
  says,
  stationaryPlus,
  t,
} from './symbols.js';

const { add, and, divide, equal, greater, iff, implies, less, multiply, subtract, variable } = terms;

const anyState: readonly Hypothesis[] = [...cotState, positive('lambda', lambda), s.facts, stationaryPlus];

export const stopSign: Obligation = {
  id: 'stop-sign',
  title: 'For every state (q, rho), s > 0 iff r+ > 1/2 iff q > (1 - q) rho iff R > 1, and r+ = R / (1 + R)',
  source: 'Lemma 2 (signs) and Lemma 5 (b)',
  hypotheses: [...anyState, says('R = q / ((1-q) rho)', equal(R, divide(q, multiply(subtract(1, q), rho))))],
  goal: and(
    iff(greater(s.logit, 0), greater(rPlus, half)),
    iff(greater(rPlus, half), greater(q, multiply(subtract(1, q), rho))),
    iff(greater(rPlus, half), greater(R, 1)),
    equal(rPlus, divide(R, add(1, R))),
  ),
  falsehoods: [
    {
      id: 'majority',
      description: 'the stop logit turns where most demonstrations are long',
      goal: iff(greater(s.logit, 0), greater(q, half)),
    },
  ],
};

export const longPlus = variable('L_plus');
export const shortPlus = variable('S_plus');
export const shortMinus = variable('S_minus');
const nextQ = variable('q_next');
const nextRho = variable('rho_next');
export const nextR = variable('R_next');

/** What r_cot accepts of any model's samples, and the state that it makes. */
export const accepted: readonly Hypothesis[] = [
  c1.facts,
  s.facts,
  t.facts,
  says('0 < K <= 1', and(less(0, K), terms.atMost(K, 1))),
  says("L+' = sigma(c1) sigma(s) K", equal(longPlus, multiply(c1.sigma, s.sigma, K))),
  says(
    "S+' = sigma(c1) sigma(-s) / 2: a short answer is right on half of the inputs",
    equal(shortPlus, divide(multiply(c1.sigma, s.opposite), 2)),
  ),
  says("S-' = sigma(-c1) sigma(-t) / 2", equal(shortMinus, divide(multiply(c1.opposite, t.opposite), 2))),
];

export const oddsOfRound: Obligation = {
  id: 'odds-of-round',
  title: "R' = 2 K e^s for the state (q', rho') of what a round accepts",
  source: 'Lemma 5 (a)',
  hypotheses: [
    ...accepted,
    says("q' = L+' / (L+' + S+' + S-')", equal(nextQ, divide(longPlus, add(longPlus, shortPlus, shortMinus)))),
    says("rho' = S+' / (S+' + S-')", equal(nextRho, divide(shortPlus, add(shortPlus, shortMinus)))),
    says("R' = q' / ((1-q') rho')", equal(nextR, divide(nextQ, multiply(subtract(1, nextQ), nextRho)))),
    oddsOfStop,
  ],
  goal: equal(nextR, multiply(2, K, expS)),
  falsehoods: [{ id: 'odds-tripled', description: "R' = 3 K e^s", goal: equal(nextR, multiply(3, K, expS)) }],
};

/** The stop predictor at any state, by m+ and R. */
export const stopAtOdds: readonly Hypothesis[] = [
  ...oddsState,
  positive('lambda', lambda),
  s.facts,
  stationaryPlus,
  oddsOfStop,
];

export const stopBetween: Obligation = {
  id: 'stop-between',
  title: 'e^s lies strictly between 1 and R, and is 1 if R = 1: s lies strictly between 0 and log R',
  source: 'Lemma 5 (a), fact (R2)',
  hypotheses: stopAtOdds,
  goal: and(
    implies(greater(R, 1), between(1, expS, R)),
    implies(less(R, 1), between(R, expS, 1)),
    implies(equal(R, 1), equal(expS, 1)),
  ),
  falsehoods: [
    {
      id: 'not-shrunk',
      description: 'the penalty does not shrink s: e^s is at least R if R > 1',
      goal: implies(greater(R, 1), terms.atLeast(expS, R)),
    },
    {
      id: 'negative-lambda',
      description: 'lambda may be negative',
      hypotheses: replaced(stopAtOdds, stopAtOdds[oddsState.length]!, says('lambda < 0', less(lambda, 0))),
    },
  ],
};
