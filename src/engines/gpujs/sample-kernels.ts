import { BLOCK, HALF, integers, popcount, quotient, WORD } from './kernel-source.js';

/**
 * Turns halves, which the host has, into rows: rows[z][q][s] holds positions 24q.. of sample s, halves[z][h][j] position j
 * of samples 16h.., a bit each.
 */
export function rowsKernel(columns: number): string {
  return `function (halves) {
    ${integers('i', 'j', 'h', 's', 'w', 'word')}
    h = this.thread.x >> ${Math.log2(HALF)};
    s = this.thread.x & ${HALF - 1};
    j = this.thread.y * ${WORD};
    while (i < ${WORD}) {
      if (j < ${columns}) {
        w = halves[this.thread.z][h][j] >> 0;
        word = word + (((w >> s) & 1) << i);
      }
      i = i + 1;
      j = j + 1;
    }
    return word;
  }`;
}

/** The way back, for the responses. */
export const halvesKernel = `function (rows) {
    ${integers('i', 'q', 's', 'w', 'bit', 'word')}
    q = ${quotient('this.thread.x', WORD)};
    bit = this.thread.x - ${WORD} * q;
    s = this.thread.y * ${HALF};
    while (i < ${HALF}) {
      w = rows[this.thread.z][q][s] >> 0;
      word = word + (((w >> bit) & 1) << i);
      i = i + 1;
      s = s + 1;
    }
    return word;
  }`;

/** How many of the first 24q positions differ between samples i and k of a block: [z][8 q + k][i], z = blocks * r + block. */
export function differencesKernel(blocks: number): string {
  return `function (rows) {
    ${integers('k', 'i', 'r', 'q', 'last', 'w', 'v', 'count')}
    r = this.thread.z >> ${Math.log2(blocks)};
    i = (this.thread.z & ${blocks - 1}) * ${BLOCK};
    k = i + (this.thread.y & ${BLOCK - 1});
    i = i + this.thread.x;
    last = this.thread.y >> ${Math.log2(BLOCK)};
    while (q < last) {
      v = rows[r][q][k] >> 0;
      w = rows[r][q][i] >> 0;
      w = w ^ v;
      ${popcount('w')}
      count = count + w;
      q = q + 1;
    }
    return count;
  }`;
}
