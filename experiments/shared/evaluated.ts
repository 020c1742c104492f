import type { Evaluation } from '../../src/index.js';

/** What an evaluation found, as cells. Lengths are tokens before EOS. */
export function answerCells({ greedy, sampled }: Evaluation, d: number) {
  return {
    greedyAccuracy: greedy.correctCot / greedy.samples,
    greedyLong: greedy.long / greedy.samples,
    greedyMedianLength: 2 * greedy.long > greedy.samples ? d : 1,
    sampledAccuracy: sampled.correctCot / sampled.samples,
    sampledLong: sampled.long / sampled.samples,
    sampledMeanLength: 1 + ((d - 1) * sampled.long) / sampled.samples,
  };
}
