import fc from 'fast-check';
import { arbitraryReal } from '../src/arbitraries/index.js';
import {
  allInputs,
  type Claim,
  caseEvidence,
  chainProbability,
  close,
  enumerateIn,
  forEachResponse,
  type LinearChain,
  productIndex,
  proofEvidence,
  propertyEvidence,
  sigmoid,
  truth,
  type World,
  weightsOf,
  zeroChain,
} from '../src/index.js';
import { obligations } from './obligations/index.js';
import { acceptEverything, denseWeights, wrongAnswerRight } from './shared/falsifiers/index.js';
import { grid } from './shared/states.js';

/** Probabilities summed over at most 2^6 (2 + 2^6) responses, each rounded to a few units of 1e-16. */
const SUMMATION = 1e-12;

type Weights = {
  readonly d: number;
  readonly c1: number;
  readonly bias: number;
  readonly weight: number;
  readonly c: number;
  readonly stray: number;
};

/** A chain on the sparse support; with that hypothesis dropped, x_2 and x_3 also move the first token. */
function chainOf({ d, c1, bias, weight, c, stray }: Weights, world: World): LinearChain {
  const model = zeroChain(d);
  model.first[0] = c1;
  model.stop[productIndex('stop', d + 1, d)] = bias;
  model.stop[productIndex('stop', 1, d)] = weight;
  for (let l = 2; l <= d; l++) weightsOf(model, l)[productIndex(l, l, d)] = c;
  if (!world.hypotheses.sparseWeights) for (const j of [1, 2]) model.first[j] = stray;
  return model;
}

/** P(short), P(r_cot, short), P(long), P(r_cot, long) by enumeration. */
function lengthsAndRewards(model: LinearChain, world: World) {
  const sums = { short: 0, shortRight: 0, long: 0, longRight: 0 };
  const inputs = allInputs(model.d);
  for (const x of inputs) {
    forEachResponse(
      model,
      x,
      (context, length, probability) => {
        const right = world.rewards.cot(x, context.subarray(model.d, model.d + length));
        const kind = length === 1 ? 'short' : 'long';
        sums[kind] += probability / inputs.length;
        if (right) sums[`${kind}Right`] += probability / inputs.length;
      },
      world.features,
    );
  }
  return sums;
}

export const longBeatsShort: Claim = {
  id: 'mechanism.long-beats-short',
  title: 'Short answers are guesses, long ones are right: what the reward amplifies',
  source: 'the mechanism of Theorem 2 (Lemma 5)',
  statement: String.raw`P(\text{right} \mid \text{short}) = \tfrac12, \qquad P(r_{cot} = 1 \mid \text{long}) = K \frac{a_+}{a_+ + a_-}`,
  assumptions: [
    'd >= 3, uniform x, any weights on the sparse support (x_1; z_1 x_1 and the constant; z_{l-1} x_l, all equal to c)',
    'a+ = sigma(c_1) sigma(s), a- = sigma(-c_1) sigma(t), K = sigma(c)^(d-1)',
  ],
  evidence: [
    proofEvidence(obligations.longBeatsShort),
    propertyEvidence({
      id: 'any-weights',
      description:
        'Enumeration of all responses at random weights on the support, d = 3..6, against the two formulas. Tolerance 1e-12: rounding of at most 4,224 terms, divided by P(short) or P(long) >= 4e-3.',
      falsifiers: [acceptEverything, wrongAnswerRight, denseWeights],
      runs: { quick: 60, standard: 600, thorough: 3000 },
      arbitrary: () => {
        const weight = arbitraryReal(-2.5, 2.5);
        const stray = arbitraryReal(0.5, 2);
        const d = fc.integer({ min: 3, max: 6 });
        return fc.record({ d, c1: weight, bias: weight, weight, c: weight, stray });
      },
      check: (weights, world) => {
        const { short, shortRight, long, longRight } = lengthsAndRewards(chainOf(weights, world), world);
        const { d, c1, bias, weight, c } = weights;
        const aPlus = sigmoid(c1) * sigmoid(bias + weight);
        const aMinus = sigmoid(-c1) * sigmoid(bias - weight);
        return [
          close('P(right | short)', shortRight / short, 0.5, SUMMATION),
          close('P(r_cot | long)', longRight / long, (chainProbability(c, d) * aPlus) / (aPlus + aMinus), SUMMATION),
        ];
      },
    }),
    caseEvidence('exact', {
      id: 'optimum',
      description:
        'The optimum on all features by enumeration, d = 3..5: P(right | short) = 1/2 up to 1e-9 (Newton), and long answers are right more often than that.',
      falsifiers: [acceptEverything, wrongAnswerRight],
      cases: () => grid([3, 4, 5], [0.05, 0.25, 0.6], [1e-3, 1e-4]),
      check: async (setting, world, { signal }) => {
        const [round] = await enumerateIn(world, { ...setting, rounds: 0, reward: 'cot', signal });
        const { short, shortRight, long, longRight } = lengthsAndRewards(round!.model, world);
        return [
          close('P(right | short)', shortRight / short, 0.5, 1e-9),
          truth('P(r_cot | long) > 1/2', longRight / long > 0.5, `${longRight / long}`),
        ];
      },
    }),
  ],
};
