import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AT,
  type Baseline,
  chainProbability,
  demonstrationState,
  enumerateAscent,
  enumerateGreedy,
  enumeratePolicyGradient,
  enumerateSampling,
  features,
  groupObjective,
  type LinearChain,
  largestOffSupport,
  optimum,
  Pacer,
  type PolicyAlgorithm,
  type PolicyWeights,
  parseRational,
  policyAscent,
  policyBehaviour,
  policyGradient,
  policyWeights,
  productIndex,
  type RewardName,
  rewardCot,
  rewardE2e,
  rewardNamed,
  rewardObjective,
  sequenceFlow,
  sigmoid,
  supportWeights,
  temperedChain,
  toDouble,
  zeroChain,
} from '../../src/index.js';
import { KeyedRandom, streamOf } from '../../src/random/index.js';
import { seeded } from '../fixtures/seed.js';

/**
 * Newton leaves a gradient of 1e-16 over a curvature of lambda >= 1e-3 in each weight: 1e-13. How fifty steps at a learning
 * rate of 1 spread it is measured, not bounded: the routes differ by at most 2e-14.
 */
const TOLERANCE = 1e-10;

/** A weight that should be 0: Newton's 1e-13, and the same fifty steps. */
const ZERO = 1e-12;

interface Setting {
  readonly d: number;
  readonly p: string;
  readonly lambda: number;
  readonly reward: RewardName;
  readonly algorithm: PolicyAlgorithm;
  readonly baseline?: Baseline;
  readonly temperature?: number;
  readonly learningRate?: number;
  readonly steps?: number;
}

const objectiveOf = (algorithm: PolicyAlgorithm) => (algorithm === 'grpo' ? groupObjective : rewardObjective);

/** The four weights that GRPO adds: in the closed form, and where they lie in a chain. */
function gained(model: LinearChain): { name: string; at: number; weights: Float64Array; index: number }[] {
  const { d, next } = model;
  return [
    { name: 'x1', at: AT.x1, weights: next[d]!, index: 0 },
    { name: 'z1', at: AT.z1, weights: next[d]!, index: d },
    ...(d === 3
      ? [
          { name: 'z1x3', at: AT.z1x3, weights: next[2]!, index: productIndex(2, 3, 3) },
          { name: 'z2x2', at: AT.z2x2, weights: next[3]!, index: productIndex(3, 2, 3) },
        ]
      : []),
  ];
}

/** A chain with these weights of the closed form. */
function chainOf(weights: PolicyWeights, d: number): LinearChain {
  const model = zeroChain(d);
  const [s, t] = [weights[AT.s]!, weights[AT.t]!];
  model.first[0] = weights[AT.c1]!;
  model.stop[productIndex('stop', d + 1, d)] = (s + t) / 2;
  model.stop[productIndex('stop', 1, d)] = (s - t) / 2;
  for (let l = 2; l <= d; l++) model.next[l]![productIndex(l, l, d)] = weights[AT.c + l - 2]!;
  for (const { at, weights: own, index } of gained(model)) own[index] = weights[at]!;
  return model;
}

/** What a chain has at the places that the closed form knows, by name. */
function namedWeights(model: LinearChain): Record<string, number> {
  const { c1, bias, weight, c } = supportWeights(model);
  const added = gained(model).map(({ name, weights, index }) => [name, weights[index]!]);
  return { c1, bias, weight, ...Object.fromEntries([...c.map((value, i) => [`c_${i + 2}`, value]), ...added]) };
}

/** The largest weight of a chain where the closed form has none. */
function largestUnnamed(model: LinearChain): number {
  const rest: LinearChain = { ...model, next: model.next.map((weights) => weights.slice()) };
  for (const { weights, index } of gained(rest)) weights[index] = 0;
  return largestOffSupport(rest);
}

interface Behaving {
  readonly pLong: number;
  readonly accuracyCot: number;
  readonly accuracyE2e: number;
}

interface Greedy {
  readonly longFraction: number;
  readonly correctFraction: number;
  readonly tie: boolean;
}

const named = (
  objective: number,
  { pLong, accuracyCot, accuracyE2e }: Behaving,
  { longFraction, correctFraction, tie }: Greedy,
  model: LinearChain,
): Record<string, number> => ({
  objective,
  pLong,
  accuracyCot,
  accuracyE2e,
  longFraction,
  correctFraction,
  tie: Number(tie),
  ...namedWeights(model),
});

/** The largest difference of two records, and at which name; NaN is worse than anything. */
function difference(a: Record<string, number>, b: Record<string, number>): { largest: number; at: string } {
  expect(Object.keys(a)).toEqual(Object.keys(b));
  let found = { largest: 0, at: 'nowhere' };
  for (const [name, value] of Object.entries(a)) {
    const off = Math.abs(value - b[name]!);
    if (!(off <= found.largest)) found = { largest: off, at: name };
  }
  return found;
}

