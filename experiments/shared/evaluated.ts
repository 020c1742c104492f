import type { Evaluation } from '../../src/index.js';

/** What an evaluation found, as cells. Lengths are tokens before EOS. */
export function answerCells({ greedy, sampled }: Evaluation, d: number) {
  return {
    greedy_accuracy: greedy.correctCot / greedy.samples,
    greedy_long: greedy.long / greedy.samples,
    greedy_median_length: 2 * greedy.long > greedy.samples ? d : 1,
    sampled_accuracy: sampled.correctCot / sampled.samples,
    sampled_long: sampled.long / sampled.samples,
    sampled_mean_length: 1 + ((d - 1) * sampled.long) / sampled.samples,
  };
}
