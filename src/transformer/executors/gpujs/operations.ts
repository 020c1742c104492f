import type { Node, Shape } from '../../graph/index.js';
import { buffersOf, type Expression, type Reduction, withLayouts } from './expression.js';
import { broadcastLayout, type Layout, reshapeLayout, sliceLayout, transposeLayout } from './layout.js';
import type { Lowering, Read } from './lowering.js';

/** Terms from which on a sum is taken in two steps: for its precision, and so that threads share it. */
const LONG_SUM = 4096;

/** What a node computes, as an expression of what its inputs hold. */
export function expressionOf(lowering: Lowering, node: Node): Expression {
  const { operation, inputs, shape } = node;
  const [a, b, c] = inputs as [Node, Node, Node];
  switch (operation.kind) {
    case 'input':
      throw new RangeError(`input ${operation.name} is not given`);
    case 'constant': {
      const [first] = operation.values;
      return operation.values.every((value) => value === first)
        ? { kind: 'literal', value: first! }
        : lowering.constant(operation.values, shape);
    }
    case 'negate':
    case 'exp':
    case 'sigmoid':
    case 'sqrt':
    case 'positive':
    case 'gelu':
    case 'silu':
    case 'add':
    case 'subtract':
    case 'multiply':
    case 'divide':
    case 'maximum': {
      const own = inputs.map((input) => lowering.spread(input, shape));
      return lowering.apply(operation.kind, own, shape);
    }
    case 'matmul': {
      const product = matmulReduction(lowering.stored(a).layout, lowering.stored(b).layout, node);
      const body: Expression = {
        kind: 'apply',
        scalar: 'multiply',
        inputs: [
          { ...lowering.stored(a), layout: product.a },
          { ...lowering.stored(b), layout: product.b },
        ],
      };
      const sum: Expression = { kind: 'reduce', reduction: 'sum', reduced: [product.inner], body };
      return operation.scale === 1 ? sum : lowering.apply('multiply', [sum, number(operation.scale)], shape);
    }
    case 'sum':
      return sum(lowering, lowering.unreduced(a), a.shape, operation.axes);
    case 'reshape':
      return lowering.seen(a, (layout) => reshapeLayout(layout, shape));
    case 'broadcast':
      return lowering.spread(a, shape);
    case 'transpose':
      return lowering.seen(a, (layout) => transposeLayout(layout, operation.order));
    case 'slice':
      return lowering.seen(a, (layout) => sliceLayout(layout, operation.axis, operation.start, operation.end));
    case 'concat': {
      const parts = inputs.map((input) => ({ expression: lowering.unreduced(input), shape: input.shape }));
      return concat(lowering, parts, operation.axis).expression;
    }
    case 'softmax':
      return lowering.apply('divide', [powers(lowering, a), along(powerSums(lowering, a), shape)], shape);
    case 'logSoftmax': {
      const rows = shape.with(-1, 1);
      const logs = lowering.apply('log', [powerSums(lowering, a)], rows);
      const all = lowering.store(lowering.apply('add', [logs, largest(lowering, a)], rows), rows);
      return lowering.apply('subtract', [lowering.stored(a), along(all, shape)], shape);
    }
    case 'standardize': {
      const inverse = inverseDeviations(lowering, a, operation);
      return lowering.apply('multiply', [centred(lowering, a, operation.centred), along(inverse, shape)], shape);
    }
    case 'inverseDeviation':
      return inverseDeviations(lowering, a, operation);
    case 'oneHot': {
      const column = (layout: Layout) => broadcastLayout(reshapeLayout(layout, [...a.shape, 1])!, shape);
      const indices = withLayouts(lowering.stored(a), column)!;
      return lowering.apply('equal', [indices, placeAlong(shape, shape.length - 1)], shape);
    }
    case 'argMax': {
      const size = a.shape.at(-1)!;
      const rows = (layout: Layout) => reshapeLayout(layout, [...shape, size]);
      const body = withLayouts(lowering.unreduced(a), rows)!;
      return { kind: 'reduce', reduction: 'argMax', reduced: [size], body };
    }
    case 'insert': {
      const here = lowering.apply('equal', [placeAlong(shape, operation.axis), lowering.spread(c, shape)], shape);
      return lowering.apply('choose', [here, lowering.spread(b, shape), lowering.spread(a, shape)], shape);
    }
  }
}

const number = (value: number): Expression => ({ kind: 'literal', value });

/** The index along an axis. */
export function placeAlong(shape: Shape, axis: number): Expression {
  return { kind: 'place', layout: { shape, strides: shape.map((_, i) => (i === axis ? 1 : 0)), offset: 0 } };
}

/** Rows' numbers for all numbers of the rows. */
const along = (read: Read, shape: Shape): Read => ({ ...read, layout: broadcastLayout(read.layout, shape) });

/** A product as a sum over an axis behind those of the result: [.., m, n, k]. */
function matmulReduction(a: Layout, b: Layout, { operation, shape }: Node): { a: Layout; b: Layout; inner: number } {
  if (operation.kind !== 'matmul') throw new RangeError(`${operation.kind} is no product`);
  const rank = shape.length;
  const swapped = [...shape.keys()].with(rank - 2, rank - 1).with(rank - 1, rank - 2);
  const [left, right] = [
    operation.transposeA ? transposeLayout(a, swapped) : a,
    operation.transposeB ? b : transposeLayout(b, swapped),
  ];
  const inner = left.shape.at(-1)!;
  const whole = [...shape, inner];
  const placed = ({ strides, offset }: Layout, row: number): Layout => ({
    shape: whole,
    strides: [...strides.slice(0, -2), 0, 0, strides.at(-1)!].with(row, strides.at(-2)!),
    offset,
  });
  return { a: placed(left, rank - 2), b: placed(right, rank - 1), inner };
}

