// A claim of one's own, checked by `lengthwise verify --claims docs/examples/my-claims.js`.
//
// The statement: with the regularised constant, a model pre-trained on D(p) is never longer than its demonstrations by
// more than lambda log(1 + 1/lambda). The falsifier plants a world in which the closed form pays ten times the penalty.

import fc from 'fast-check';
import { caseEvidence, demonstrationState, enumerateIn, inside, propertyEvidence } from 'lengthwise';
import { arbitraryLambda, arbitraryP } from 'lengthwise/arbitraries';

const bound = (lambda) => lambda * Math.log1p(1 / lambda);

const tenfoldPenalty = {
  id: 'tenfold-penalty',
  description: 'the loss pays ten times its penalty',
  plant: (world) => ({
    ...world,
    theory: {
      ...world.theory,
      calibrationGap: (state, loss) => world.theory.calibrationGap(state, { ...loss, lambda: 10 * loss.lambda }),
    },
  }),
};

const noConstant = {
  id: 'stop-without-constant',
  description: 'the stop predictor has no constant',
  plant: (world) => ({
    ...world,
    features: (predictor, context, d) => {
      const phi = world.features(predictor, context, d);
      if (predictor === 'stop') phi[phi.length - 1] = 0;
      return phi;
    },
  }),
};

export const claims = [
  {
    id: 'my.never-much-longer',
    title: 'Pre-training does not lengthen answers by more than lambda log(1 + 1/lambda)',
    source: 'a corollary of Lemma 4',
    statement: String.raw`P(|y| = d) - p \le \lambda \log(1 + 1/\lambda)`,
    assumptions: ['d >= 3, 0 < p < 1, lambda > 0', 'infinitely many samples, regularised constant'],
    assumes: { freeConstant: false },
    evidence: [
      caseEvidence('exact', {
        id: 'enumeration',
        description: 'P(|y| = d) - p by enumeration, d = 3 and 4. Tolerance: the bound, plus 1e-11 for Newton.',
        falsifiers: [noConstant],
        cases: () => [3, 4].flatMap((d) => [0.01, 0.1, 0.5].map((pCot) => ({ d, pCot, lambda: 0.01 }))),
        check: async ({ d, pCot, lambda }, world, { signal }) => {
          const [round] = await enumerateIn(world, { d, pCot, lambda, rounds: 0, reward: 'cot', signal });
          return [inside('P(long) - p', round.sampling.pLong - pCot, -1, bound(lambda) + 1e-11)];
        },
      }),
      propertyEvidence({
        id: 'closed-form',
        description: 'The calibration error of the closed form at random p and lambda. Tolerance: the bound.',
        falsifiers: [tenfoldPenalty],
        runs: { quick: 500, standard: 5000, thorough: 50_000 },
        arbitrary: () => fc.record({ pCot: arbitraryP(), lambda: arbitraryLambda() }),
        check: ({ pCot, lambda }, world) => {
          const gap = world.theory.calibrationGap(demonstrationState(pCot), { lambda });
          return [inside('P(long) - p', gap, -1, bound(lambda))];
        },
      }),
    ],
  },
];
