import { describe, expect, it } from 'vitest';
import {
  combineWeights,
  type EnumeratedAscentOptions,
  enumerateAscent,
  requireAffordableAscent,
} from '../../../src/chain/index.js';

const OPTIONS: EnumeratedAscentOptions = {
  d: 3,
  pCot: 0.2,
  lambda: 0.01,
  algorithm: 'grpo',
  baseline: 'prompt-mean',
  reward: 'cot',
  steps: 2,
  learningRate: 0.5,
};

describe('an enumerated ascent', () => {
  it('holds its steps and the optimum before them', async () => {
    const points = await enumerateAscent(OPTIONS);
    expect(points.map(({ step }) => step)).toEqual([0, 1, 2]);
    const [start] = await enumerateAscent({ ...OPTIONS, steps: 0 });
    expect(points[0]).toEqual(start);
  });

  it.each([
    ['learningRate', 0],
    ['learningRate', -1],
    ['learningRate', Number.NaN],
    ['learningRate', Infinity],
    ['temperature', 0],
    ['lambda', 1e-7],
    ['pCot', 1],
    ['d', 1],
  ])('refuses %s = %d', async (name, value) => {
    await expect(enumerateAscent({ ...OPTIONS, [name]: value })).rejects.toThrow(RangeError);
  });

  it('climbs: a small step raises the objective by the rate times the squared gradient', async () => {
    const learningRate = 1e-4;
    const [start, next] = await enumerateAscent({ ...OPTIONS, algorithm: 'reinforce', steps: 1, learningRate });
    const moved = combineWeights(next!.model, start!.model, (a, b) => (a - b) / learningRate);
    const squares = [moved.first, moved.stop, ...moved.next].flatMap((weights) => [...weights].map((g) => g * g));
    const slope = squares.reduce((sum, square) => sum + square);
    // A second derivative of order 1 and a gradient of order .1.
    expect(Math.abs((next!.objective - start!.objective) / (learningRate * slope) - 1)).toBeLessThan(1e-3);
  });

  it('refuses more work than twenty seconds, naming what fits', async () => {
    await expect(enumerateAscent({ ...OPTIONS, d: 12, steps: 50 })).rejects.toThrow(/d is 12; .* d = 8$/);
    for (const [steps, largest] of [
      [0, 11],
      [10, 9],
      [50, 8],
      [1000, 6],
    ] as const) {
      expect(() => requireAffordableAscent(largest, steps)).not.toThrow();
      expect(() => requireAffordableAscent(largest + 1, steps)).toThrow(`up to d = ${largest}`);
    }
  });

  it('stops when it is told to', async () => {
    const controller = new AbortController();
    controller.abort(new Error('enough'));
    await expect(enumerateAscent({ ...OPTIONS, signal: controller.signal })).rejects.toThrow('enough');
  });

  it('can be given other rewards, which it then climbs', async () => {
    const always = { cot: () => true, e2e: () => true };
    const points = await enumerateAscent({ ...OPTIONS, rewards: always });
    for (const { model, sampling } of points) {
      expect(model).toEqual(points[0]!.model);
      expect(sampling.accuracyCot).toBeCloseTo(1, 14);
    }
  });
});
