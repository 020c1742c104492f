import { KeyedRandom, streamOf } from '../../../../src/random/index.js';
import {
  type Arrays,
  Graph,
  gradients,
  interpret,
  type Node,
  type Shape,
  sizeOf,
} from '../../../../src/transformer/graph/index.js';
import { numbers } from './tensors.js';

/** A function of tensors. */
export interface Differentiable {
  readonly name: string;
  readonly shapes: readonly Shape[];
  readonly build: (graph: Graph, ...inputs: Node[]) => Node;
}

/**
 * Derivatives are taken from central differences D(h) = (f(x + h) - f(x - h)) / 2h as (4 D(h) - D(2h)) / 3, which is off by h^4 f^(5) / 30
 * and rounding of about 2 n 2^-53 |f| / h, where n operations are behind f. With h = 2^-10 that is 3e-14 f^(5) + 2.3e-13 n |f|. The
 * functions of the tests have inputs from .5 to 2 in size and weights of at most 1. Of their fifth derivatives, those of the slope of a / b
 * are the largest: 720 |a| / b^7 < 2e5, in six places at most where b is broadcast; and n |f| is below 1e4. Together this is below 4e-8.
 */
export const TOLERANCE = 5e-8;
const STEP = 2 ** -10;

/** The gradient of f at x from its values alone. */
export function differences(f: (x: Float64Array) => number, x: Float64Array): Float64Array {
  const central = (i: number, step: number) => (f(x.with(i, x[i]! + step)) - f(x.with(i, x[i]! - step))) / (2 * step);
  return x.map((_, i) => (4 * central(i, STEP) - central(i, 2 * STEP)) / 3);
}

/** sum w * node with keyed weights from -1 to 1, so that no two numbers of the node are alike to it. */
export function weightedSum(graph: Graph, node: Node, seed: number): Node {
  const random = new KeyedRandom(seed, streamOf('cases'));
  const weights = Array.from({ length: sizeOf(node.shape) }, (_, i) => 2 * random.uniform(i, 1000) - 1);
  return graph.sum(graph.multiply(node, graph.constant(weights, node.shape)));
}

/** The largest difference between a scalar's gradient by `gradients` and by differences of its values; all inputs of the scalar are given. */
export function largestError(
  graph: Graph,
  scalar: Node,
  inputs: Readonly<Record<string, Node>>,
  given: Arrays,
): number {
  const nodes = gradients(graph, scalar, Object.values(inputs));
  const outputs = Object.fromEntries(Object.keys(inputs).map((name, i) => [name, nodes[i]!]));
  const found = interpret({ name: 'gradients', outputs, loop: null }, given);
  const value = { name: 'value', outputs: { scalar }, loop: null };
  let largest = 0;
  for (const name of Object.keys(inputs)) {
    const expected = differences((x) => interpret(value, { ...given, [name]: x }).scalar![0]!, given[name]!);
    if (found[name]!.length !== expected.length) return Number.POSITIVE_INFINITY;
    for (const [i, one] of expected.entries()) largest = Math.max(largest, Math.abs(found[name]![i]! - one));
  }
  return largest;
}

/** The same for a weighted sum of a function of keyed numbers. */
export function gradientError({ shapes, build }: Differentiable, seed: number, graph = new Graph()): number {
  const inputs = Object.fromEntries(shapes.map((shape, i) => [`x${i}`, graph.input(`x${i}`, shape)]));
  const given = Object.fromEntries(shapes.map((shape, i) => [`x${i}`, numbers(shape, seed, i)]));
  return largestError(graph, weightedSum(graph, build(graph, ...Object.values(inputs)), seed), inputs, given);
}
