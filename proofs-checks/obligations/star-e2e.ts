/** Lemma 6: STaR with r_e2e, beside r_cot in the limit lambda -> 0, and at any lambda. */
import { type Hypothesis, type Obligation, terms } from '../../src/index.js';
import { nextR, shortPlus, stopAtOdds } from './star-round.js';
import { between, c, c1, expS, K, probability, R, replaced, s, says, t } from './symbols.js';

const { add, and, atLeast, atMost, divide, equal, greater, implies, less, multiply, subtract, variable } = terms;

const [g, G, D, alpha] = [variable('g'), variable('G'), variable('D'), variable('alpha_next')];
const right = multiply(c1.sigma, s.sigma);
const wrong = multiply(c1.opposite, t.sigma);
const cotLong = variable('L_plus_cot');
const e2eLong = variable('L_plus_e2e');
const e2eWrong = variable('L_minus_e2e');

const certain = says('the limit: sigma(c) = 1', equal(c.sigma, 1));
const powers = says(
  'K = sigma(c)^(d-1) and G = g^(d-1) = (2 sigma(c) - 1)^(d-1) are powers of 1',
  and(equal(K, 1), equal(G, 1), equal(g, 1)),
);

const bothRewards: readonly Hypothesis[] = [
  probability('sigma(c1)', c1.sigma),
  probability('sigma(s)', s.sigma),
  says('0 <= sigma(t) < 1, which is 0 in the limit', and(atMost(0, t.sigma), less(t.sigma, 1))),
  certain,
  powers,
  says("r_cot: L+' = a+ K, a+ = sigma(c1) sigma(s)", equal(cotLong, multiply(right, K))),
  says("r_e2e: L+' = a+ (1 + G) / 2", equal(e2eLong, divide(multiply(right, add(1, G)), 2))),
  says(
    "r_e2e: L-' = a- (1 - G) / 2, a- = sigma(-c1) sigma(t)",
    equal(e2eWrong, divide(multiply(wrong, subtract(1, G)), 2)),
  ),
  says('D = (a+ - a-) / (a+ + a-)', equal(D, divide(subtract(right, wrong), add(right, wrong)))),
  says(
    "r_e2e: alpha' = sigma(c) (1 + D G/g) / (1 + D G)",
    equal(alpha, divide(multiply(c.sigma, add(1, divide(multiply(D, G), g))), add(1, multiply(D, G)))),
  ),
];

export const rewardsAgree: Obligation = {
  id: 'rewards-agree',
  title:
    'In the limit, r_e2e accepts what r_cot accepts: the same long mass, none that starts wrong, and valid chains alone (short answers are accepted alike by definition)',
  source: 'Theorem 2, Lemmas 5 (a) and 6 (a)',
  hypotheses: bothRewards,
  goal: and(equal(e2eLong, cotLong), equal(e2eWrong, 0), equal(alpha, 1)),
  falsehoods: [
    {
      id: 'finite-lambda',
      description: 'they agree at every lambda (d = 3)',
      hypotheses: replaced(
        replaced(bothRewards, certain, says('1/2 < sigma(c) < 1', between(divide(1, 2), c.sigma, 1))),
        powers,
        says(
          'K and G at d = 3',
          and(
            equal(g, subtract(multiply(2, c.sigma), 1)),
            equal(K, multiply(c.sigma, c.sigma)),
            equal(G, multiply(g, g)),
          ),
        ),
      ),
    },
  ],
};

const positiveCorrelation = says('0 < G < 1', between(0, G, 1));
const answerRound: readonly Hypothesis[] = [
  ...stopAtOdds,
  c1.facts,
  positiveCorrelation,
  says("L+' = a+ (1 + G) / 2, a+ = sigma(c1) sigma(s)", equal(e2eLong, divide(multiply(right, add(1, G)), 2))),
  says("S+' = sigma(c1) sigma(-s) / 2", equal(shortPlus, divide(multiply(c1.sigma, s.opposite), 2))),
  says("R' = L+' / S+'", equal(nextR, divide(e2eLong, shortPlus))),
];

export const answerOnceLong: Obligation = {
  id: 'e2e-once-long',
  title: "Under r_e2e, R' = (1 + G) e^s: if R > 1 then R' > 1, what is long stays long; if R <= 1 then R' >= (1 + G) R",
  source: 'Lemma 6 (a) and (c)',
  hypotheses: answerRound,
  goal: and(
    equal(nextR, multiply(add(1, G), expS)),
    implies(greater(R, 1), greater(nextR, 1)),
    implies(atMost(R, 1), atLeast(nextR, multiply(add(1, G), R))),
  ),
  falsehoods: [
    {
      id: 'negative-correlation',
      description: 'G may be negative',
      hypotheses: replaced(answerRound, positiveCorrelation, says('-1 < G < 1', between(-1, G, 1))),
    },
    { id: 'grows-always', description: "R' > R for every R", goal: greater(nextR, R) },
  ],
};
