import { describe, expect, it } from 'vitest';
import type { Axis } from '../../../src/figures/index.js';
import { minorTicks, ticksOf } from '../../../src/figures/ticks.js';

const axis = (scale: Axis['scale'], low: number, high: number, rest: Partial<Axis> = {}): Axis => ({
  label: '',
  scale,
  domain: [low, high],
  ...rest,
});
const texts = (described: Axis): string =>
  ticksOf(described)
    .map(({ text }) => text)
    .join(' ');

describe('ticks', () => {
  it.each([
    [axis('linear', 0, 1), '0 0.2 0.4 0.6 0.8 1'],
    [axis('linear', 0, 0.5), '0 0.1 0.2 0.3 0.4 0.5'],
    [axis('linear', -1, 1), '$-1$ $-0.5$ 0 0.5 1'],
    [axis('linear', 0, 7), '0 2 4 6'],
    [axis('linear', 0, 2e7), '0 $5 \\times 10^{6}$ $10^{7}$ $1.5 \\times 10^{7}$ $2 \\times 10^{7}$'],
    [axis('linear', 0.3, 0.37), '0.3 0.32 0.34 0.36'],
    [axis('log', 1, 1e4), '$10^{0}$ $10^{1}$ $10^{2}$ $10^{3}$ $10^{4}$'],
    [axis('log', 1e-12, 1), '$10^{-12}$ $10^{-10}$ $10^{-8}$ $10^{-6}$ $10^{-4}$ $10^{-2}$ $10^{0}$'],
    [axis('log', 2, 20), '2 5 10 20'],
    [axis('log', 1, 100, { ticks: [1, 10] }), '$10^{0}$ $10^{1}$'],
    [axis('log', 1, 100, { ticks: [1, 30] }), '1 30'],
    [axis('linear', 0, 1, { ticks: [0, 1 / 3], tickText: ['0', '$1/3$'] }), '0 $1/3$'],
  ])('of %j are %s', (described, expected) => {
    expect(texts(described)).toBe(expected);
  });

  it('are the doubles of their decimals', () => {
    expect(ticksOf(axis('linear', 0, 0.5)).map(({ value }) => value)).toEqual([0, 0.1, 0.2, 0.3, 0.4, 0.5]);
  });

  it('have others in between on a logarithmic axis that has room for them', () => {
    expect(minorTicks(axis('log', 1, 30))).toEqual([3, 4, 6, 7, 8, 9, 30]);
    expect(minorTicks(axis('log', 1, 1e4))).toHaveLength(32);
    expect(minorTicks(axis('log', 1, 1e9))).toEqual([]);
    expect(minorTicks(axis('linear', 0, 1))).toEqual([]);
  });
});
