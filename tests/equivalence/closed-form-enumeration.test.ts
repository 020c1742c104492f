import { describe, expect, it } from 'vitest';
import {
  demonstrationState,
  type EnumeratedRound,
  enumerateGreedyThreshold,
  enumerateRounds,
  greedyThreshold,
  largestOffSupport,
  probabilitiesOf,
  type RewardName,
  sharesOf,
  supportWeights,
  type TheoryRound,
  theoryRounds,
} from '../../src/index.js';

/**
 * Newton leaves a gradient of 1e-16 over a curvature of at least lambda = 1e-4: 1e-12 in each of up to 22 weights, and a
 * round passes that on to the next about once. A tenth of a millionth of the smallest effect of a wrong formula here.
 */
const TOLERANCE = 1e-9;

interface Setting {
  readonly d: number;
  readonly pCot: number;
  readonly lambda: number;
  readonly reward: RewardName;
  readonly rounds: number;
  readonly freeConstant?: boolean;
  readonly jointLoss?: boolean;
  readonly temperature?: number;
}

/** Every quantity that both routes report about one round, by name. */
function byEnumeration({ model, sampling, greedy, distribution }: EnumeratedRound): Record<string, number> {
  const { c1, bias, weight, c } = supportWeights(model);
  const shares = sharesOf(distribution);
  return {
    ...sampled(sampling),
    c1,
    bias,
    weight,
    ...Object.fromEntries(c.map((value, i) => [`c_${i + 2}`, value])),
    q: shares.longFraction,
    rho: shares.rho!,
    alpha: shares.alpha!,
    firstStep: shares.firstStep!,
    offSupport: largestOffSupport(model),
    greedyLong: greedy.longFraction,
    greedyCorrect: greedy.correctFraction,
    tie: Number(greedy.tie),
  };
}

function byClosedForm({ state, optimum, behaviour, accepted }: TheoryRound, d: number): Record<string, number> {
  const { c1, bias, weight, c } = optimum;
  const { longFraction: q, rho, alpha, firstStep } = probabilitiesOf(state);
  const steps = Array.from({ length: d - 1 }, (_, i) => [`c_${i + 2}`, c] as const);
  return {
    ...sampled({ ...behaviour, accepted }),
    c1,
    bias,
    weight,
    ...Object.fromEntries(steps),
    q,
    rho,
    alpha,
    firstStep,
    offSupport: 0,
    greedyLong: behaviour.greedy.longFraction,
    greedyCorrect: behaviour.greedy.correctFraction,
    tie: Number(behaviour.greedy.tie),
  };
}

type Sampled = Record<'pLong' | 'accuracyCot' | 'accuracyE2e' | 'accepted', number>;

const sampled = ({ pLong, accuracyCot, accuracyE2e, accepted }: Sampled): Sampled => ({
  pLong,
  accuracyCot,
  accuracyE2e,
  accepted,
});

/** The largest difference of any quantity in any round, and where. */
async function worst(setting: Setting, closed: Partial<Setting> = {}): Promise<{ difference: number; at: string }> {
  const { pCot, rounds, ...options } = { ...setting, ...closed };
  const enumerated = await enumerateRounds(setting);
  let found = { difference: 0, at: 'nowhere' };
  const orbit = theoryRounds(demonstrationState(pCot), options);
  for (let round = 0; round <= rounds; round++) {
    const theory = orbit.next().value;
    const [exact, brute] = [byClosedForm(theory, setting.d), byEnumeration(enumerated[round]!)];
    expect(Object.keys(brute).sort()).toEqual(Object.keys(exact).sort());
    for (const [name, value] of Object.entries(exact)) {
      const difference = Math.abs(value - brute[name]!);
      // NaN is worse than anything.
      if (!(difference <= found.difference)) found = { difference, at: `${name} in round ${round}` };
    }
  }
  return found;
}

async function expectEqual(setting: Setting): Promise<void> {
  const { difference, at } = await worst(setting);
  expect(difference, `${at} of ${JSON.stringify(setting)}`).toBeLessThan(TOLERANCE);
}

