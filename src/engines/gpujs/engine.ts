import { type Backend, type Engine, UnsupportedOption } from '../engine.js';
import { findAdapter } from './adapter.js';
import { decode } from './decoding.js';
import { Device } from './device.js';
import { train } from './training.js';

/** Below it the scale of the first steps, 1 / lambda, leaves float32. */
const MIN_LAMBDA = 1e-30;
/** Beyond 2^24 steps a float32 sum no longer sees a change of its own mean size. */
const MAX_SAMPLES = 2 ** 24;
/** The largest d that was tried. */
const MAX_D = 1000;
/** Steps of a predictor in float64 before it goes on in float32. */
const NARROW_AT = 4096;

/** Kernels of gpu.js: on a graphics processor through WebGPU, else in WebAssembly or JavaScript (docs/performance.md). */
export const gpujs: Engine = {
  name: 'gpujs',
  precisions: ['mixed', 'f32'],
  batch: 64,
  check({ d, lambda, samples, freeConstant, jointLoss }) {
    const unsupported = (option: string, value: unknown, rule: string) => {
      throw new UnsupportedOption('gpujs', option, value, rule);
    };
    if (freeConstant) unsupported('freeConstant', true, 'regularises every weight');
    if (jointLoss) unsupported('jointLoss', true, 'trains on the conditioned loss only');
    if (d > MAX_D) unsupported('d', d, `takes d up to ${MAX_D}`);
    if (samples > MAX_SAMPLES) unsupported('samples', samples, `takes at most ${MAX_SAMPLES}; use 'wasm' in 'f64'`);
    if (lambda < MIN_LAMBDA) unsupported('lambda', lambda, `takes lambda from ${MIN_LAMBDA}; use 'wasm' in 'f64'`);
  },
  async open({ precision, backend }) {
    const device = await Device.open(backend ?? (await fastestBackend()));
    const narrowAt = precision === 'mixed' ? NARROW_AT : 0;
    return {
      train: (tasks, { average }, watch) => train(device, tasks, average, narrowAt, watch),
      decode: (requests, watch) => decode(device, requests, watch),
      report: {
        name: 'gpujs',
        backend: device.backend,
        executorKind: device.executorKind,
        precision,
        adapter: device.adapter?.description ?? null,
      },
      close: () => device.close(),
    };
  },
};

/** A software adapter is slower than WebAssembly. */
async function fastestBackend(): Promise<Backend> {
  const adapter = await findAdapter();
  return adapter && !adapter.software ? 'webgpu' : 'webasm';
}