/** The largest difference between both routes over all steps, and where; weights that should be 0 are checked on the way. */
async function worst(setting: Setting, closed: Partial<Setting> = {}): Promise<{ largest: number; at: string }> {
  const { p, steps = 50, learningRate = 1, baseline = 'none', ...rest } = setting;
  const pCot = toDouble(parseRational(p)!);
  const points = await enumerateAscent({ ...rest, pCot, steps, learningRate, baseline });
  const other = { ...setting, learningRate, ...closed };
  const start = policyWeights(optimum(demonstrationState(parseRational(other.p)!), other), other.d);
  const ascent = policyAscent(start, { ...other, objective: objectiveOf(other.algorithm) });
  let found = { largest: 0, at: 'nowhere' };
  for (const { step, model, objective, sampling, greedy } of points) {
    expect(largestUnnamed(model), `step ${step}`).toBeLessThan(ZERO);
    if (setting.algorithm === 'reinforce') expect(largestOffSupport(model), `step ${step}`).toBeLessThan(ZERO);
    else if (step > 0) {
      for (const { name, weights, index } of gained(model)) {
        expect(Math.abs(weights[index]!), `${name} in step ${step}`).toBeGreaterThan(1e3 * ZERO);
      }
    }
    const point = ascent.next().value;
    expect(point.step).toBe(step);
    const exact = named(point.objective, point.behaviour, point.behaviour.greedy, chainOf(point.weights, other.d));
    const { largest, at } = difference(named(objective, sampling, greedy, model), exact);
    if (!(largest <= found.largest)) found = { largest, at: `${at} in step ${step}` };
  }
  return found;
}

async function expectEqual(setting: Setting): Promise<void> {
  const { largest, at } = await worst(setting);
  expect(largest, `${at} of ${JSON.stringify(setting)}`).toBeLessThan(TOLERANCE);
}

const ALGORITHMS: PolicyAlgorithm[] = ['reinforce', 'grpo'];
const BASELINES: Baseline[] = ['none', 'mean', 'prompt-mean'];
const REWARDS: RewardName[] = ['cot', 'e2e'];
const CASES = ALGORITHMS.flatMap((algorithm) => REWARDS.map((reward) => [algorithm, reward] as const));

describe.each(CASES)('the closed ascent is the enumerated one in every number: %s, r_%s', (algorithm, reward) => {
  it.each([0.1, 0.01, 1e-3])('at d = 3, lambda = %d, p below, at and above 1/3', async (lambda) => {
    for (const [i, p] of ['1/10', '1/3', '3/5'].entries()) {
      for (const temperature of [1, 0.6]) {
        await expectEqual({ d: 3, p, lambda, reward, algorithm, temperature, baseline: BASELINES[i]! });
      }
    }
  });

  it('at d = 4, for each baseline and at a high temperature', async () => {
    for (const baseline of BASELINES) {
      await expectEqual({ d: 4, p: '0.2', lambda: 0.01, reward, algorithm, baseline, temperature: 1.7 });
    }
    await expectEqual({ d: 4, p: '1/3', lambda: 1e-3, reward, algorithm });
    await expectEqual({ d: 4, p: '0.7', lambda: 0.1, reward, algorithm });
  });

  it('at d = 5', async () => {
    await expectEqual({ d: 5, p: '0.25', lambda: 0.01, reward, algorithm, temperature: 0.8, baseline: 'prompt-mean' });
    await expectEqual({ d: 5, p: '1/9', lambda: 1e-3, reward, algorithm });
    await expectEqual({ d: 5, p: '0.6', lambda: 0.1, reward, algorithm });
  });

  it('and the comparison sees a closed form that is a little off', async () => {
    const setting: Setting = { d: 3, p: '0.25', lambda: 0.01, reward, algorithm, steps: 5 };
    for (const other of [
      { lambda: 0.01 * (1 + 1e-7) },
      { p: '0.250000001' },
      { temperature: 1 + 1e-8 },
      { learningRate: 1 + 1e-8 },
      { reward: reward === 'cot' ? 'e2e' : 'cot' },
      { algorithm: algorithm === 'grpo' ? 'reinforce' : 'grpo' },
    ] as const) {
      expect((await worst(setting, other)).largest, JSON.stringify(other)).toBeGreaterThan(TOLERANCE);
    }
  });
});

/** Anywhere on the enlarged support, far from every orbit. */
const points = fc
  .tuple(fc.integer({ min: 3, max: 5 }), fc.nat(), fc.constantFrom(0, 1))
  .map(([d, seed, share]) => randomPoint(d, seed, share));

function randomPoint(d: number, seed: number, share: number): { d: number; weights: PolicyWeights } {
  const random = new KeyedRandom(seed, streamOf('cases'));
  const weights = Float64Array.from({ length: AT.c + d - 1 }, (_, j) => 4 * random.uniform(j, 0) - 2);
  for (let j = AT.x1; j < AT.c; j++) weights[j]! *= d > 3 && j > AT.z1 ? 0 : share;
  return { d, weights };
}

