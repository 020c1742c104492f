import type { Graph } from './graph.js';
import type { Node, Shape } from './node.js';
import { productsOf } from './products.js';
import { sameShape } from './shapes.js';
import { dependentsOf, nodesBelow } from './traversal.js';

/**
 * Reverse-mode differentiation as nodes of the same graph: d scalar / d node for each node of `wrt`, with that node's shape.
 *
 * @param scalar one number
 * @throws RangeError if `scalar` has more numbers, or depends on a node of `wrt` through `insert`, which has no gradient
 */
export function gradients(graph: Graph, scalar: Node, wrt: readonly Node[]): Node[] {
  if (!scalar.shape.every((size) => size === 1)) throw new RangeError('only one number has a gradient');
  const below = nodesBelow([scalar]);
  const dependents = dependentsOf(wrt, below);
  const flow = new Flow(graph);
  flow.add(scalar, graph.constant(1, scalar.shape));
  for (const node of below.toReversed()) {
    if (!node.inputs.some((input) => dependents.has(input))) continue;
    const gradient = flow.into(node);
    if (gradient) backwards(node, gradient, dependents, flow);
  }
  return wrt.map((node) => flow.into(node) ?? graph.broadcast(graph.constant(0), node.shape));
}

/** Lets the gradient of a node flow into those of its inputs that matter. */
function backwards(node: Node, gradient: Node, dependents: ReadonlySet<Node>, flow: Flow): void {
  const { operation, inputs } = node;
  if (operation.kind === 'slice') {
    flow.addPart(inputs[0]!, { ...operation, gradient });
    return;
  }
  const products = productsOf(flow.graph, node, gradient);
  for (const [i, input] of inputs.entries()) {
    const product = products[i];
    if (product && dependents.has(input)) flow.add(input, summedTo(flow.graph, product(), input.shape));
  }
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

  constructor(readonly graph: Graph) {}

  add(node: Node, gradient: Node): void {
    const before = this.#whole.get(node);
    this.#whole.set(node, before ? this.graph.add(before, gradient) : gradient);
  }

  /** Parts wait until all are there, so that slices that tile a node give one concatenation instead of a sum of padded ones. */
  addPart(node: Node, part: Part): void {
    const parts = this.#parts.get(node) ?? [];
    parts.push(part);
    this.#parts.set(node, parts);
  }

  /** All that has flowed into the node, or null. */
  into(node: Node): Node | null {
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

/** Sums over the axes that were broadcast. */
function summedTo(graph: Graph, gradient: Node, shape: Shape): Node {
  if (sameShape(gradient.shape, shape)) return gradient;
  const extra = gradient.shape.length - shape.length;
  const axes = [...gradient.shape.keys()].filter((axis) => axis < extra || shape[axis - extra] === 1);
  return graph.reshape(graph.sum(gradient, axes), shape);
}
