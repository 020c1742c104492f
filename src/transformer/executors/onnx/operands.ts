import { BINARY, type Node, type Shape } from '../../graph/index.js';

const broadcasting: ReadonlySet<string> = new Set(BINARY);

/** The nodes that an operation is lowered to read: what broadcasts by itself reads what was broadcast to it. */
export function operandsOf({ operation, inputs, shape }: Node): readonly Node[] {
  if (!broadcasting.has(operation.kind)) return inputs;
  const [a, b] = inputs as [Node, Node];
  const first = fills(source(a), b, shape) ? source(a) : a;
  return [first, fills(first, source(b), shape) ? source(b) : b];
}

const source = (node: Node): Node => (node.operation.kind === 'broadcast' ? node.inputs[0]! : node);

/** Whether two tensors are broadcast to the shape. */
function fills(a: Node, b: Node, shape: Shape): boolean {
  const rank = Math.max(a.shape.length, b.shape.length);
  const size = (axis: number) => Math.max(a.shape.at(axis) ?? 1, b.shape.at(axis) ?? 1);
  return rank === shape.length && shape.every((wanted, i) => size(i - rank) === wanted);
}
