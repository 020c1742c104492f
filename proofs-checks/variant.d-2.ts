import {
  type Claim,
  caseEvidence,
  type Effort,
  enumerateGreedyThreshold,
  enumerateIn,
  productIndex,
  sampledEvidence,
  truth,
} from '../src/index.js';
import { threeBits } from './shared/falsifiers/index.js';
import { exactGreedy, pretrainIn } from './shared/finite-samples.js';

const SAMPLES: Readonly<Record<Effort, number>> = { quick: 20_000, standard: 50_000, thorough: 200_000 };

export const twoBits: Claim = {
  id: 'variant.d-2',
  title: 'With two bits the lemmas fail: the decision depends on x_2',
  source: 'Lemmas 1, 3 and 4 without d >= 3',
  statement: String.raw`d = 2: \; w_{2a} \text{ also uses } x_2; \; \text{greedy is long for half of the inputs between two thresholds}; \; |P - p| > \tfrac32\lambda\log(1+2/\lambda) \text{ for some } p`,
  assumptions: [
    'd = 2, regularised constant',
    'thresholds .0091 and .4957 at lambda = 1e-3; P - p = .126 at p = .2, lambda = .01',
  ],
  assumes: { freeConstant: false },
  evidence: [
    caseEvidence('exact', {
      id: 'two-thresholds',
      description:
        'Enumeration at lambda = 1e-3 on both sides of each threshold (.0091 and .4957, to the digits quoted): none, half, or all of the inputs are answered long. No tolerance.',
      falsifiers: [threeBits],
      cases: () => [
        { pCot: 0.009, long: 0 },
        { pCot: 0.0092, long: 0.5 },
        { pCot: 0.25, long: 0.5 },
        { pCot: 0.4956, long: 0.5 },
        { pCot: 0.4958, long: 1 },
      ],
      check: async ({ pCot, long }, world, { signal }) => {
        const d = world.hypotheses.twoBits ? 2 : 3;
        const [round] = await enumerateIn(world, { d, pCot, lambda: 1e-3, rounds: 0, reward: 'cot', signal });
        const { longFraction } = round!.greedy;
        const ofSecondBit = Math.abs(round!.model.stop[1]!) + Math.abs(round!.model.stop[productIndex('stop', 2, d)]!);
        return [
          truth('share of long greedy answers', longFraction === long, `${longFraction} against ${long}`),
          truth('the stop predictor uses x_2', ofSecondBit > 0.1, `${ofSecondBit}`),
        ];
      },
    }),
    caseEvidence('exact', {
      id: 'calibration',
      description:
        'P(|y| = d) - p by enumeration at p = .2, lambda = .01: .126 to three digits, above the uniform bound .0796 of d >= 3; and no single threshold exists.',
      falsifiers: [threeBits],
      cases: () => [{ pCot: 0.2, lambda: 0.01 }],
      check: async ({ pCot, lambda }, world, { signal }) => {
        const d = world.hypotheses.twoBits ? 2 : 3;
        const { choices, features } = world;
        const [round] = await enumerateIn(world, { d, pCot, lambda, rounds: 0, reward: 'cot', signal });
        const gap = round!.sampling.pLong - pCot;
        const { uniform } = world.theory.calibrationBounds(pCot, lambda);
        const threshold = await enumerateGreedyThreshold(d, { ...choices, lambda, features, signal });
        return [
          truth('P - p rounds to .126', gap.toFixed(3) === '0.126', `${gap}`),
          truth('above the bound of d >= 3', gap > uniform, `${gap} > ${uniform}`),
          truth('no single threshold', threshold === null, `${threshold}`),
        ];
      },
    }),
    sampledEvidence({
      id: 'sgd',
      description:
        'Independent trainings by SGD at d = 2, p = .25, lambda = 1e-3: greedy decoding is long for exactly half of the four inputs.',
      success: 'greedy is long for half of the inputs',
      falsifiers: [threeBits],
      threshold: 0.5,
      trials: { quick: 120, standard: 120, thorough: 120 },
      trial: async (seed, world, context) => {
        const d = world.hypotheses.twoBits ? 2 : 3;
        const setting = { d, pCot: 0.25, lambda: 1e-3, samples: SAMPLES[context.effort] };
        return exactGreedy(await pretrainIn(world, setting, seed, context)).longFraction === 0.5;
      },
    }),
  ],
};
