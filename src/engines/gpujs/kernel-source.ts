/**
 * Pieces of kernels. Kernels are texts, since compilers of the project's own sources may rewrite functions (coverage
 * counters, helper names) into what gpu.js cannot read.
 */

/** Samples whose steps are taken in one block. */
export const BLOCK = 8;

/** Samples of which an uploaded number holds one position, a bit each: float32 holds integers up to 2^24. */
export const HALF = 16;

/** Positions of one sample in a row's word. */
export const WORD = 24;

/**
 * Declares integers of value 0. `let i = 0` would make a float32 in WebAssembly, which is converted at each use as an index;
 * `this.output.x` is an integer to gpu.js.
 */
export function integers(...names: string[]): string {
  return names.map((name) => `let ${name} = this.output.x; ${name}++; ${name} = 0;`).join('\n');
}

/** floor(a / b) for integers: half a unit keeps it exact where division is not. */
export function quotient(a: string, b: number): string {
  return `(Math.floor((${a} + 0.5) / ${b}) >> 0)`;
}

/**
 * `logit` = <plain, u> + u_n <product, u> of the first n entries of a sample's row, in words at rows[z][..][column].
 * Weights beyond n are 0 up to a multiple of four. Uses the integers i, j, q, w, n, y, end and column.
 *
 * @param weights [z][2 * predictor + half][position]
 */
export function linearForm(weights: string, z: string): string {
  const term = (i: number) => `
        sign = 1.0 - 2.0 * ((w >> (i + ${i})) & 1);
        plain = plain + sign * ${weights}[${z}][y][j + ${i}];
        product = product + sign * ${weights}[${z}][y + 1][j + ${i}];`;
  return `
    let plain = 0.0;
    let product = 0.0;
    let sign = 0.0;
    while (j < n) {
      w = rows[${z}][q][column] >> 0;
      q = q + 1;
      end = Math.min(${WORD}, n - j) >> 0;
      i = 0;
      while (i < end) {${[0, 1, 2, 3].map(term).join('')}
        i = i + 4;
        j = j + 4;
      }
    }
    q = ${quotient('(n - 1)', WORD)};
    i = n - 1 - ${WORD} * q;
    w = rows[${z}][q][column] >> 0;
    const logit = plain + (1.0 - 2.0 * ((w >> i) & 1)) * product;`;
}

/** Bits set in the integer `name`, of at most 24 bits, in its place. */
export function popcount(name: string): string {
  return `
    ${name} = ${name} - ((${name} >> 1) & ${0x555555});
    ${name} = (${name} & ${0x333333}) + ((${name} >> 2) & ${0x333333});
    ${name} = (${name} + (${name} >> 4)) & ${0x0f0f0f};
    ${name} = (${name} + (${name} >> 8) + (${name} >> 16)) & 63;`;
}

/** log 2 in two parts, the first with so few bits that its multiples are exact in float32. */
const LOG2_HIGH = 0.693359375;
const LOG2_LOW = Math.LN2 - LOG2_HIGH;

/** Declares what `slope` needs. */
export const slopeLocals = `
    ${integers('power')}
    let size = 0.0;
    let rest = 0.0;
    let share = 0.0;`;

/**
 * `${name}` = y sigma(-y z) for a sign y and a logit z, with a relative error of a few roundings: e^-|z| is
 * 2^-power e^-rest with |rest| < .35, where Taylor's series is exact to 6e-9. Beyond |z| = 40 the slope is that of 40.
 */
export function slope(name: string, y: string, z: string): string {
  let series = `${1 / 5040}`;
  for (const factorial of [720, 120, 24, 6, 2, 1, 1]) series = `(${1 / factorial} - rest * ${series})`;
  return `
    size = Math.min(40.0, Math.abs(${z}));
    power = Math.floor(size * ${Math.LOG2E} + 0.5) >> 0;
    rest = size - power * ${LOG2_HIGH} - power * ${LOG2_LOW};
    size = (1 << (power >> 1)) * 1.0;
    size = ${series} / (size * size * (1.0 + (power & 1)));
    share = 1.0;
    if (${y} * ${z} > 0.0) { share = size; }
    const ${name} = ${y} * share / (1.0 + size);`;
}
