import { describe, expect, it } from 'vitest';
import { bisect } from '../../../src/statistics/bisect.js';

describe('bisect', () => {
  it('ends at the two neighbouring numbers around the change, in steps that hardly depend on its size', () => {
    for (const change of [1e-310, 1e-300, 1e-17, 1 / 3, 1 - 1e-12]) {
      let steps = 0;
      const { low, high } = bisect(Number.MIN_VALUE, 1, (x) => {
        steps++;
        return x < change;
      });
      expect(high).toBe(change);
      expect(low).toBeLessThan(change);
      expect((change - low) / change).toBeLessThanOrEqual(Math.max(Number.EPSILON, Number.MIN_VALUE / change));
      expect(steps).toBeLessThan(70);
    }
  });

  it('keeps an end beyond which nothing changes', () => {
    expect(bisect(0.25, 1, () => true).high).toBe(1);
    expect(bisect(0.25, 1, () => false).low).toBe(0.25);
  });
});
