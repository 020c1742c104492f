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
export { type ParameterBox, pointBox } from './certified/box.js';
export {
  type Bounded,
  type Box,
  type Branched,
  type Branching,
  branchAndBound,
} from './certified/branch-and-bound.js';
export {
  type CalibrationSlack,
  calibrationSlack,
  pLongEnclosure,
  scaledGapEnclosure,
} from './certified/calibration.js';
export { type OptimumEnclosure, optimumEnclosure } from './certified/optimum.js';
export { ridgeLogitEnclosure } from './certified/ridge-logit.js';
export { logTwoKEnclosure, roundsBoundEnclosure, roundsEnclosure } from './certified/rounds.js';
export { COLLAPSE_ALPHA, type FixedPoint, fixedPoint, isCollapsed } from './fixed-point.js';
export { LAMBDA_MAX, LAMBDA_MIN, type LossOptions, type Optimum, optimum, tempered } from './optimum.js';
export {
  type AscentOptions,
  type AscentPoint,
  type ExpectedGradient,
  type PolicySampling,
  policyAscent,
  policyBehaviour,
  policyGradient,
} from './policy-gradient.js';
export { finiteGroupObjective, groupObjective, type PolicyObjective, rewardObjective } from './policy-objective.js';
export { AT, type PolicyWeights, policyWeights } from './policy-weights.js';
export {
  exactProbability,
  exactShare,
  type Fraction,
  type Probability,
  parseRational,
  rational,
  toDouble,
} from './rational.js';
export {
  type FlowStart,
  reinforceStepBounds,
  reinforceTime,
  reinforceTimeBounds,
  type TimeBounds,
} from './reinforce-time.js';
export { ridgeLogit, ridgeLogitCertified } from './ridge-logit.js';
export { type CertifiedRoot, decreasingRoot } from './root.js';
export {
  type ChainNoise,
  type Fate,
  largestSuccessfulD,
  limitLongFraction,
  limitRounds,
  logTwoK,
  roundsBound,
  roundsToGreedyLong,
  starFate,
} from './rounds.js';
export {
  type Deciding,
  type SampleBoundOptions,
  signSampleBound,
  squaredDistanceBound,
  squaredFeatureNorm,
} from './sample-bound.js';
export { type SequenceOptions, sequenceFlow } from './sequence-gradient.js';
export { type SplitLog, splitLog, splitLogPlus, splitLogValue } from './split-log.js';
export { acceptedState, type StarOptions, type TheoryRound, theoryRound, theoryRounds } from './star.js';
export {
  demonstrationState,
  logitLongPlus,
  type NoiseOptions,
  probabilitiesOf,
  type StateProbabilities,
  type TrainingState,
  trainingState,
} from './state.js';
export { greedyThreshold } from './threshold.js';
