import { expect, it } from 'vitest';
import { powerFit, thresholdOf, thresholdPoints } from '../../../experiments/shared/thresholds.js';

it('a threshold is the smallest value from which on all succeed', () => {
  expect(
    thresholdOf([
      [4, true],
      [1, false],
      [2, true],
      [8, true],
    ]),
  ).toEqual({ kind: 'found', at: 2 });
  expect(
    thresholdOf([
      [1, true],
      [2, false],
      [4, true],
    ]),
  ).toEqual({ kind: 'found', at: 4 });
  expect(
    thresholdOf([
      [1, true],
      [2, true],
    ]),
  ).toEqual({ kind: 'below' });
  expect(
    thresholdOf([
      [1, true],
      [2, false],
    ]),
  ).toEqual({ kind: 'above' });
});

const rows = [1, 2].flatMap((seed) =>
  [3, 6].flatMap((d) => [10, 20, 40, 80].map((samples) => ({ seed, d, samples, right: samples >= d * seed * 4 }))),
);

it('a point is the geometric mean over seeds, from the smallest to the largest', () => {
  const points = thresholdPoints(rows, 'd', 'samples', ({ right }) => right === true);
  expect(points.map(({ x, low, high }) => ({ x, low, high }))).toEqual([
    { x: 3, low: 20, high: 40 },
    { x: 6, low: 40, high: 80 },
  ]);
  expect(points[0]!.y).toBeCloseTo(Math.sqrt(800), 10);
  expect(powerFit(points)!.slope).toBeCloseTo(1, 10);
});

it('a place is left out if a seed found no threshold there', () => {
  const points = thresholdPoints(rows, 'd', 'samples', ({ right, d }) => right === true && d !== 6);
  expect(points.map(({ x }) => x)).toEqual([3]);
  expect(powerFit(points)).toBeNull();
});
