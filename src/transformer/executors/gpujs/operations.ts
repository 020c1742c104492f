import type { Node, Shape } from '../../graph/index.js';
import { buffersOf, type Expression, withLayouts } from './expression.js';
import { broadcastLayout, type Layout, reshapeLayout, sliceLayout, transposeLayout } from './layout.js';
import type { Lowering } from './lowering.js';
import { matmulSum, sumOver } from './reductions.js';
import { along, centredRows, inverseDeviations, largest, powerSums, powers } from './rows.js';

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
      const product = matmulSum(lowering, [a, b], shape, operation);
      return operation.scale === 1 ? product : lowering.apply('multiply', [product, literal(operation.scale)], shape);
    }
    case 'sum':
      return sumOver(lowering, lowering.unreduced(a), a.shape, operation.axes);
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
      return lowering.apply('multiply', [centredRows(lowering, a, operation.centred), along(inverse, shape)], shape);
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

const literal = (value: number): Expression => ({ kind: 'literal', value });

/** The index along an axis. */
export function placeAlong(shape: Shape, axis: number): Extract<Expression, { kind: 'place' }> {
  return { kind: 'place', layout: { shape, strides: shape.map((_, i) => (i === axis ? 1 : 0)), offset: 0 } };
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
  return { expression: { kind: 'pieces', along: placeAlong(shape, axis).layout, ends, parts: moved }, shape };
}
