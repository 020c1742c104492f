/** Hypotheses dropped, and choices changed. */
import { dropped, planted } from './planting.js';

export const dTwo = dropped('d-2', 'd = 2 is allowed', { smallestD: 2 });

export const chainBelowHalf = dropped('K-below-half', 'K < 1/2 instead of K > 1/2', { chainProbability: 'below half' });

export const pAboveThird = dropped('p-above-third', 'p may exceed 1/3', { pAtMostThird: false });

export const denseWeights = dropped('dense-weights', 'weights may lie outside the sparse support', {
  sparseWeights: false,
});

export const baselineOfLength = dropped('baseline-of-length', 'the baseline depends on the length of the answer', {
  baselineOfInput: false,
});

export const fewSamples = dropped('few-samples', 'the samples do not suffice', { enoughSamples: false });

export const commonDemonstrations = dropped('common-demonstrations', 'a quarter of the demonstrations is long', {
  rareDemonstrations: false,
});

export const freeConstant = planted('free-constant', 'the constant is not regularised', ({ choices }) => ({
  choices: { ...choices, freeConstant: true },
}));

export const regularisedConstant = dropped('regularised-constant', 'the constant is regularised', {
  freeConstant: false,
});

export const conditionedLoss = dropped('conditioned-loss', 'the loss is conditioned on the position', {
  jointLoss: false,
});

export const threeBits = dropped('d-3', 'd = 3', { twoBits: false });
