/** Lemma 5 (c) to (e): what one round of STaR with r_cot does to R on either side of K = 1/2. */
import { type Formula, type Hypothesis, type Obligation, terms } from '../../src/index.js';
import { accepted, longPlus, nextR, shortMinus, shortPlus, stopAtOdds } from './star-round.js';
import {
  c1,
  expS,
  half,
  K,
  lambda,
  mPlus,
  p,
  positive,
  probability,
  R,
  replaced,
  says,
  stationaryFirst,
  stationaryMinus,
  t,
  third,
} from './symbols.js';

const { add, and, atLeast, atMost, divide, equal, greater, iff, implies, less, multiply, subtract, variable } = terms;

const nextMPlus = variable('m_plus_next');
const start = variable('R_0');
const power = variable('N');

const twoK = multiply(2, K);
const round: readonly Hypothesis[] = [
  ...stopAtOdds,
  says("R' = 2 K e^s (odds-of-round)", equal(nextR, multiply(twoK, expS))),
];
const chain = (words: string, side: Formula): Hypothesis[] => [...round, says(`K ${words}`, side)];

const above = says('1/2 < K < 1', and(less(half, K), less(K, 1)));

export const aboveHalf: Obligation = {
  id: 'dichotomy-above-half',
  title: "K > 1/2: if R <= 1 then R' > R and even R' >= 2 K R, strictly if R < 1; if R > 1 then R' > 1",
  source: 'Lemma 5 (d)',
  hypotheses: [...round, above],
  goal: and(
    implies(atMost(R, 1), and(greater(nextR, R), atLeast(nextR, multiply(twoK, R)))),
    implies(less(R, 1), greater(nextR, multiply(twoK, R))),
    implies(greater(R, 1), greater(nextR, 1)),
  ),
  falsehoods: [
    {
      id: 'K-above-quarter',
      description: 'K > 1/4 suffices',
      hypotheses: chain('> 1/4', and(greater(K, divide(1, 4)), less(K, 1))),
    },
    { id: 'grows-always', description: "R' > R for every R", goal: greater(nextR, R) },
  ],
};

export const belowHalf: Obligation = {
  id: 'dichotomy-below-half',
  title: "K < 1/2: if R <= 1 then R' < 1, and greedy decoding stays short; if R > 1 then R' < 2 K R, so R falls",
  source: 'Lemma 5 (d)',
  hypotheses: chain('lies between 0 and 1/2', and(greater(K, 0), less(K, half))),
  goal: and(implies(atMost(R, 1), less(nextR, 1)), implies(greater(R, 1), less(nextR, multiply(twoK, R)))),
  falsehoods: [
    { id: 'stays-long', description: 'what is long stays long', goal: implies(greater(R, 1), greater(nextR, 1)) },
  ],
};

export const atHalf: Obligation = {
  id: 'dichotomy-at-half',
  title: "K = 1/2: R' > 1 iff R > 1 and R' < 1 iff R < 1, so with first-token-stays greedy decoding never changes",
  source: 'Lemma 5 (d)',
  hypotheses: chain('= 1/2', equal(K, half)),
  goal: and(iff(greater(nextR, 1), greater(R, 1)), iff(less(nextR, 1), less(R, 1))),
  falsehoods: [{ id: 'keeps-R', description: "R' = R", goal: equal(nextR, R) }],
};

const atLeastHalf = says('K >= 1/2', atLeast(K, half));
const firstToken: readonly Hypothesis[] = [
  probability('m+', mPlus),
  says('m+ > 1/2', greater(mPlus, half)),
  positive('lambda', lambda),
  ...accepted,
  stationaryFirst,
  stationaryMinus,
  atLeastHalf,
  says(
    "m+' = (L+' + S+') / (L+' + S+' + S-')",
    equal(nextMPlus, divide(add(longPlus, shortPlus), add(longPlus, shortPlus, shortMinus))),
  ),
];

export const firstTokenStays: Obligation = {
  id: 'first-token-stays',
  title: "If m+ > 1/2 and K >= 1/2 then m+' > 1/2: the first token stays right",
  source: 'Lemma 5 (c)',
  hypotheses: firstToken,
  goal: and(greater(c1.logit, 0), less(t.logit, 0), greater(nextMPlus, half)),
  falsehoods: [
    {
      id: 'K-at-least-quarter',
      description: 'K >= 1/4 suffices',
      hypotheses: replaced(firstToken, atLeastHalf, says('K >= 1/4', atLeast(K, divide(1, 4)))),
    },
  ],
};

export const roundsBase: Obligation = {
  id: 'rounds-base',
  title: 'R_0 >= N R_0 with N = (2K)^0: the base of the induction',
  source: 'Lemma 5 (e)',
  hypotheses: [positive('R_0', start), says('N = (2K)^0', equal(power, 1))],
  goal: atLeast(start, multiply(power, start)),
  falsehoods: [{ id: 'strict', description: 'R_0 > N R_0', goal: greater(start, multiply(power, start)) }],
};

export const roundsStep: Obligation = {
  id: 'rounds-step',
  title: 'If R_n >= N R_0 with N = (2K)^n and R_n <= 1 then R_{n+1} >= 2 K N R_0: the step of the induction',
  source: 'Lemma 5 (e)',
  hypotheses: [
    ...round,
    above,
    positive('R_0', start),
    positive('N = (2K)^n', power),
    says('R = R_n >= N R_0', atLeast(R, multiply(power, start))),
    says('R_n <= 1', atMost(R, 1)),
  ],
  goal: atLeast(nextR, multiply(twoK, power, start)),
  falsehoods: [
    { id: 'doubled', description: 'R doubles in every round', goal: atLeast(nextR, multiply(2, power, start)) },
  ],
};

export const roundsEnd: Obligation = {
  id: 'rounds-end',
  title:
    'If R_n >= N R_0 with N = (2K)^n > (1-p)/(2p) then R_n > 1: from p <= 1/3 greedy decoding is long after at most floor(log((1-p)/(2p)) / log(2K)) + 1 rounds',
  source: 'Lemma 5 (e)',
  hypotheses: [
    says('0 < p <= 1/3', and(greater(p, 0), atMost(p, third))),
    says('R_0 = 2p / (1-p)', equal(start, divide(multiply(2, p), subtract(1, p)))),
    says('N = (2K)^n > (1-p) / (2p)', greater(power, divide(subtract(1, p), multiply(2, p)))),
    says('R_n >= N R_0', atLeast(R, multiply(power, start))),
  ],
  goal: greater(R, 1),
  falsehoods: [{ id: 'with-room', description: 'R_n > 2', goal: greater(R, 2) }],
};
