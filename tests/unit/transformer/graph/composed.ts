import { KeyedRandom, streamOf } from '../../../../src/random/index.js';
import type { Graph, Node } from '../../../../src/transformer/graph/index.js';
import type { Differentiable } from './differences.js';

/** One of a list, by a keyed number. */
type Pick = (count: number) => number;

/** Functions of [3, 4] to [3, 4] that keep numbers small and smooth. */
const LAYERS: readonly ((graph: Graph, x: Node, y: Node, pick: Pick) => Node)[] = [
  (g, x) => g.sigmoid(x),
  (g, x) => g.gelu(x),
  (g, x) => g.silu(x),
  (g, x) => g.softmax(x),
  (g, x) => g.multiply(g.logSoftmax(x), 0.25),
  (g, x, _, pick) => g.standardize(x, pick(2) === 0, 1),
  (g, x, _, pick) => g.multiply(x, g.inverseDeviation(x, pick(2) === 0, 1)),
  (g, x, y) => g.multiply(g.add(x, y), 0.5),
  (g, x, y) => g.subtract(g.sigmoid(x), y),
  (g, x, y) => g.multiply(g.sigmoid(x), y),
  (g, x, y) => g.divide(x, g.add(g.sigmoid(y), 1)),
  (g, x, y) => g.matmul(g.softmax(g.matmul(x, y, { transposeB: true, scale: 0.25 })), y),
  (g, x, y) => g.matmul(y, g.matmul(x, y, { transposeA: true, scale: 0.1 })),
  (g, x) => g.subtract(x, g.mean(x, [0])),
  (g, x) => g.add(x, g.broadcast(g.mean(x, [1]), [3, 4])),
  (g, x) => g.transpose(g.reshape(g.sigmoid(x), [4, 3]), [1, 0]),
  (g, x, y, pick) => {
    const cut = 1 + pick(3);
    return g.concat([g.slice(x, 1, cut, 4), g.slice(y, 1, 0, cut)], 1);
  },
  (g, x, y) => g.concat([g.slice(y, 0, 1, 2), g.slice(x, 0, 0, 1), g.slice(x, 0, 2, 3)], 0),
];

/** Six keyed layers of two tensors; each takes any two of what is there. */
export function composed(seed: number): Differentiable {
  const random = new KeyedRandom(seed, streamOf('cases'));
  return {
    name: `composition ${seed}`,
    shapes: [
      [3, 4],
      [3, 4],
    ],
    build: (graph, ...inputs) => {
      const there = [...inputs];
      for (let layer = 0; layer < 6; layer++) {
        let draws = 0;
        const pick: Pick = (count) => Math.floor(count * random.uniform(draws++, 2000 + layer));
        const [build, other] = [LAYERS[pick(LAYERS.length)]!, there[pick(there.length)]!];
        there.push(build(graph, there.at(-1)!, other, pick));
      }
      return graph.add(there.at(-1)!, there.at(-2)!);
    },
  };
}
