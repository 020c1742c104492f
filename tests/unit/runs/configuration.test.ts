import { describe, expect, it } from 'vitest';
import { configure, defaultDirectory, describeSettings } from '../../../src/runs/index.js';
import { WALK } from '../../fixtures/walk.js';

describe('a configuration', () => {
  it('is that of the size, with what was asked for in its place', () => {
    expect(configure(WALK, {})).toEqual({
      experiment: 'walk',
      size: 'default',
      seeds: [1, 2],
      settings: { steps: 10, drifts: [0, 0.25], pause: 0 },
      engine: { engine: 'wasm', precision: 'mixed' },
    });
    const asked = { size: 'smoke', seeds: 3, seed: 7, set: ['steps=4', 'drifts=1/4,-.5'] } as const;
    expect(configure(WALK, asked)).toMatchObject({
      size: 'smoke',
      seeds: [7, 8, 9],
      settings: { steps: 4, drifts: [0.25, -0.5] },
    });
  });

  it.each([
    [['steps=0'], '--set is "steps=0"; steps must be an integer from 1 to 1000'],
    [['steps=2.5'], '--set is "steps=2.5"; steps must be an integer from 1 to 1000'],
    [['steps=many'], 'steps must be an integer'],
    [['steps='], 'steps must be an integer'],
    [['steps=1', 'drifts=0,2'], 'drifts must be a list of 1 to 10, separated by commas, each a number from -1 to 1'],
    [['pace=1'], '--set is "pace=1"; the settings of walk are steps, drifts, pause'],
    [['steps'], '--set is "steps"; it must be key=value, such as steps=10'],
    [['steps=1e400'], 'steps must be an integer'],
    [['drifts=NaN'], 'drifts must be a list'],
  ])('refuses %j', (set, message) => {
    expect(() => configure(WALK, { set })).toThrow(message);
    expect(() => configure(WALK, { set })).toThrow(RangeError);
  });

  it('has no seeds where nothing is drawn', () => {
    const { smoke } = WALK.sizes;
    const still = { ...WALK, sizes: { smoke: { ...smoke, seeds: 0 }, default: { ...smoke, seeds: 0 }, full: smoke } };
    expect(configure(still, {}).seeds).toEqual([]);
    expect(() => configure(still, { seeds: 2 })).toThrow('--seeds is 2; walk draws nothing and has no seeds');
    expect(() => configure(still, { seed: 2 })).toThrow('--seed is 2; walk draws nothing and has no seeds');
  });

  it('has an engine for chains, or an executor for transformers', () => {
    const transformers = { ...WALK, model: 'transformer' } as const;
    expect(configure(transformers, {}).engine).toEqual({});
    const asked = { executor: 'onnx', backend: 'cpu' } as const;
    expect(configure(transformers, { engine: asked }).engine).toEqual(asked);
    const wrong = { executor: 'onnx', backend: 'webasm' } as const;
    expect(() => configure(transformers, { engine: wrong })).toThrow(
      "--backend is webasm; the engine 'onnx' has cpu and webgpu",
    );
    const wasm = { engine: 'wasm', precision: 'mixed' } as const;
    expect(() => configure(transformers, { engine: wasm })).toThrow(
      /^engine is {"engine":"wasm".*walk trains transformers/,
    );
    expect(() => configure(WALK, { engine: asked })).toThrow(/^engine is {"executor":"onnx".*walk trains chains/);
  });

  it('has its own folder', () => {
    const folder = (request: object) => defaultDirectory(WALK, configure(WALK, request));
    expect(folder({})).toBe('runs/walk/default');
    expect(folder({ size: 'smoke' })).toBe('runs/walk/smoke');
    expect(folder({ seed: 2 })).toMatch(/^runs\/walk\/default-[0-9a-f]{8}$/);
    expect(new Set([{ seed: 2 }, { seeds: 3 }, { set: ['steps=3'] }].map(folder)).size).toBe(3);
  });

  it('is described setting by setting', () => {
    expect(describeSettings(WALK, 'default').slice(2, 4)).toEqual([
      'drifts=0,0.25',
      '  means of a step; a list of 1 to 10, separated by commas, each a number from -1 to 1',
    ]);
  });
});
