import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Graph, gradients, type Node } from '../../../../src/transformer/graph/index.js';
import { SEED, seeded, seedNote } from '../../../fixtures/seed.js';
import { composed } from './composed.js';
import { type Differentiable, gradientError, largestError, TOLERANCE, weightedSum } from './differences.js';
import { DIFFERENTIABLE } from './differentiables.js';
import { nodeValue, numbers } from './tensors.js';

describe(`gradients are limits of differences (${seedNote})`, () => {
  it.each(DIFFERENTIABLE.map((one): [string, Differentiable] => [one.name, one]))('of %s', (_, one) => {
    for (let seed = SEED; seed < SEED + 5; seed++) expect(gradientError(one, seed)).toBeLessThan(TOLERANCE);
  });

  it('of compositions', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => gradientError(composed(seed), seed) < TOLERANCE),
      seeded(150),
    );
  });

  it.each(DIFFERENTIABLE.map((one): [string, Differentiable] => [one.name, one]))(
    'of gradients, too: %s',
    (_, { shapes, build }) => {
      const graph = new Graph();
      const inputs = Object.fromEntries(shapes.map((shape, i) => [`x${i}`, graph.input(`x${i}`, shape)]));
      const given = Object.fromEntries(shapes.map((shape, i) => [`x${i}`, numbers(shape, SEED, i)]));
      const first = gradients(
        graph,
        weightedSum(graph, build(graph, ...Object.values(inputs)), SEED),
        Object.values(inputs),
      );
      const along = first
        .map((node, i) => weightedSum(graph, node, SEED + i))
        .reduce((sum, node) => graph.add(sum, node));
      expect(largestError(graph, along, inputs, given)).toBeLessThan(TOLERANCE);
    },
  );
});

describe('gradients', () => {
  const setting = () => {
    const graph = new Graph();
    return { graph, x: graph.input('x', [2, 3]), y: graph.input('y', [3]) };
  };
  const given = { x: numbers([2, 3], SEED, 0), y: numbers([3], SEED, 1) };

  it('are 0, in its shape, for what does not matter', () => {
    const { graph, x, y } = setting();
    const [ofX, ofY] = gradients(graph, graph.sum(graph.exp(x)), [x, y]) as [Node, Node];
    expect(ofY.shape).toEqual([3]);
    expect([...nodeValue(ofY, given)]).toEqual([0, 0, 0]);
    expect(nodeValue(ofX, given)).toEqual(given.x.map(Math.exp));
  });

  it('are 0 through indices', () => {
    const { graph, x } = setting();
    const [gradient] = gradients(graph, graph.sum(graph.argMax(x)), [x]) as [Node];
    expect([...nodeValue(gradient, given)]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('of a number by itself is 1', () => {
    const { graph, x } = setting();
    const scalar = graph.sum(x);
    const [gradient] = gradients(graph, scalar, [scalar]) as [Node];
    expect([...nodeValue(gradient, given)]).toEqual([1]);
    expect(gradient.shape).toEqual([1, 1]);
  });

  it('of nodes in between hold what comes before them fixed, and do not stop there', () => {
    const { graph, x } = setting();
    const middle = graph.exp(x);
    const scalar = graph.sum(graph.multiply(middle, x));
    const [ofMiddle, ofX] = gradients(graph, scalar, [middle, x]) as [Node, Node];
    expect(nodeValue(ofMiddle, given)).toEqual(given.x);
    for (const [i, x] of given.x.entries()) expect(nodeValue(ofX, given)[i]).toBeCloseTo(Math.exp(x) * (1 + x), 12);
  });

  it('of a sliced node in between count its slices once', () => {
    const { graph, x } = setting();
    const middle = graph.exp(x);
    const [ofMiddle] = gradients(graph, graph.sum(graph.slice(middle, 1, 1, 3)), [middle, x]) as [Node];
    expect([...nodeValue(ofMiddle, given)]).toEqual([0, 1, 1, 0, 1, 1]);
  });

  it('at a tie of maximum flow into one of both', () => {
    const graph = new Graph();
    const [x, y] = [graph.input('x', [1]), graph.input('y', [1])];
    const [ofX, ofY] = gradients(graph, graph.maximum(x, y), [x, y]) as [Node, Node];
    const tie = { x: Float64Array.of(3), y: Float64Array.of(3) };
    expect([nodeValue(ofX, tie)[0], nodeValue(ofY, tie)[0]]).toEqual([0, 1]);
  });

  it('of slices that tile a node join without sums or zeros', () => {
    const { graph, x } = setting();
    const pieces = [0, 1, 2].map((i) => graph.slice(x, 1, i, i + 1));
    const product = graph.multiply(pieces[0]!, graph.multiply(pieces[1]!, pieces[2]!));
    const [gradient] = gradients(graph, graph.sum(product), [x]) as [Node];
    expect(gradient.operation).toEqual({ kind: 'concat', axis: 1 });
    expect(gradient.inputs).toHaveLength(3);
  });

  it('are those of one number', () => {
    const { graph, x } = setting();
    expect(() => gradients(graph, x, [x])).toThrow(new RangeError('only one number has a gradient'));
  });

  it('do not go through insert, but past it', () => {
    const { graph, x, y } = setting();
    const row = graph.reshape(y, [1, 3]);
    const scalar = graph.sum(graph.insert(x, row, graph.constant(1), 0));
    expect(() => gradients(graph, scalar, [x])).toThrow(new RangeError('insert has no vector-Jacobian product'));
    expect(() => gradients(graph, scalar, [y])).toThrow(RangeError);
    const other = graph.input('other', [2, 3]);
    const cache = graph.insert(x, row, graph.constant(1), 0);
    const product = graph.sum(graph.multiply(other, cache));
    const [ofOther, ofCache] = gradients(graph, product, [other, cache]) as [Node, Node];
    const all = { ...given, other: numbers([2, 3], SEED, 2) };
    expect(nodeValue(ofOther, all)).toEqual(nodeValue(cache, all));
    expect(nodeValue(ofCache, all)).toEqual(all.other);
  });
});
