import { type Interval, intervals } from '../../numerics/index.js';
import type { ParameterBox } from './box.js';
import { optimumEnclosure } from './optimum.js';

const { absolute, add, divide, exactly, log, log1p, multiply, negate, sigmoid, subtract } = intervals;

const ONE = exactly(1);
const TWO = exactly(2);
const HALF = exactly(0.5);

/**
 * Encloses (P(|y| = d) - p) / lambda = -b - c_1 (sigma(s) - sigma(t)) over a box, in nats; divided by lambda it is of moderate
 * size, and nothing in the identity cancels.
 *
 * Source: Lemma 4 (a).
 */
export function scaledGapEnclosure(box: ParameterBox): Interval {
  const { c1, sPlus, sMinus } = optimumEnclosure(box);
  const bias = multiply(HALF, add(sPlus, sMinus));
  return negate(add(bias, multiply(c1, subtract(sigmoid(sPlus), sigmoid(sMinus)))));
}

/** Encloses P(|y| = d) = p + lambda times the scaled gap over a box. */
export function pLongEnclosure(box: ParameterBox): Interval {
  return add(box.p, multiply(box.lambda, scaledGapEnclosure(box)));
}

/** By how much the bounds of Lemma 4 (c) on g = (P - p) / lambda hold, in nats: enclosures over a box, positive where they hold. */
export interface CalibrationSlack {
  /** g + max(0, log(2p/(1-p))) / 2 + log((1+p)/(1-p)). */
  readonly lower: Interval;
  /** log((1-p)/lambda) - log(g e^g), which is positive iff g < W((1-p)/lambda); Infinity where g <= 0. */
  readonly upper: Interval;
  /** (3/2) log(1 + 2/lambda) - |g|. */
  readonly uniform: Interval;
}

export function calibrationSlack(box: ParameterBox): CalibrationSlack {
  const { p, lambda } = box;
  const gap = scaledGapEnclosure(box);
  const rest = subtract(ONE, p);
  const odds = divide(multiply(TWO, p), rest);
  const steep = multiply(HALF, positivePart(log(odds)));
  return {
    lower: add(gap, add(steep, log1p(odds))),
    upper: subtract(log(divide(rest, lambda)), logOfProduct(gap)),
    uniform: subtract(multiply(exactly(1.5), log1p(divide(TWO, lambda))), absolute(gap)),
  };
}

function positivePart({ low, high }: Interval): Interval {
  return { low: Math.max(0, low), high: Math.max(0, high) };
}

/** log(g e^g), with -Infinity for g <= 0. */
function logOfProduct(g: Interval): Interval {
  return g.high > 0 ? add(log(g), g) : { low: Number.NEGATIVE_INFINITY, high: Number.NEGATIVE_INFINITY };
}
