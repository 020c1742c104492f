import { describe, expect, it } from 'vitest';
import { Graph, type Node } from '../../../../src/transformer/graph/index.js';

function twoInputs() {
  const graph = new Graph();
  return { graph, x: graph.input('x', [2, 3]), y: graph.input('y', [2, 3]) };
}

type Build = (graph: Graph, x: Node, y: Node) => Node;

describe('equal nodes', () => {
  it.each<[string, Build, Build]>([
    ['the same operation twice', (g, x) => g.exp(x), (g, x) => g.exp(x)],
    ['x + y and y + x', (g, x, y) => g.add(x, y), (g, x, y) => g.add(y, x)],
    ['x * y and y * x', (g, x, y) => g.multiply(x, y), (g, x, y) => g.multiply(y, x)],
    ['maximum(x, y) and maximum(y, x)', (g, x, y) => g.maximum(x, y), (g, x, y) => g.maximum(y, x)],
    ['a number and its constant', (g, x) => g.add(x, 2), (g, x) => g.add(x, g.constant(2))],
    ['constants', (g) => g.constant([1, 2], [2]), (g) => g.constant(Float64Array.of(1, 2), [2])],
    ['constants that are not numbers', (g) => g.constant(Number.NaN), (g) => g.constant(Number.NaN)],
    ['axes in another order', (g, x) => g.sum(x, [1, 0]), (g, x) => g.sum(x)],
    ['repeated axes', (g, x) => g.mean(x, [1, 1]), (g, x) => g.mean(x, [1])],
    [
      'a default and its value',
      (g, x, y) => g.matmul(x, y, { transposeB: true }),
      (g, x, y) => g.matmul(x, y, { transposeB: true, scale: 1 }),
    ],
    ['reshape of reshape', (g, x) => g.reshape(g.reshape(x, [6]), [3, 2]), (g, x) => g.reshape(x, [3, 2])],
  ])('are one object: %s', (_, one, other) => {
    const { graph, x, y } = twoInputs();
    expect(one(graph, x, y)).toBe(other(graph, x, y));
  });

  it.each<[string, Build, Build]>([
    ['x - y and y - x', (g, x, y) => g.subtract(x, y), (g, x, y) => g.subtract(y, x)],
    ['x / y and y / x', (g, x, y) => g.divide(x, y), (g, x, y) => g.divide(y, x)],
    ['0 and -0', (g) => g.constant(0), (g) => g.constant(-0)],
    [
      'many zeros and one -0',
      (g) => g.constant(new Float64Array(100), [100]),
      (g) => g.constant(new Float64Array(100).with(50, -0), [100]),
    ],
    ['constants of other shapes', (g) => g.constant([1, 2], [2]), (g) => g.constant([1, 2], [1, 2])],
    ['near constants', (g) => g.constant(1), (g) => g.constant(1 + Number.EPSILON)],
    ['other shapes', (g, x) => g.reshape(x, [3, 2]), (g, x) => g.reshape(x, [6])],
    ['other axes', (g, x) => g.sum(x, [0]), (g, x) => g.sum(x, [1])],
    ['other parts', (g, x) => g.slice(x, 1, 0, 1), (g, x) => g.slice(x, 1, 1, 2)],
    [
      'other scales',
      (g, x, y) => g.matmul(x, y, { transposeB: true }),
      (g, x, y) => g.matmul(x, y, { transposeB: true, scale: 2 }),
    ],
    ['other order of parts', (g, x, y) => g.concat([x, y], 0), (g, x, y) => g.concat([y, x], 0)],
    ['centred or not', (g, x) => g.standardize(x, true, 0.1), (g, x) => g.standardize(x, false, 0.1)],
    ['other epsilons', (g, x) => g.standardize(x, true, 0.1), (g, x) => g.standardize(x, true, 0.2)],
  ])('are no others: %s', (_, one, other) => {
    const { graph, x, y } = twoInputs();
    expect(one(graph, x, y)).not.toBe(other(graph, x, y));
  });

  it('keep the values that a constant was made of', () => {
    const graph = new Graph();
    const values = [1, 2];
    const constant = graph.constant(values, [2]);
    values[0] = 7;
    expect(graph.constant([1, 2], [2])).toBe(constant);
    expect(constant.operation).toEqual({ kind: 'constant', values: Float64Array.of(1, 2) });
  });
});

describe('what changes nothing makes no node', () => {
  it.each<[string, Build]>([
    ['x + 0', (g, x) => g.add(x, 0)],
    ['x - 0', (g, x) => g.subtract(x, 0)],
    ['x * 1', (g, x) => g.multiply(x, 1)],
    ['x / 1', (g, x) => g.divide(x, 1)],
    ['sum over no axis', (g, x) => g.sum(x, [])],
    ['mean over no axis', (g, x) => g.mean(x, [])],
    ['reshape to its shape', (g, x) => g.reshape(x, [2, 3])],
    ['reshape there and back', (g, x) => g.reshape(g.reshape(x, [6]), [2, 3])],
    ['broadcast to its shape', (g, x) => g.broadcast(x, [2, 3])],
    ['transpose in its order', (g, x) => g.transpose(x, [0, 1])],
    ['the whole slice', (g, x) => g.slice(x, 1, 0, 3)],
    ['concat of one part', (g, x) => g.concat([x], 1)],
  ])('%s', (_, build) => {
    const { graph, x, y } = twoInputs();
    expect(build(graph, x, y)).toBe(x);
  });

  it('and a sum over an axis of size 1 is none', () => {
    const graph = new Graph();
    const x = graph.input('x', [2, 1]);
    expect(graph.sum(x, [1])).toBe(x);
  });

  it.each<[string, Build]>([
    ['maximum(x, 0)', (g, x) => g.maximum(x, 0)],
    ['x * 0', (g, x) => g.multiply(x, 0)],
    ['0 - x', (g, x) => g.subtract(g.constant(0), x)],
    ['1 / x', (g, x) => g.divide(g.constant(1), x)],
  ])('but %s does', (_, build) => {
    const { graph, x, y } = twoInputs();
    expect(build(graph, x, y)).not.toBe(x);
  });
});

describe('a graph', () => {
  it('numbers nodes after their inputs', () => {
    const { graph, x, y } = twoInputs();
    const sum = graph.add(graph.exp(x), graph.multiply(y, 3));
    expect(Math.max(...sum.inputs.map(({ id }) => id))).toBeLessThan(sum.id);
  });

  it('has one input of a name', () => {
    const { graph, x } = twoInputs();
    expect(graph.input('x', [2, 3])).toBe(x);
    expect(() => graph.input('x', [3, 2])).toThrow(new RangeError('input x has shape [2, 3] already'));
  });

  it('takes its own nodes alone', () => {
    const { graph, x } = twoInputs();
    const { x: stranger } = twoInputs();
    expect(() => graph.add(x, stranger)).toThrow(new RangeError('add of a node of another graph'));
  });
});
