import { describe, expect, it } from 'vitest';
import { claims } from '../../../proofs-checks/index.js';
import { centre, certifiedEvidence, least, SQUARES } from '../../../proofs-checks/shared/certified-evidence.js';
import { big } from '../../../proofs-checks/shared/high-precision.js';
import { actualWorld, EFFORTS, type EvidenceContext, type Interval, intervals } from '../../../src/index.js';
import { SEED } from '../../fixtures/seed.js';

const { between, exactly, subtract } = intervals;

const WORLD = actualWorld({ freeConstant: false, jointLoss: false, average: 'tail' });
const CONTEXT: EvidenceContext = { effort: 'quick', seed: SEED, alpha: 0 };

/** That x exceeds a bound on [1, 4], and 1 on [2, 3]. */
function evidenceOf(bound: number, slack = (x: Interval) => subtract(x, exactly(bound))) {
  return certifiedEvidence<{ x: Interval }>({
    description: 'x exceeds a bound on an interval',
    falsifiers: [],
    inequalities: () => [
      { what: 'two', boxes: [{ x: between(2, 3) }], slack: ({ x }) => subtract(x, exactly(1)) },
      { what: 'bound', boxes: [{ x: between(1, 4) }], slack: ({ x }) => slack(x) },
    ],
  });
}

describe('certified evidence', () => {
  it('holds with the number of boxes and the least slack of all inequalities', async () => {
    const { verdict, detail, margin } = await evidenceOf(0.5).run(WORLD, CONTEXT);
    expect(verdict).toBe('holds');
    // The second inequality takes the box, then [1, 2], [2, 4], [1, sqrt 2], [sqrt 2, 2], down to a factor 2 in its slack.
    expect(detail).toMatch(
      /^proved at every point of \d+ boxes; least slack in \[0\.5000, 0\.\d+\]: bound, x in \[1\.000, /,
    );
    expect(margin).toMatch(/^slack 0\.50, \d+ boxes$/);
  });

  it('is refuted by a box, which replays', async () => {
    const evidence = evidenceOf(1.5);
    const { verdict, counterexample, detail } = await evidence.run(WORLD, CONTEXT);
    expect(verdict).toBe('refuted');
    const { what, box } = counterexample as unknown as { what: string; box: { x: Interval } };
    expect(what).toBe('bound');
    expect(box.x.high).toBeLessThan(1.5);
    expect(detail).toContain('bound: slack within [-');
    expect(await evidence.replay!(WORLD, CONTEXT, counterexample!)).toMatchObject({ verdict: 'refuted' });
    expect(await evidenceOf(0.5).replay!(WORLD, CONTEXT, counterexample!)).toMatchObject({ verdict: 'holds' });
    await expect(evidence.replay!(WORLD, CONTEXT, { what: 'none', box: {} })).rejects.toThrow('no inequality none');
  });

  it('is inconclusive where enclosures stay too wide', async () => {
    const vague = evidenceOf(0.5, () => between(-1, 1));
    expect(await vague.run(WORLD, CONTEXT)).toMatchObject({ verdict: 'inconclusive' });
  });

  it('takes the least of slacks, and a point inside of each box', () => {
    expect(least(between(1, 4), between(2, 3))).toEqual(between(1, 3));
    for (const side of [between(1, 4), exactly(0.1), between(1e-300, 1e-300), between(0.1, 0.1 + 2 ** -56)]) {
      const { x } = centre({ x: side });
      expect(x.low).toBe(x.high);
      expect(intervals.contains(side, x.low)).toBe(true);
    }
    expect(centre({ x: between(1, 4) }).x).toEqual(exactly(2));
  });

  it('covers more at each effort, at least p in [.01, .99] and lambda in [1e-6, .1]', () => {
    let inner = { p: between(0.01, 0.99), lambda: between(1e-6, 0.1) };
    for (const effort of EFFORTS) {
      const outer = SQUARES[effort];
      for (const side of ['p', 'lambda'] as const) {
        expect(outer[side].low).toBeLessThanOrEqual(inner[side].low);
        expect(outer[side].high).toBeGreaterThanOrEqual(inner[side].high);
      }
      inner = outer;
    }
  });

  it('covers the ends as they are written, which no double is', () => {
    const inside = (low: string, side: Interval, high: string) => {
      expect(big(side.low).lte(big(low))).toBe(true);
      expect(big(side.high).gte(big(high))).toBe(true);
    };
    inside('.01', SQUARES.quick.p, '.99');
    inside('.000001', SQUARES.quick.lambda, '.1');
    inside('.001', SQUARES.standard.p, '.999');
    inside('1e-12', SQUARES.standard.lambda, '1');
    inside('.0001', SQUARES.thorough.p, '.9999');
    inside('1e-30', SQUARES.thorough.lambda, '10');
  });

  it('proves below the threshold that the first token is right, too', async () => {
    const evidence = claims
      .find(({ id }) => id === 'theorem-1.greedy-threshold')!
      .evidence.find(({ id }) => id === 'certified')!;
    // Here c_1 is about 2p / (1 + 4 lambda) = .0143, and -s is larger than 2.
    const box = { p: exactly(0.01), lambda: exactly(0.1) };
    const what = 'short after the right first token below the threshold';
    const { verdict, detail } = await evidence.replay!(WORLD, CONTEXT, { what, box } as never);
    expect([verdict, detail]).toEqual(['holds', expect.stringContaining('least slack in [0.0142')]);
  });

  it('stands beside the other evidence of six claims', () => {
    const certified = claims
      .filter(({ evidence }) => evidence.some(({ id }) => id === 'certified'))
      .map(({ id }) => id);
    expect(certified.sort()).toEqual([
      'lemma.calibration-bounds',
      'lemma.scalars',
      'lemma.star-dichotomy',
      'theorem-1.greedy-threshold',
      'theorem-1.length-calibration',
      'theorem-2.rounds',
    ]);
  });

  it('stops when it is told to', async () => {
    const signal = AbortSignal.abort(new Error('stopped'));
    await expect(evidenceOf(0.5).run(WORLD, { ...CONTEXT, signal })).rejects.toThrow('stopped');
  });
});
