export { type ExecutorRequest, openExecutor } from './choice.js';
export {
  EXECUTOR_BACKENDS,
  EXECUTORS,
  type Executor,
  type ExecutorBackend,
  type ExecutorName,
  type ExecutorReport,
  type LoadedProgram,
  type Tensors,
} from './executor.js';
export { onnxModel } from './onnx/index.js';
