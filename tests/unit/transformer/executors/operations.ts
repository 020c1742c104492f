import { type Graph, type Node, UNARY } from '../../../../src/transformer/graph/index.js';
import { uniform } from './compare.js';

/** Builds a node from inputs of [-1, 1); `indices` are integers of [0, 5). */
export interface Case {
  readonly name: string;
  readonly build: (graph: Graph) => Node;
}

const input = (graph: Graph, name: string, ...shape: number[]): Node => graph.input(name, shape);
const one = (name: string, build: Case['build']): Case => ({ name, build });

/** Each kind of operation with each variant of its attributes. No sum has more than 24 terms. */
export const CASES: readonly Case[] = [
  ...UNARY.map((kind) =>
    one(kind, (graph) => {
      const x = input(graph, 'a', 3, 4);
      return kind === 'sqrt' ? graph.sqrt(graph.add(x, 1.5)) : graph[kind](x);
    }),
  ),
  ...(['add', 'subtract', 'multiply', 'maximum'] as const).flatMap((kind) => [
    one(`${kind} of equal shapes`, (graph) => graph[kind](input(graph, 'a', 3, 4), input(graph, 'b', 3, 4))),
    one(`${kind} with a row`, (graph) => graph[kind](input(graph, 'a', 4), input(graph, 'b', 2, 3, 4))),
    one(`${kind} of a column and a row`, (graph) => graph[kind](input(graph, 'a', 3, 1), input(graph, 'b', 1, 4))),
    one(`${kind} with a number`, (graph) => graph[kind](input(graph, 'a', 3, 4), 0.375)),
  ]),
  one('divide', (graph) => graph.divide(input(graph, 'a', 3, 4), graph.add(input(graph, 'b', 4), 1.5))),
  ...[false, true].flatMap((transposeA) =>
    [false, true].flatMap((transposeB) =>
      [1, 0.25].flatMap((scale) =>
        [[], [2], [2, 3]].flatMap((stack) =>
          [1, 3].map((rows) =>
            one(`matmul ${JSON.stringify({ transposeA, transposeB, scale, stack, rows })}`, (graph) => {
              const a = input(graph, 'a', ...stack, ...(transposeA ? [5, rows] : [rows, 5]));
              const b = input(graph, 'b', ...stack, ...(transposeB ? [4, 5] : [5, 4]));
              return graph.matmul(a, b, { transposeA, transposeB, scale });
            }),
          ),
        ),
      ),
    ),
  ),
  ...[[0], [1], [2], [0, 2], [1, 2], [0, 1, 2]].map((axes) =>
    one(`sum over ${axes}`, (graph) => graph.sum(input(graph, 'a', 2, 3, 4), axes)),
  ),
  one('reshape', (graph) => graph.reshape(input(graph, 'a', 2, 3, 4), [4, 6])),
  one('broadcast to more axes', (graph) => graph.broadcast(input(graph, 'a', 3, 1), [2, 3, 4])),
  one('broadcast of a number', (graph) => graph.broadcast(graph.constant(0.5), [3, 2])),
  one('broadcast that is broadcast again by what reads it', (graph) =>
    graph.add(graph.broadcast(input(graph, 'a', 1, 4), [3, 4]), input(graph, 'b', 3, 4)),
  ),
  one('broadcast that what reads it would not make up for', (graph) =>
    graph.multiply(graph.broadcast(input(graph, 'a', 4), [3, 4]), graph.broadcast(input(graph, 'b', 1, 4), [3, 4])),
  ),
  one('broadcast to another axis of size 1', (graph) =>
    graph.transpose(graph.add(graph.broadcast(input(graph, 'a', 1), [1, 1]), input(graph, 'b', 1)), [1, 0]),
  ),
  one('transpose', (graph) => graph.transpose(input(graph, 'a', 2, 3, 4), [2, 0, 1])),
  ...[0, 1, 2].map((axis) =>
    one(`slice of axis ${axis}`, (graph) => graph.slice(input(graph, 'a', 3, 4, 5), axis, 1, 3)),
  ),
  one('concat', (graph) =>
    graph.concat([input(graph, 'a', 2, 3), input(graph, 'b', 2, 1), input(graph, 'c', 2, 2)], 1),
  ),
  one('concat of 20 parts', (graph) => {
    const a = input(graph, 'a', 20, 3);
    return graph.concat(
      Array.from({ length: 20 }, (_, i) => graph.slice(a, 0, 19 - i, 20 - i)),
      0,
    );
  }),
  one('softmax', (graph) => graph.softmax(input(graph, 'a', 2, 3, 4))),
  one('logSoftmax', (graph) => graph.logSoftmax(input(graph, 'a', 2, 3, 4))),
  ...[false, true].flatMap((centred) => [
    one(`standardize, centred ${centred}`, (graph) => graph.standardize(input(graph, 'a', 2, 3, 5), centred, 0.125)),
    one(`inverseDeviation, centred ${centred}`, (graph) =>
      graph.inverseDeviation(input(graph, 'a', 3, 5), centred, 0.125),
    ),
    one(`both of one x, centred ${centred}`, (graph) => {
      const x = input(graph, 'a', 3, 5);
      return graph.multiply(graph.standardize(x, centred, 0.125), graph.inverseDeviation(x, centred, 0.125));
    }),
    one(`two epsilons, centred ${centred}`, (graph) => {
      const x = input(graph, 'a', 3, 5);
      return graph.subtract(graph.standardize(x, centred, 0.125), graph.standardize(x, centred, 0.5));
    }),
  ]),
  one('oneHot', (graph) => graph.oneHot(input(graph, 'indices', 2, 3), 5)),
  one('argMax of rows, the first of equal ones', (graph) =>
    graph.argMax(graph.concat([input(graph, 'a', 6, 3), input(graph, 'a', 6, 3)], 1)),
  ),
  one('argMax of a vector', (graph) => {
    const largest = graph.argMax(input(graph, 'a', 7));
    return graph.concat([largest, largest], 0);
  }),
  ...[0, 1, 2].map((axis) =>
    one(`insert along axis ${axis}`, (graph) => {
      const shape = [2, 3, 5];
      const cache = input(graph, 'a', ...shape);
      const row = input(graph, 'b', ...shape.with(axis, 1));
      // What was remains what it was.
      return graph.concat([graph.insert(cache, row, graph.constant(1), axis), cache], 0);
    }),
  ),
  one('insert into a vector', (graph) =>
    graph.insert(input(graph, 'a', 4), input(graph, 'b', 1), graph.constant(3), 0),
  ),
];

/** Indices, where a case has some. */
export const indices = (): Float32Array => uniform(6, 99, 0, 5).map(Math.floor);
