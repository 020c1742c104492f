import { KeyedRandom } from '../../../../src/random/index.js';
import { Graph, type Node, type Program } from '../../../../src/transformer/graph/index.js';
import { programOf, ROUNDING } from './compare.js';

const OPERATIONS = 8;

/** A graph of random operations on matrices, all of whose numbers stay in [-1, 1], and how far float32 may be off. */
export function randomGraph(seed: number): { program: Program; tolerance: number } {
  const random = new KeyedRandom(seed, 0);
  let drawn = 0;
  const draw = (count: number) => Math.floor(count * random.uniform(0, drawn++));
  const graph = new Graph();
  const nodes: Node[] = [graph.input('a', [3, 4]), graph.input('b', [4, 3]), graph.input('c', [1, 4])];
  const any = () => nodes[draw(nodes.length)]!;
  const like = (shape: readonly number[]) => {
    const fitting = nodes.filter((node) => node.shape[0] === shape[0] && node.shape[1] === shape[1]);
    return fitting[draw(fitting.length)]!;
  };
  const steps: ((x: Node) => Node)[] = [
    (x) => graph.sigmoid(x),
    (x) => graph.gelu(x),
    (x) => graph.silu(x),
    (x) => graph.negate(x),
    (x) => graph.softmax(x),
    (x) => graph.multiply(graph.standardize(x, true, 1), 0.25),
    (x) => graph.multiply(x, like(x.shape)),
    (x) => graph.multiply(graph.add(x, like(x.shape)), 0.5),
    (x) => graph.multiply(graph.subtract(graph.broadcast(graph.mean(x, [0]), x.shape), x), 0.5),
    (x) => graph.maximum(x, like(x.shape)),
    (x) => graph.transpose(x, [1, 0]),
    (x) => graph.reshape(x, [x.shape[1]!, x.shape[0]!]),
    (x) => graph.slice(graph.concat([x, like(x.shape)], 0), 0, 1, 1 + x.shape[0]!),
    (x) => graph.matmul(x, like(x.shape), { transposeB: true, scale: 1 / x.shape[1]! }),
    (x) => graph.matmul(x, like(x.shape), { transposeA: true, scale: 1 / x.shape[0]! }),
  ];
  for (let i = 0; i < OPERATIONS; i++) nodes.push(steps[draw(steps.length)]!(any()));
  const outputs = Object.fromEntries(nodes.slice(3).map((node, i) => [`y${i}`, node]));
  // An operation rounds numbers of at most 1 at most 16 times, and makes errors at most twice as large (a product has those of both).
  return { program: programOf(outputs), tolerance: 16 * (2 ** (OPERATIONS + 1) - 1) * ROUNDING };
}
