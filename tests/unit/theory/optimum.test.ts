import { describe, expect, it } from 'vitest';
import {
  type BigNumber,
  big,
  HALF,
  ONE,
  ratio,
  relativeError,
  ridgeRoot,
  sigma,
  TWO,
} from '../../../proofs-checks/shared/high-precision.js';
import { type BigState, bigDemonstrations, bigOptimum } from '../../../proofs-checks/shared/high-precision-star.js';
import {
  behaviour,
  calibrationBounds,
  calibrationGap,
  chainProbability,
  demonstrationState,
  greedyThreshold,
  type LossOptions,
  type Optimum,
  optimum,
  parseRational,
  probabilitiesOf,
  splitLogValue,
  tempered,
  trainingState,
} from '../../../src/theory/index.js';

/** Ten roundings of 2^-53. */
const FEW_ULPS = 5 * Number.EPSILON;

/**
 * How far (s, t) lies from the optimum with a free constant: one step of Newton's method on the stop predictor's loss
 * itself, as a function of b and w with s = b + w, t = b - w and the penalty (lambda / 2) w^2. The loss is strictly convex,
 * so where the step vanishes is the optimum.
 */
function newtonStep(state: BigState, lambda: BigNumber, s: BigNumber, t: BigNumber): { s: BigNumber; t: BigNumber } {
  const plus = state.longPlus.plus(state.shortPlus);
  const minus = state.longMinus.plus(state.shortMinus);
  const w = s.minus(t).times(HALF);
  // Gradients and curvatures along s and t; the penalty couples them.
  const gradientS = plus.times(sigma(s)).minus(state.longPlus);
  const gradientT = minus.times(sigma(t)).minus(state.longMinus);
  const [gb, gw] = [gradientS.plus(gradientT), gradientS.minus(gradientT).plus(lambda.times(w))];
  const curveS = plus.times(sigma(s)).times(sigma(s.neg()));
  const curveT = minus.times(sigma(t)).times(sigma(t.neg()));
  const [bb, bw, ww] = [curveS.plus(curveT), curveS.minus(curveT), curveS.plus(curveT).plus(lambda)];
  const determinant = bb.times(ww).minus(bw.times(bw));
  const moveB = ww.times(gb).minus(bw.times(gw)).div(determinant);
  const moveW = bb.times(gw).minus(bw.times(gb)).div(determinant);
  return { s: moveB.plus(moveW), t: moveB.minus(moveW) };
}

describe('noisy demonstrations', () => {
  it('meet their tie exactly at p = 1 / (3 - 2 eta), and at eta = 1/2 in every token', () => {
    for (const [p, eta] of [
      ['1/3', '0'],
      ['5/14', '1/10'],
      ['3/7', '1/3'],
      ['1/2', '1/2'],
    ] as const) {
      const state = demonstrationState(parseRational(p)!, { stepNoise: parseRational(eta)! });
      expect(splitLogValue(state.longPlus)).toBe(0);
      expect(greedyThreshold({ lambda: 0.1, stepNoise: parseRational(eta)! })).toBe(
        Number(parseRational(p)!.valueOf()),
      );
      const { greedy } = behaviour(optimum(state, { lambda: 1e-200 }), 3);
      expect(greedy.tie).toBe(true);
    }
    const { logitPlus, logitStep } = demonstrationState(0.9, { stepNoise: 0.5 });
    expect([logitPlus, logitStep]).toEqual([0, 0]);
  });

  it('with all steps wrong are the mirror image of valid ones, with either constant', () => {
    for (const freeConstant of [false, true]) {
      for (const p of [1e-9, 0.2, 0.9]) {
        const loss = { lambda: 0.01, freeConstant };
        const valid = optimum(demonstrationState(p), loss);
        const wrong = optimum(demonstrationState(p, { stepNoise: 1 }), loss);
        const near = (a: number, b: number) => expect(Math.abs(a - b)).toBeLessThanOrEqual(FEW_ULPS * Math.abs(b));
        near(wrong.c1, -valid.c1);
        near(wrong.c, -valid.c);
        near(wrong.sPlus, valid.sMinus);
        near(wrong.sMinus, valid.sPlus);
        near(splitLogValue(wrong.sPlusSplit), valid.sMinus);
      }
    }
  });

  it('move the threshold of a free constant between that of a regularised one and 1/2, alike for eta and 1 - eta', () => {
    for (const stepNoise of [0, 0.2, 0.45]) {
      for (const lambda of [1e-8, 0.01, 1, 1e5]) {
        const free = greedyThreshold({ lambda, freeConstant: true, stepNoise });
        expect(free).toBeGreaterThanOrEqual(greedyThreshold({ lambda, stepNoise }));
        expect(free).toBeLessThan(0.5);
        expect(greedyThreshold({ lambda, freeConstant: true, stepNoise: 1 - stepNoise })).toBeCloseTo(free, 14);
      }
    }
    expect(greedyThreshold({ lambda: 0.01, freeConstant: true, stepNoise: 0.5 })).toBe(0.5);
    // docs/theory.md, section 4.
    expect(greedyThreshold({ lambda: 0.1, freeConstant: true })).toBeCloseTo(0.3923183, 7);
  });
});

