export {
  type Batch,
  type BatchEvents,
  type BatchReport,
  type EngineChoice,
  pretrainBatch,
  trainBatch,
} from './batch.js';
export { chooseEngine, type EngineRequest } from './choice.js';
export { type Candidate, type Diagnosis, diagnoseEngines, type Throughput } from './diagnosis.js';
export {
  BACKENDS,
  type Backend,
  ENGINES,
  type Engine,
  type EngineName,
  type EngineReport,
  type OpenEngine,
  type OpenOptions,
  PRECISIONS,
  type Precision,
  UnsupportedOption,
  type Workload,
} from './engine.js';
export { type Adapter, findAdapter } from './gpujs/adapter.js';
export { Device } from './gpujs/device.js';
export type { Handle, Kernel, Nested } from './gpujs/library.js';
export type { PolicyGradientProgram, Program, Replicate, Stage, StageVisitor, StarProgram } from './program.js';
export { engineNamed, openEngine } from './registry.js';
