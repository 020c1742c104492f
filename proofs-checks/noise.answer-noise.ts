import fc from 'fast-check';
import { arbitraryReal } from '../src/arbitraries/index.js';
import {
  allInputs,
  type Claim,
  type Comparison,
  caseEvidence,
  close,
  type EvidenceContext,
  enumerateIn,
  forEachResponse,
  type LinearChain,
  type Predictor,
  propertyEvidence,
  type World,
  weightsOf,
} from '../src/index.js';
import { compareShares } from './lemma.star-cot-map.js';
import {
  answerNoiseSeen,
  dTwo,
  noiseUnseen,
  rewardPrefersSecondBit,
  stepsAsIfValid,
} from './shared/falsifiers/index.js';
import { arbitraryNoise, type NoisySetting, noisyGrid } from './shared/noise.js';
import { bits, closedRounds } from './shared/states.js';

/** Newton leaves about 1e-16 / lambda in a weight; lambda >= 1e-3. */
const NEWTON = 1e-10;

/** Probabilities summed over at most 2^5 (2 + 2^5) responses, each rounded to a few units of 1e-16. */
const SUMMATION = 1e-12;

function largestDifference(a: LinearChain, b: LinearChain): number {
  const predictors: Predictor[] = ['stop', ...Array.from({ length: a.d }, (_, i) => i + 1)];
  const differences = predictors.flatMap((predictor) => {
    const other = weightsOf(b, predictor);
    return [...weightsOf(a, predictor)].map((weight, j) => Math.abs(weight - other[j]!));
  });
  return Math.max(...differences);
}

/** P(right | short) of the sampled model, over all inputs and responses. */
function shortAccuracy(model: LinearChain, { rewards, features }: World): number {
  let [short, right] = [0, 0];
  for (const x of allInputs(model.d)) {
    forEachResponse(
      model,
      x,
      (context, length, probability) => {
        if (length !== 1) return;
        short += probability;
        if (rewards.cot(x, context.subarray(model.d, model.d + 1))) right += probability;
      },
      features,
    );
  }
  return right / short;
}

/** That nu changes no weight, and that a short answer is a guess. */
async function compareWithout(setting: NoisySetting, world: World, { signal }: EvidenceContext): Promise<Comparison[]> {
  const ask = { ...setting, rounds: 0, reward: 'cot', signal } as const;
  const [noisy] = await enumerateIn(world, ask);
  const [plain] = await enumerateIn(world, { ...ask, answerNoise: 0 });
  return [
    close('largest difference of a weight', largestDifference(noisy!.model, plain!.model), 0, NEWTON),
    close('P(right | short)', shortAccuracy(noisy!.model, world), 0.5, SUMMATION),
  ];
}

export const answerNoise: Claim = {
  id: 'noise.answer-noise',
  title: 'Wrong short answers change nothing that pre-training learns',
  source: 'this project (Lemma 8)',
  statement: String.raw`w(p, \eta, \nu) = w(p, \eta, 0) \text{ for every } \nu \in [0, 1], \qquad P(\text{right} \mid \text{short}) = \tfrac12`,
  assumptions: [
    'd >= 3, lambda > 0; a demonstrated short answer is -chi with probability nu, whatever x is',
    'so STaR, which trains on what this model samples, does not see nu either; either choice of the constant and of the loss',
  ],
  evidence: [
    caseEvidence('exact', {
      id: 'weights',
      description:
        'Newton on all features, d = 3..5, nu = .3, 1/2 and 1 against nu = 0, with valid and with noisy chains: every weight agrees to 1e-10 (a gradient of 1e-16 over curvature >= lambda = 1e-3), and a sampled short answer is right with probability 1/2, to 1e-12.',
      falsifiers: [dTwo, rewardPrefersSecondBit],
      cases: (effort, world) =>
        noisyGrid(bits(world, effort === 'quick' ? 4 : 5), [0.1, 0.5], [0.1, 1e-3], [0, 0.3], [0.3, 0.5, 1]),
      check: compareWithout,
    }),
    propertyEvidence({
      id: 'any-noise',
      description: 'The same at random p, eta and nu, d = 3 and 4, with the same tolerances.',
      falsifiers: [dTwo, rewardPrefersSecondBit],
      runs: { quick: 30, standard: 200, thorough: 1500 },
      arbitrary: ({ hypotheses: { smallestD } }) =>
        fc.record({
          d: fc.integer({ min: smallestD, max: smallestD + 1 }),
          pCot: arbitraryReal(0.01, 0.99),
          lambda: fc.constantFrom(0.1, 0.01, 1e-3),
          stepNoise: arbitraryNoise(),
          answerNoise: arbitraryNoise(),
        }),
      check: compareWithout,
    }),
    caseEvidence('exact', {
      id: 'rounds',
      description:
        'Three rounds of STaR with either reward by enumeration, d = 3 and 4, nu = .4 and 1, against the map, which does not know nu. Tolerance 1e-9, as in lemma.star-cot-map.',
      falsifiers: [dTwo, noiseUnseen, stepsAsIfValid, answerNoiseSeen],
      cases: (effort, world) =>
        (['cot', 'e2e'] as const).flatMap((reward) =>
          noisyGrid(bits(world, effort === 'quick' ? 3 : 4), [0.1, 0.5], [0.1, 1e-3], [0, 0.2], [0.4, 1]).map((s) => ({
            ...s,
            reward,
          })),
        ),
      check: async (setting, world, { signal }) => {
        const enumerated = await enumerateIn(world, { ...setting, rounds: 3, signal });
        const initial = world.theory.demonstrationState(setting.pCot, setting);
        const closed = closedRounds(world, initial, setting, setting.reward, 3);
        return enumerated.flatMap(({ distribution, round }) =>
          compareShares(distribution, closed[round]!.state, round),
        );
      },
    }),
  ],
};
