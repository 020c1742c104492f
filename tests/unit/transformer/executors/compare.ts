import { expect } from 'vitest';
import { KeyedRandom } from '../../../../src/random/index.js';
import type { Executor, Tensors } from '../../../../src/transformer/executors/executor.js';
import {
  inputName,
  interpret,
  type Node,
  type Program,
  scheduleOf,
  sizeOf,
} from '../../../../src/transformer/graph/index.js';
import { SEED } from '../../../fixtures/seed.js';

/** Half the distance from 1 to the next number of float32: what one rounding changes, relatively. */
export const ROUNDING = 2 ** -24;

/** Numbers of [least, most), in float32. */
export function uniform(size: number, stream: number, least = -1, most = 1): Float32Array {
  const random = new KeyedRandom(SEED, stream);
  return Float32Array.from({ length: size }, (_, i) => least + (most - least) * random.uniform(0, i));
}

export const programOf = (outputs: Readonly<Record<string, Node>>): Program => ({ name: 'test', outputs, loop: null });

/** Numbers of [-1, 1) for each input that is not given. */
export function inputsOf(program: Program, given: Tensors = {}): Tensors {
  const entries = scheduleOf(program).inputs.map((node, i) => {
    const name = inputName(node);
    return [name, given[name] ?? uniform(sizeOf(node.shape), i)] as const;
  });
  return Object.fromEntries(entries);
}

export function interpreted(program: Program, inputs: Tensors): Record<string, Float64Array> {
  const entries = Object.entries(inputs).map(([name, values]) => [name, Float64Array.from(values)] as const);
  return interpret(program, Object.fromEntries(entries));
}

/** Runs a program on an executor and by the interpreter, and compares all outputs. */
export async function compare(executor: Executor, program: Program, inputs: Tensors, tolerance: number): Promise<void> {
  const found = await (await executor.load(program)).run(inputs);
  expectClose(found, interpreted(program, inputs), tolerance);
}

export function expectClose(found: Tensors, expected: Readonly<Record<string, Float64Array>>, tolerance: number): void {
  expect(Object.keys(found).toSorted()).toEqual(Object.keys(expected).toSorted());
  for (const [name, values] of Object.entries(expected)) {
    expect(found[name]).toHaveLength(values.length);
    const worst = values.reduce((most, value, i) => {
      const off = Math.abs(value - found[name]![i]!);
      // Not a number is worse than all.
      return off <= most ? most : off;
    }, 0);
    expect(worst, name).toBeLessThanOrEqual(tolerance);
  }
}
