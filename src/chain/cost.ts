import type { DemonstrationNoise } from '../task/index.js';

/**
 * Work of an enumeration, estimated before it starts, in multiply-adds.
 *
 * Newton: N contexts of width f cost N f^2 / 2 a step for the Hessian and about 20 steps. Sampling: the tree of all
 * responses has 2^(2d+1) nodes of width about 4d, and one exponential each (about 20 multiply-adds). The search for the
 * greedy threshold fits the stop predictor about 40 times. Noisy demonstrations are 4^d chains, which each fit reads (about 500 for
 * each of them).
 */
function enumerationWork(
  d: number,
  rounds: number,
  reward: 'cot' | 'e2e',
  { stepNoise = 0 }: DemonstrationNoise,
): number {
  const sampling = 2 ** (2 * d + 1) * (4 * d + 20);
  const newton = (contexts: number, width: number) => contexts * 20 * (width ** 2 / 2 + 60);
  let valid = newton(2 ** (d + 1), 2 * d + 2);
  let noisy = valid;
  for (let l = 2; l <= d; l++) {
    const width = 2 * (d + l) - 3;
    valid += newton(2 ** d, width);
    noisy += newton(2 ** (d + l - 1), width);
  }
  const threshold = 40 * newton(2 ** (d + 1), 2 * d + 2);
  const first = stepNoise > 0 ? noisy + (80 + d) * 500 * 4 ** d : valid;
  // With r_e2e the later rounds train on all chains that end well.
  return threshold + (rounds + 1) * sampling + first + rounds * (reward === 'cot' ? valid : noisy);
}

/** Multiply-adds that take about 20 seconds on one core of a 2020s machine (measured: 2e8 to 4e8 a second). */
const WORK_LIMIT = 6e9;

/** Work of a gradient ascent: the first fit, and in each step four walks over the tree of all responses. */
function ascentWork(d: number, steps: number, noise: DemonstrationNoise): number {
  return enumerationWork(d, 0, 'cot', noise) + 4 * (steps + 1) * 2 ** (2 * d + 1) * (4 * d + 20);
}

/** @throws RangeError if the ascent is estimated above about 20 seconds, naming the largest d that fits */
export function requireAffordableAscent(d: number, steps: number, noise: DemonstrationNoise = {}): void {
  requireBits(d);
  if (ascentWork(d, steps, noise) <= WORK_LIMIT) return;
  let fits = d;
  while (fits > 2 && ascentWork(fits, steps, noise) > WORK_LIMIT) fits--;
  throw new RangeError(
    `d is ${d}; enumerating ${steps} step(s) of gradient ascent fits into about 20 seconds up to d = ${fits}`,
  );
}

/** The largest d whose enumeration stays below about 20 seconds. */
export function largestEnumerableD(rounds: number, reward: 'cot' | 'e2e', noise: DemonstrationNoise = {}): number {
  let d = 2;
  while (enumerationWork(d + 1, rounds, reward, noise) <= WORK_LIMIT) d++;
  return d;
}

/** @throws RangeError if the enumeration is estimated above about 20 seconds, naming the largest d that fits */
export function requireAffordable(
  d: number,
  rounds: number,
  reward: 'cot' | 'e2e',
  noise: DemonstrationNoise = {},
): void {
  requireBits(d);
  if (enumerationWork(d, rounds, reward, noise) <= WORK_LIMIT) return;
  const fits = largestEnumerableD(rounds, reward, noise);
  throw new RangeError(
    `d is ${d}; enumerating ${rounds + 1} round(s) with reward ${reward} fits into about 20 seconds up to d = ${fits}`,
  );
}

function requireBits(d: number): void {
  if (!Number.isInteger(d) || d < 2) throw new RangeError(`d is ${d}; it must be an integer of at least 2`);
}
