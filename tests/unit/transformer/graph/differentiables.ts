import type { Graph, Node, Shape } from '../../../../src/transformer/graph/index.js';
import type { Differentiable } from './differences.js';

const one = (name: string, shape: Shape, build: (graph: Graph, x: Node) => Node): Differentiable => ({
  name,
  shapes: [shape],
  build,
});

const two = (
  name: string,
  shapes: readonly [Shape, Shape],
  build: (graph: Graph, a: Node, b: Node) => Node,
): Differentiable => ({
  name,
  shapes,
  build,
});

/** |x|, which is at least .5. */
const size = (graph: Graph, x: Node): Node => graph.maximum(x, graph.negate(x));

/** Numbers of one tensor are multiples of 1/32: those of different columns are now at least .01 apart. */
const apart = (graph: Graph, x: Node): Node => graph.add(x, graph.constant([0, 0.01, 0.02], [3]));

const BROADCASTS: readonly (readonly [Shape, Shape])[] = [
  [
    [2, 3],
    [2, 3],
  ],
  [[2, 3], [3]],
  [[3], [2, 3]],
  [[2, 3], [1]],
  [
    [2, 3],
    [2, 1],
  ],
  [
    [2, 1],
    [1, 3],
  ],
  [
    [4, 1, 2],
    [3, 1],
  ],
  [[3, 1], [3]],
  [[1], [1]],
];

const BINARY: Readonly<Record<string, (graph: Graph, a: Node, b: Node) => Node>> = {
  add: (g, a, b) => g.add(a, b),
  subtract: (g, a, b) => g.subtract(a, b),
  multiply: (g, a, b) => g.multiply(a, b),
  divide: (g, a, b) => g.divide(a, b),
  maximum: (g, a, b) => g.maximum(a, b),
};

const TRANSPOSITIONS = [false, true].flatMap((transposeA) =>
  [false, true].map((transposeB) => ({ transposeA, transposeB })),
);

const matrices = (stack: Shape, { transposeA, transposeB }: { transposeA: boolean; transposeB: boolean }) =>
  [
    [...stack, ...(transposeA ? [3, 2] : [2, 3])],
    [...stack, ...(transposeB ? [4, 3] : [3, 4])],
  ] as const;

