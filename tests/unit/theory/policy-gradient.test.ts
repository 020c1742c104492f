import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryD, arbitraryLambda, arbitraryP, arbitraryReal } from '../../../src/arbitraries/index.js';
import { sigmoid } from '../../../src/numerics/index.js';
import { KeyedRandom, streamOf } from '../../../src/random/index.js';
import type { RewardName } from '../../../src/task/index.js';
import {
  AT,
  behaviour,
  demonstrationState,
  finiteGroupObjective,
  groupObjective,
  optimum,
  type PolicyObjective,
  type PolicyWeights,
  policyAscent,
  policyBehaviour,
  policyGradient,
  policyWeights,
  rewardObjective,
  sequenceFlow,
  tempered,
} from '../../../src/theory/index.js';
import { seeded } from '../../fixtures/seed.js';

/** Where x1, z1, z1x3 and z2x2 lie. */
const GAINED = [AT.x1, AT.z1, AT.z1x3, AT.z2x2];

/**
 * Weights in [-2, 2], those of the steps around log d, where the whole chain is neither certain nor hopeless. The gained
 * weights are 0 unless they are asked for, z1x3 and z2x2 always for d > 3, where they do not exist.
 */
function randomWeights(d: number, seed: number, gained: number): PolicyWeights {
  const random = new KeyedRandom(seed, streamOf('cases'));
  const between = (low: number, high: number, j: number) => low + (high - low) * random.uniform(j, 0);
  const weights = Float64Array.from({ length: AT.c + d - 1 }, (_, j) =>
    j >= AT.c ? Math.log(d) + between(-2, 3, j) : between(-2, 2, j),
  );
  for (const j of GAINED) weights[j] = d > 3 && j > AT.z1 ? 0 : gained * weights[j]!;
  return weights;
}

const OBJECTIVES: Record<string, PolicyObjective> = {
  reward: rewardObjective,
  group: groupObjective,
  'a group of 2': finiteGroupObjective(2),
  'a group of 8': finiteGroupObjective(8),
};

const REWARDS: RewardName[] = ['cot', 'e2e'];
const bits = fc.oneof(fc.constant(3), fc.integer({ min: 4, max: 8 }), fc.constantFrom(50, 200));

const H = 3e-5;

/**
 * Error of a central difference over 2h. Truncation: h^2 / 6 times the third derivative. Every decision is met once in a
 * response, so by one weight mu is a mixture of sigma(+-z), and its derivatives are at most 1/4, 1/10 and 1/8, over T to their
 * order. The third one of an objective f(mu) is then 1/8 for mu itself, at most 2 for 2 arcsin sqrt(mu) (see the test of the
 * enumeration), and at most |f'''| / 64 + 3 |f''| / 40 + f' / 8 <= 8 for a group of up to 8, where by its n = G - 1 trials
 * f' <= n u, |f''| <= 2 n (n - 1) u, |f'''| <= 4 n (n - 1) (n - 2) u with u = 1 / sqrt G. Rounding: a mean over eps of functions of
 * a product of up to 200 factors: 200 eps.
 */
const tolerance = (temperature: number) => (8 * H ** 2) / 6 / temperature ** 3 + (200 * Number.EPSILON) / H;

/** How fast each entry should move: by its derivative, the sum and the difference of two weights by twice that. */
function differences(weights: PolicyWeights, f: (weights: PolicyWeights) => number): Float64Array {
  return weights.map((_, j) => {
    const [up, down] = [weights.slice(), weights.slice()];
    up[j]! += H;
    down[j]! -= H;
    return ((j === AT.s || j === AT.t ? 2 : 1) * (f(up) - f(down))) / (2 * H);
  });
}

const largestError = (a: Float64Array, b: Float64Array) => Math.max(...a.map((value, j) => Math.abs(value - b[j]!)));

