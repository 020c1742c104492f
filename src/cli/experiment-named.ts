import { EXPERIMENTS } from '../../experiments/index.js';
import type { IllustratedExperiment } from '../figures/index.js';
import { UsageError } from './usage-error.js';

/**
 * @param experiments that there are
 * @throws UsageError if there is none of that name
 */
export function experimentNamed(
  name: string,
  experiments: readonly IllustratedExperiment[] = EXPERIMENTS,
): IllustratedExperiment {
  const found = experiments.find((experiment) => experiment.name === name);
  if (found) return found;
  throw new UsageError(`the experiment is "${name}"; it must be one of ${experiments.map((e) => e.name).join(', ')}`);
}
