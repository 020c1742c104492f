import { featureCount } from '../chain/index.js';

/**
 * Updates of one weight in training a chain.
 *
 * @param steps of predictors 1 and 'stop'
 * @param longSteps of each predictor l >= 2; they have 2 (d + l - 1) - 1 features each
 */
export function updatesOf(d: number, steps: number, longSteps: number): number {
  return steps * (featureCount(1, d) + featureCount('stop', d)) + longSteps * (d - 1) * (3 * d - 1);
}
