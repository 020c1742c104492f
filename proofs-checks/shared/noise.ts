import fc from 'fast-check';
import { type Fraction, rational } from '../../src/index.js';
import { grid, type Setting } from './states.js';

/** A setting with noisy demonstrations: eta and nu. */
export type NoisySetting = Setting & { readonly stepNoise: number; readonly answerNoise: number };

/** All combinations. */
export function noisyGrid(
  ds: readonly number[],
  ps: readonly number[],
  lambdas: readonly number[],
  stepNoises: readonly number[],
  answerNoises: readonly number[] = [0],
): NoisySetting[] {
  return grid(ds, ps, lambdas).flatMap((setting) =>
    stepNoises.flatMap((stepNoise) => answerNoises.map((answerNoise) => ({ ...setting, stepNoise, answerNoise }))),
  );
}

const PARTS = 1000;

/** eta or nu: a multiple of 1/1000 from 0 to `most`. */
export function arbitraryNoise(most = 1): fc.Arbitrary<number> {
  return fc.integer({ min: 0, max: most * PARTS }).map((n) => n / PARTS);
}

/** p* = 1 / (1 + 2 max(eta, 1 - eta)), from scratch. */
export function exactThreshold(stepNoise: Fraction): Fraction {
  const rest = rational(1).sub(stepNoise);
  const likelier = stepNoise.compare(rest) > 0 ? stepNoise : rest;
  return rational(1).div(likelier.mul(2).add(1));
}
