/** Planted falsehoods and dropped hypotheses, each a World with one thing changed. */

export {
  baselineOfLength,
  chainBelowHalf,
  commonDemonstrations,
  conditionedLoss,
  denseWeights,
  dTwo,
  fewSamples,
  freeConstant,
  pAboveThird,
  regularisedConstant,
  threeBits,
} from './hypotheses.js';
export {
  acceptEverything,
  answerAlone,
  rewardPrefersSecondBit,
  stopIgnoresFirstToken,
  stopWithoutConstant,
  wholeChain,
  withoutProducts,
  wrongAnswerRight,
} from './model.js';
export {
  answerNoiseMovesThreshold,
  answerNoiseSeen,
  firstStepForgiven,
  noiseCostsNoRound,
  noiseKeepsThreshold,
  noiseUnseen,
  stepsAsIfValid,
  validDemonstrations,
} from './noise.js';
export {
  gapLinearInLambda,
  identityWithoutFirstToken,
  rootToSixDigits,
  sPlusHalved,
  stopPenaltyDoubled,
  stopPenaltyTenfold,
  thresholdAt35,
  thresholdAtThird,
} from './optimum.js';
export {
  baselineDropsOut,
  grpoStaysSparse,
  grpoWithoutDeviation,
  lengthGainsAlways,
  populationDeviation,
  stopMovesOnce,
  stopNeverMoves,
  timeBoundsDoubled,
  timeBoundsHalved,
} from './policy-gradient.js';
export {
  boundExponential,
  boundFallsWithRarity,
  boundInSquaredSamples,
  boundWithoutBits,
  boundWithoutRarity,
} from './samples.js';
export {
  chainOfDSteps,
  fateAtOneQuarter,
  noiseNeverLearnt,
  oddsKept,
  oddsTripled,
  oneRoundFewer,
  samplesAtOne,
} from './star.js';
export { averageOneLate, sgdWithoutDecay } from './training.js';
