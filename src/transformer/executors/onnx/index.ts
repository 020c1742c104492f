export { type OnnxBackend, openOnnx } from './executor.js';
export { onnxModel } from './export.js';
