import { describe, expect, it } from 'vitest';
import {
  type Audit,
  auditClaims,
  type Claim,
  type Evidence,
  falseAlarms,
  type MeanEstimate,
  meanEvidence,
  sampledEvidence,
} from '../../../src/claims/index.js';
import { KeyedRandom } from '../../../src/random/index.js';
import { OperatingCharacteristic } from '../../../src/statistics/index.js';
import { SEED } from '../../fixtures/seed.js';

const choices = { freeConstant: false, jointLoss: false, average: 'tail' } as const;

/** Succeeds with this probability, in a world whose hypotheses are the actual ones. */
function coin(id: string, probability: number, description = id): Evidence {
  return sampledEvidence({
    id,
    description,
    success: 'heads',
    falsifiers: [
      {
        id: 'tails',
        description: 'heads are rare',
        plant: (world) => ({ ...world, hypotheses: { ...world.hypotheses, enoughSamples: false } }),
      },
      { id: 'harmless', description: 'nothing is changed', plant: (world) => world },
    ],
    threshold: 0.5,
    trials: { quick: 400, standard: 400, thorough: 400 },
    trial: (seed, { hypotheses }) =>
      new KeyedRandom(seed, 1).uniform(0, 0) < (hypotheses.enoughSamples ? probability : 0.1),
  });
}

function claim(id: string, evidence: readonly Evidence[], more: Partial<Claim> = {}): Claim {
  return { id, title: id, source: 'a test', statement: '0 = 0', assumptions: [], evidence, ...more };
}

async function audited(claims: readonly Claim[], seeds = 30, falseAlarmBudget = 1e-3): Promise<Audit> {
  return auditClaims(claims, { effort: 'quick', seed: SEED, seeds, choices, falseAlarmBudget });
}

describe('auditClaims', () => {
  it('counts what is caught by kind, and names what is not', async () => {
    const { falsifiers } = await audited([claim('c', [coin('fair enough', 0.8)])], 1);
    expect(falsifiers).toEqual([
      { kind: 'sampled', planted: 2, caught: 1, missed: ['c/fair enough if harmless'], leftOut: 0 },
    ]);
  });

  it('gives no credit to a check that refutes the actual world, too', async () => {
    const { falsifiers } = await audited([claim('c', [coin('rare', 0.1)])], 1);
    expect(falsifiers).toEqual([
      { kind: 'sampled', planted: 2, caught: 0, missed: ['c/rare if tails', 'c/rare if harmless'], leftOut: 0 },
    ]);
  });

  it('counts the falsehoods of what is not checked', async () => {
    const thorough = { ...coin('thorough', 0.8), thoroughOnly: true };
    const free = claim('free', [coin('free', 0.8)], { assumes: { freeConstant: true } });
    const { falsifiers } = await audited([claim('c', [thorough]), free], 1);
    expect(falsifiers).toEqual([{ kind: 'sampled', planted: 0, caught: 0, missed: [], leftOut: 4 }]);
  });

  it('runs sampled checks on other seeds, and counts refutations of what holds as false alarms', async () => {
    const { sampled } = await audited([claim('right', [coin('often', 0.8)]), claim('wrong', [coin('rare', 0.2)])]);
    expect(sampled.map(({ name, verdicts }) => [name, verdicts.holds, verdicts.refuted])).toEqual([
      ['right/often', 30, 0],
      ['wrong/rare', 0, 30],
    ]);
    expect(sampled.map(falseAlarms)).toEqual([0, 30]);
  });

  it('takes what is found to hold of a counter-claim for a false alarm', async () => {
    const { sampled } = await audited([claim('c', [coin('often', 0.8)], { expected: 'refuted' })]);
    expect(sampled.map(falseAlarms)).toEqual([30]);
  });

  it('finds about as many of them, just at the threshold, as the sensitivity says', async () => {
    // Two checks share the budget: .25 each, of which half is for each side.
    const { sampled } = await audited([claim('c', [coin('a', 0.5), coin('b', 0.5)])], 400, 0.5);
    const exact = new OperatingCharacteristic({ threshold: 0.5, alpha: 0.25, trials: 400 }).probabilities(0.5).below;
    for (const { alpha, sensitivity, verdicts } of sampled) {
      expect(alpha).toBe(0.25);
      expect(sensitivity!.falseAlarm).toBe(exact);
      // Five standard deviations of a count of 400.
      expect(Math.abs(verdicts.refuted - 400 * exact)).toBeLessThan(5 * Math.sqrt(400 * exact * (1 - exact)));
    }
    expect(exact).toBeGreaterThan(0.03);
  });

  it('says of means how far off they must be to be refuted', async () => {
    const estimate: MeanEstimate = { what: 'x', found: 0.5, expected: 0.5, range: 1, draws: 800 };
    const means = (found: number) =>
      meanEvidence({ id: 'm', description: 'm', falsifiers: [], measure: async () => [{ ...estimate, found }] });
    const { sampled } = await audited([claim('c', [means(0.5)])], 2);
    const { refuted, falseAlarm } = sampled[0]!.sensitivity!;
    expect(falseAlarm).toBe(1e-3);
    // sqrt(log(2 / .001) / 1600) for the bounds, and sqrt(log(1 / .01) / 1600) for the mean itself.
    expect(refuted).toBeCloseTo(Math.sqrt(Math.log(2000) / 1600) + Math.sqrt(Math.log(100) / 1600), 12);
    const off = await audited([claim('c', [means(0.5 + refuted!)])], 2);
    expect(off.sampled[0]!.verdicts.refuted).toBe(2);
  });

  it('is stopped by its signal', async () => {
    const options = { effort: 'quick', seed: SEED, seeds: 5, choices, falseAlarmBudget: 1e-3 } as const;
    await expect(
      auditClaims([claim('c', [coin('a', 0.8)])], { ...options, signal: AbortSignal.abort(new Error('stop')) }),
    ).rejects.toThrow('stop');
  });
});
