import { describe, expect, it } from 'vitest';
import { type BigNumber, big, ratio, relativeError, TWO } from '../../../proofs-checks/shared/high-precision.js';
import {
  type BigOptimum,
  type BigState,
  bigAccepted,
  bigDemonstrations,
  bigOptimum,
} from '../../../proofs-checks/shared/high-precision-star.js';
import {
  demonstrationState,
  type Optimum,
  parseRational,
  type StarOptions,
  splitLogValue,
  type TrainingState,
  theoryRounds,
} from '../../../src/theory/index.js';

const LOG_2 = TWO.ln();

/** Rounds of one orbit by both routes. */
interface Pair {
  readonly round: number;
  readonly state: TrainingState;
  readonly optimum: Optimum;
  readonly exactState: BigState;
  readonly exactOptimum: BigOptimum;
}

function orbits(p: string, options: StarOptions, last: number, eta = '0/1'): Pair[] {
  const exactly = (text: string) => ratio(...(text.split('/').map(Number) as [number, number]));
  let exactState = bigDemonstrations(exactly(p), exactly(eta));
  const initial = demonstrationState(parseRational(p)!, { stepNoise: parseRational(eta)! });
  const pairs: Pair[] = [];
  for (const { round, state, optimum } of theoryRounds(initial, options)) {
    const exactOptimum = bigOptimum(exactState, big(options.lambda));
    pairs.push({ round, state, optimum, exactState, exactOptimum });
    if (round === last) break;
    exactState = bigAccepted(exactOptimum, options.d, options.reward);
  }
  return pairs;
}

/**
 * Rounding of a logit z is z 2^-53, which becomes a relative error of e^-z: at lambda = 1e-40 logits reach 92, so 1e-14. A
 * round adds about ten roundings of 2^-53 and four rounds follow each other, 5e-15; sums of logits of both signs multiply
 * that by what they cancel, up to 4 here.
 */
const RELATIVE = 3e-14;

/** What 110 digits leave of a difference that is 0. */
const NOTHING = big('1e-100');

/** log(L+ / S+) less the doublings that the state counts apart. */
function exactRest({ state, exactState }: Pair): BigNumber {
  return exactState.longPlus.div(exactState.shortPlus).ln().minus(LOG_2.times(state.longPlus.twos));
}

/** The largest relative error of the logits of a round; a logit that stands for a probability 0 must be infinite. */
function worstError({ state, optimum, exactState, exactOptimum }: Pair): number {
  const { longPlus, longMinus, shortPlus, shortMinus, stepPlus, stepMinus } = exactState;
  const logitOf = (plus: BigNumber, minus: BigNumber) => plus.div(minus).ln();
  const logR = longPlus.div(shortPlus).ln();
  return Math.max(
    // log R = 0 (p = 1/3) must be exact.
    logR.abs().lt(NOTHING)
      ? Math.abs(splitLogValue(state.longPlus))
      : relativeError(splitLogValue(state.longPlus), logR),
    relativeError(state.logitPlus, logitOf(longPlus.plus(shortPlus), longMinus.plus(shortMinus))),
    longMinus.isZero()
      ? Number(state.logitLongMinus !== -Infinity)
      : relativeError(state.logitLongMinus, logitOf(longMinus, shortMinus)),
    stepMinus.isZero()
      ? Number(state.logitStep !== Infinity)
      : relativeError(state.logitStep, logitOf(stepPlus, stepMinus)),
    relativeError(optimum.c1, exactOptimum.c1),
    relativeError(optimum.sPlus, exactOptimum.s),
    relativeError(optimum.sMinus, exactOptimum.t),
    relativeError(optimum.c, exactOptimum.c),
  );
}

const CASES = [
  { p: '1/9', lambda: 1e-40 },
  { p: '1/4', lambda: 1e-40 },
  { p: '9/10', lambda: 1e-12 },
  { p: '1/1000000', lambda: 1e-3 },
  { p: '1/1000000000000', lambda: 1e-20 },
  { p: '1/9', lambda: 1e-3 },
  { p: '1/3', lambda: 0.01 },
  { p: '1/4', lambda: 0.1 },
] as const;

