import { describe, expect, it } from 'vitest';
import { Graph, type Node, type Shape, ShapeError } from '../../../../src/transformer/graph/index.js';

type Build = (graph: Graph, ...inputs: Node[]) => Node;

function shapeOf(shapes: readonly Shape[], build: Build): Shape {
  const graph = new Graph();
  return build(graph, ...shapes.map((shape, i) => graph.input(`x${i}`, shape))).shape;
}

describe('the shape of a result', () => {
  it.each<[string, Shape[], Build, Shape]>([
    ['negate', [[2, 3]], (g, x) => g.negate(x), [2, 3]],
    ['exp', [[2, 3]], (g, x) => g.exp(x), [2, 3]],
    ['sigmoid', [[2, 3]], (g, x) => g.sigmoid(x), [2, 3]],
    ['sqrt', [[2, 3]], (g, x) => g.sqrt(x), [2, 3]],
    ['positive', [[2, 3]], (g, x) => g.positive(x), [2, 3]],
    ['gelu', [[2, 3]], (g, x) => g.gelu(x), [2, 3]],
    ['silu', [[2, 3]], (g, x) => g.silu(x), [2, 3]],
    ['softmax', [[2, 3]], (g, x) => g.softmax(x), [2, 3]],
    ['logSoftmax', [[2, 3]], (g, x) => g.logSoftmax(x), [2, 3]],
    ['standardize', [[2, 3]], (g, x) => g.standardize(x, true, 0), [2, 3]],
    ['inverseDeviation', [[2, 3]], (g, x) => g.inverseDeviation(x, false, 0.1), [2, 1]],
    [
      'add of equal shapes',
      [
        [2, 3],
        [2, 3],
      ],
      (g, x, y) => g.add(x, y),
      [2, 3],
    ],
    ['subtract of fewer axes', [[2, 3], [3]], (g, x, y) => g.subtract(x, y), [2, 3]],
    ['multiply of more axes', [[3], [2, 3]], (g, x, y) => g.multiply(x, y), [2, 3]],
    [
      'divide of both broadcast',
      [
        [4, 1, 3],
        [2, 1],
      ],
      (g, x, y) => g.divide(x, y),
      [4, 2, 3],
    ],
    ['maximum with a number', [[2, 3]], (g, x) => g.maximum(x, 1), [2, 3]],
    [
      'matmul',
      [
        [2, 3],
        [3, 4],
      ],
      (g, x, y) => g.matmul(x, y),
      [2, 4],
    ],
    [
      'matmul, first transposed',
      [
        [3, 2],
        [3, 4],
      ],
      (g, x, y) => g.matmul(x, y, { transposeA: true }),
      [2, 4],
    ],
    [
      'matmul, second transposed',
      [
        [2, 3],
        [4, 3],
      ],
      (g, x, y) => g.matmul(x, y, { transposeB: true }),
      [2, 4],
    ],
    [
      'matmul of stacks',
      [
        [5, 6, 2, 3],
        [5, 6, 3, 4],
      ],
      (g, x, y) => g.matmul(x, y),
      [5, 6, 2, 4],
    ],
    ['sum of all', [[2, 3]], (g, x) => g.sum(x), [1, 1]],
    ['sum over an axis', [[2, 3, 4]], (g, x) => g.sum(x, [1]), [2, 1, 4]],
    ['sum over axes in any order, repeated', [[2, 3, 4]], (g, x) => g.sum(x, [2, 0, 2]), [1, 3, 1]],
    ['mean', [[2, 3]], (g, x) => g.mean(x, [1]), [2, 1]],
    ['reshape', [[2, 3]], (g, x) => g.reshape(x, [3, 1, 2]), [3, 1, 2]],
    ['broadcast', [[3, 1]], (g, x) => g.broadcast(x, [2, 3, 4]), [2, 3, 4]],
    ['transpose', [[2, 3, 4]], (g, x) => g.transpose(x, [2, 0, 1]), [4, 2, 3]],
    ['slice', [[2, 5]], (g, x) => g.slice(x, 1, 1, 4), [2, 3]],
    [
      'concat',
      [
        [2, 3],
        [2, 1],
        [2, 2],
      ],
      (g, ...parts) => g.concat(parts, 1),
      [2, 6],
    ],
    ['oneHot', [[2, 3]], (g, x) => g.oneHot(x, 5), [2, 3, 5]],
    ['argMax', [[2, 3]], (g, x) => g.argMax(x), [2]],
    ['argMax of a vector', [[3]], (g, x) => g.argMax(x), [1]],
    ['insert', [[2, 5, 3], [2, 1, 3], [1]], (g, cache, row, at) => g.insert(cache, row, at, 1), [2, 5, 3]],
    ['constant', [], (g) => g.constant([1, 2, 3, 4, 5, 6], [2, 3]), [2, 3]],
    ['constant from one number', [], (g) => g.constant(7), [1]],
  ])('%s', (_, shapes, build, shape) => {
    expect(shapeOf(shapes, build)).toEqual(shape);
  });
});

