import { Graph, type Program } from '../../../../src/transformer/graph/index.js';

/**
 * Carries two vectors that change places, and two caches that begin alike and get a row in each iteration; a weight is read from
 * outside, and what was remembered is read by the next one.
 */
export function counting(iterations: number): Program {
  const graph = new Graph();
  const weight = graph.multiply(graph.input('weight', [3]), 0.5);
  const counter = graph.input('counter', [1]);
  const [left, right] = [graph.input('left', [3]), graph.input('right', [3])];
  const [a, b] = [graph.input('cache a', [2, iterations, 3]), graph.input('cache b', [2, iterations, 3])];
  const empty = graph.broadcast(graph.constant(0), [2, iterations, 3]);
  const row = graph.broadcast(graph.reshape(graph.multiply(left, weight), [1, 1, 3]), [2, 1, 3]);
  const nextA = graph.insert(a, row, counter, 1);
  // Reads what was before the row is written, too.
  const nextB = graph.insert(b, graph.add(row, graph.slice(b, 1, 0, 1)), counter, 1);
  const remembered = graph.reshape(graph.sum(nextA, [0, 1]), [3]);
  return {
    name: 'counting',
    outputs: { left, right, a, b, weight },
    loop: {
      iterations,
      counter,
      carried: [
        { current: left, initial: graph.input('start', [3]), next: right },
        { current: right, initial: weight, next: left },
        { current: a, initial: empty, next: nextA },
        { current: b, initial: empty, next: nextB },
      ],
      collected: { sums: graph.add(remembered, right), counters: graph.multiply(counter, 2) },
      finished: graph.multiply(counter, 0),
    },
  };
}

/** Counts from 1, and is finished after iteration `last`, from 0. */
export function finishing(iterations: number, last: number): Program {
  const graph = new Graph();
  const counter = graph.input('counter', [1]);
  const count = graph.input('count', [1]);
  const next = graph.add(count, 1);
  return {
    name: `finishing ${last}`,
    outputs: { count },
    loop: {
      iterations,
      counter,
      carried: [{ current: count, initial: graph.constant(0), next }],
      collected: { rows: next },
      finished: graph.subtract(counter, last - 0.5),
    },
  };
}