/** Sums over axes, which stay with size 1. */
function sum(lowering: Lowering, expression: Expression, shape: Shape, axes: readonly number[]): Expression {
  const count = axes.reduce((product, axis) => product * shape[axis]!, 1);
  const longest = axes.toSorted((i, j) => shape[j]! - shape[i]!)[0];
  const part = count > LONG_SUM && longest !== undefined ? divisorNearRoot(shape[longest]!) : 1;
  if (part === 1) return reduction('sum', expression, shape, axes);
  const split = [...shape.slice(0, longest), shape[longest!]! / part, part, ...shape.slice(longest! + 1)];
  const parts = withLayouts(expression, (layout) => reshapeLayout(layout, split))!;
  const summed = split.with(longest! + 1, 1);
  const first = lowering.store(reduction('sum', parts, split, [longest! + 1]), summed);
  const rest = { ...first, layout: reshapeLayout(first.layout, shape.with(longest!, shape[longest!]! / part))! };
  return reduction('sum', rest, rest.layout.shape, axes);
}

/** The largest divisor up to the root; 1 for a prime number. */
function divisorNearRoot(value: number): number {
  let divisor = Math.floor(Math.sqrt(value));
  while (value % divisor !== 0) divisor--;
  return divisor;
}

/** Over axes, which stay with size 1. */
function reduction(kind: Reduction, expression: Expression, shape: Shape, axes: readonly number[]): Expression {
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

/** Over the last axis, which stays with size 1, as numbers. */
function rowReduction(lowering: Lowering, kind: Reduction, expression: Expression, shape: Shape): Read {
  return lowering.store(reduction(kind, expression, shape, [shape.length - 1]), shape.with(-1, 1));
}

/** The largest number of each row. */
function largest(lowering: Lowering, node: Node): Read {
  return lowering.shared(`largest ${node.id}`, () =>
    rowReduction(lowering, 'maximum', lowering.stored(node), node.shape),
  );
}

/** e^(x - largest of the row). */
function powers(lowering: Lowering, node: Node): Expression {
  const { shape } = node;
  const below = lowering.apply('subtract', [lowering.stored(node), along(largest(lowering, node), shape)], shape);
  return lowering.apply('exp', [below], shape);
}

/** Sums of `powers` over each row. */
function powerSums(lowering: Lowering, node: Node): Read {
  return lowering.shared(`powers ${node.id}`, () => rowReduction(lowering, 'sum', powers(lowering, node), node.shape));
}

/** x less its mean over the row, if it is to be centred. */
function centred(lowering: Lowering, node: Node, centred: boolean): Expression {
  const x = lowering.stored(node);
  if (!centred) return x;
  const { shape } = node;
  const means = lowering.shared(`means ${node.id}`, () => {
    const rows = shape.with(-1, 1);
    const sums = reduction('sum', x, shape, [shape.length - 1]);
    return lowering.store(lowering.apply('multiply', [sums, number(1 / shape.at(-1)!)], rows), rows);
  });
  return lowering.apply('subtract', [x, along(means, shape)], shape);
}

/** 1 / sqrt(mean square + epsilon) of each row. */
function inverseDeviations(
  lowering: Lowering,
  node: Node,
  { centred: isCentred, epsilon }: { readonly centred: boolean; readonly epsilon: number },
): Read {
  return lowering.shared(`deviations ${node.id} ${isCentred} ${epsilon}`, () => {
    const { shape } = node;
    const rows = shape.with(-1, 1);
    const x = centred(lowering, node, isCentred);
    const squares = lowering.apply('multiply', [x, x], shape);
    const sums = reduction('sum', squares, shape, [shape.length - 1]);
    const means = lowering.apply('multiply', [sums, number(1 / shape.at(-1)!)], rows);
    const deviations = lowering.apply('sqrt', [lowering.apply('add', [means, number(epsilon)], rows)], rows);
    return lowering.store(lowering.apply('divide', [number(1), deviations], rows), rows);
  });
}

interface Part {
  readonly expression: Expression;
  readonly shape: Shape;
}

/** Parts one after the other along an axis; those that one kernel cannot read are joined before. */
function concat(lowering: Lowering, parts: readonly Part[], axis: number): Part {
  if (buffersOf(...parts.map(({ expression }) => expression)).length > lowering.mostBuffers) {
    const groups: Part[] = [];
    for (let i = 0; i < parts.length; i += lowering.mostBuffers) {
      const own = parts.slice(i, i + lowering.mostBuffers).map(({ expression, shape }) => {
        const many = buffersOf(expression).length > 1;
        return { expression: many ? lowering.store(expression, shape) : expression, shape };
      });
      const { expression, shape } = concat(lowering, own, axis);
      groups.push({ expression: lowering.store(expression, shape), shape });
    }
    return concat(lowering, groups, axis);
  }
  const ends: number[] = [];
  for (const { shape } of parts) ends.push((ends.at(-1) ?? 0) + shape[axis]!);
  const shape = parts[0]!.shape.with(axis, ends.at(-1)!);
  // A part of size 1 has no stride along the axis, and need not have one: it is only read at its own place.
  const moved = parts.map(({ expression }, i) => {
    const start = ends[i - 1] ?? 0;
    return withLayouts(expression, ({ strides, offset }) => ({
      shape,
      strides,
      offset: offset - start * strides[axis]!,
    }))!;
  });
  const { layout } = placeAlong(shape, axis) as Extract<Expression, { kind: 'place' }>;
  return { expression: { kind: 'pieces', along: layout, ends, parts: moved }, shape };
}
