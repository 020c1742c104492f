import { describe, expect, it } from 'vitest';
import {
  type BigNumber,
  big,
  HALF,
  ONE,
  relativeError,
  sigma,
  TWO,
} from '../../../proofs-checks/shared/high-precision.js';
import { type BigState, bigDemonstrations, bigOptimum } from '../../../proofs-checks/shared/high-precision-star.js';
import {
  demonstrationState,
  logitLongPlus,
  type Optimum,
  optimum,
  parseRational,
  splitLog,
  splitLogValue,
  type TrainingState,
} from '../../../src/theory/index.js';

/**
 * w of a free constant, by Newton's method in 110 digits from a double near it: with v = lambda w / 2 the four masses give
 * s = log((L+ - v) / (S+ + v)), t = log((L- + v) / (S- - v)), and s - t - 2w decreases in w, so that its root is the only one.
 */
function freeWeight(masses: readonly BigNumber[], lambda: BigNumber, start: number): BigNumber {
  let w = big(start);
  for (let step = 0; step < 100; step++) {
    const moved = movedMasses(masses, lambda, w);
    const { s, t } = logitsOf(moved);
    const slope = moved.reduce((sum, mass) => sum.plus(lambda.times(HALF).div(mass)), TWO);
    const move = s.minus(t).minus(w.times(TWO)).div(slope);
    w = w.plus(move);
    if (move.abs().lte(w.abs().times('1e-40'))) return w;
  }
  throw new Error(`no root found from ${start}`);
}

/** L+ - v, S+ + v, L- + v, S- - v. */
function movedMasses(masses: readonly BigNumber[], lambda: BigNumber, w: BigNumber): BigNumber[] {
  const v = lambda.times(w).times(HALF);
  return masses.map((mass, i) => (i === 0 || i === 3 ? mass.minus(v) : mass.plus(v)));
}

function logitsOf([longPlus, shortPlus, longMinus, shortMinus]: readonly BigNumber[]) {
  return { s: longPlus!.div(shortPlus!).ln(), t: longMinus!.div(shortMinus!).ln() };
}

function exactStop(state: BigState, lambda: BigNumber, free: boolean, near: Optimum) {
  if (!free) {
    const { s, t } = bigOptimum(state, lambda);
    return { s, t, w: s.minus(t).times(HALF) };
  }
  const masses = [state.longPlus, state.shortPlus, state.longMinus, state.shortMinus];
  const w = freeWeight(masses, lambda, near.weight);
  return { ...logitsOf(movedMasses(masses, lambda, w)), w };
}

const exactly = (text: string): BigNumber => {
  const { n, d } = parseRational(text)!;
  return big(String(n)).div(big(String(d)));
};

const LAMBDAS = [1e-300, 1e-293, 1e-20, 1e-3, 1, 1e3, 1e6];

/** Errors of s and t relative to 1 + their size, of w relative to itself, and of the sum that is kept apart. */
function errors(state: TrainingState, masses: BigState, lambda: number, free: boolean) {
  const model = optimum(state, { lambda, freeConstant: free });
  const { s, t, w } = exactStop(masses, big(lambda), free, model);
  const scaled = (actual: number, expected: BigNumber) =>
    big(actual).minus(expected).abs().div(expected.abs().plus(ONE)).toNumber();
  return {
    s: scaled(model.sPlus, s),
    t: scaled(model.sMinus, t),
    w: w.isZero() ? Math.abs(model.weight) : relativeError(model.weight, w),
    split: scaled(splitLogValue(model.sPlusSplit), s),
    weight: Math.abs(model.weight),
  };
}

/** Some roundings. */
const ROUNDED = 8 * Number.EPSILON;

describe.each([
  ['regularised', false],
  ['free', true],
] as const)('the stop logits of a %s constant, against 110 digits', (_, free) => {
  it.each(['1/5', '1e-6', '.999999', '1/3', '1/2', '1e-295', '1e-300'])(
    'are right to the last digits at p = %s',
    (p) => {
      for (const eta of ['0', '1/10', '1/2', '9/10', '1e-6']) {
        for (const lambda of LAMBDAS) {
          const at = `eta = ${eta}, lambda = ${lambda}`;
          const state = demonstrationState(parseRational(p)!, { stepNoise: parseRational(eta)! });
          const size = Math.abs(logitLongPlus(state));
          const { s, t, w, split } = errors(state, bigDemonstrations(exactly(p), exactly(eta)), lambda, free);
          expect(s, `s, ${at}`).toBeLessThan(ROUNDED);
          expect(t, `t, ${at}`).toBeLessThan(ROUNDED);
          // A sum with a logit of that size; and the masses that w is made of are exponentials of it.
          expect(split, `the split of s, ${at}`).toBeLessThan(ROUNDED * (1 + size));
          expect(w, `w, ${at}`).toBeLessThan(ROUNDED * (1 + size));
        }
      }
    },
  );
});

/** The masses of log-odds a of the first token, and r+ and r- of long answers. */
function massesOf(a: number, rPlus: number, rMinus: number): BigState {
  const share = (z: number) => sigma(big(z));
  return {
    longPlus: share(a).times(share(rPlus)),
    longMinus: share(-a).times(share(rMinus)),
    shortPlus: share(a).times(share(-rPlus)),
    shortMinus: share(-a).times(share(-rMinus)),
    stepPlus: ONE,
    stepMinus: ONE.minus(ONE),
  };
}

describe('the stop logits of a free constant where a mass vanishes, against 110 digits', () => {
  it.each([
    [-700, -710],
    [-710, -700],
    [700, 710],
    [710, 700],
    [705, -705],
    [-705, 705],
    [-705, -5],
    [-5, -705],
    [705, 5],
    [5, 705],
    [-702, -720],
    [-730, -735],
    [735, 730],
    [720, 702],
  ])('r+ = sigma(%d), r- = sigma(%d)', (rPlus, rMinus) => {
    for (const a of [0, 1, -2]) {
      for (const lambda of LAMBDAS) {
        const state = { logitPlus: a, longPlus: splitLog(rPlus), logitLongMinus: rMinus, logitStep: Infinity };
        const { s, t, w, weight } = errors(state, massesOf(a, rPlus, rMinus), lambda, true);
        const at = `a = ${a}, lambda = ${lambda}`;
        expect(s, `s, ${at}`).toBeLessThan(ROUNDED);
        expect(t, `t, ${at}`).toBeLessThan(ROUNDED);
        // Below 1e-10 w is right to first order, and a subnormal one has fewer digits.
        const coarse = Math.min(2e-10, 2 * weight) + 2 ** -1074 / weight;
        expect(w, `w, ${at}`).toBeLessThan(ROUNDED * 720 + coarse);
      }
    }
  });
});
