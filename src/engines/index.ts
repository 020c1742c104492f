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
  PRECISIONS,
  type Precision,
  UnsupportedOption,
} from './engine.js';
export { withLoops } from './fallback.js';
export { findAdapter } from './gpujs/adapter.js';
export type { Program, Replicate, Stage, StageVisitor, StarProgram } from './program.js';
export { engineNamed, openEngine } from './registry.js';
