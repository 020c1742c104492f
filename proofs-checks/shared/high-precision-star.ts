/** One round of STaR from first principles: every sequence of step signs by itself, in the arithmetic of high-precision.ts. */
import { type BigNumber, big, HALF, ONE, ridgeRoot, sigma, TWO } from './high-precision.js';

/** Masses of the training distribution by e_1 = z_1 x_1 (long) and eps = chi x_1 (short), and of the later steps. */
export interface BigState {
  readonly longPlus: BigNumber;
  readonly longMinus: BigNumber;
  readonly shortPlus: BigNumber;
  readonly shortMinus: BigNumber;
  /** P(e_l = +1 | long) and P(e_l = -1 | long), l >= 2. */
  readonly stepPlus: BigNumber;
  readonly stepMinus: BigNumber;
}

export interface BigOptimum {
  readonly c1: BigNumber;
  readonly s: BigNumber;
  readonly t: BigNumber;
  readonly c: BigNumber;
}

/** D(p; eta): a step is wrong with probability eta, and the short answer agrees with x_1 on half of the inputs. */
export function bigDemonstrations(p: BigNumber, eta = big('0')): BigState {
  const short = ONE.minus(p).times(HALF);
  const right = ONE.minus(eta);
  return {
    longPlus: p.times(right),
    longMinus: p.times(eta),
    shortPlus: short,
    shortMinus: short,
    stepPlus: right,
    stepMinus: eta,
  };
}

/** The four logits of the regularised optimum, each a ridge-logistic fit of one sign. */
export function bigOptimum(state: BigState, lambda: BigNumber): BigOptimum {
  const { longPlus, longMinus, shortPlus, shortMinus, stepPlus, stepMinus } = state;
  const plus = longPlus.plus(shortPlus);
  const minus = longMinus.plus(shortMinus);
  return {
    c1: ridgeRoot(plus, minus, lambda),
    s: ridgeRoot(longPlus.div(plus), shortPlus.div(plus), lambda.div(plus.times(TWO))),
    t: ridgeRoot(longMinus.div(minus), shortMinus.div(minus), lambda.div(minus.times(TWO))),
    c: ridgeRoot(stepPlus, stepMinus, lambda),
  };
}

/** What the optimum's accepted responses look like, by a sum over all e in {-1,+1}^d. */
export function bigAccepted({ c1, s, t, c }: BigOptimum, d: number, reward: 'cot' | 'e2e'): BigState {
  const zero = big('0');
  const [right, wrong] = [sigma(c), sigma(c.neg())];
  const long = { plus: zero, minus: zero };
  let [stepPlus, stepMinus] = [zero, zero];
  for (let code = 0; code < 2 ** d; code++) {
    const signs: number[] = Array.from({ length: d }, (_, l) => ((code >> l) & 1 ? -1 : 1));
    // The last token is x_1 ... x_d times all the step signs.
    const correct = signs.reduce((product, e) => product * e, 1) === 1;
    if (reward === 'cot' ? code !== 0 : !correct) continue;
    const start = signs[0] === 1 ? sigma(c1).times(sigma(s)) : sigma(c1.neg()).times(sigma(t));
    const mass = signs.slice(1).reduce((product, e) => product.times(e === 1 ? right : wrong), start);
    const first = signs[0] === 1 ? 'plus' : 'minus';
    long[first] = long[first].plus(mass);
    if (signs[1] === 1) stepPlus = stepPlus.plus(mass);
    else stepMinus = stepMinus.plus(mass);
  }
  // A short answer z_1 is right iff eps = e_1, which is so for half of the inputs.
  const shortPlus = sigma(c1).times(sigma(s.neg())).times(HALF);
  const shortMinus = sigma(c1.neg()).times(sigma(t.neg())).times(HALF);
  const total = long.plus.plus(long.minus).plus(shortPlus).plus(shortMinus);
  const steps = stepPlus.plus(stepMinus);
  return {
    longPlus: long.plus.div(total),
    longMinus: long.minus.div(total),
    shortPlus: shortPlus.div(total),
    shortMinus: shortMinus.div(total),
    stepPlus: stepPlus.div(steps),
    stepMinus: stepMinus.div(steps),
  };
}
