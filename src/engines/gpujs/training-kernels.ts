import { BLOCK, integers, linearForm, popcount, quotient, slope, slopeLocals, WORD } from './kernel-source.js';

/** What the kernels of predictors 1 and 'stop' and those of predictors 2..d have of their own, as text. */
export interface TrackFormulas {
  /** n, the entries that predictor number l of the track reads. Its target is at position n. */
  readonly plain: string;
  /** Entries of the product half. */
  readonly products: string;
  /** <phi, phi'> from U, the inner product of the plain halves, and cc, the product of their last entries. */
  readonly gram: string;
}

// In all of them r is the replicate, l the predictor's number, h the half (0 plain, 1 product), and step[0] the block.

/** <phi_i, phi_k> of samples i and k of a block, [blocks * r + block][8 l + k][i]. */
export function gramKernel({ plain, gram }: TrackFormulas, blocks: number): string {
  return `function (halves, rows, differences) {
    ${integers('k', 'i', 'l', 'n', 'r', 'b', 'q', 'w', 'v')}
    r = this.thread.z >> ${Math.log2(blocks)};
    b = this.thread.z & ${blocks - 1};
    l = this.thread.y >> ${Math.log2(BLOCK)};
    k = this.thread.y & ${BLOCK - 1};
    n = ${plain};
    q = ${quotient('n', WORD)};
    i = b * ${BLOCK};
    v = rows[r][q][i + k] >> 0;
    w = rows[r][q][i + this.thread.x] >> 0;
    w = (w ^ v) & ((1 << (n - ${WORD} * q)) - 1);
    ${popcount('w')}
    const U = n - 2.0 * (w + differences[this.thread.z][q * ${BLOCK} + k][this.thread.x]);
    w = halves[r][b >> 1][n - 1] >> 0;
    w = w >> ((b & 1) * ${BLOCK});
    const cc = 1.0 - 2.0 * (((w >> this.thread.x) ^ (w >> k)) & 1);
    return ${gram};
  }`;
}

/** <v, phi_k> with the weights before the block, [r][l][k]. */
export function logitsKernel({ plain }: TrackFormulas): string {
  return `function (weights, rows, step) {
    ${integers('i', 'j', 'q', 'w', 'n', 'l', 'y', 'end', 'column')}
    l = this.thread.y;
    n = ${plain};
    y = 2 * l;
    column = step[0][0][0] >> 0;
    column = column * ${BLOCK} + this.thread.x;
    ${linearForm('weights', 'this.thread.z')}
    return logit;
  }`;
}

/**
 * The steps of a block, e_k = y sigma(-y z) with z from the logits and the block's earlier steps, [r][l][k]. Each cell takes
 * all of them, since a cell returns one number.
 *
 * schedule[r] holds three rows, a number for each step of the call: 1 / (lambda (t - 1)), whether it is taken, h_t.
 */
export function stepsKernel({ plain }: TrackFormulas, blocks: number): string {
  let steps = '';
  for (let k = 0; k < BLOCK; k++) {
    let sum = `logits[r][l][${k}]`;
    for (let i = 0; i < k; i++) sum += ` + e${i} * gram[g][y + ${k}][${i}]`;
    steps += `
    target = 1.0 - 2.0 * ((w >> ${k}) & 1);
    z = schedule[r][0][s + ${k}] * (${sum});
    ${slope(`slope${k}`, 'target', 'z')}
    const e${k} = slope${k} * schedule[r][1][s + ${k}];
    if (this.thread.x === ${k}) { out = e${k}; }`;
  }
  return `function (logits, gram, halves, schedule, step) {
    ${integers('l', 'n', 'r', 'b', 'g', 'w', 's', 'y')}
    ${slopeLocals}
    l = this.thread.y;
    n = ${plain};
    r = this.thread.z;
    b = step[0][0][0] >> 0;
    s = b * ${BLOCK};
    g = r * ${blocks} + b;
    y = l * ${BLOCK};
    w = halves[r][b >> 1][n] >> 0;
    w = w >> ((b & 1) * ${BLOCK});
    let target = 0.0;
    let z = 0.0;
    let out = 0.0;
    ${steps}
    return out;
  }`;
}

/**
 * What a block adds to the weights, and to their sums, in the direction of each sample's context: e_k, times u_n for the
 * product half, times h_t for the sums. [r][2 l + h][k], the sums after the weights.
 */
export function coefficientsKernel({ plain }: TrackFormulas, predictors: number): string {
  return `function (steps, halves, schedule, step) {
    ${integers('l', 'n', 'b', 'w', 'h', 'y', 'sums')}
    y = this.thread.y;
    if (y >= ${2 * predictors}) { sums = 1; }
    y = y - sums * ${2 * predictors};
    l = y >> 1;
    h = y & 1;
    n = ${plain};
    b = step[0][0][0] >> 0;
    w = halves[this.thread.z][b >> 1][n - 1] >> 0;
    w = w >> ((b & 1) * ${BLOCK});
    let factor = 1.0 - 2.0 * (((w >> this.thread.x) & 1) * h);
    if (sums === 1) { factor = factor * schedule[this.thread.z][2][b * ${BLOCK} + this.thread.x]; }
    return factor * steps[this.thread.z][l][this.thread.x];
  }`;
}

/** The weights and sums after the block, [r][2 l + h][position], 0 beyond a predictor's entries. */
export function updateKernel({ plain, products }: TrackFormulas, predictors: number): string {
  let sum = '';
  for (let k = 0; k < BLOCK; k++) {
    sum += `
    f = coefficients[this.thread.z][this.thread.y][${k}];
    all = all + f;
    negative = negative + f * ((w >> ${k}) & 1);`;
  }
  return `function (weights, coefficients, halves, step) {
    ${integers('l', 'n', 'b', 'w', 'y', 'end')}
    y = this.thread.y;
    if (y >= ${2 * predictors}) { y = y - ${2 * predictors}; }
    l = y >> 1;
    n = ${plain};
    end = n;
    if ((y & 1) === 1) { end = ${products}; }
    b = step[0][0][0] >> 0;
    w = halves[this.thread.z][b >> 1][this.thread.x] >> 0;
    w = w >> ((b & 1) * ${BLOCK});
    let f = 0.0;
    let all = 0.0;
    let negative = 0.0;
    ${sum}
    f = weights[this.thread.z][this.thread.y][this.thread.x] + (all - 2.0 * negative);
    if (this.thread.x >= end) { f = 0.0; }
    return f;
  }`;
}

/** Counts the blocks: a number that changes from call to call would be compiled into a kernel of its own each time. */
export const nextStepKernel = 'function (step) { return step[0][0][this.thread.x] + 1.0; }';
