import { type Engine, UnsupportedOption } from '../engine.js';
import { withInstance } from './instance.js';
import { trainTogether } from './train.js';

/** The largest d whose inner products, at most 4d, were tried; they are kept in 16 bits. */
const MAX_D = 2000;
/** Below it the scale of the first steps, 1 / lambda, leaves float32. */
const MIN_LAMBDA_MIXED = 1e-30;
/** Beyond 2^24 steps a float32 sum no longer sees a change of its own mean size. */
const MAX_SAMPLES_MIXED = 2 ** 24;

/** WebAssembly SIMD with tables of sign patterns: the same iterates as `plain` up to rounding (docs/performance.md). */
export const wasm: Engine = {
  name: 'wasm',
  backend: 'cpu',
  executorKind: 'wasm-simd',
  precisions: ['mixed', 'f64'],
  batch: 4,
  check(replicates, settings) {
    const unsupported = (option: string, value: unknown, rule: string) => {
      throw new UnsupportedOption('wasm', option, value, rule);
    };
    if (settings.freeConstant) unsupported('freeConstant', true, 'regularises every weight');
    if (settings.jointLoss) unsupported('jointLoss', true, 'trains on the conditioned loss only');
    const mixed = settings.precision === 'mixed';
    if (mixed && settings.samples > MAX_SAMPLES_MIXED) {
      unsupported('samples', settings.samples, `takes at most ${MAX_SAMPLES_MIXED} in precision 'mixed'; use 'f64'`);
    }
    for (const { d, lambda } of replicates) {
      if (d > MAX_D) unsupported('d', d, `takes d up to ${MAX_D}`);
      if (mixed && lambda < MIN_LAMBDA_MIXED) {
        unsupported('lambda', lambda, `takes lambda from ${MIN_LAMBDA_MIXED} in precision 'mixed'; use 'f64'`);
      }
    }
  },
  train(replicates, { samples, average, precision }, watch) {
    return withInstance((instance) => trainTogether(instance, replicates, samples, average, precision, watch));
  },
};
