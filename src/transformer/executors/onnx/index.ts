export { type OnnxBackend, openOnnx } from './executor.js';
