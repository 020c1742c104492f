import { describe, expect, it } from 'vitest';
import { type BigNumber, big, ONE, ratio, ridgeRoot, sigma } from '../../../../proofs-checks/shared/high-precision.js';
import { bigDemonstrations, bigOptimum } from '../../../../proofs-checks/shared/high-precision-star.js';
import { type Interval, intervals } from '../../../../src/numerics/index.js';
import { KeyedRandom } from '../../../../src/random/index.js';
import { rootHigh, rootLow } from '../../../../src/theory/certified/ridge-logit.js';
import { optimumEnclosure, pointBox, rational, ridgeLogitEnclosure } from '../../../../src/theory/index.js';
import { SEED, seedNote } from '../../../fixtures/seed.js';

const { between, exactly } = intervals;

/** What the reference itself may be off by, relative to it: Newton's method has converged to 80 digits. */
const REFERENCE = big('1e-75');

function holds({ low, high }: Interval, value: BigNumber): boolean {
  const error = value.abs().times(REFERENCE);
  return value.plus(error).gte(big(low)) && value.minus(error).lte(big(high));
}

/** The root in 80 digits; mu is not so small that its equation would lose them. */
function exactRoot(mu: number, kappa: number): BigNumber {
  if (mu === Infinity) return ridgeRoot(ONE, big('0'), big(kappa));
  if (mu === -Infinity) return ridgeRoot(big('0'), ONE, big(kappa));
  return ridgeRoot(sigma(big(mu)), sigma(big(-mu)), big(kappa));
}

const MUS = [Infinity, 200, 40, 5, 1, 0.1, 1e-5, 1e-12];
const KAPPAS = [1e-300, 1e-100, 1e-20, 1e-8, 1e-3, 0.1, 1, 100, 1e6];

describe('the enclosure of the ridge logit', () => {
  it.each(KAPPAS)('contains the root at penalty %d, and is at most 40 ulps wide', (kappa) => {
    for (const mu of MUS) {
      for (const end of [mu, -mu]) {
        const enclosed = ridgeLogitEnclosure({ low: end, high: end }, exactly(kappa));
        expect(holds(enclosed, exactRoot(end, kappa)), `mu = ${end}`).toBe(true);
        // Both sides of the equation are enclosed to 10 or 20 ulps, and the root moves by no more than they do.
        const size = Math.max(Math.abs(enclosed.low), Math.abs(enclosed.high));
        expect(enclosed.high - enclosed.low, `mu = ${end}`).toBeLessThanOrEqual(40 * Number.EPSILON * size);
      }
    }
  });

  it('contains the roots of every mu and kappa of a box, at either sign of mu', () => {
    const random = new KeyedRandom(SEED, 0);
    for (let i = 0; i < 40; i++) {
      const low = 6 * random.uniform(0, i) - 4;
      const width = 10 ** (8 * random.uniform(1, i) - 8);
      const kappa = 10 ** (20 * random.uniform(2, i) - 18);
      const enclosed = ridgeLogitEnclosure(between(low, low + width), between(kappa, kappa * (1 + width)));
      for (const [a, b] of [
        [0, 0],
        [0, 1],
        [1, 0],
        [1, 1],
        [random.uniform(3, i), random.uniform(4, i)],
      ] as const) {
        const [mu, penalty] = [low + a * width, kappa * (1 + b * width)];
        expect(holds(enclosed, exactRoot(mu, penalty)), `${seedNote}: ${mu}, ${penalty}`).toBe(true);
      }
    }
  });

  it('is proved, whatever it starts from', () => {
    for (const [mu, kappa] of [
      [0.5, 5.7],
      [3, 0.01],
      [Infinity, 1e-6],
      [1e-3, 0.1],
    ] as const) {
      const exact = exactRoot(mu, kappa);
      const root = exact.toNumber();
      // Guesses so near that an unproved sign would be taken for one on the other side of the root, and far ones.
      const near = Array.from({ length: 81 }, (_, i) => root * (1 + (i - 40) * Number.EPSILON));
      for (const guess of [...near, root / 2, root * 0.999, root * 1.001, root * 2]) {
        expect(exact.gte(big(rootLow(mu, kappa, guess))), `below, from ${guess}`).toBe(true);
        expect(exact.lte(big(rootHigh(mu, kappa, guess))), `above, from ${guess}`).toBe(true);
      }
    }
  });

  it('has the sign of mu, and 0 at 0', () => {
    expect(ridgeLogitEnclosure(exactly(0), exactly(0.1))).toEqual({ low: 0, high: 0 });
    expect(ridgeLogitEnclosure(between(-1, 1), exactly(0.1)).low).toBeLessThan(0);
    expect(ridgeLogitEnclosure(exactly(1e-300), exactly(0.1)).low).toBeGreaterThan(0);
    // The root underflows.
    const { low, high } = ridgeLogitEnclosure(exactly(5e-324), exactly(1e6));
    expect([low, high > 0]).toEqual([0, true]);
  });
});