describe('the optimum', () => {
  it('of any mixture of rewarded responses is the four ridge logits, to a few ulps', () => {
    for (const [q, rho] of [
      [0.1, 0.05],
      [0.5, 0.5],
      [0.9, 0.2],
      [0.01, 0.99],
    ] as const) {
      for (const lambda of [1e-6, 0.01, 1]) {
        const short = ONE.minus(big(q));
        const exact = bigOptimum(
          {
            longPlus: big(q),
            longMinus: big(0),
            shortPlus: short.times(big(rho)),
            shortMinus: short.times(ONE.minus(big(rho))),
            stepPlus: ONE,
            stepMinus: big(0),
          },
          big(lambda),
        );
        const found = optimum(trainingState(q, rho), { lambda });
        // The state's two logarithms carry three roundings of ratios up to e^7: 3 eps in a logit of size .1 or more.
        for (const [name, exactValue] of [
          ['c1', exact.c1],
          ['sPlus', exact.s],
          ['sMinus', exact.t],
          ['c', exact.c],
        ] as const) {
          expect(relativeError(found[name], exactValue), `${name} at q = ${q}, rho = ${rho}`).toBeLessThan(1e-14);
        }
        expect(found.bias + found.weight).toBeCloseTo(found.sPlus, 14);
        expect(found.bias - found.weight).toBeCloseTo(found.sMinus, 14);
        expect(Math.abs(splitLogValue(found.sPlusSplit) - found.sPlus)).toBeLessThan(1e-14);
      }
    }
  });

  it('with a free constant is where the gradient of the stop loss vanishes, to a few ulps of the logits', () => {
    for (const p of ['1/1000', '1/4', '1/3', '9/10']) {
      for (const lambda of [1e-12, 1e-3, 0.1, 10]) {
        const [n, d] = p.split('/').map(Number) as [number, number];
        const { sPlus, sMinus } = optimum(demonstrationState(parseRational(p)!), { lambda, freeConstant: true });
        const step = newtonStep(bigDemonstrations(ratio(n, d)), big(lambda), big(sPlus), big(sMinus));
        expect(step.s.div(big(sPlus)).abs().toNumber(), `s at p = ${p}, lambda = ${lambda}`).toBeLessThan(FEW_ULPS);
        expect(step.t.div(big(sMinus)).abs().toNumber(), `t at p = ${p}, lambda = ${lambda}`).toBeLessThan(FEW_ULPS);
      }
    }
  });

  it('and the step would show a regularised constant', () => {
    const { sPlus, sMinus } = optimum(demonstrationState(0.25), { lambda: 0.1 });
    const step = newtonStep(bigDemonstrations(ratio(1, 4)), big('0.1'), big(sPlus), big(sMinus));
    expect(step.s.abs().toNumber()).toBeGreaterThan(0.01);
  });

  it('with a joint loss pays lambda / q in the later steps, and nothing else changes', () => {
    for (const p of [0.01, 0.25, 0.9]) {
      const state = demonstrationState(p);
      const [joint, plain] = [optimum(state, { lambda: 0.01, jointLoss: true }), optimum(state, { lambda: 0.01 })];
      const exact = ridgeRoot(ONE, big('0'), big('0.01').div(big(String(p))));
      // q itself is made of log-odds: a few roundings more.
      expect(relativeError(joint.c, exact)).toBeLessThan(2 * FEW_ULPS);
      expect({ ...joint, c: plain.c }).toEqual(plain);
    }
  });

  it.each([0, -1, 1e-301, 1e7, Infinity, Number.NaN])('is refused for lambda = %d, with the range', (lambda) => {
    const message = `lambda is ${lambda}; it must lie in [1e-300, 1000000]`;
    expect(() => optimum(demonstrationState(0.2), { lambda })).toThrow(new RangeError(message));
  });
});

