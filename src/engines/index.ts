export { engineNamed, pretrainBatch } from './batch.js';
export {
  type Batch,
  type BatchOptions,
  type BatchSettings,
  ENGINES,
  type Engine,
  type EngineName,
  type EngineReport,
  PRECISIONS,
  type Precision,
  type Replicate,
  UnsupportedOption,
} from './engine.js';
