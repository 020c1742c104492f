import fc from 'fast-check';
import { arbitraryD, arbitraryLambda, arbitraryP } from '../src/arbitraries/index.js';
import {
  type Claim,
  calibrationSlack,
  caseEvidence,
  demonstrationState,
  enumerateIn,
  inside,
  intervals,
  type ParameterBox,
  propertyEvidence,
  scaledGapEnclosure,
} from '../src/index.js';
import { centre, certifiedEvidence, least, SQUARES } from './shared/certified-evidence.js';
import { dTwo, gapLinearInLambda, stopPenaltyTenfold, stopWithoutConstant } from './shared/falsifiers/index.js';
import { bits, grid } from './shared/states.js';

/** Newton leaves about 1e-16 / lambda in the weights; lambda >= 1e-4 here, and P(long) has slope below 1 in them. */
const ENUMERATION_ERROR = 1e-11;

export const lengthCalibration: Claim = {
  id: 'theorem-1.length-calibration',
  title: 'Pre-training yields a length-calibrated model',
  source: 'Theorem 1 (i); Lemma 4 at finite lambda',
  statement: String.raw`|P(|y|=d) - p| \le \tfrac32 \lambda \log(1 + 2/\lambda) \to 0 \text{ as } \lambda \to 0`,
  assumptions: [
    'd >= 3, 0 < p < 1, lambda > 0',
    'infinitely many samples: the regularised optimum (finite samples: theorem-1.sgd)',
    'regularised constant',
  ],
  assumes: { freeConstant: false },
  evidence: [
    caseEvidence('exact', {
      id: 'enumeration',
      description:
        'P(|y| = d) of the optimum by enumeration, d = 3..5, against the uniform bound. Tolerance: the bound itself, plus 1e-11 for Newton.',
      falsifiers: [stopWithoutConstant, dTwo],
      cases: (effort, world) =>
        grid(bits(world, effort === 'quick' ? 4 : 5), [0.01, 0.2, 1 / 3, 0.5, 0.9], [0.1, 0.01, 1e-3, 1e-4]),
      check: async (setting, world, { signal }) => {
        const [round] = await enumerateIn(world, { ...setting, rounds: 0, reward: 'cot', signal });
        const { uniform } = world.theory.calibrationBounds(setting.pCot, setting.lambda);
        const bound = uniform + ENUMERATION_ERROR;
        return [inside('P(long) - p', round!.sampling.pLong - setting.pCot, -bound, bound)];
      },
    }),
    certifiedEvidence<ParameterBox>({
      description:
        "The uniform bound on the calibration error, divided by lambda, for every real p in [.01, .99] and lambda in [1e-6, .1] (more at higher effort), by interval arithmetic. In the middle of each box the world's bound must hold of the enclosed error and of the world's own P(|y| = d), up to 1e-15 for its rounding. Slacks are in nats, per lambda.",
      falsifiers: [gapLinearInLambda, stopPenaltyTenfold],
      inequalities: (effort, world) => [
        {
          what: 'uniform bound',
          boxes: [SQUARES[effort]],
          slack: (box) => {
            const point = centre(box);
            const [pCot, lambda] = [point.p.low, point.lambda.low];
            const { uniform } = world.theory.calibrationBounds(pCot, lambda);
            const model = world.theory.optimum(demonstrationState(pCot), { ...world.choices, lambda });
            const { pLong } = world.theory.behaviour(model, 3);
            const bound = intervals.exactly(uniform / lambda);
            const own = (uniform + 1e-15 - Math.abs(pLong - pCot)) / lambda;
            return least(
              calibrationSlack(box).uniform,
              intervals.subtract(bound, intervals.absolute(scaledGapEnclosure(point))),
              intervals.exactly(own),
            );
          },
        },
      ],
    }),
    propertyEvidence({
      id: 'closed-form',
      description:
        'The exact calibration error of the closed form at random d, p and lambda down to 1e-12, against the uniform bound (tolerance: the bound).',
      falsifiers: [stopPenaltyTenfold],
      runs: { quick: 2000, standard: 20_000, thorough: 200_000 },
      arbitrary: () => fc.record({ d: arbitraryD(), pCot: arbitraryP(), lambda: arbitraryLambda() }),
      check: ({ d, pCot, lambda }, world) => {
        const model = world.theory.optimum(demonstrationState(pCot), { ...world.choices, lambda });
        const { pLong } = world.theory.behaviour(model, d);
        // Rounding of P(long) and p: a few units of 1e-16.
        const bound = world.theory.calibrationBounds(pCot, lambda).uniform + 1e-15;
        return [inside('P(long) - p', pLong - pCot, -bound, bound)];
      },
    }),
  ],
};
