export {
  type Evaluation,
  type EvaluationOptions,
  evaluate,
  type ResponseCounts,
} from './evaluation.js';
export {
  type Average,
  type Learner,
  type LearnerFactory,
  type LearnerOptions,
  SgdLearner,
  SuffixHarmonic,
} from './learner.js';
export { demonstrationSource, type ResponseSource, ResponseStore } from './response-source.js';
export {
  type PretrainingOptions,
  pretrain,
  requireCount,
  requireLambda,
  type SgdOptions,
  type TrainedChain,
  trainBySgd,
} from './sgd.js';
export { type StarRound, type StarRoundOptions, starRound } from './star.js';
