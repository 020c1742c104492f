import {
  type Comparison,
  caseEvidence,
  close,
  demonstrationState,
  type Evidence,
  type Falsifier,
  parseRational,
  type RewardName,
} from '../../src/index.js';
import { closedRounds } from './states.js';

/**
 * Rounding of a logit z is z 2^-53, which becomes a relative error of e^-z: at lambda = 1e-40 logits reach 92, so 1e-14. A
 * round adds about ten roundings of 2^-53 and four rounds follow each other, 5e-15; sums of logits of both signs multiply
 * that by what they cancel, up to 4 here.
 */
const RELATIVE = 3e-14;

/**
 * A third route to the map of STaR: masses instead of log-odds, a sum over all 2^d step signs, 110 decimal digits. It reaches
 * where doubles can no longer be enumerated. The arithmetic is loaded on use: it is slow to load.
 */
export function highPrecisionEvidence(reward: RewardName, falsifiers: readonly Falsifier[]): Evidence {
  return caseEvidence('exact', {
    id: 'high-precision',
    description:
      'Three rounds of the map (regularised constant, conditioned loss), d = 3, lambda down to 1e-40 and ties among the p, against sums over all step signs in 110 decimal digits. Tolerance 3e-14 relative in each logit, from the rounding of logits up to 92; in the tie p = 1/9 the sign of log R, 38 powers of ten below its terms, must be right.',
    falsifiers,
    cases: () => [
      { p: [1, 9], lambda: 1e-40 },
      { p: [1, 4], lambda: 1e-40 },
      { p: [9, 10], lambda: 1e-12 },
      { p: [1, 1_000_000], lambda: 1e-3 },
      { p: [1, 4], lambda: 0.1 },
    ],
    check: async ({ p, lambda }, world) => {
      const { big, ratio, relativeError, TWO } = await import('./high-precision.js');
      const { bigAccepted, bigDemonstrations, bigOptimum } = await import('./high-precision-star.js');
      const [numerator, denominator] = p as [number, number];
      let exact = bigDemonstrations(ratio(numerator, denominator));
      const plain = { ...world, choices: { ...world.choices, freeConstant: false, jointLoss: false } };
      const initial = demonstrationState(parseRational(`${numerator}/${denominator}`)!);
      const comparisons: Comparison[] = [];
      for (const { state, optimum } of closedRounds(plain, initial, { d: 3, lambda }, reward, 3)) {
        const found = bigOptimum(exact, big(lambda));
        const rest = exact.longPlus.div(exact.shortPlus).ln().minus(TWO.ln().times(state.longPlus.twos));
        const tied = rest.abs().lt(big(1e-100));
        const errors = {
          "log R's rest": tied ? Math.abs(state.longPlus.rest) : relativeError(state.longPlus.rest, rest),
          c_1: relativeError(optimum.c1, found.c1),
          s: relativeError(optimum.sPlus, found.s),
          t: relativeError(optimum.sMinus, found.t),
          c: relativeError(optimum.c, found.c),
        };
        for (const [what, error] of Object.entries(errors)) comparisons.push(close(what, error, 0, RELATIVE));
        exact = bigAccepted(found, 3, reward);
      }
      return comparisons;
    },
  });
}
