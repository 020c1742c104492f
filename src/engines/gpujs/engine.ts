import { type Engine, UnsupportedOption } from '../engine.js';

/** Kernels of gpu.js. */
export const gpujs: Engine = {
  name: 'gpujs',
  precisions: ['f32'],
  batch: 64,
  check({ freeConstant, jointLoss }) {
    if (freeConstant) throw new UnsupportedOption('gpujs', 'freeConstant', true, 'regularises every weight');
    if (jointLoss) throw new UnsupportedOption('gpujs', 'jointLoss', true, 'trains on the conditioned loss only');
  },
  async open({ backend }) {
    throw new UnsupportedOption('gpujs', 'backend', backend, 'is not there yet');
  },
};
