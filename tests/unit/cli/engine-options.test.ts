import { describe, expect, it } from 'vitest';
import { chosenEngine } from '../../../src/cli/engine-options.js';
import { WALK } from '../../fixtures/walk.js';

const TRANSFORMERS = { ...WALK, model: 'transformer' } as const;

describe('the engine of a run', () => {
  it.each([
    [WALK, {}, undefined],
    [WALK, { engine: 'plain' }, { engine: 'plain', precision: 'f64' }],
    [WALK, { backend: 'webasm' }, { engine: 'gpujs', precision: 'mixed', backend: 'webasm' }],
    [WALK, { precision: 'f64' }, { engine: 'wasm', precision: 'f64' }],
    [WALK, { workers: 1 }, undefined],
    [TRANSFORMERS, {}, undefined],
    [TRANSFORMERS, { engine: 'onnx' }, { executor: 'onnx' }],
    [TRANSFORMERS, { engine: 'gpujs', backend: 'webasm' }, { executor: 'gpujs', backend: 'webasm' }],
    [TRANSFORMERS, { backend: 'cpu' }, { backend: 'cpu' }],
  ] as const)('is that of what is trained: %#', (experiment, flags, engine) => {
    expect(chosenEngine(experiment, flags)).toEqual(engine);
  });

  it.each([
    [WALK, { engine: 'onnx' }, '--engine is "onnx"; walk trains chains, by one of plain, wasm, gpujs'],
    [TRANSFORMERS, { engine: 'wasm' }, '--engine is "wasm"; walk trains transformers, by one of onnx, gpujs'],
    [TRANSFORMERS, { engine: 'plain' }, '--engine is "plain"; walk trains transformers, by one of onnx, gpujs'],
    [TRANSFORMERS, { precision: 'f64' }, '--precision is "f64"; walk trains transformers, which are always in float32'],
    [
      TRANSFORMERS,
      { workers: 1 },
      '--workers is 1; walk trains transformers, whose engines take a thread for each core',
    ],
  ] as const)('cannot be another one: %#', (experiment, flags, message) => {
    expect(() => chosenEngine(experiment, flags)).toThrow(message);
    expect(() => chosenEngine(experiment, flags)).toThrow(RangeError);
  });
});
