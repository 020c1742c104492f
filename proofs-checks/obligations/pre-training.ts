/** Theorem 1 (ii) and Lemma 4: what the optimum of next-token prediction does. */
import { type Hypothesis, type Obligation, terms } from '../../src/index.js';
import {
  between,
  c,
  c1,
  demonstrations,
  lambda,
  mMinus,
  mPlus,
  p,
  positive,
  probability,
  replaced,
  rPlus,
  s,
  says,
  stationaryFirst,
  stationaryMinus,
  stationaryPlus,
  stationaryStep,
  t,
  third,
} from './symbols.js';

const { add, and, divide, equal, greater, iff, ifThenElse, less, multiply, negate, subtract, variable } = terms;

/** Half of the penalty on the stop predictor's logits if its constant is free: lambda (s - t) / 2. */
const pull = divide(multiply(lambda, subtract(s.logit, t.logit)), 2);

const atDemonstrations: readonly Hypothesis[] = [
  ...demonstrations,
  positive('lambda', lambda),
  c1.facts,
  s.facts,
  t.facts,
  c.facts,
  stationaryFirst,
  stationaryPlus,
  stationaryMinus,
  stationaryStep,
];

/** The stop logit that greedy decoding reads after its own first token. */
const greedyStop = ifThenElse(greater(c1.logit, 0), s.logit, t.logit);

const greedyAt = (threshold: terms.Operand) =>
  and(
    greater(c1.logit, 0),
    greater(c.logit, 0),
    less(t.logit, 0),
    iff(greater(greedyStop, 0), greater(p, threshold)),
    iff(less(greedyStop, 0), less(p, threshold)),
  );

export const greedyThreshold: Obligation = {
  id: 'greedy-threshold',
  title:
    'For every p in (0, 1) and lambda > 0 the first token and every later step are right, and greedy decoding goes on iff p > 1/3, stops iff p < 1/3',
  source: 'Theorem 1 (ii), Lemmas 2 and 3',
  hypotheses: atDemonstrations,
  goal: greedyAt(third),
  falsehoods: [
    { id: 'threshold-.35', description: 'the threshold is .35', goal: greedyAt(divide(7, 20)) },
    {
      id: 'free-constant',
      description: 'the constant of the stop predictor is not regularised',
      hypotheses: replaced(
        replaced(
          atDemonstrations,
          stationaryPlus,
          says(
            'Lemma 2, free constant: 2 m+ (sigma(s) - r+) + lambda (s - t) / 2 = 0',
            equal(add(multiply(2, mPlus, subtract(s.sigma, divide(p, mPlus))), pull), 0),
          ),
        ),
        stationaryMinus,
        says(
          'Lemma 2, free constant: 2 m- sigma(t) - lambda (s - t) / 2 = 0',
          equal(subtract(multiply(2, mMinus, t.sigma), pull), 0),
        ),
      ),
    },
  ],
};

const q = variable('q');
const longPlus = variable('L_plus');
const longMinus = variable('L_minus');
const rMinus = variable('r_minus');
const long = variable('P');

const anyState: readonly Hypothesis[] = [
  probability('m+', mPlus),
  positive('lambda', lambda),
  says('r+ = L+ / m+', equal(rPlus, divide(longPlus, mPlus))),
  says('r- = L- / m-', equal(rMinus, divide(longMinus, mMinus))),
  says('q = L+ + L-', equal(q, add(longPlus, longMinus))),
  stationaryFirst,
  says(
    'P = sigma(c1) sigma(s) + sigma(-c1) sigma(t)',
    equal(long, add(multiply(c1.sigma, s.sigma), multiply(c1.opposite, t.sigma))),
  ),
];

const excessPlus = multiply(2, mPlus, subtract(s.sigma, rPlus));
const excessMinus = multiply(2, mMinus, subtract(t.sigma, rMinus));
const bias = divide(add(s.logit, t.logit), 2);
const byBias = negate(multiply(lambda, bias));
const byFirst = multiply(lambda, c1.logit, subtract(s.sigma, t.sigma));
const gap = subtract(long, q);

const regularised: readonly Hypothesis[] = [
  ...anyState,
  says('Lemma 2: 2 m+ (sigma(s) - r+) + lambda s = 0', equal(add(excessPlus, multiply(lambda, s.logit)), 0)),
  says('Lemma 2: 2 m- (sigma(t) - r-) + lambda t = 0', equal(add(excessMinus, multiply(lambda, t.logit)), 0)),
];

const free: readonly Hypothesis[] = [
  ...anyState,
  says('Lemma 2, free constant: 2 m+ (sigma(s) - r+) + lambda (s - t) / 2 = 0', equal(add(excessPlus, pull), 0)),
  says('Lemma 2, free constant: 2 m- (sigma(t) - r-) - lambda (s - t) / 2 = 0', equal(subtract(excessMinus, pull), 0)),
];

/** What the identities do not need. A falsehood is refuted with numbers that respect it. */
const ranges: readonly Hypothesis[] = [
  c1.facts,
  s.facts,
  t.facts,
  says(
    'L+ lies between 0 and m+, and L- between 0 and m-',
    and(between(0, longPlus, mPlus), between(0, longMinus, mMinus)),
  ),
];

export const calibrationIdentity: Obligation = {
  id: 'calibration-identity',
  title: 'P(|y| = d) - q = -lambda b - lambda c1 (sigma(s) - sigma(t)) with b = (s + t) / 2, for every state',
  source: 'Lemma 4 (a)',
  hypotheses: regularised,
  goal: equal(gap, subtract(byBias, byFirst)),
  falsehoods: [
    {
      id: 'without-first-token',
      description: 'P(|y| = d) - q = -lambda b, whatever the first token does',
      hypotheses: [...regularised, ...ranges],
      goal: equal(gap, byBias),
    },
  ],
};

export const calibrationIdentityFree: Obligation = {
  id: 'calibration-identity-free-constant',
  title: 'P(|y| = d) - q = -lambda c1 (sigma(s) - sigma(t)) if the constant is not regularised, for every state',
  source: 'Lemma 4 (a)',
  hypotheses: free,
  goal: equal(gap, negate(byFirst)),
  falsehoods: [
    {
      id: 'with-bias',
      description: 'the constant adds -lambda b although it is free',
      hypotheses: [...free, ...ranges],
      goal: equal(gap, subtract(byBias, byFirst)),
    },
  ],
};