describe.each(REWARDS)('the flow of r_%s', (reward) => {
  it.each(Object.keys(OBJECTIVES))('climbs the objective, %s: its central differences in every weight', (name) => {
    const objective = OBJECTIVES[name]!;
    fc.assert(
      fc.property(
        bits,
        fc.nat(),
        fc.constantFrom(0, 1),
        fc.constantFrom(1, 0.5, 1.7),
        (d, seed, gained, temperature) => {
          const weights = randomWeights(d, seed, gained);
          const sampling = { reward, temperature };
          const value = (at: PolicyWeights) => policyGradient(at, objective, sampling).objective;
          const expected = differences(weights, value);
          // Only for three bits do predictors 2 and 3 gain a weight.
          if (d > 3) for (const j of [AT.z1x3, AT.z2x2]) expected[j] = 0;
          const { flow } = policyGradient(weights, objective, sampling);
          expect(largestError(flow, expected)).toBeLessThan(2 * tolerance(temperature));
        },
      ),
      seeded(60),
    );
  });

  it('and the differences would see another temperature or objective', () => {
    const weights = randomWeights(5, 1, 1);
    const { flow } = policyGradient(weights, groupObjective, { reward });
    const wrong = [
      (at: PolicyWeights) => policyGradient(at, groupObjective, { reward, temperature: 1.0001 }).objective,
      (at: PolicyWeights) => policyGradient(at, finiteGroupObjective(8), { reward }).objective,
    ];
    for (const f of wrong) expect(largestError(flow, differences(weights, f))).toBeGreaterThan(2 * tolerance(1));
  });

  it('is on the support of next-token prediction the formula of Lemma 7', () => {
    fc.assert(
      fc.property(bits, fc.nat(), fc.boolean(), (d, seed, undecided) => {
        const weights = randomWeights(d, seed, 0);
        // A step with g_l = 0, which no formula may divide by.
        if (undecided) weights[AT.c + (seed % (d - 1))] = 0;
        const { objective, flow } = policyGradient(weights, rewardObjective, { reward });
        const expected = reward === 'cot' ? chainFlow(weights) : answerFlow(weights);
        // Some roundings of sums of at most three numbers below 1, and the relative error of a product of d - 1 factors.
        const rounding = (10 + d) * Number.EPSILON;
        expect(largestError(flow, expected.flow)).toBeLessThan(rounding);
        expect(Math.abs(objective - expected.objective)).toBeLessThan(rounding);
      }),
      seeded(300),
    );
  });

  it('leaves the gained weights exactly 0 in REINFORCE, and not in GRPO', () => {
    fc.assert(
      fc.property(bits, fc.nat(), fc.constantFrom(1, 0.7), (d, seed, temperature) => {
        const weights = randomWeights(d, seed, 0);
        const { flow } = policyGradient(weights, rewardObjective, { reward, temperature });
        for (const j of GAINED) expect(flow[j]).toBe(0);
        const { flow: group } = policyGradient(weights, groupObjective, { reward, temperature });
        for (const j of d === 3 ? GAINED : [AT.x1, AT.z1]) expect(group[j]).not.toBe(0);
        for (const j of d === 3 ? [] : [AT.z1x3, AT.z2x2]) expect(group[j]).toBe(0);
      }),
      seeded(100),
    );
  });

  it('is climbed by the ascent, a learning rate at a time', () => {
    const start = randomWeights(6, 3, 0);
    const options = { reward, temperature: 1.3, objective: groupObjective, learningRate: 0.3 };
    const ascent = policyAscent(start, options);
    let weights = start;
    for (let step = 0; step < 5; step++) {
      const point = ascent.next().value;
      const { objective, flow } = policyGradient(weights, groupObjective, options);
      expect(point.step).toBe(step);
      expect(point.objective).toBe(objective);
      expect([...point.weights]).toEqual([...weights]);
      expect(point.behaviour).toEqual(policyBehaviour(weights, 1.3));
      weights = weights.map((w, j) => w + 0.3 * flow[j]!);
    }
  });
});

interface LiteralFlow {
  readonly objective: number;
  readonly flow: Float64Array;
}

