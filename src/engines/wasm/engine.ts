import { part } from '../../progress/index.js';
import type { PackedResponses, TrainedChain } from '../../training/index.js';
import { type Engine, UnsupportedOption } from '../engine.js';
import { decodeRequest } from './decode.js';
import { withInstance } from './instance.js';
import { trainTogether } from './train.js';

/** Chains that are trained together in one thread. */
const TOGETHER = 4;
/** The largest d whose inner products, at most 4d, were tried; they are kept in 16 bits. */
const MAX_D = 2000;
/** Below it the scale of the first steps, 1 / lambda, leaves float32. */
const MIN_LAMBDA_MIXED = 1e-30;
/** Beyond 2^24 steps a float32 sum no longer sees a change of its own mean size. */
const MAX_SAMPLES_MIXED = 2 ** 24;

/** WebAssembly SIMD with tables of sign patterns: the same iterates as `plain` up to rounding (docs/performance.md). */
export const wasm: Engine = {
  name: 'wasm',
  precisions: ['mixed', 'f64'],
  batch: TOGETHER,
  check({ d, lambda, samples, precision, freeConstant, jointLoss }) {
    const unsupported = (option: string, value: unknown, rule: string) => {
      throw new UnsupportedOption('wasm', option, value, rule);
    };
    if (freeConstant) unsupported('freeConstant', true, 'regularises every weight');
    if (jointLoss) unsupported('jointLoss', true, 'trains on the conditioned loss only');
    if (d > MAX_D) unsupported('d', d, `takes d up to ${MAX_D}`);
    if (precision !== 'mixed') return;
    if (samples > MAX_SAMPLES_MIXED) {
      unsupported('samples', samples, `takes at most ${MAX_SAMPLES_MIXED} in precision 'mixed'; use 'f64'`);
    }
    if (lambda < MIN_LAMBDA_MIXED) {
      unsupported('lambda', lambda, `takes lambda from ${MIN_LAMBDA_MIXED} in precision 'mixed'; use 'f64'`);
    }
  },
  async open({ precision }) {
    return {
      train: async (tasks, { average }, watch) => {
        const chains: TrainedChain[] = [];
        for (let first = 0; first < tasks.length; first += TOGETHER) {
          const some = tasks.slice(first, first + TOGETHER);
          const watched = part(watch, first / TOGETHER, Math.ceil(tasks.length / TOGETHER));
          chains.push(...(await withInstance((i) => trainTogether(i, some, average, precision, watched))));
        }
        return chains;
      },
      decode: async (requests, watch) => {
        const all: PackedResponses[] = [];
        for (const [i, request] of requests.entries()) {
          const watched = part(watch, i, requests.length);
          all.push(await withInstance((instance) => decodeRequest(instance, request, watched)));
        }
        return all;
      },
      report: { name: 'wasm', backend: 'wasm-simd', executorKind: null, precision, adapter: null },
      async close() {},
    };
  },
};
