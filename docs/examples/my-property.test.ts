// A property test of one's own, with vitest and the exported arbitraries: more long demonstrations never make a
// pre-trained model answer shorter.
import fc from 'fast-check';
import { behaviour, demonstrationState, optimum } from 'lengthwise';
import { arbitraryD, arbitraryLambda, arbitraryP } from 'lengthwise/arbitraries';
import { expect, test } from 'vitest';

const pLong = (d: number, pCot: number, lambda: number) =>
  behaviour(optimum(demonstrationState(pCot), { lambda }), d).pLong;

test('P(long) does not decrease in p', () => {
  fc.assert(
    fc.property(arbitraryD(), arbitraryP(), arbitraryP(), arbitraryLambda(), (d, p1, p2, lambda) => {
      const [low, high] = [Math.min(p1, p2), Math.max(p1, p2)];
      // Each probability is rounded to a few units of 1e-16.
      expect(pLong(d, high, lambda)).toBeGreaterThanOrEqual(pLong(d, low, lambda) - 1e-15);
    }),
    { seed: 20251011, numRuns: 1000 },
  );
});

test('the property can fail: P(long) is not p', () => {
  const details = fc.check(
    fc.property(arbitraryP(), arbitraryLambda(), (p, lambda) => Math.abs(pLong(3, p, lambda) - p) < lambda),
    { seed: 20251011 },
  );
  expect(details.failed).toBe(true);
});
