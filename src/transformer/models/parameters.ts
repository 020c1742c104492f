import { KeyedRandom } from '../../random/index.js';
import { type Graph, type Node, sizeOf } from '../graph/index.js';
import { gpt2Tensors } from './gpt2.js';
import { mistralTensors } from './mistral.js';
import type { ModelShape } from './model.js';

/** One tensor of a model. */
export interface Tensor {
  /** As in the state dictionaries of the Transformers library. */
  readonly name: string;
  readonly shape: readonly number[];
  /** A constant, or a normal distribution around 0. */
  readonly initial: 0 | 1 | { readonly deviation: number };
}

/** A tensor in the flat vector of all parameters. */
export interface Parameter extends Tensor {
  readonly offset: number;
}

/** Which numbers a model consists of. */
export interface Parameters {
  readonly shape: ModelShape;
  /** Matrices first, then vectors: weight decay applies to matrices only. */
  readonly list: readonly Parameter[];
  /** P: numbers in all. */
  readonly size: number;
  /** Numbers in matrices. */
  readonly decaying: number;
}

export function parametersOf(shape: ModelShape): Parameters {
  const tensors = shape.architecture === 'gpt2' ? gpt2Tensors(shape) : mistralTensors(shape);
  const matrices = tensors.filter((tensor) => tensor.shape.length > 1);
  const vectors = tensors.filter((tensor) => tensor.shape.length === 1);
  let size = 0;
  const list = [...matrices, ...vectors].map((tensor) => {
    const offset = size;
    size += sizeOf(tensor.shape);
    return { ...tensor, offset };
  });
  return { shape, list, size, decaying: matrices.reduce((sum, tensor) => sum + sizeOf(tensor.shape), 0) };
}

/** A stream that no purpose of src/random has in any round that can be played. */
const INITIAL_STREAM = 0xffffffff;

/** Parameters before training, [P]: each number depends on the seed and on its place alone. */
export function initialParameters({ list, size }: Parameters, seed: number): Float32Array {
  const random = new KeyedRandom(seed, INITIAL_STREAM);
  const values = new Float32Array(size);
  for (const { shape, offset, initial } of list) {
    const numbers = values.subarray(offset, offset + sizeOf(shape));
    if (typeof initial === 'number') numbers.fill(initial);
    else for (const i of numbers.keys()) numbers[i] = initial.deviation * normal(random, offset + i);
  }
  return values;
}

/** Box and Muller's method; 1 - u lies in (0, 1]. */
function normal(random: KeyedRandom, index: number): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random.uniform(0, index)));
  return radius * Math.cos(2 * Math.PI * random.uniform(1, index));
}

/** The tensor of a name, as a part of the flat vector. */
export type Weights = (name: string) => Node;

/** @param parameters [P] */
export function weightsOf(graph: Graph, { list }: Parameters, parameters: Node): Weights {
  const byName = new Map(list.map((parameter) => [parameter.name, parameter]));
  return (name) => {
    const { offset, shape } = byName.get(name)!;
    return graph.reshape(graph.slice(parameters, 0, offset, offset + sizeOf(shape)), shape);
  };
}
