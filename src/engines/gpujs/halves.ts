import type { Values } from './device.js';
import { HALF } from './kernel-source.js';
import type { Rows } from './library.js';

/**
 * Words of 32 samples as halves, [group][half][column], for the kernels: a float32 holds 16 bits exactly.
 *
 * @param samples room for so many in each group
 * @param blocks words that each group has
 * @param word of a group, a block and a column
 */
export function packHalves(
  columns: number,
  samples: number,
  blocks: readonly number[],
  word: (group: number, block: number, column: number) => number,
): Values {
  const halves = samples / HALF;
  const numbers = new Float32Array(blocks.length * halves * columns);
  for (const [group, count] of blocks.entries()) {
    for (let block = 0; block < count; block++) {
      const at = (group * halves + 2 * block) * columns;
      for (let column = 0; column < columns; column++) {
        const bits = word(group, block, column);
        numbers[at + column] = bits & 0xffff;
        numbers[at + columns + column] = bits >>> HALF;
      }
    }
  }
  return { numbers, size: [columns, halves, blocks.length] };
}

/** The word of a group, a block and a column. */
export function wordOf(halves: Rows, group: number, block: number, column: number): number {
  return halves[group]![2 * block]![column]! | (halves[group]![2 * block + 1]![column]! << HALF);
}
