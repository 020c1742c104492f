export { ADVANTAGES, type AdvantageName, advantages } from './advantages.js';
export { ChainPolicy, type ChainPolicyOptions } from './chain-policy.js';
export { type DecodingRequest, decode } from './decoding.js';
export {
  type Evaluation,
  type EvaluationSettings,
  evaluate,
  type ResponseCounts,
} from './evaluation.js';
export { type Kernels, loops, type Mixture, type SgdSettings, type TrainingTask, withoutNoise } from './kernels.js';
export {
  type Average,
  type Learner,
  type LearnerFactory,
  type LearnerOptions,
  SgdLearner,
  SuffixHarmonic,
} from './learner.js';
export { decisionShares, LOSS_TYPES, type LossType, type Objective, objectiveAt } from './objective.js';
export { BLOCK, countBits, PackedResponses } from './packed-responses.js';
export type { Ascent, Policy, Responses, SampleRequest, Scores } from './policy.js';
export {
  Diverged,
  grpoSettings,
  PolicyGradient,
  type PolicyGradientProgress,
  type PolicyGradientSettings,
  reinforceSettings,
  requireOneOf,
  requirePolicyGradient,
  type Update,
} from './policy-gradient.js';
export { demonstrationSource, type ResponseSource } from './response-source.js';
export {
  type PretrainingOptions,
  pretrain,
  requireCount,
  requireLambda,
  type SgdOptions,
  type TrainedChain,
  trainBySgd,
} from './sgd.js';
export {
  type StarRound,
  type StarSettings,
  starRound,
} from './star.js';
export type { UpdateMetrics } from './update-metrics.js';
