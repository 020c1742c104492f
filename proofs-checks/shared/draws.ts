import fc from 'fast-check';
import { arbitraryD, arbitraryLambda, arbitraryP, arbitraryReal } from '../../src/arbitraries/index.js';
import { largestSuccessfulD, type World } from '../../src/index.js';
import type { Masses, Setting } from './states.js';

/**
 * Settings on the side of K = 1/2 that the world's hypotheses name, with p <= 1/3 if they say so. Above one half d goes up
 * to 9/10 of the largest that succeeds, so that the number of rounds stays bounded; below it d starts at twice that.
 */
export function arbitraryDecidedSetting(world: World, { minP = 1e-6 } = {}): fc.Arbitrary<Setting> {
  const { chainProbability, pAtMostThird } = world.hypotheses;
  const above = chainProbability === 'above half';
  const p = arbitraryP(pAtMostThird ? { max: 1 / 3 } : {}).filter((value) => value >= minP);
  return arbitraryReal(-8, -1.1).chain((exponent) => {
    const lambda = 10 ** exponent;
    const edge = largestSuccessfulD(lambda);
    const [min, max] = above ? [3, Math.max(3, Math.floor(0.9 * edge))] : [2 * edge, 4 * edge];
    return fc.record({ d: fc.integer({ min, max }), pCot: p, lambda: fc.constant(lambda) });
  });
}

/** Any state (q, rho) of r_cot, at any d and lambda. */
export function arbitraryCotSetting(): fc.Arbitrary<{ d: number; q: number; rho: number; lambda: number }> {
  return fc.record({ d: arbitraryD(), q: arbitraryP(), rho: arbitraryReal(0.001, 0.999), lambda: arbitraryLambda() });
}

/** Masses at a d and lambda that can be enumerated in a few milliseconds. */
export function arbitraryEnumerable(
  masses: fc.Arbitrary<Masses>,
  smallestD = 3,
): fc.Arbitrary<{ d: number; lambda: number; masses: Masses }> {
  return fc.record({
    d: fc.integer({ min: smallestD, max: smallestD + 1 }),
    lambda: fc.constantFrom(0.1, 0.01, 1e-3),
    masses,
  });
}
