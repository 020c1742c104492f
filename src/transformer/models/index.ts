export { gpt2Configuration } from './gpt2.js';
export type { Layers, Positions } from './layers.js';
export { mistralConfiguration } from './mistral.js';
export { ARCHITECTURES, type Architecture, type ModelShape, modelShape } from './model.js';
export { initialParameters, type Parameter, type Parameters, parametersOf } from './parameters.js';
export {
  attend,
  causalMask,
  finishBlock,
  growingMask,
  layersOf,
  type Memory,
  memoryOf,
  positionsFrom,
  sequenceLogits,
} from './transformer.js';
