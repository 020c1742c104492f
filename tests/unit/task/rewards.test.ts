import fc from 'fast-check';
import { expect, it } from 'vitest';
import { arbitraryD, arbitraryInput } from '../../../src/arbitraries/index.js';
import { rewardCot, rewardE2e } from '../../../src/task/index.js';
import { seeded } from '../../fixtures/seed.js';

const input = arbitraryD({ min: 2, max: 200 }).chain((d) => arbitraryInput(d));

/** The parity by counting, not by multiplying. */
const answerOf = (x: readonly number[]) => (x.filter((bit) => bit === -1).length % 2 === 0 ? 1 : -1);

it('the rewards agree with parities by counting, at every d up to 200, and see one wrong token anywhere', () => {
  fc.assert(
    fc.property(input, fc.nat(), (x, position) => {
      const answer = answerOf(x);
      const chain = x.map((_, i) => answerOf(x.slice(0, i + 1)));
      expect([rewardE2e(x, [answer]), rewardCot(x, [answer])]).toEqual([true, true]);
      expect([rewardE2e(x, [-answer]), rewardCot(x, [-answer])]).toEqual([false, false]);
      expect([rewardE2e(x, chain), rewardCot(x, chain)]).toEqual([true, true]);
      const wrong = chain.map((token, i) => (i === position % x.length ? -token : token));
      expect(rewardCot(x, wrong)).toBe(false);
      expect(rewardE2e(x, wrong)).toBe(position % x.length !== x.length - 1);
    }),
    seeded(500),
  );
});
