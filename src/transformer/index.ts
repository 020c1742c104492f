export { diagnoseExecutors, type ExecutorDiagnosis } from './diagnosis.js';
export {
  EXECUTOR_BACKENDS,
  EXECUTORS,
  type Executor,
  type ExecutorBackend,
  type ExecutorName,
  type ExecutorReport,
  type ExecutorRequest,
  type LoadedProgram,
  onnxModel,
  openExecutor,
  type Tensors,
} from './executors/index.js';
export { exportModel } from './export/index.js';
export type { Program } from './graph/index.js';
export {
  ARCHITECTURES,
  type Architecture,
  initialParameters,
  type ModelShape,
  modelShape,
  type Parameter,
  type Parameters,
  parametersOf,
} from './models/index.js';
export { type ParityPrograms, parityProgram } from './policy/parity-programs.js';
export {
  DECAYS,
  type Decay,
  learningRateAt,
  pretrainTransformer,
  type TransformerPretraining,
} from './policy/pretraining.js';
export { longestResponse, type ParityTask, type PromptAndResponse, TokenResponses } from './policy/token-responses.js';
export { EOS, formatTokens, MINUS, PLUS, SEP, signToken, tokenSign, VOCABULARY } from './policy/tokens.js';
export {
  begun,
  type FitSettings,
  TransformerPolicy,
  type TransformerPolicyOptions,
  type TransformerState,
} from './policy/transformer-policy.js';
export { ADAMW, type OptimiserSettings } from './programs/index.js';
