import type { Node, Shape } from '../../graph/index.js';
import { type Expression, type Reduce, type Reduction, withLayouts } from './expression.js';
import { type Layout, reshapeLayout, transposeLayout } from './layout.js';
import type { Lowering, Read } from './lowering.js';

/** Terms from which on a sum is taken in two steps: for its precision, and so that threads share it. */
const LONG_SUM = 4096;

/** Over axes, which stay with size 1. */
export function reduction(kind: Reduction, expression: Expression, shape: Shape, axes: readonly number[]): Reduce {
  const reduced = axes.map((axis) => shape[axis]!);
  const change = ({ strides, offset }: Layout): Layout => ({
    shape: [...shape.map((size, axis) => (axes.includes(axis) ? 1 : size)), ...reduced],
    strides: [
      ...strides.map((stride, axis) => (axes.includes(axis) ? 0 : stride)),
      ...axes.map((axis) => strides[axis]!),
    ],
    offset,
  });
  return { kind: 'reduce', reduction: kind, reduced, body: withLayouts(expression, change)! };
}

/** A sum over axes, which stay with size 1. */
export function sumOver(lowering: Lowering, expression: Expression, shape: Shape, axes: readonly number[]): Reduce {
  const count = axes.reduce((product, axis) => product * shape[axis]!, 1);
  const longest = axes.toSorted((i, j) => shape[j]! - shape[i]!)[0]!;
  const part = divisorNearRoot(shape[longest]!);
  if (count <= LONG_SUM || part === 1) return reduction('sum', expression, shape, axes);
  const parts = shape[longest]! / part;
  const split = [...shape.slice(0, longest), parts, part, ...shape.slice(longest + 1)];
  const seen = withLayouts(expression, (layout) => reshapeLayout(layout, split))!;
  const sums = lowering.store(reduction('sum', seen, split, [longest + 1]), split.with(longest + 1, 1));
  const rest = shape.with(longest, parts);
  return reduction('sum', { ...sums, layout: reshapeLayout(sums.layout, rest)! }, rest, axes);
}

/** The largest divisor up to the root; 1 for a prime number. */
function divisorNearRoot(value: number): number {
  let divisor = Math.floor(Math.sqrt(value));
  while (value % divisor !== 0) divisor--;
  return divisor;
}

interface MatmulAttributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** A product of matrices as a sum over an axis behind those of the result: [.., m, n, k]. */
export function matmulSum(
  lowering: Lowering,
  [a, b]: readonly [Node, Node],
  shape: Shape,
  { transposeA, transposeB }: MatmulAttributes,
): Reduce {
  const rank = shape.length;
  const rows = transposeA ? turned(lowering.stored(a)) : lowering.stored(a);
  const columns = transposeB ? lowering.stored(b) : transposeA ? turned(lowering.stored(b)) : columnsOf(lowering, b);
  const inner = rows.layout.shape.at(-1)!;
  const placed = ({ layout: { strides, offset }, ...read }: Read, axis: number): Read => ({
    ...read,
    layout: {
      shape: [...shape, inner],
      strides: [...strides.slice(0, -2), 0, 0, strides.at(-1)!].with(axis, strides.at(-2)!),
      offset,
    },
  });
  const inputs = [placed(rows, rank - 2), placed(columns, rank - 1)];
  return { kind: 'reduce', reduction: 'sum', reduced: [inner], body: { kind: 'apply', scalar: 'multiply', inputs } };
}

/** Matrices with their last two axes exchanged. */
function turned(read: Read): Read {
  const rank = read.layout.shape.length;
  const order = [...read.layout.shape.keys()].with(rank - 2, rank - 1).with(rank - 1, rank - 2);
  return { ...read, layout: transposeLayout(read.layout, order) };
}

/**
 * The columns of a matrix as rows. In a processor they are copied to be rows: numbers of a column lie a power of two apart, as the
 * widths of models are, and then a cache has room for a few of them only.
 */
function columnsOf(lowering: Lowering, node: Node): Read {
  const columns = turned(lowering.stored(node));
  const { shape, strides } = columns.layout;
  if (lowering.backend !== 'webasm' || shape.length > 2 || strides[0] !== 1) return columns;
  return lowering.shared(`columns ${node.id}`, () => lowering.store(columns, shape));
}
