export { type BatchShape, sequenceLength } from './batch.js';
export { samplingProgram } from './sampling.js';
export { ADAMW, type OptimiserSettings, scoringProgram, trainingProgram } from './training.js';