describe.each(['cot', 'e2e'] as const)(
  'rounds of STaR with r_%s, against sums over all step signs in 110 digits',
  (reward) => {
    it.each(CASES)('give every logit to full double precision at p = $p, lambda = $lambda', ({ p, lambda }) => {
      for (const pair of orbits(p, { d: 3, lambda, reward }, 3)) {
        // Sums of logits of both signs lose as many digits as they cancel; here s falls to a hundredth of its terms at most.
        expect(worstError(pair), `round ${pair.round}`).toBeLessThan(RELATIVE);
      }
    });

    it('also with longer chains, where wrong steps can cancel in more ways', () => {
      for (const pair of orbits('1/5', { d: 6, lambda: 0.01, reward }, 2)) {
        expect(worstError(pair), `round ${pair.round}`).toBeLessThan(RELATIVE);
      }
    });

    // Where more than half of the steps are wrong, G < 0 for even d and t > s.
    it.each([
      { p: '1/4', eta: '1/10', d: 3, lambda: 1e-3 },
      { p: '2/5', eta: '1/5', d: 6, lambda: 1e-12 },
      { p: '9/10', eta: '2/5', d: 6, lambda: 0.01 },
      { p: '3/5', eta: '7/10', d: 4, lambda: 1e-3 },
      { p: '1/2', eta: '1/1000000', d: 3, lambda: 1e-40 },
    ])('also from noisy demonstrations, p = $p, eta = $eta, d = $d, lambda = $lambda', ({ p, eta, d, lambda }) => {
      for (const pair of orbits(p, { d, lambda, reward }, 3, eta)) {
        expect(worstError(pair), `round ${pair.round}`).toBeLessThan(RELATIVE);
      }
    });

    it('keep the sign and digits of log R in the tie p = 1/9, where round 2 leaves it 38 powers of ten below its terms', () => {
      const pairs = orbits('1/9', { d: 3, lambda: 1e-40, reward }, 4);
      expect(pairs[0]!.state.longPlus).toEqual({ twos: -2, rest: 0 });
      for (const pair of pairs.slice(1)) {
        expect(pair.state.longPlus.twos).toBe(pair.round - 2);
        expect(relativeError(pair.state.longPlus.rest, exactRest(pair)), `round ${pair.round}`).toBeLessThan(RELATIVE);
      }
      const tie = pairs[2]!;
      expect(Math.abs(tie.state.longPlus.rest)).toBeLessThan(1e-37);
      expect(Math.abs(tie.state.longPlus.rest)).toBeGreaterThan(1e-40);
      expect(Math.sign(tie.optimum.sPlus)).toBe(exactRest(tie).isNegative() ? -1 : 1);
    });
  },
);

describe('rounds of STaR with r_e2e from chains that are nearly always wrong', () => {
  // With r_cot next to nothing is accepted from them: log m+ / m- is then a difference of nearly equal terms, right to 1e-15 absolutely.
  it.each([4, 5])('keep full precision where 1 + G or 1 - G is tiny, d = %d', (d) => {
    for (const pair of orbits('99/100', { d, lambda: 1e-12, reward: 'e2e' }, 3, '999/1000')) {
      expect(worstError(pair), `round ${pair.round}`).toBeLessThan(RELATIVE);
    }
  });
});

describe('a tie that falls on the long side', () => {
  it('p = 1/1025 at lambda = 1e-20: the pulls of nine rounds outweigh what K takes, and round 9 is long', () => {
    const tie = orbits('1/1025', { d: 3, lambda: 1e-20, reward: 'cot' }, 9).at(-1)!;
    expect(exactRest(tie).isNegative()).toBe(false);
    expect(tie.state.longPlus.twos).toBe(0);
    // Ten rounds instead of four.
    expect(relativeError(tie.state.longPlus.rest, exactRest(tie))).toBeLessThan(3 * RELATIVE);
    expect(tie.optimum.sPlus).toBeGreaterThan(0);
  });
});

describe('the comparison', () => {
  it('sees log-odds that are kept as one double: the tie has no digits left', () => {
    const [, , tie] = orbits('1/9', { d: 3, lambda: 1e-40, reward: 'cot' }, 2);
    const inOneDouble = Math.log(1 / 4) + Math.LN2 + Math.LN2 + 1e-38;
    expect(relativeError(inOneDouble, exactRest(tie!))).toBeGreaterThan(0.5);
  });

  it('sees K with one step too many', () => {
    const [, longer] = orbits('1/4', { d: 4, lambda: 0.1, reward: 'cot' }, 1);
    const [, right] = orbits('1/4', { d: 3, lambda: 0.1, reward: 'cot' }, 1);
    expect(worstError({ ...right!, state: longer!.state })).toBeGreaterThan(0.01);
  });
});

describe('in the collapse into noise', () => {
  it('log-odds that fall towards 0 keep their signs and digits', () => {
    for (const pair of orbits('1/2', { d: 3, lambda: 1, reward: 'e2e' }, 30)) {
      expect(worstError(pair), `round ${pair.round}`).toBeLessThan(1e-12);
    }
  });
});