describe('a training state', () => {
  it('holds the probabilities that it was made of', () => {
    for (const [q, rho] of [
      [0.1, 0.05],
      [0.7, 0.9],
    ] as const) {
      const { longFraction, rho: found, alpha, firstStep } = probabilitiesOf(trainingState(q, rho));
      expect(longFraction).toBeCloseTo(q, 14);
      expect(found).toBeCloseTo(rho, 14);
      expect([alpha, firstStep]).toEqual([1, 1]);
    }
    expect(probabilitiesOf(demonstrationState(0.2)).longFraction).toBeCloseTo(0.2, 15);
    expect(probabilitiesOf(demonstrationState(0.2)).rho).toBeCloseTo(0.5, 15);
  });

  it('is exact where the odds of long are a power of two', () => {
    for (const k of [0, 1, 2, 10, 40]) {
      const state = demonstrationState(parseRational(`1/${1 + 2 ** (k + 1)}`)!);
      expect(state.longPlus).toEqual({ twos: 0 - k, rest: 0 });
    }
  });

  it('is refused outside the open intervals', () => {
    for (const p of [0, 1, -1, Number.NaN]) expect(() => demonstrationState(p)).toThrow(`p is ${p}; it must lie`);
    for (const value of [0, 1, Number.NaN]) {
      expect(() => trainingState(value, 0.5)).toThrow(`q is ${value}; it must lie strictly between 0 and 1`);
      expect(() => trainingState(0.5, value)).toThrow(`rho is ${value}; it must lie strictly between 0 and 1`);
    }
  });
});

describe('the greedy threshold', () => {
  it('is 1/3 at every lambda with a regularised constant', () => {
    for (const lambda of [1e-6, 1, 100]) expect(greedyThreshold({ lambda })).toBe(1 / 3);
  });

  it.each([
    [1e-3, '0.3351621'],
    [0.01, '0.3452453'],
    [0.1, '0.3923183'],
    [1, '0.4728200'],
  ])('with a free constant and lambda = %d is %s', (lambda, text) => {
    const threshold = greedyThreshold({ lambda, freeConstant: true });
    expect(threshold.toFixed(7)).toBe(text);
    // y = 3 p* - 1 solves 2 (2 - y) sigma(-y / lambda) = 3 y, up to the roundings of 3 p* - 1.
    const y = big(threshold).times(3).minus(ONE);
    const left = TWO.times(TWO.minus(y)).times(sigma(y.div(big(lambda)).neg()));
    expect(left.minus(y.times(3)).abs().toNumber()).toBeLessThan((10 * Number.EPSILON) / Math.min(1, lambda));
  });
});

