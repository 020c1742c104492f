import { integers, linearForm, quotient, WORD } from './kernel-source.js';

// Predictor number p is 0 for predictor 1, 1 for 'stop', then 2..d; step[0] says which of them decides. What it decides is
// bit 1 for a token of -1, and for 'stop' bit 1 for a long response. g is the request, s the sample.

/**
 * The bit that a predictor decides, [g][0][s].
 *
 * @param sampled whether a logit is compared with a threshold[g][p][s] of its own; else with 0, where a tie is +1, and for
 *   'stop' the short answer
 */
export function decisionKernel(d: number, sampled: boolean): string {
  const decide = sampled
    ? `
    const threshold = thresholds[this.thread.z][p][this.thread.x];
    if (p === 1) { if (logit > threshold) { bit = 1.0; } }
    else { if (logit <= threshold) { bit = 1.0; } }`
    : `
    if (p === 1) { if (logit > 0.0) { bit = 1.0; } }
    else { if (logit < 0.0) { bit = 1.0; } }`;
  return `function (rows, weights, step${sampled ? ', thresholds' : ''}) {
    ${integers('i', 'j', 'q', 'w', 'n', 'p', 'y', 'end', 'column')}
    let bit = 0.0;
    p = step[0][0][0] >> 0;
    n = ${d - 1} + p;
    if (p < 2) { n = ${d} + p; }
    y = 2 * p;
    column = this.thread.x;
    ${linearForm('weights', 'this.thread.z')}
    ${decide}
    return bit;
  }`;
}

/** The rows with the bit in its place: tokens at positions d.., the decision of 'stop' at 2d, as `PackedResponses` has them. */
export function appendKernel(d: number): string {
  return `function (rows, bits, step) {
    ${integers('p', 'position', 'q')}
    p = step[0][0][0] >> 0;
    position = ${d - 1} + p;
    if (p === 0) { position = ${d}; }
    if (p === 1) { position = ${2 * d}; }
    q = ${quotient('position', WORD)};
    position = position - ${WORD} * q;
    let word = rows[this.thread.z][this.thread.y][this.thread.x];
    if (this.thread.y === q) { word = word + bits[this.thread.z][0][this.thread.x] * (1 << position); }
    return word;
  }`;
}