/** Every differentiable operation, with every kind of attributes and shapes. */
export const DIFFERENTIABLE: readonly Differentiable[] = [
  one('negate', [2, 3], (g, x) => g.negate(x)),
  one('exp', [2, 3], (g, x) => g.exp(x)),
  one('sigmoid', [2, 3], (g, x) => g.sigmoid(x)),
  one('sqrt', [2, 3], (g, x) => g.sqrt(size(g, x))),
  one('gelu', [2, 3], (g, x) => g.gelu(x)),
  one('silu', [2, 3], (g, x) => g.silu(x)),
  one('positive, whose slope is 0', [2, 3], (g, x) => g.multiply(g.positive(x), x)),
  ...Object.entries(BINARY).flatMap(([kind, build]) =>
    BROADCASTS.map((shapes) => two(`${kind} of ${JSON.stringify(shapes)}`, shapes, build)),
  ),
  ...Object.entries(BINARY).map(([kind, build]) =>
    one(`${kind} of x and a number`, [2, 3], (g, x) => build(g, x, g.constant(1.21))),
  ),
  ...Object.entries(BINARY).map(([kind, build]) =>
    one(`${kind} of a number and x`, [2, 3], (g, x) => build(g, g.constant(1.21), x)),
  ),
  ...Object.entries(BINARY).map(([kind, build]) =>
    one(`${kind} of x and exp x`, [2, 3], (g, x) => build(g, x, g.exp(x))),
  ),
  ...[[], [2], [2, 2]].flatMap((stack) =>
    TRANSPOSITIONS.flatMap((transposed) =>
      [1, -0.5].map((scale) =>
        two(`matmul ${JSON.stringify({ stack, ...transposed, scale })}`, matrices(stack, transposed), (g, a, b) =>
          g.matmul(a, b, { ...transposed, scale }),
        ),
      ),
    ),
  ),
  ...TRANSPOSITIONS.map((transposed) =>
    one(`matmul of a matrix and itself ${JSON.stringify(transposed)}`, [3, 3], (g, x) => g.matmul(x, x, transposed)),
  ),
  ...[[0], [1], [2], [0, 2], [0, 1, 2]].flatMap((axes) => [
    one(`sum over ${axes}`, [2, 3, 2], (g, x) => g.sum(x, axes)),
    one(`mean over ${axes}`, [2, 3, 2], (g, x) => g.mean(x, axes)),
  ]),
  one('reshape', [2, 3], (g, x) => g.reshape(x, [3, 2])),
  ...(
    [
      [[3], [2, 3]],
      [[1], [2, 3]],
      [
        [2, 1],
        [2, 3],
      ],
      [
        [2, 1, 2],
        [3, 2, 4, 2],
      ],
    ] as const
  ).map(([from, to]) => one(`broadcast ${JSON.stringify([from, to])}`, from, (g, x) => g.broadcast(x, to))),
  ...[
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ].map((order) => one(`transpose to ${order}`, [2, 3, 4], (g, x) => g.transpose(x, order))),
  one('slices that tile', [2, 5], (g, x) =>
    g.multiply(g.slice(x, 1, 0, 2), g.multiply(g.slice(x, 1, 3, 5), g.exp(g.slice(x, 1, 2, 3)))),
  ),
  one('a slice in the middle', [2, 5, 2], (g, x) => g.slice(x, 1, 1, 3)),
  one('slices with a gap', [2, 6], (g, x) => g.multiply(g.slice(x, 1, 1, 2), g.slice(x, 1, 4, 6))),
  one('slices that overlap', [2, 5], (g, x) =>
    g.multiply(g.slice(x, 1, 0, 3), g.multiply(g.slice(x, 1, 2, 5), g.slice(x, 1, 1, 4))),
  ),
  one('slices along two axes', [3, 4], (g, x) =>
    g.multiply(g.slice(x, 0, 1, 2), g.multiply(g.slice(x, 1, 2, 3), g.slice(x, 1, 0, 1))),
  ),
  one('a slice of a slice', [4, 5], (g, x) => g.slice(g.slice(x, 0, 1, 3), 1, 2, 4)),
  one('a slice beside the whole', [4, 2], (g, x) => g.multiply(x, g.slice(x, 0, 2, 3))),
  ...[0, 1].map((axis) => ({
    name: `concat along ${axis}`,
    shapes: [[2, 2], axis === 0 ? [1, 2] : [2, 1], [2, 2]],
    build: (g: Graph, ...parts: Node[]) => g.concat(parts, axis),
  })),
  one('concat of one node with itself', [2, 2], (g, x) => g.concat([x, g.exp(x), x], 0)),
  ...[[4], [2, 3], [3, 1]].flatMap((shape) => [
    one(`softmax of [${shape}]`, shape, (g, x) => g.softmax(x)),
    one(`logSoftmax of [${shape}]`, shape, (g, x) => g.logSoftmax(x)),
    ...[true, false].flatMap((centred) => [
      one(`standardize ${centred ? 'centred ' : ''}[${shape}]`, shape, (g, x) => g.standardize(x, centred, 0.25)),
      one(`inverseDeviation ${centred ? 'centred ' : ''}[${shape}]`, shape, (g, x) =>
        g.inverseDeviation(x, centred, 0.25),
      ),
    ]),
  ]),
  one('a node with several consumers', [2, 3], (g, x) => {
    const shared = g.sigmoid(x);
    return g.add(g.multiply(shared, g.exp(shared)), g.softmax(g.transpose(g.reshape(shared, [3, 2]), [1, 0])));
  }),
  two(
    'an index that depends on x, whose slope is 0',
    [
      [2, 3],
      [2, 3],
    ],
    (g, a, b) => g.multiply(g.oneHot(g.argMax(apart(g, a)), 3), g.multiply(a, b)),
  ),
];
