import { describe, expect, it } from 'vitest';
import { type BigNumber, big, HALF, ONE, ratio, sigma, TWO } from '../../../../proofs-checks/shared/high-precision.js';
import { bigDemonstrations, bigOptimum } from '../../../../proofs-checks/shared/high-precision-star.js';
import { type Interval, intervals } from '../../../../src/numerics/index.js';
import {
  calibrationSlack,
  type ParameterBox,
  pLongEnclosure,
  pointBox,
  rational,
  scaledGapEnclosure,
} from '../../../../src/theory/index.js';

function holds({ low, high }: Interval, value: BigNumber): boolean {
  return (low === -Infinity || value.gte(big(low))) && (high === Infinity || value.lte(big(high)));
}

/** A box around a point: 1% in p and 10% in lambda on either side. */
function around({ p, lambda }: ParameterBox): ParameterBox {
  return {
    p: intervals.between(p.low * 0.99, p.high * 1.01),
    lambda: intervals.between(lambda.low * 0.9, lambda.high * 1.1),
  };
}

const POINTS = [
  [1, 5, 0.01],
  [1, 100, 1e-6],
  [2, 3, 0.1],
  [19, 20, 1e-3],
  [97, 100, 0.05],
] as const;

describe('the calibration error, enclosed', () => {
  it.each(POINTS)('contains that of p = %d/%d at lambda = %d in 80 digits, and so do its slacks', (n, d, lambda) => {
    const p = ratio(n, d);
    const l = big(lambda);
    const { c1, s, t } = bigOptimum(bigDemonstrations(p), l);
    // P from the decisions themselves, not by the identity.
    const pLong = sigma(c1)
      .times(sigma(s))
      .plus(sigma(c1.neg()).times(sigma(t)));
    const gap = pLong.minus(p).div(l);
    const odds = TWO.times(p).div(ONE.minus(p));
    const steep = odds.gt(ONE) ? odds.ln().times(HALF) : big('0');
    const lower = gap.plus(steep).plus(odds.plus(ONE).ln());
    const uniform = big('1.5').times(TWO.div(l).plus(ONE).ln()).minus(gap.abs());
    const point = pointBox(rational(n, d), lambda);
    for (const box of [point, around(point)]) {
      expect(holds(pLongEnclosure(box), pLong)).toBe(true);
      expect(holds(scaledGapEnclosure(box), gap)).toBe(true);
      const slack = calibrationSlack(box);
      expect(holds(slack.lower, lower)).toBe(true);
      expect(holds(slack.uniform, uniform)).toBe(true);
      if (gap.gt(0)) expect(holds(slack.upper, ONE.minus(p).div(l).ln().minus(gap).minus(gap.ln()))).toBe(true);
      else expect(slack.upper.high).toBeGreaterThan(1e300);
    }
    // Half a dozen sums and products of enclosures some 40 ulps wide, of sizes up to 20.
    const { lower: below, uniform: overall } = calibrationSlack(point);
    for (const { low, high } of [scaledGapEnclosure(point), below, overall]) expect(high - low).toBeLessThan(2e-13);
  });

  it('sees a bound that fails: without the regulariser in the bound, half of it, a gap of either sign', () => {
    // g is about L/2 = 6 at p = .2, lambda = 1e-6, and negative at p = .95, lambda = .001.
    const large = scaledGapEnclosure(pointBox(0.2, 1e-6));
    expect(large.low).toBeGreaterThan(3);
    expect(scaledGapEnclosure(pointBox(0.95, 1e-3)).high).toBeLessThan(0);
  });
});
