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
