import { type Interval, intervals } from '../../numerics/index.js';
import { requireLambda } from '../optimum.js';
import { exactProbability, type Probability, toDouble } from '../rational.js';

/** A box of parameters: every p of one interval with every lambda of another. */
export type ParameterBox = {
  /** Within (0, 1). */
  readonly p: Interval;
  /** Within [1e-300, 1e6]. */
  readonly lambda: Interval;
};

/** @throws RangeError unless p lies in (0, 1) and lambda in [1e-300, 1e6] */
export function requireBox({ p, lambda }: ParameterBox): void {
  if (!(p.low > 0 && p.low <= p.high && p.high < 1)) {
    throw new RangeError(`p is [${p.low}, ${p.high}]; it must lie strictly between 0 and 1, low <= high`);
  }
  requireLambda(lambda.low);
  requireLambda(lambda.high);
  if (!(lambda.low <= lambda.high)) {
    throw new RangeError(`lambda is [${lambda.low}, ${lambda.high}]; it must have low <= high`);
  }
}

/** One point: p exactly, as a decimal or a fraction, between the doubles next to it; lambda as a double. */
export function pointBox(pCot: Probability, lambda: number): ParameterBox {
  const p = intervals.around(toDouble(exactProbability(pCot)));
  if (p.high >= 1)
    throw new RangeError(`p is ${toDouble(exactProbability(pCot))}; for enclosures it must be at most 1 - 2^-52`);
  const box = { p, lambda: intervals.exactly(lambda) };
  requireBox(box);
  return box;
}