describe.each(CASES)('at random weights of the enlarged support: %s, r_%s', (algorithm, reward) => {
  it('every other gradient is 0, and these are the flow', async () => {
    await fc.assert(
      fc.asyncProperty(points, fc.constantFrom(1, 0.6), async ({ d, weights }, temperature) => {
        const { objective, flow } = policyGradient(weights, objectiveOf(algorithm), { reward, temperature });
        const model = chainOf(weights, d);
        const options = { algorithm, baseline: 'mean', reward: rewardNamed(reward), temperature } as const;
        const found = await enumeratePolicyGradient(model, options, new Pacer());
        // Sums of 4^d terms below 1, over a deviation of rewards and a temperature.
        const tolerance = 1e-12;
        expect(Math.abs(found.objective - objective)).toBeLessThan(tolerance);
        expect(largestUnnamed(found.gradient)).toBeLessThan(tolerance);
        const { largest, at } = difference(namedWeights(found.gradient), namedWeights(chainOf(flow, d)));
        expect(largest, at).toBeLessThan(tolerance);
      }),
      seeded(40),
    );
  });
});

describe('what a chain does at random weights of the enlarged support', () => {
  it('is what its enumeration does, sampled and greedily', async () => {
    const rewards = { cot: rewardCot, e2e: rewardE2e };
    await fc.assert(
      fc.asyncProperty(points, fc.constantFrom(1, 0.6), async ({ d, weights }, temperature) => {
        const model = chainOf(weights, d);
        const sampler = temperedChain(model, temperature);
        const sampling = await enumerateSampling(sampler, rewards, rewardCot, features, new Pacer());
        const { greedy, ...exact } = policyBehaviour(weights, temperature);
        for (const [name, value] of Object.entries(exact)) {
          expect(Math.abs(value - sampling[name as keyof Behaving]), name).toBeLessThan(1e-14);
        }
        expect(enumerateGreedy(model)).toEqual(greedy);
      }),
      seeded(200),
    );
  });

  it('is the same at ties, one or several at once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 5 }), fc.nat(), (d, seed) => {
        const { weights } = randomPoint(d, seed, 0);
        const random = new KeyedRandom(seed, streamOf('cases'));
        for (let j = 0; j < weights.length; j++) if (random.uniform(j, 1) < 0.3) weights[j] = 0;
        expect(enumerateGreedy(chainOf(weights, d))).toEqual(policyBehaviour(weights).greedy);
      }),
      seeded(300),
    );
  });
});

describe('divided by length, the closed flow equals the enumerated update', () => {
  it.each([
    [3, 'cot'],
    [4, 'cot'],
    [3, 'e2e'],
    [4, 'e2e'],
  ] as const)('d = %d, r_%s, at the optimum and ten steps on', async (d, reward) => {
    const start = optimum(demonstrationState(0.2), { lambda: 0.01 });
    for (const algorithm of ['reinforce', 'grpo'] as const) {
      for (const baseline of ['none', 'mean', 'prompt-mean'] as const) {
        for (const temperature of [1, 1.6]) {
          const rule = { algorithm, baseline, temperature };
          const ascent = { d, pCot: 0.2, lambda: 0.01, ...rule, reward, steps: 10, learningRate: 3 };
          const points = await enumerateAscent({ ...ascent, normalisation: 'sequence' });
          let weights = policyWeights(start, d);
          for (const { model } of points) {
            const { c1, bias, weight, c } = supportWeights(model);
            const found = [c1, bias + weight, bias - weight, ...c];
            const closed = [...weights.subarray(0, AT.x1), ...weights.subarray(AT.c)];
            for (const [j, w] of found.entries()) {
              expect(Math.abs(w - closed[j]!), JSON.stringify({ ...rule, j })).toBeLessThan(TOLERANCE);
            }
            const flow = sequenceFlow(weights, { ...rule, reward });
            weights = weights.map((w, j) => w + 3 * flow[j]!);
          }
        }
      }
    }
  });

  it('has the sign of (K - b) / (d + 1) + (b - 1/2) / 2 with a constant baseline', () => {
    for (const d of [3, 5, 50]) {
      const weights = policyWeights(optimum(demonstrationState(0.25), { lambda: 1e-3 }), d);
      const mean = policyBehaviour(weights).accuracyCot;
      const K = chainProbability(weights[AT.c]!, d);
      for (const [baseline, b] of [
        ['none', 0],
        ['mean', mean],
      ] as const) {
        const [first, s] = [sigmoid(weights[AT.c1]!), weights[AT.s]!];
        const bracket = (K - b) / (d + 1) + (b - 0.5) / 2;
        const flow = sequenceFlow(weights, { algorithm: 'reinforce', baseline, reward: 'cot' });
        expect(flow[AT.s]).toBeCloseTo(2 * first * sigmoid(s) * sigmoid(-s) * bracket, 14);
        expect(Math.sign(flow[AT.s]!)).toBe(baseline === 'none' ? -1 : 1);
      }
    }
  });
});
