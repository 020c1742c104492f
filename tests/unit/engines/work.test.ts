import fc from 'fast-check';
import { expect, it } from 'vitest';
import { featureCount } from '../../../src/chain/index.js';
import { updatesOf } from '../../../src/engines/work.js';

it('counts every weight of every predictor once a step', () => {
  const natural = fc.nat({ max: 1000 });
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 60 }), natural, natural, (d, steps, longSteps) => {
      const later = Array.from({ length: d - 1 }, (_, i) => featureCount(i + 2, d));
      const expected = steps * (featureCount(1, d) + featureCount('stop', d));
      expect(updatesOf(d, steps, longSteps)).toBe(later.reduce((sum, count) => sum + longSteps * count, expected));
    }),
  );
});
