import fc from 'fast-check';
import { arbitraryLambda, arbitraryP } from '../src/arbitraries/index.js';
import {
  type CalibrationBounds,
  type Claim,
  calibrationSlack,
  caseEvidence,
  demonstrationState,
  enumerateIn,
  type Interval,
  inside,
  intervals,
  type ParameterBox,
  propertyEvidence,
  scaledGapEnclosure,
  type World,
} from '../src/index.js';
import { centre, certifiedEvidence, least, SQUARES } from './shared/certified-evidence.js';
import { dTwo, gapLinearInLambda } from './shared/falsifiers/index.js';
import { bits, grid } from './shared/states.js';

/** By how much a bound of the world holds at one point, per lambda. */
function statedSlack(world: World, side: keyof CalibrationBounds, point: ParameterBox): Interval {
  const lambda = point.lambda.low;
  const bounds = world.theory.calibrationBounds(point.p.low, lambda);
  const bound = intervals.exactly((bounds[side] + signOf(side) * 1e-12 * (bounds.upper - bounds.lower)) / lambda);
  const gap = scaledGapEnclosure(point);
  if (side === 'uniform') return intervals.subtract(bound, intervals.absolute(gap));
  return side === 'lower' ? intervals.subtract(gap, bound) : intervals.subtract(bound, gap);
}

/** Away from the error that is bounded. */
const signOf = (side: keyof CalibrationBounds) => (side === 'lower' ? -1 : 1);

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
    certifiedEvidence<ParameterBox>({
      description:
        "The two-sided and the uniform bound, divided by lambda, for every real p in [.01, .99] and lambda in [1e-6, .1] (more at higher effort), by interval arithmetic; g = (P - p) / lambda < W((1-p)/lambda) as log(g e^g) < log((1-p)/lambda). In the middle of each box the world's bounds, widened by 1e-12 of their width for rounding, must hold, too. Slacks are in nats, per lambda.",
      falsifiers: [gapLinearInLambda],
      inequalities: (effort, world) =>
        (['lower', 'upper', 'uniform'] as const).map((side) => ({
          what: `${side} bound`,
          boxes: [SQUARES[effort]],
          slack: (box) => least(calibrationSlack(box)[side], statedSlack(world, side, centre(box))),
        })),
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