/** r_cot, temperature 1, K = sigma(c_2) ... sigma(c_d): the formulas as Lemma 7 prints them. */
function chainFlow(weights: PolicyWeights): LiteralFlow {
  const [c1, s, t] = [weights[AT.c1]!, weights[AT.s]!, weights[AT.t]!];
  const steps = weights.subarray(AT.c);
  const K = steps.reduce((product, c) => product * sigmoid(c), 1);
  const flow = new Float64Array(weights.length);
  flow[AT.c1] = sigmoid(c1) * sigmoid(-c1) * (sigmoid(s) * K + sigmoid(-s) / 2 - sigmoid(-t) / 2);
  flow[AT.s] = sigmoid(c1) * sigmoid(s) * sigmoid(-s) * (2 * K - 1);
  flow[AT.t] = -sigmoid(-c1) * sigmoid(t) * sigmoid(-t);
  for (const [i, c] of steps.entries()) flow[AT.c + i] = sigmoid(c1) * sigmoid(s) * K * sigmoid(-c);
  const objective = sigmoid(c1) * (sigmoid(s) * K + sigmoid(-s) / 2) + (sigmoid(-c1) * sigmoid(-t)) / 2;
  return { objective, flow };
}

/** r_e2e, temperature 1, g_l = 2 sigma(c_l) - 1 and G their product. */
function answerFlow(weights: PolicyWeights): LiteralFlow {
  const [c1, s, t] = [weights[AT.c1]!, weights[AT.s]!, weights[AT.t]!];
  const steps = weights.subarray(AT.c);
  const g = [...steps].map((c) => 2 * sigmoid(c) - 1);
  const productBut = (l: number) => g.reduce((product, value, i) => (i === l ? product : product * value), 1);
  const G = productBut(-1);
  const [aPlus, aMinus] = [sigmoid(c1) * sigmoid(s), sigmoid(-c1) * sigmoid(t)];
  const flow = new Float64Array(weights.length);
  flow[AT.c1] =
    sigmoid(c1) *
    sigmoid(-c1) *
    ((sigmoid(s) * (1 + G)) / 2 + sigmoid(-s) / 2 - (sigmoid(t) * (1 - G)) / 2 - sigmoid(-t) / 2);
  flow[AT.s] = sigmoid(c1) * sigmoid(s) * sigmoid(-s) * G;
  flow[AT.t] = -sigmoid(-c1) * sigmoid(t) * sigmoid(-t) * G;
  for (const [i, c] of steps.entries()) flow[AT.c + i] = (aPlus - aMinus) * productBut(i) * sigmoid(c) * sigmoid(-c);
  return { objective: 1 / 2 + ((aPlus - aMinus) * G) / 2, flow };
}

describe('the start of policy gradient', () => {
  it('behaves as the optimum does, at temperature 1 and at others', () => {
    fc.assert(
      fc.property(
        arbitraryD(),
        arbitraryP(),
        arbitraryLambda(),
        fc.oneof(fc.constant(1), arbitraryReal(0.2, 5)),
        (d, pCot, lambda, temperature) => {
          const model = optimum(demonstrationState(pCot), { lambda });
          const found = policyBehaviour(policyWeights(model, d), temperature);
          const expected = behaviour(tempered(model, temperature), d);
          expect(found.greedy).toEqual(expected.greedy);
          for (const name of ['pLong', 'accuracyCot', 'accuracyE2e'] as const) {
            // A product of d - 1 factors with one rounding each or two, and some sums.
            expect(Math.abs(found[name] - expected[name])).toBeLessThan((10 + 2 * d) * Number.EPSILON);
          }
        },
      ),
      seeded(300),
    );
  });

  it('has c_1, s, t and one weight c for each of the d - 1 steps, and the others 0', () => {
    const model = optimum(demonstrationState(0.2), { lambda: 0.01 });
    const { c1, sPlus, sMinus, c } = model;
    expect([...policyWeights(model, 5)]).toEqual([c1, sPlus, sMinus, 0, 0, 0, 0, c, c, c, c]);
  });

  it.each([2, 3.5, -1])('does not exist for d = %d', (d) => {
    expect(() => policyWeights(optimum(demonstrationState(0.2), { lambda: 0.01 }), d)).toThrow(RangeError);
  });
});