describe('what does not fit is refused', () => {
  it.each<[Shape[], Build, string]>([
    [[[2, 3], [2]], (g, x, y) => g.add(x, y), 'add of [2, 3] and [2]: 3 and 2 along axis 1 do not fit'],
    [
      [
        [4, 1, 3],
        [2, 2],
      ],
      (g, x, y) => g.divide(x, y),
      'divide of [4, 1, 3] and [2, 2]: 3 and 2 along axis 2 do not fit',
    ],
    [[[3], [3]], (g, x, y) => g.matmul(x, y), 'matmul of [3] and [3]: both need the same number of axes, at least 2'],
    [
      [
        [1, 2, 3],
        [3, 4],
      ],
      (g, x, y) => g.matmul(x, y),
      'matmul of [1, 2, 3] and [3, 4]: both need the same number of axes',
    ],
    [
      [
        [2, 3],
        [4, 5],
      ],
      (g, x, y) => g.matmul(x, y),
      'matmul of [2, 3] and [4, 5]: inner sizes 3 and 4 differ',
    ],
    [
      [
        [2, 3],
        [3, 5],
      ],
      (g, x, y) => g.matmul(x, y, { transposeA: true }),
      'inner sizes 2 and 3 differ',
    ],
    [
      [
        [2, 3],
        [3, 5],
      ],
      (g, x, y) => g.matmul(x, y, { transposeB: true }),
      'inner sizes 3 and 5 differ',
    ],
    [
      [
        [1, 2, 3],
        [2, 3, 4],
      ],
      (g, x, y) => g.matmul(x, y),
      'the axes before the last two differ',
    ],
    [
      [
        [2, 2],
        [2, 2],
      ],
      (g, x, y) => g.matmul(x, y, { scale: Number.NaN }),
      'scale is NaN; it must be finite',
    ],
    [[[2, 3]], (g, x) => g.sum(x, [2]), 'sum of [2, 3]: it has no axis 2'],
    [[[2, 3]], (g, x) => g.mean(x, [-1]), 'sum of [2, 3]: it has no axis -1'],
    [[[2, 3]], (g, x) => g.sum(x, [0.5]), 'sum of [2, 3]: it has no axis 0.5'],
    [[[2, 3]], (g, x) => g.reshape(x, [7]), 'reshape of [2, 3] and [7]: sizes differ'],
    [
      [[2, 3]],
      (g, x) => g.reshape(x, [-2, -3]),
      'reshape of [-2, -3]: every tensor has an axis, and sizes are integers >= 1',
    ],
    [[[1]], (g, x) => g.reshape(x, []), 'reshape of []: every tensor has an axis'],
    [
      [[2, 3]],
      (g, x) => g.broadcast(x, [2, 1]),
      'broadcast of [2, 3] and [2, 1]: the second is no shape that the first',
    ],
    [[[2, 3]], (g, x) => g.broadcast(x, [3]), 'the second is no shape that the first is broadcast to'],
    [[[2, 3]], (g, x) => g.broadcast(x, [2, 4]), '3 and 4 along axis 1 do not fit'],
    [
      [[1]],
      (g, x) => g.broadcast(x, [2.5]),
      'broadcast of [2.5]: every tensor has an axis, and sizes are integers >= 1',
    ],
    [[[2, 3]], (g, x) => g.transpose(x, [0]), 'transpose of [2, 3]: [0] is no order of its axes'],
    [[[2, 3]], (g, x) => g.transpose(x, [1, 1]), '[1,1] is no order of its axes'],
    [[[2, 3]], (g, x) => g.transpose(x, [0, 1, 2]), '[0,1,2] is no order of its axes'],
    [[[2, 3]], (g, x) => g.slice(x, 2, 0, 1), 'slice of [2, 3]: it has no axis 2'],
    [[[2, 3]], (g, x) => g.slice(x, 1, 2, 2), 'slice of [2, 3]: 2 to 2 is no part of axis 1'],
    [[[2, 3]], (g, x) => g.slice(x, 1, -1, 2), '-1 to 2 is no part of axis 1'],
    [[[2, 3]], (g, x) => g.slice(x, 1, 1, 4), '1 to 4 is no part of axis 1'],
    [[[2, 3]], (g, x) => g.slice(x, 1, 0.5, 2), '0.5 to 2 is no part of axis 1'],
    [
      [
        [2, 3],
        [3, 3],
      ],
      (g, ...parts) => g.concat(parts, 1),
      'concat of [2, 3] and [3, 3]: sizes differ along other axes than 1',
    ],
    [
      [
        [2, 3],
        [2, 3, 1],
      ],
      (g, ...parts) => g.concat(parts, 1),
      'sizes differ along other axes than 1',
    ],
    [[[2, 3]], (g, ...parts) => g.concat(parts, 2), 'concat of [2, 3]: it has no axis 2'],
    [[], (g) => g.concat([], 0), 'it has no axis 0'],
    [[[2, 3]], (g, x) => g.standardize(x, true, -1), 'standardize of [2, 3]: epsilon is -1; it must be a number >= 0'],
    [[[2, 3]], (g, x) => g.inverseDeviation(x, true, Number.NaN), 'epsilon is NaN; it must be a number >= 0'],
    [[[2, 3]], (g, x) => g.oneHot(x, 0), 'oneHot of [2, 3]: depth is 0'],
    [[[2, 3]], (g, x) => g.oneHot(x, 1.5), 'depth is 1.5'],
    [
      [[2, 5], [2, 2], [1]],
      (g, ...[c, r, at]) => g.insert(c!, r!, at!, 1),
      'insert of [2, 5] and [2, 2] and [1]: the second must have size 1 along axis 1',
    ],
    [
      [[2, 5], [3, 1], [1]],
      (g, ...[c, r, at]) => g.insert(c!, r!, at!, 1),
      'the second must have size 1 along axis 1 and else fit',
    ],
    [[[2, 5], [2, 1], [2]], (g, ...[c, r, at]) => g.insert(c!, r!, at!, 1), 'the third must be one number'],
    [[[2, 5], [2, 1], [1]], (g, ...[c, r, at]) => g.insert(c!, r!, at!, 2), 'it has no axis 2'],
    [[], (g) => g.input('y', []), 'input of []: every tensor has an axis, and sizes are integers >= 1'],
    [[], (g) => g.input('y', [2, 0]), 'input of [2, 0]'],
    [[], (g) => g.constant([1, 2], [3]), 'constant of [3]: it has 2 values'],
    [[], (g) => g.constant([1], [1.5]), 'constant of [1.5]: every tensor'],
  ])('%j, %s: %s', (shapes, build, message) => {
    expect(() => shapeOf(shapes, build)).toThrow(ShapeError);
    expect(() => shapeOf(shapes, build)).toThrow(message);
  });
});
