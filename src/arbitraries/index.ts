/**
 * fast-check arbitraries for the quantities of the theory, for property tests of one's own.
 *
 * They pick parameters and shrink them. Draws that are to be counted must come from `KeyedRandom` instead: generated
 * examples are not independent samples.
 */
import fc from 'fast-check';
import type { Sign } from '../task/index.js';

/** d, the number of bits: integers from `min` (default 3, where the lemmas begin) to `max` (default 200). */
export function arbitraryD({ min = 3, max = 200 }: { min?: number; max?: number } = {}): fc.Arbitrary<number> {
  return fc.integer({ min, max });
}

const GRID = 2 ** 31;

/** A real number uniform on (low, high). (fast-check's own doubles are uniform over bit patterns: nearly all are tiny.) */
export function arbitraryReal(low: number, high: number): fc.Arbitrary<number> {
  return fc.integer({ min: 1, max: GRID - 1 }).map((n) => low + (high - low) * (n / GRID));
}

/**
 * p, the fraction of long demonstrations, in [1e-12, 1 - 1e-12]: uniform, dense near 1/3 and near both ends, and on the
 * boundaries 1 / (1 + 2^k) of the round count. Use `max`, in [1e-6, 1], to stay at or below a value.
 *
 * @throws RangeError if max is outside its range
 */
export function arbitraryP({ max = 1 }: { max?: number } = {}): fc.Arbitrary<number> {
  if (!(max >= 1e-6 && max <= 1)) throw new RangeError(`max is ${max}; it must lie in [1e-6, 1]`);
  const exponent = arbitraryReal(-12, -1);
  const all = fc.oneof(
    arbitraryReal(1e-12, 1 - 1e-12),
    fc.tuple(exponent, fc.constantFrom(-1, 1)).map(([e, sign]) => 1 / 3 + sign * 10 ** e),
    exponent.map((e) => 10 ** e),
    exponent.map((e) => 1 - 10 ** e),
    fc.integer({ min: 1, max: 20 }).map((k) => 1 / (1 + 2 ** k)),
  );
  return max >= 1 ? all : all.filter((p) => p <= max);
}

/** lambda, log-uniform in [min, max]; default [1e-12, 1]. */
export function arbitraryLambda({ min = 1e-12, max = 1 }: { min?: number; max?: number } = {}): fc.Arbitrary<number> {
  return arbitraryReal(Math.log10(min), Math.log10(max)).map((e) => Math.min(max, Math.max(min, 10 ** e)));
}

/** rho = P(chi x_1 = +1 | short), in (0, 1): uniform, and near both ends. */
export function arbitraryRho(): fc.Arbitrary<number> {
  const exponent = arbitraryReal(-6, -1);
  return fc.oneof(
    arbitraryReal(0, 1),
    exponent.map((e) => 10 ** e),
    exponent.map((e) => 1 - 10 ** e),
  );
}

/** x in {-1,+1}^d; shrinks towards all +1. */
export function arbitraryInput(d: number): fc.Arbitrary<Sign[]> {
  return fc.array(fc.constantFrom<Sign>(1, -1), { minLength: d, maxLength: d });
}

/** A response that the chain can give to d bits: 1 or d tokens. */
export function arbitraryResponse(d: number): fc.Arbitrary<Sign[]> {
  return fc.oneof(arbitraryInput(1), arbitraryInput(d));
}