describe('greedy decoding', () => {
  /** c1, s, t, then the gained weights, then c_2, c_3, ... */
  const greedy = (first: number[], steps: number[], gained = [0, 0, 0, 0]) =>
    policyBehaviour(Float64Array.of(...first, ...gained, ...steps)).greedy;

  it.each([
    ['a sure chain', [1, 1, -1], [1, 1, 1], { longFraction: 1, correctFraction: 1, tie: false }],
    ['a wrong step', [1, 1, -1], [1, -1, 1], { longFraction: 1, correctFraction: 0, tie: false }],
    ['a short answer', [1, -1, 1], [1, 1, 1], { longFraction: 0, correctFraction: 0.5, tie: false }],
    ['a wrong first token, long', [-1, -1, 1], [1, 1, 1], { longFraction: 1, correctFraction: 0, tie: false }],
    ['a wrong first token, short', [-1, 1, -1], [1, 1, 1], { longFraction: 0, correctFraction: 0.5, tie: false }],
    // A stop logit of 0 gives the short answer.
    ['a tied length', [1, 0, 1], [1, 1, 1], { longFraction: 0, correctFraction: 0.5, tie: true }],
    // A first token of +1 is x_1 on half of the inputs.
    ['a tied first token', [0, 1, -1], [1, 1, 1], { longFraction: 0.5, correctFraction: 0.75, tie: true }],
    ['a tied step', [1, 1, -1], [1, 0, 1], { longFraction: 1, correctFraction: 0.5, tie: true }],
    ['two tied steps', [1, 1, -1], [0, 1, 0], { longFraction: 1, correctFraction: 0.25, tie: true }],
    ['a tied step that is not reached', [1, -1, -1], [1, 0, 1], { longFraction: 0, correctFraction: 0.5, tie: false }],
  ])('of %s', (_, first, steps, expected) => {
    expect(greedy(first, steps)).toEqual(expected);
  });

  it('depends on eps through the gained weights', () => {
    // x_1 in predictor d: the last step is right where 0.5 + 0.3 + 0.4 eps > 0, then where 0.5 - 0.8 eps > 0.
    expect(greedy([1, 1, -1], [1, 1, 0.5], [0.4, -0.3, 0, 0])).toMatchObject({ correctFraction: 1, tie: false });
    expect(greedy([1, 1, -1], [1, 1, 0.5], [-0.4, -0.4, 0, 0])).toMatchObject({ correctFraction: 0.5, tie: false });
    // Tied on the half with eps = -1, on which half of the inputs are right.
    expect(greedy([1, 1, -1], [1, 1, 0.5], [0.25, 0.25, 0, 0])).toMatchObject({ correctFraction: 0.75, tie: true });
    expect(greedy([1, 1, -1], [0.5, 0.5], [0, 0, 1, 0])).toMatchObject({ correctFraction: 0.5 });
    expect(greedy([1, 1, -1], [0.5, 0.5], [0, 0, 1, -1])).toMatchObject({ correctFraction: 0 });
  });
});

describe('GRPO divided by the length of responses', () => {
  it('does not move where every reward is certain, as no deviation is left', () => {
    const certain = Float64Array.from({ length: AT.c + 4 }, (_, j) => (j < AT.x1 || j >= AT.c ? 800 : 0));
    const options = { reward: 'cot', algorithm: 'grpo', baseline: 'prompt-mean' } as const;
    expect([...sequenceFlow(certain, options)].every((entry) => entry === 0)).toBe(true);
  });
});

describe('policy gradient does not take', () => {
  const weights = randomWeights(3, 1, 0);
  const options = { reward: 'cot', objective: rewardObjective } as const;

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('the temperature or the learning rate %d', (value) => {
    expect(() => policyGradient(weights, rewardObjective, { reward: 'cot', temperature: value })).toThrow(RangeError);
    expect(() => policyBehaviour(weights, value)).toThrow(RangeError);
    expect(() => policyAscent(weights, { ...options, learningRate: value }).next()).toThrow(RangeError);
  });
});