describe('the enclosure of the optimum', () => {
  it.each([
    [1, 5, 0.01],
    [1, 3, 0.1],
    [1, 100, 1e-6],
    [19, 20, 1e-3],
    [1, 1_000_000, 1e-12],
  ])('contains the scalars of p = %d/%d at lambda = %d in 80 digits, and of the box around it', (n, d, lambda) => {
    const exact = bigOptimum(bigDemonstrations(ratio(n, d)), big(lambda));
    const point = pointBox(rational(n, d), lambda);
    const box = {
      p: between(point.p.low * 0.99, point.p.high * 1.01),
      lambda: between(lambda * 0.9, lambda * 1.1),
    };
    for (const { c1, sPlus, sMinus, c } of [point, box].map(optimumEnclosure)) {
      expect(holds(c1, exact.c1), 'c_1').toBe(true);
      expect(holds(sPlus, exact.s), 's').toBe(true);
      expect(holds(sMinus, exact.t), 't').toBe(true);
      expect(holds(c, exact.c), 'c').toBe(true);
    }
    // The largest share of 1 - p, p or 2p that p's own neighbours are wide, and some 40 ulps of each root.
    const { c1, sPlus } = optimumEnclosure(point);
    expect(c1.high - c1.low).toBeLessThan(1e-14);
    expect(sPlus.high - sPlus.low).toBeLessThan(1e-14 * (1 + Math.abs(sPlus.low)));
  });

  it.each([
    [() => pointBox(0, 0.1), 'p is 0'],
    [() => pointBox(1, 0.1), 'p is 1'],
    [() => pointBox(Number.NaN, 0.1), 'p is NaN'],
    [() => pointBox(1 - 2 ** -53, 0.1), 'for enclosures it must be at most 1 - 2^-52'],
    [() => optimumEnclosure({ p: between(0, 0.5), lambda: exactly(0.1) }), 'p is [0, 0.5]'],
    [() => pointBox(0.5, 0), 'lambda is 0'],
    [() => pointBox(0.5, Number.NaN), 'NaN'],
    [() => optimumEnclosure({ p: { low: 0.5, high: 0.4 }, lambda: exactly(0.1) }), 'p is [0.5, 0.4]'],
    [() => optimumEnclosure({ p: { low: Number.NaN, high: 0.4 }, lambda: exactly(0.1) }), 'p is [NaN, 0.4]'],
    [() => optimumEnclosure({ p: between(0.5, 1), lambda: exactly(0.1) }), 'p is [0.5, 1]'],
    [() => optimumEnclosure({ p: exactly(0.5), lambda: { low: 0.2, high: 0.1 } }), 'lambda is [0.2, 0.1]'],
    [() => optimumEnclosure({ p: exactly(0.5), lambda: between(0.1, 1e7) }), 'lambda is 10000000'],
  ])('refuses what is no box of probabilities and penalties: %#', (attempt, complaint) => {
    expect(attempt).toThrow(RangeError);
    expect(attempt).toThrow(complaint);
  });
});