const REWARDS: RewardName[] = ['cot', 'e2e'];

describe.each(REWARDS)('closed form and enumeration agree on every reported quantity, r_%s', (reward) => {
  it.each([0.1, 0.01, 1e-3, 1e-4])(
    'at d = 3, lambda = %d, from p on both sides of 1/3, rounds 0..6',
    async (lambda) => {
      for (const pCot of [0.01, 0.2, 0.33, 0.34, 0.7, 0.99])
        await expectEqual({ d: 3, pCot, lambda, reward, rounds: 6 });
    },
  );

  it.each([0.1, 1e-3])('at d = 4, lambda = %d, rounds 0..6', async (lambda) => {
    for (const pCot of [0.1, 0.6]) await expectEqual({ d: 4, pCot, lambda, reward, rounds: 6 });
  });

  it('at d = 5, rounds 0..3', async () => {
    for (const [pCot, lambda] of [
      [0.25, 0.01],
      [0.5, 1e-4],
    ] as const) {
      await expectEqual({ d: 5, pCot, lambda, reward, rounds: 3 });
    }
  });

  it('at d = 6, rounds 0..2', async () => {
    await expectEqual({ d: 6, pCot: 0.3, lambda: 0.01, reward, rounds: reward === 'cot' ? 2 : 1 });
  });
});

describe('the variants agree too', () => {
  it.each(REWARDS)('with a free constant, r_%s', async (reward) => {
    for (const [d, pCot, lambda] of [
      [3, 0.2, 0.1],
      [3, 0.345, 0.01],
      [3, 0.8, 1e-3],
      [4, 0.3, 0.01],
    ] as const) {
      await expectEqual({ d, pCot, lambda, reward, rounds: 3, freeConstant: true });
    }
  });

  it.each(REWARDS)('with a joint loss, r_%s', async (reward) => {
    for (const [d, pCot, lambda] of [
      [3, 0.05, 0.1],
      [3, 0.25, 0.01],
      [3, 0.8, 1e-3],
      [4, 0.3, 0.01],
    ] as const) {
      await expectEqual({ d, pCot, lambda, reward, rounds: 3, jointLoss: true });
    }
  });

  it.each(REWARDS)('with samples drawn at another temperature, r_%s', async (reward) => {
    for (const temperature of [0.5, 1.7]) {
      for (const [d, pCot, lambda] of [
        [3, 0.2, 0.1],
        [3, 0.6, 1e-3],
        [4, 0.3, 0.01],
      ] as const) {
        await expectEqual({ d, pCot, lambda, reward, rounds: 4, temperature });
      }
    }
  });

  it('with both', () =>
    expectEqual({ d: 3, pCot: 0.3, lambda: 0.01, reward: 'e2e', rounds: 2, freeConstant: true, jointLoss: true }));

  it.each([3, 4])('on the greedy threshold at d = %d', async (d) => {
    for (const freeConstant of [false, true]) {
      for (const lambda of [0.1, 0.01]) {
        const found = await enumerateGreedyThreshold(d, { lambda, freeConstant });
        // The bisection ends 1e-12 wide, and a logit that is off by 1e-14 moves p by about a third of that.
        expect(Math.abs(found! - greedyThreshold({ lambda, freeConstant }))).toBeLessThan(1e-11);
      }
    }
  });
});

describe('the comparison', () => {
  const setting: Setting = { d: 3, pCot: 0.25, lambda: 0.01, reward: 'e2e', rounds: 2 };

  it.each<Partial<Setting>>([
    { lambda: 0.01 * (1 + 1e-6) },
    { pCot: 0.25 + 1e-8 },
    { d: 4 },
    { reward: 'cot' },
    { freeConstant: true },
    { jointLoss: true },
    { temperature: 1 + 1e-6 },
  ])('sees a closed form for %j instead', async (other) => {
    const { d, ...rest } = other;
    // Another d only changes the map: the enumeration keeps d = 3, and so do the names of its weights.
    expect((await worst(setting, d === undefined ? rest : { d })).difference).toBeGreaterThan(TOLERANCE);
  });
});
