export { type DecodingRequest, decode } from './decoding.js';
export {
  type Evaluation,
  type EvaluationOptions,
  type EvaluationSettings,
  evaluate,
  evaluateAll,
  type ResponseCounts,
} from './evaluation.js';
export { type Kernels, loops, type Mixture, type SgdSettings, type TrainingTask } from './kernels.js';
export {
  type Average,
  type Learner,
  type LearnerFactory,
  type LearnerOptions,
  SgdLearner,
  SuffixHarmonic,
} from './learner.js';
export { BLOCK, countBits, PackedResponses } from './packed-responses.js';
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
  type StarRoundOptions,
  type StarSettings,
  type StarTask,
  starRound,
  starRoundAll,
} from './star.js';
