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
