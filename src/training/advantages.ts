/**
 * What a response's reward is compared with. REINFORCE: nothing; the mean over the other responses of the batch; the mean
 * over the other responses to its prompt. GRPO: `group`, the mean and the standard deviation over all responses to its prompt.
 */
export const ADVANTAGES = ['none', 'mean', 'prompt-mean', 'group'] as const;
export type AdvantageName = (typeof ADVANTAGES)[number];

/** Added to the standard deviation of a group, as in TRL. */
const STD_OFFSET = 1e-4;

/**
 * The advantage of each response.
 *
 * @param rewards [prompts * generations], those of one prompt beside each other
 * @param generations at least 2 for `prompt-mean` and `group`; `mean` needs two rewards
 */
export function advantages(rewards: Float64Array, generations: number, name: AdvantageName): Float64Array {
  if (name === 'none') return rewards;
  if (name === 'mean') return leaveOneOut(rewards);
  const ofGroup = name === 'group' ? normalised : leaveOneOut;
  const out = new Float64Array(rewards.length);
  let first = 0;
  for (const group of groupsOf(rewards, generations)) {
    out.set(ofGroup(group), first);
    first += generations;
  }
  return out;
}

/** The rewards of each prompt, one after the other. */
export function* groupsOf(rewards: Float64Array, generations: number): Generator<Float64Array> {
  for (let first = 0; first < rewards.length; first += generations) {
    yield rewards.subarray(first, first + generations);
  }
}

export function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}

/** Standard deviation with Bessel's correction; 0 for a single value. */
export function deviationOf(values: ArrayLike<number>): number {
  const mean = meanOf(values);
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += (values[i]! - mean) ** 2;
  return Math.sqrt(squares / Math.max(1, values.length - 1));
}

/** r - mean of the others: since they do not depend on the response, the expected gradient is the one without baseline. */
function leaveOneOut(rewards: Float64Array): Float64Array {
  const sum = rewards.reduce((total, reward) => total + reward, 0);
  return rewards.map((reward) => reward - (sum - reward) / (rewards.length - 1));
}

function normalised(group: Float64Array): Float64Array {
  const [mean, deviation] = [meanOf(group), deviationOf(group)];
  return group.map((reward) => (reward - mean) / (deviation + STD_OFFSET));
}