describe('length calibration', () => {
  const losses: LossOptions[] = [{ lambda: 0.01 }, { lambda: 1 }, { lambda: 0.1, freeConstant: true }];
  const pLongOf = ({ c1, sPlus, sMinus }: Optimum) => {
    const [wrong, right] = [sigma(big(-c1)), sigma(big(c1))];
    return right.times(sigma(big(sPlus))).plus(wrong.times(sigma(big(sMinus))));
  };

  it.each(losses)('P(long) - p is the gap of the identity, for %j', (loss) => {
    for (const p of [0.01, 0.2, 0.5, 0.9]) {
      const state = demonstrationState(p);
      const exact = pLongOf(optimum(state, loss)).minus(big(String(p)));
      // Absolute: both sides are sums of numbers below 1.
      expect(Math.abs(calibrationGap(state, loss) - exact.toNumber())).toBeLessThan(8 * Number.EPSILON);
    }
  });

  it('bounds it at worked values', () => {
    const { lower, upper, uniform } = calibrationBounds(0.2, 0.01);
    // log(1.2 / .8) = .405465; .01 W(80) with W(80) = 3.2331 (80 = w e^w); 1.5 * .01 * log 201.
    expect(lower).toBeCloseTo(-0.00405465, 8);
    expect(upper / 0.01).toBeCloseTo(Math.log(80 / (upper / 0.01)), 12);
    expect(uniform).toBeCloseTo(0.015 * Math.log(201), 14);
    // Above p = 1/3 the first term of the lower bound sets in: log(2 .5 / .5) / 2 = .34657 beside log 3.
    expect(calibrationBounds(0.5, 1).lower).toBeCloseTo(-0.34657359 - 1.09861229, 7);
  });
});

describe('behaviour', () => {
  it.each([2, 1, 2.5, Number.NaN])('is refused for d = %d, where the lemmas do not hold', (d) => {
    const model = optimum(demonstrationState(0.2), { lambda: 0.1 });
    expect(() => behaviour(model, d)).toThrow(`d is ${d}; the closed forms need an integer d >= 3`);
    expect(() => behaviour(model, d)).toThrow(RangeError);
  });

  it('of greedy decoding turns from (x_1, EOS) to the whole chain at p = 1/3, where it is a tie', () => {
    const greedyAt = (p: string) =>
      behaviour(optimum(demonstrationState(parseRational(p)!), { lambda: 0.01 }), 5).greedy;
    expect(greedyAt('333333333333/1000000000000')).toEqual({ longFraction: 0, correctFraction: 0.5, tie: false });
    expect(greedyAt('1/3')).toEqual({ longFraction: 0, correctFraction: 0.5, tie: true });
    expect(greedyAt('333333333334/1000000000000')).toEqual({ longFraction: 1, correctFraction: 1, tie: false });
  });

  it('of a state whose first token is mostly wrong is short, though R = 2.2 exceeds 1', () => {
    const state = trainingState(0.1, 0.05);
    expect(Math.exp(splitLogValue(state.longPlus))).toBeCloseTo(2.2222, 4);
    expect(probabilitiesOf(state).longFraction + 0.9 * 0.05).toBeCloseTo(0.145, 12);
    const { greedy } = behaviour(optimum(state, { lambda: 1e-3 }), 3);
    expect(greedy).toEqual({ longFraction: 0, correctFraction: 0.5, tie: false });
  });

  it('has K = sigma(c)^(d-1)', () => {
    for (const [c, d] of [
      [0.5, 3],
      [7, 100],
      [40, 1000],
    ] as const) {
      expect(relativeError(chainProbability(c, d), sigma(big(c)).pow(d - 1))).toBeLessThan(1e-13);
    }
  });
});

describe('a tempered optimum', () => {
  const model = optimum(demonstrationState(0.2), { lambda: 0.01 });

  it('has every logit and every weight over the temperature', () => {
    const { sPlusSplit, ...rest } = model;
    const { sPlusSplit: split, ...scaled } = tempered(model, 0.7);
    for (const [name, value] of Object.entries(rest)) expect(scaled[name as keyof typeof rest], name).toBe(value / 0.7);
    expect(Math.abs(splitLogValue(split) - splitLogValue(sPlusSplit) / 0.7)).toBeLessThan(FEW_ULPS);
    expect(tempered(model, 1)).toBe(model);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('has no temperature %d', (temperature) => {
    expect(() => tempered(model, temperature)).toThrow(RangeError);
  });
});
