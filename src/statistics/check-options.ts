/** The most trials that bounds and tests accept; their accuracy is tested up to here. */
export const MAX_TRIALS = 1e9;

/** The smallest level that bounds and tests accept; half of it is still far from underflow. */
export const MIN_ALPHA = 1e-300;

function refuse(option: string, value: unknown, allowed: string): never {
  throw new RangeError(`${option} is ${value}, but it must be ${allowed}.`);
}

/**
 * Checks a probability of error.
 * @throws RangeError unless `min <= alpha < 1`.
 */
export function checkAlpha(alpha: number, option = 'alpha', min = MIN_ALPHA): void {
  if (!(alpha >= min && alpha < 1)) refuse(option, alpha, `a number from ${min} to below 1`);
}

/**
 * Checks a probability that a null hypothesis can put on a success.
 * @throws RangeError unless `0 < value < 1`.
 */
export function checkOpenUnit(value: number, option: string): void {
  if (!(value > 0 && value < 1)) refuse(option, value, 'a number above 0 and below 1');
}

/**
 * Checks a positive weight or size.
 * @throws RangeError unless `value` is finite and above 0.
 */
export function checkPositive(value: number, option: string): void {
  if (!(value > 0 && value < Infinity)) refuse(option, value, 'a finite number above 0');
}

/**
 * Checks a count of successes among trials.
 * @throws RangeError unless both are integers with `minTrials <= trials <= MAX_TRIALS` and `0 <= successes <= trials`.
 */
export function checkCounts(successes: number, trials: number, minTrials = 0): void {
  if (!(Number.isInteger(trials) && trials >= minTrials && trials <= MAX_TRIALS)) {
    refuse('trials', trials, `an integer from ${minTrials} to ${MAX_TRIALS}`);
  }
  if (!(Number.isInteger(successes) && successes >= 0 && successes <= trials)) {
    refuse('successes', successes, `an integer from 0 to trials (${trials})`);
  }
}

/**
 * Checks a choice among names.
 * @throws RangeError unless `value` is one of `allowed`.
 */
export function checkChoice(value: string, allowed: readonly string[], option: string): void {
  if (!allowed.includes(value)) refuse(option, value, `one of ${allowed.join(', ')}`);
}
