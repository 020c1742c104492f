export { largestEnumerableD, requireAffordable, requireAffordableAscent } from './cost.js';
export {
  allInputs,
  demonstrationDistribution,
  type ResponseDistribution,
  type SignMasses,
  signDistribution,
} from './distribution.js';
export {
  type EnumeratedGreedy,
  type EnumeratedRound,
  type EnumerationOptions,
  enumerateGreedy,
  enumerateGreedyThreshold,
  enumerateRounds,
  TIE,
} from './enumeration.js';
export {
  type FeatureMap,
  type FeatureShape,
  featureCount,
  featureShape,
  features,
  linearForm,
  type Predictor,
  productIndex,
} from './features.js';
export { nextTokenGradient, nextTokenHessian, nextTokenLoss, type WeightedContexts } from './loss.js';
export {
  combineWeights,
  decodeGreedy,
  decodeSampled,
  type LinearChain,
  logitOf,
  responseLogProbability,
  temperedChain,
  weightsOf,
  zeroChain,
} from './model.js';
export { minimiseByNewton, NEWTON_STEPS } from './newton.js';
export { fitChain, fitPredictor, type OptimumOptions, predictorContexts } from './optimum.js';
export { type EnumeratedAscentOptions, type EnumeratedAscentPoint, enumerateAscent } from './policy-ascent.js';
export {
  type Baseline,
  type Credit,
  type EnumeratedGradient,
  enumeratePolicyGradient,
  enumerateScore,
  type PolicyAlgorithm,
  type PolicyGradientOptions,
  type ScoreOptions,
} from './policy-gradient.js';
export {
  contextLogit,
  type EnumeratedSampling,
  enumerateAccepted,
  enumerateSampling,
  forEachResponse,
  type ResponseVisitor,
  type Rewards,
} from './sampling.js';
export {
  type DistributionShares,
  largestOffSupport,
  type SupportWeights,
  sharesOf,
  supportWeights,
} from './summary.js';
