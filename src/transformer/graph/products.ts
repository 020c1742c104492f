import type { Graph } from './graph.js';
import { GELU_CUBE, GELU_SLOPE, type Node, type OperationOf } from './node.js';

/** The vector-Jacobian products: what flows into each input, up to the axes that were broadcast; none where nothing does. */
export function productsOf(graph: Graph, node: Node, gradient: Node): (() => Node)[] {
  const { operation, inputs } = node;
  const [a, b] = inputs as [Node, Node];
  switch (operation.kind) {
    case 'input':
    case 'constant':
    case 'positive':
    case 'oneHot':
    case 'argMax':
      return [];
    case 'negate':
      return [() => graph.negate(gradient)];
    case 'exp':
      return [() => graph.multiply(gradient, node)];
    case 'sigmoid':
      return [() => graph.multiply(gradient, graph.multiply(node, graph.subtract(graph.constant(1), node)))];
    case 'sqrt':
      return [() => graph.divide(graph.multiply(gradient, 0.5), node)];
    case 'gelu':
      return [() => graph.multiply(gradient, geluSlope(graph, a, node))];
    case 'silu':
      return [() => graph.multiply(gradient, siluSlope(graph, a, node))];
    case 'add':
      return [() => gradient, () => gradient];
    case 'subtract':
      return [() => gradient, () => graph.negate(gradient)];
    case 'multiply':
      return [() => graph.multiply(gradient, b), () => graph.multiply(gradient, a)];
    case 'divide':
      return [() => graph.divide(gradient, b), () => graph.negate(graph.divide(graph.multiply(gradient, node), b))];
    case 'maximum': {
      // At a tie all of it flows into the second.
      const first = graph.positive(graph.subtract(a, b));
      return [
        () => graph.multiply(gradient, first),
        () => graph.multiply(gradient, graph.subtract(graph.constant(1), first)),
      ];
    }
    case 'matmul':
      return matmulProducts(graph, operation, [a, b], gradient);
    case 'sum':
      return [() => graph.broadcast(gradient, a.shape)];
    case 'reshape':
      return [() => graph.reshape(gradient, a.shape)];
    case 'broadcast':
      return [() => gradient];
    case 'transpose':
      return [() => graph.transpose(gradient, inverseOrder(operation.order))];
    case 'concat':
      return concatProducts(graph, operation.axis, inputs, gradient);
    case 'softmax':
      return [
        () => {
          const flowing = graph.multiply(gradient, node);
          return graph.subtract(flowing, graph.multiply(node, graph.sum(flowing, [a.shape.length - 1])));
        },
      ];
    case 'logSoftmax':
      return [
        () => graph.subtract(gradient, graph.multiply(graph.exp(node), graph.sum(gradient, [a.shape.length - 1]))),
      ];
    case 'standardize':
      return [() => standardizeProduct(graph, node, operation, gradient)];
    case 'inverseDeviation':
      // d r / d x = -r^2 y / n, y the standardised x.
      return [
        () => {
          const y = graph.standardize(a, operation.centred, operation.epsilon);
          const factor = graph.multiply(graph.multiply(gradient, graph.multiply(node, node)), -1 / a.shape.at(-1)!);
          return graph.multiply(factor, y);
        },
      ];
    case 'slice':
    case 'insert':
      throw new RangeError(`${operation.kind} has no vector-Jacobian product`);
  }
}

/** C = A B: dA = dC B', dB = A' dC, where what was transposed is transposed again. */
function matmulProducts(
  graph: Graph,
  { transposeA, transposeB, scale }: OperationOf<'matmul'>,
  [a, b]: readonly [Node, Node],
  gradient: Node,
): (() => Node)[] {
  return [
    () =>
      transposeA
        ? graph.matmul(b, gradient, { transposeA: transposeB, transposeB: true, scale })
        : graph.matmul(gradient, b, { transposeB: !transposeB, scale }),
    () =>
      transposeB
        ? graph.matmul(gradient, a, { transposeA: true, transposeB: transposeA, scale })
        : graph.matmul(a, gradient, { transposeA: !transposeA, scale }),
  ];
}

function concatProducts(graph: Graph, axis: number, inputs: readonly Node[], gradient: Node): (() => Node)[] {
  let end = 0;
  return inputs.map(({ shape }) => {
    const start = end;
    const stop = start + shape[axis]!;
    end = stop;
    return () => graph.slice(gradient, axis, start, stop);
  });
}

/** y = x s with s = sigma(x): y' = s + y (1 - s). */
function siluSlope(graph: Graph, x: Node, y: Node): Node {
  const share = graph.sigmoid(x);
  return graph.add(share, graph.multiply(y, graph.subtract(graph.constant(1), share)));
}

/** y = x s with s = sigma(2 u): y' = s + y (1 - s) 2 u'. */
function geluSlope(graph: Graph, x: Node, y: Node): Node {
  const square = graph.multiply(x, x);
  const twice = graph.multiply(x, graph.add(graph.multiply(square, 2 * GELU_SLOPE * GELU_CUBE), 2 * GELU_SLOPE));
  const share = graph.sigmoid(twice);
  const slope = graph.add(graph.multiply(square, 6 * GELU_SLOPE * GELU_CUBE), 2 * GELU_SLOPE);
  const rest = graph.multiply(y, graph.subtract(graph.constant(1), share));
  return graph.add(share, graph.multiply(rest, slope));
}

/** dx = r (g - mean(g) - y mean(g y)), without mean(g) where nothing is centred. */
function standardizeProduct(
  graph: Graph,
  node: Node,
  { centred, epsilon }: OperationOf<'standardize'>,
  gradient: Node,
): Node {
  const [x] = node.inputs as [Node];
  const last = [x.shape.length - 1];
  const along = graph.multiply(node, graph.mean(graph.multiply(gradient, node), last));
  const rest = graph.subtract(gradient, along);
  const whole = centred ? graph.subtract(rest, graph.mean(gradient, last)) : rest;
  return graph.multiply(graph.inverseDeviation(x, centred, epsilon), whole);
}

const inverseOrder = (order: readonly number[]): number[] => order.map((_, axis) => order.indexOf(axis));
