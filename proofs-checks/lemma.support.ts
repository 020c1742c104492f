import { type Claim, caseEvidence, enumerateIn, inside, largestOffSupport, propertyEvidence } from '../src/index.js';
import { arbitraryEnumerable } from './shared/draws.js';
import { dTwo, rewardPrefersSecondBit } from './shared/falsifiers/index.js';
import { arbitraryE2eMasses, bits, enumerateMasses, grid, massesOf } from './shared/states.js';

/** Newton leaves about 1e-16 / lambda in a weight; lambda >= 1e-4. */
const NEWTON = 1e-10;

export const support: Claim = {
  id: 'lemma.support',
  title: 'The optimum lives on x_1, on z_1 x_1 and the constant, and on z_{l-1} x_l',
  source: 'Lemma 1',
  statement: String.raw`w_1 \in \mathrm{span}(x_1), \quad w_{2a} \in \mathrm{span}(z_1 x_1, 1), \quad w_l \in \mathrm{span}(z_{l-1} x_l)\ (l \ge 2)`,
  assumptions: [
    'd >= 3, lambda > 0, uniform x; any masses L+, L-, S+, S-, steps right with equal probability and independently',
    'also after every round of STaR with r_cot or r_e2e; either choice of the constant and of the loss',
  ],
  evidence: [
    caseEvidence('exact', {
      id: 'star-rounds',
      description:
        'Newton on all features, d = 3..5, pre-training and two rounds of STaR with either reward: the largest weight outside the support. Tolerance 1e-10, from a gradient of 1e-16 and curvature >= lambda.',
      falsifiers: [dTwo, rewardPrefersSecondBit],
      cases: (effort, world) =>
        (['cot', 'e2e'] as const).flatMap((reward) =>
          grid(bits(world, effort === 'quick' ? 4 : 5), [0.1, 0.4], [0.1, 1e-3, 1e-4]).map((s) => ({ ...s, reward })),
        ),
      check: async (setting, world, { signal }) => {
        const rounds = await enumerateIn(world, { ...setting, rounds: 2, signal });
        return rounds.map(({ round, model }) =>
          inside(`largest weight off the support, round ${round}`, largestOffSupport(model), -NEWTON, NEWTON),
        );
      },
    }),
    propertyEvidence({
      id: 'any-state',
      description: 'The same for random masses and step correctness, d = 3 and 4, lambda = 1e-3..1e-1.',
      falsifiers: [dTwo],
      runs: { quick: 30, standard: 300, thorough: 1500 },
      arbitrary: (world) => arbitraryEnumerable(arbitraryE2eMasses(), world.hypotheses.smallestD),
      check: async ({ d, lambda, masses }, world, context) => {
        const { model } = await enumerateMasses(world, d, lambda, massesOf(masses), 'cot', context);
        return [inside('largest weight off the support', largestOffSupport(model), -NEWTON, NEWTON)];
      },
    }),
  ],
};
