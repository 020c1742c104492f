/** The symbols of docs/theory.md as variables, and what its lemmas say of them as hypotheses. */
import { type Formula, type Hypothesis, type Real, terms } from '../../src/index.js';

const { add, and, divide, equal, greater, iff, less, multiply, subtract, variable } = terms;

export const p = variable('p');
export const q = variable('q');
export const rho = variable('rho');
export const lambda = variable('lambda');
export const mPlus = variable('m_plus');
export const rPlus = variable('r_plus');
export const K = variable('K');
export const R = variable('R');
export const expS = variable('exp_s');

/** m- = 1 - m+. */
export const mMinus = subtract(1, mPlus);

export const half = divide(1, 2);
export const third = divide(1, 3);

export function says(words: string, formula: Formula): Hypothesis {
  return { says: words, formula };
}

/** A logit u with sigma(u). */
export interface Logit {
  readonly name: string;
  readonly logit: Real;
  readonly sigma: Real;
  /** sigma(-u) = 1 - sigma(u). */
  readonly opposite: Real;
  /** What is used of the logistic function: its range, and its sign about 1/2. */
  readonly facts: Hypothesis;
}

function logitNamed(name: string): Logit {
  const [logit, sigma] = [variable(name), variable(`sigma_${name}`)];
  return {
    name,
    logit,
    sigma,
    opposite: subtract(1, sigma),
    facts: says(
      `sigma(${name}) lies in (0, 1), above 1/2 iff ${name} > 0 and below 1/2 iff ${name} < 0`,
      and(between(0, sigma, 1), iff(greater(logit, 0), greater(sigma, half)), iff(less(logit, 0), less(sigma, half))),
    ),
  };
}

/** The logits of the first token, of the stop predictor where z_1 x_1 = +1 and -1, and of a later step. */
export const c1 = logitNamed('c1');
export const s = logitNamed('s');
export const t = logitNamed('t');
export const c = logitNamed('c');

/** low < value < high. */
export function between(low: Real | number, value: Real, high: Real | number): Formula {
  return and(less(low, value), less(value, high));
}

export const probability = (name: string, value: Real): Hypothesis =>
  says(`${name} lies strictly between 0 and 1`, between(0, value, 1));
export const positive = (name: string, value: Real): Hypothesis => says(`${name} > 0`, greater(value, 0));

/** D(p): m+ = (1 + p) / 2 and L+ = p. */
export const demonstrations: readonly Hypothesis[] = [
  probability('p', p),
  says('m+ of D(p)', equal(mPlus, divide(add(1, p), 2))),
  says('r+ = L+ / m+ of D(p)', equal(rPlus, divide(p, mPlus))),
];

/** The state (q, rho) of r_cot: L+ = q, S+ = (1-q) rho. */
export const cotState: readonly Hypothesis[] = [
  probability('q', q),
  probability('rho', rho),
  says('m+ = L+ + S+', equal(mPlus, add(q, multiply(subtract(1, q), rho)))),
  says('r+ = L+ / m+', equal(rPlus, divide(q, mPlus))),
];

/** A state of r_cot, given by m+ and R alone. */
export const oddsState: readonly Hypothesis[] = [
  probability('m+', mPlus),
  positive('R', R),
  says('r+ = R / (1 + R)', equal(rPlus, divide(R, add(1, R)))),
];

/** Lemma 2, regularised constant. */
export const stationaryFirst = says(
  'Lemma 2: m+ - sigma(c1) = lambda c1',
  equal(subtract(mPlus, c1.sigma), multiply(lambda, c1.logit)),
);
export const stationaryPlus = says(
  'Lemma 2: 2 m+ (sigma(s) - r+) + lambda s = 0',
  equal(add(multiply(2, mPlus, subtract(s.sigma, rPlus)), multiply(lambda, s.logit)), 0),
);
export const stationaryMinus = says(
  'Lemma 2 with r- = 0: 2 m- sigma(t) + lambda t = 0',
  equal(add(multiply(2, mMinus, t.sigma), multiply(lambda, t.logit)), 0),
);
export const stationaryStep = says(
  'Lemma 2 with valid chains: 1 - sigma(c) = lambda c',
  equal(subtract(1, c.sigma), multiply(lambda, c.logit)),
);

export const oddsOfStop = says('e^s = sigma(s) / sigma(-s)', equal(expS, divide(s.sigma, s.opposite)));

/** The list with one hypothesis changed. */
export function replaced(list: readonly Hypothesis[], old: Hypothesis, changed: Hypothesis): Hypothesis[] {
  return list.map((hypothesis) => (hypothesis === old ? changed : hypothesis));
}

/** The list with one hypothesis dropped. */
export function without(list: readonly Hypothesis[], dropped: Hypothesis): Hypothesis[] {
  return list.filter((hypothesis) => hypothesis !== dropped);
}
