import { behaviour, demonstrationState, optimum } from '../../src/index.js';

/** How a chain was pre-trained. */
interface Training {
  readonly d: number;
  readonly lambda: number;
  /** T. */
  readonly samples: number;
}

/** (d + 1) / (lambda T), to which the shift of P(long) by SGD is proportional. */
const distance = ({ d, lambda, samples }: Training): number => (d + 1) / (lambda * samples);

/** Whether SGD ends near enough to the optimum for the leading order. */
export const isNearOptimum = (training: Training): boolean => distance(training) <= 0.6;

/** P(long) of the optimum, exact and the same for every d >= 3. */
export const exactLong = (p: number, lambda: number): number =>
  behaviour(optimum(demonstrationState(p), { lambda }), 3).pLong;

/**
 * How far P(long) of a trained chain, measured on `inputs` inputs, may be from that of the optimum. SGD at step t scatters a weight
 * with variance eta / 2, eta = 1 / (lambda t), so the stop logit with variance eta (d + 1); its mean is pulled until E[sigma] is
 * right, which shifts sigma by sigma'' / 2 times that, <= .048 eta (d + 1); predictor 1 adds half as much at most, and the mean of
 * eta over the tail is 1.39 / (lambda T): .1 (d + 1) / (lambda T). To this, five standard deviations of the estimate, from T / 2
 * sequences and from the evaluation.
 */
export function longTolerance(training: Training, inputs: number): number {
  return 0.1 * distance(training) + 5 * Math.sqrt(0.5 / training.samples + 0.25 / inputs);
}
