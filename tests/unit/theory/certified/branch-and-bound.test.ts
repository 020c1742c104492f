import { describe, expect, it } from 'vitest';
import { type Interval, intervals } from '../../../../src/numerics/index.js';
import { type Box, branchAndBound } from '../../../../src/theory/index.js';
import { reported } from '../../../fixtures/slow-clock.js';

const { between, exactly, multiply, subtract } = intervals;

/** x y on [1, 4] x [1, 2]: from 1 to 8. */
const BOXES = [
  { x: between(1, 2), y: between(1, 2) },
  { x: between(2, 4), y: between(1, 2) },
] as const;
const productAbove =
  (bound: number) =>
  ({ x, y }: { x: Interval; y: Interval }) =>
    subtract(multiply(x, y), exactly(bound));
/** x^2 - 2 x + bound as it is written, which takes the two terms for independent; its least value is bound - 1, at 1. */
const square =
  (bound: number) =>
  ({ x }: { x: Interval }) =>
    intervals.add(subtract(multiply(x, x), multiply(exactly(2), x)), exactly(bound));

describe('branch and bound', () => {
  it('certifies what holds, and encloses the least slack within a factor 2', async () => {
    const { verdict, count, least, worst } = await branchAndBound({
      boxes: BOXES,
      slack: productAbove(0.5),
      limit: 100,
    });
    expect(verdict).toBe('certified');
    expect(count).toBeGreaterThan(1);
    expect(least.low).toBeLessThanOrEqual(0.5);
    expect(least.high).toBeGreaterThanOrEqual(0.5);
    expect(least.high).toBeLessThanOrEqual(2 * least.low);
    expect(worst.box.x.low).toBe(1);
    expect(worst.slack.low).toBe(least.low);
  });

  it('covers the boxes whole: bisects until every part is certified', async () => {
    const parts: { x: Interval }[] = [];
    const slack = (box: { x: Interval }) => {
      const found = square(1.01)(box);
      if (found.low > 0) parts.push(box);
      return found;
    };
    const { verdict, count } = await branchAndBound({ boxes: [{ x: between(0.5, 8) }], slack, limit: 10_000 });
    expect(verdict).toBe('certified');
    expect(count).toBeGreaterThan(20);
    const ends = parts.map(({ x }) => x).sort((a, b) => a.low - b.low);
    let reached = 0.5;
    for (const { low, high } of ends) {
      expect(low).toBeLessThanOrEqual(reached);
      reached = Math.max(reached, high);
    }
    expect(reached).toBe(8);
  });

  it('finds a box in which it fails', async () => {
    const { verdict, worst } = await branchAndBound({ boxes: BOXES, slack: productAbove(1.01), limit: 1000 });
    expect(verdict).toBe('violated');
    expect(worst.box.x.high * worst.box.y.high).toBeLessThan(1.02);
    expect(worst.slack.high).toBeLessThan(0);
  });

  it('gives up at its limit, and where no double is left', async () => {
    const boxes = [{ x: between(0.5, 8) }];
    const spent = await branchAndBound({ boxes, slack: square(1.01), limit: 10 });
    expect([spent.verdict, spent.count]).toEqual(['undecided', 10]);
    const tie = await branchAndBound({ boxes: [{ x: exactly(1) }], slack: square(1), limit: 1000 });
    expect([tie.verdict, tie.count]).toEqual(['undecided', 1]);
  });

  it('bisects the relatively widest side at its geometric middle', async () => {
    const seen: Box[] = [];
    const slack = (box: Box) => {
      seen.push(box);
      return seen.length === 1 ? between(-1, 1) : exactly(1);
    };
    await branchAndBound({ boxes: [{ x: between(1, 2), y: between(1e-6, 1e-2) }], slack, limit: 10 });
    expect(seen).toHaveLength(3);
    expect(seen[1]!.x).toEqual(between(1, 2));
    expect(seen[1]!.y!.high / 1e-4).toBeCloseTo(1, 12);
    expect(seen[2]!.y!.low).toBe(seen[1]!.y!.high);
  });

  it('proves strict inequalities alone: a slack of 0 is neither proof nor violation', async () => {
    for (const slack of [exactly(0), between(-1, 0), between(0, 1)]) {
      const { verdict } = await branchAndBound({ boxes: [{ x: exactly(1) }], slack: () => slack, limit: 9 });
      expect(verdict).toBe('undecided');
    }
  });

  it('reports the least of all slacks, not that of the box it looked at first', async () => {
    const slacks = [between(0.9, 1), between(0.8, 1.2), between(0.95, 1.1)];
    const boxes = slacks.map((_, i) => ({ x: exactly(i + 1) }));
    const found = await branchAndBound({ boxes, slack: ({ x }) => slacks[x.low - 1]!, limit: 3 });
    expect(found).toMatchObject({ verdict: 'certified', count: 3, least: between(0.8, 1), worst: { box: boxes[1]! } });
  });

  it('ends where there is no double between the ends of a box', async () => {
    for (const x of [1, 1.3, 1.7, 3, 5, 7, 1e-5, 1e5, 0.1, 0.7]) {
      const boxes = [{ x: between(x, intervals.above(x)) }];
      const { verdict, count } = await branchAndBound({ boxes, slack: () => between(-1, 1), limit: 1000 });
      expect([verdict, count], `from ${x}`).toEqual(['undecided', 1]);
    }
  });

  it('reports the share of its limit that is spent', async () => {
    let count = 0;
    const seen = await reported(async (watch) => {
      ({ count } = await branchAndBound({ boxes: BOXES, slack: productAbove(0.5), limit: 100 }, watch));
    });
    expect(seen).toEqual(Array.from({ length: count }, (_, i) => (i + 1) / 100));
  });

  it('is stopped by its signal, and refuses to prove nothing', async () => {
    const signal = AbortSignal.abort(new Error('stopped'));
    await expect(branchAndBound({ boxes: BOXES, slack: productAbove(0.5), limit: 9 }, { signal })).rejects.toThrow(
      'stopped',
    );
    const huge = await branchAndBound({ boxes: BOXES, slack: () => between(Number.MAX_VALUE, Infinity), limit: 9 });
    expect(huge.verdict).toBe('certified');
    const one = await branchAndBound({ boxes: [{ x: exactly(1) }], slack: () => exactly(1), limit: 1 });
    expect(one.verdict).toBe('certified');
    await expect(branchAndBound({ boxes: BOXES, slack: productAbove(0.5), limit: NaN })).rejects.toThrow(
      'limit is NaN',
    );
    await expect(branchAndBound({ boxes: [], slack: productAbove(0.5), limit: 9 })).rejects.toThrow(RangeError);
  });
});
