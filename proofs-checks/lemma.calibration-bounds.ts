import fc from 'fast-check';
import { arbitraryLambda, arbitraryP } from '../src/arbitraries/index.js';
import { type Claim, caseEvidence, demonstrationState, enumerateIn, inside, propertyEvidence } from '../src/index.js';
import { dTwo, gapLinearInLambda } from './shared/falsifiers.js';
import { bits, grid } from './shared/states.js';

export const calibrationBoundsClaim: Claim = {
  id: 'lemma.calibration-bounds',
  title: 'Two-sided and uniform bounds on the calibration error',
  source: 'Lemma 4',
  statement: String.raw`-\lambda\big[\tfrac12 \max(0, \log\tfrac{2p}{1-p}) + \log\tfrac{1+p}{1-p}\big] \le P - p \le \lambda W\big(\tfrac{1-p}{\lambda}\big), \quad |P - p| \le \tfrac32 \lambda \log(1 + 2/\lambda)`,
  assumptions: ['d >= 3, 0 < p < 1, lambda > 0', 'D(p), the regularised constant; W is the Lambert function'],
  assumes: { freeConstant: false },
  evidence: [
    caseEvidence('exact', {
      id: 'enumeration',
      description:
        'P(|y| = d) - p by enumeration, d = 3..5, inside the bounds. Tolerance: the bounds, plus 1e-11 for Newton.',
      falsifiers: [gapLinearInLambda, dTwo],
      cases: (effort, world) =>
        grid(bits(world, effort === 'quick' ? 4 : 5), [0.01, 0.2, 0.5, 0.95], [0.1, 0.01, 1e-3, 1e-4]),
      check: async ({ d, pCot, lambda }, world, { signal }) => {
        const [round] = await enumerateIn(world, { d, pCot, lambda, rounds: 0, reward: 'cot', signal });
        const { lower, upper, uniform } = world.theory.calibrationBounds(pCot, lambda);
        const gap = round!.sampling.pLong - pCot;
        return [
          inside('P(long) - p', gap, lower - 1e-11, upper + 1e-11),
          inside('P(long) - p, uniformly', gap, -uniform - 1e-11, uniform + 1e-11),
        ];
      },
    }),
    propertyEvidence({
      id: 'closed-form',
      description:
        'The calibration error by the identity, which does not cancel, at random p and lambda down to 1e-300. Tolerance: the bounds, widened by 1e-12 of their width for rounding.',
      falsifiers: [gapLinearInLambda],
      runs: { quick: 2000, standard: 20_000, thorough: 200_000 },
      arbitrary: () => fc.record({ pCot: arbitraryP(), lambda: arbitraryLambda({ min: 1e-300 }) }),
      check: ({ pCot, lambda }, world) => {
        const { lower, upper, uniform } = world.theory.calibrationBounds(pCot, lambda);
        const gap = world.theory.calibrationGap(demonstrationState(pCot), { ...world.choices, lambda });
        const rounding = 1e-12 * (upper - lower);
        return [
          inside('P(long) - p', gap, lower - rounding, upper + rounding),
          inside('P(long) - p, uniformly', gap, -uniform, uniform),
        ];
      },
    }),
  ],
};
