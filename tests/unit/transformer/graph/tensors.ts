import { KeyedRandom, streamOf } from '../../../../src/random/index.js';
import { type Arrays, interpret, type Node, type Shape, sizeOf } from '../../../../src/transformer/graph/index.js';

/**
 * Keyed numbers of both signs, .5 to 2 in size. They are multiples of 1/32, shifted by 1/256 for the next sample: numbers of the samples
 * 0 to 7 are at least 2^-8 apart from each other and from 0.
 */
export function numbers(shape: Shape, seed: number, sample: number): Float64Array {
  const random = new KeyedRandom(seed, streamOf('cases'));
  return Float64Array.from({ length: sizeOf(shape) }, (_, i) => {
    const size = 0.5 + Math.floor(48 * random.uniform(2 * i, sample)) / 32 + (sample % 8) / 256;
    return random.uniform(2 * i + 1, sample) < 0.5 ? size : -size;
  });
}

/** The value of one node. */
export const nodeValue = (node: Node, given: Arrays): Float64Array =>
  interpret({ name: 'value', outputs: { value: node }, loop: null }, given).value!;

/** A tensor by its definition: a number for each list of indices, the last one changing fastest. */
export function tabulate(shape: Shape, at: (index: number[]) => number): number[] {
  const fill = (index: number[]): number[] =>
    index.length === shape.length
      ? [at(index)]
      : Array.from({ length: shape[index.length]! }, (_, i) => fill([...index, i])).flat();
  return fill([]);
}

/** The number at a list of indices. */
export const read = (values: ArrayLike<number>, shape: Shape, index: readonly number[]): number =>
  values[index.reduce((place, i, axis) => place * shape[axis]! + i, 0)]!;
