export {
  type Behaviour,
  behaviour,
  type ChainCorrelation,
  chainCorrelation,
  chainProbability,
  type GreedyBehaviour,
  greedyBehaviour,
} from './behaviour.js';
export { type CalibrationBounds, calibrationBounds, calibrationGap, lambertW } from './calibration.js';
export { COLLAPSE_ALPHA, type FixedPoint, fixedPoint, isCollapsed } from './fixed-point.js';
export { LAMBDA_MAX, LAMBDA_MIN, type LossOptions, type Optimum, optimum } from './optimum.js';
export { exactProbability, type Fraction, type Probability, parseRational, rational, toDouble } from './rational.js';
export { ridgeLogit, ridgeLogitCertified } from './ridge-logit.js';
export { type CertifiedRoot, decreasingRoot } from './root.js';
export {
  type Fate,
  largestSuccessfulD,
  limitLongFraction,
  limitRounds,
  logTwoK,
  roundsBound,
  roundsToGreedyLong,
  starFate,
} from './rounds.js';
export { type SplitLog, splitLog, splitLogPlus, splitLogValue } from './split-log.js';
export { acceptedState, type StarOptions, type TheoryRound, theoryRound, theoryRounds } from './star.js';
export {
  demonstrationState,
  logitLongPlus,
  probabilitiesOf,
  type StateProbabilities,
  type TrainingState,
  trainingState,
} from './state.js';
export { greedyThreshold } from './threshold.js';
