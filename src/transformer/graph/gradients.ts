import type { Graph } from './graph.js';
import type { Node, Shape } from './node.js';
import { sameShape } from './shapes.js';

/**
 * Reverse-mode differentiation as nodes of the same graph: d scalar / d node for each node of `wrt`, with that node's shape.
 *
 * @param scalar one number
 * @throws RangeError if `scalar` has more numbers, or depends on a node of `wrt` through `insert`, which has no gradient
 */
export function gradients(graph: Graph, scalar: Node, wrt: readonly Node[]): Node[] {
  if (!scalar.shape.every((size) => size === 1)) throw new RangeError('only one number has a gradient');
  const flow = new Flow(graph, wrt);
  flow.add(scalar, graph.constant(1, scalar.shape));
  for (const node of flow.dependentsOf(scalar)) {
    const gradient = flow.of(node);
    if (gradient) backwards(graph, node, gradient, flow);
  }
  return wrt.map((node) => flow.of(node) ?? graph.broadcast(graph.constant(0), node.shape));
}

/** The gradient of a slice, in the place of its slice. */
interface Part {
  readonly axis: number;
  readonly start: number;
  readonly end: number;
  readonly gradient: Node;
}

/** What has flowed back into each node so far. */
class Flow {
  readonly #whole = new Map<Node, Node>();
  readonly #parts = new Map<Node, Part[]>();
  readonly #depends = new Map<Node, boolean>();

  constructor(
    readonly graph: Graph,
    wrt: readonly Node[],
  ) {
    for (const node of wrt) this.#depends.set(node, true);
  }

  /** Those nodes below the root that the variables influence, each before its inputs. */
  dependentsOf(root: Node): Node[] {
    const seen = new Set<Node>();
    const pending = [root];
    for (let node = pending.pop(); node; node = pending.pop()) {
      if (seen.has(node)) continue;
      seen.add(node);
      pending.push(...node.inputs);
    }
    const ordered = [...seen].toSorted((a, b) => a.id - b.id);
    for (const node of ordered) {
      const known = this.#depends.get(node) ?? false;
      this.#depends.set(node, known || node.inputs.some((input) => this.#depends.get(input)));
    }
    return ordered.filter((node) => this.#depends.get(node)).reverse();
  }

  needs(node: Node): boolean {
    return this.#depends.get(node) ?? false;
  }

  add(node: Node, gradient: Node): void {
    const before = this.#whole.get(node);
    this.#whole.set(node, before ? this.graph.add(before, gradient) : gradient);
  }

  addPart(node: Node, part: Part): void {
    this.#parts.set(node, [...(this.#parts.get(node) ?? []), part]);
  }

  /** All that has flowed into the node, or null. */
  of(node: Node): Node | null {
    const parts = this.#parts.get(node) ?? [];
    this.#parts.delete(node);
    for (const row of disjointRows(parts)) this.add(node, this.#joined(node.shape, row));
    return this.#whole.get(node) ?? null;
  }

  /** Parts of one axis, in order, with zeros between them. */
  #joined(shape: Shape, parts: readonly Part[]): Node {
    const { graph } = this;
    const { axis } = parts[0]!;
    const pieces: Node[] = [];
    let at = 0;
    const zeros = (until: number) => {
      if (until > at) pieces.push(graph.broadcast(graph.constant(0), shape.with(axis, until - at)));
    };
    for (const { start, end, gradient } of parts) {
      zeros(start);
      pieces.push(gradient);
      at = end;
    }
    zeros(shape[axis]!);
    return graph.concat(pieces, axis);
  }
}

/** Groups parts such that those of a group are along one axis, in order, and do not overlap. */
function disjointRows(parts: readonly Part[]): Part[][] {
  const rows: Part[][] = [];
  for (const part of parts.toSorted((a, b) => a.start - b.start)) {
    const row = rows.find((row) => row[0]!.axis === part.axis && row.at(-1)!.end <= part.start);
    if (row) row.push(part);
    else rows.push([part]);
  }
  return rows;
}

/** sqrt(2 / pi), and the factor of the cube in `gelu`. */
export const GELU_SLOPE = Math.sqrt(2 / Math.PI);
export const GELU_CUBE = 0.044715;

/** Lets the gradient of a node flow into its inputs. */
function backwards(graph: Graph, node: Node, gradient: Node, flow: Flow): void {
  const { operation, inputs } = node;
  if (operation.kind === 'slice') {
    const { axis, start, end } = operation;
    flow.addPart(inputs[0]!, { axis, start, end, gradient });
    return;
  }
  const shares = sharesOf(graph, node, gradient);
  for (const [i, input] of inputs.entries()) {
    const share = shares[i];
    if (share && flow.needs(input)) flow.add(input, summedTo(graph, share(), input.shape));
  }
}

/** The vector-Jacobian products: what flows into each input, up to the axes that were broadcast; none where nothing does. */
function sharesOf(graph: Graph, node: Node, gradient: Node): (() => Node)[] {
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
      return matmulShares(graph, operation, [a, b], gradient);
    case 'sum':
      return [() => graph.broadcast(gradient, a.shape)];
    case 'reshape':
      return [() => graph.reshape(gradient, a.shape)];
    case 'broadcast':
      return [() => gradient];
    case 'transpose':
      return [() => graph.transpose(gradient, inverseOrder(operation.order))];
    case 'concat':
      return concatShares(graph, operation.axis, inputs, gradient);
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
      return [() => standardizeShare(graph, node, operation, gradient)];
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

interface MatmulAttributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly scale: number;
}

/** C = A B: dA = dC B', dB = A' dC, where what was transposed is transposed again. */
function matmulShares(
  graph: Graph,
  { transposeA, transposeB, scale }: MatmulAttributes,
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

function concatShares(graph: Graph, axis: number, inputs: readonly Node[], gradient: Node): (() => Node)[] {
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
function standardizeShare(
  graph: Graph,
  node: Node,
  { centred, epsilon }: { readonly centred: boolean; readonly epsilon: number },
  gradient: Node,
): Node {
  const [x] = node.inputs as [Node];
  const last = [x.shape.length - 1];
  const along = graph.multiply(node, graph.mean(graph.multiply(gradient, node), last));
  const rest = graph.subtract(gradient, along);
  const whole = centred ? graph.subtract(rest, graph.mean(gradient, last)) : rest;
  return graph.multiply(graph.inverseDeviation(x, centred, epsilon), whole);
}

/** Sums over the axes that were broadcast. */
function summedTo(graph: Graph, gradient: Node, shape: Shape): Node {
  if (sameShape(gradient.shape, shape)) return gradient;
  const extra = gradient.shape.length - shape.length;
  const axes = [...gradient.shape.keys()].filter((axis) => axis < extra || shape[axis - extra] === 1);
  return graph.reshape(graph.sum(gradient, axes), shape);
}

const inverseOrder = (order: readonly number[]): number[] => order.map((_, axis) => order.indexOf(axis));
