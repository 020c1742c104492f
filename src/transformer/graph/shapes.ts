import { type Operation, type Shape, shapeText, sizeOf } from './node.js';

/** An operation was asked of tensors whose shapes it does not take. */
export class ShapeError extends RangeError {
  override readonly name = 'ShapeError';

  constructor(kind: string, shapes: readonly Shape[], rule: string) {
    super(`${kind} of ${shapes.map(shapeText).join(' and ')}: ${rule}`);
  }
}

/** The shape that two tensors are broadcast to, as NumPy does it. */
export function broadcastShape(kind: string, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const [m, n] = [a[i - rank + a.length] ?? 1, b[i - rank + b.length] ?? 1];
    if (m !== n && m !== 1 && n !== 1) throw new ShapeError(kind, [a, b], `${m} and ${n} along axis ${i} do not fit`);
    return Math.max(m, n);
  });
}

/**
 * The shape of a result; the shapes of inputs, constants, `reshape` and `broadcast` are given by who asks.
 *
 * @param wanted the shape that was asked for, where the operation leaves a choice
 * @throws ShapeError if the operation does not take such tensors
 */
export function shapeOf(operation: Operation, shapes: readonly Shape[], wanted: Shape | null): Shape {
  const { kind } = operation;
  const [a = [], b = []] = shapes;
  const refuse = (rule: string) => new ShapeError(kind, shapes, rule);
  switch (kind) {
    case 'input':
      return requireShape(kind, wanted!);
    case 'constant':
      if (operation.values.length !== sizeOf(requireShape(kind, wanted!)))
        throw new ShapeError(kind, [wanted!], `it has ${operation.values.length} values`);
      return wanted!;
    case 'negate':
    case 'exp':
    case 'sigmoid':
    case 'sqrt':
    case 'positive':
    case 'gelu':
    case 'silu':
    case 'softmax':
    case 'logSoftmax':
      return a;
    case 'standardize':
      requireEpsilon(kind, a, operation.epsilon);
      return a;
    case 'add':
    case 'subtract':
    case 'multiply':
    case 'divide':
    case 'maximum':
      return broadcastShape(kind, a, b);
    case 'matmul': {
      if (!Number.isFinite(operation.scale)) throw refuse(`scale is ${operation.scale}; it must be finite`);
      if (a.length < 2 || a.length !== b.length) throw refuse('both need the same number of axes, at least 2');
      const [m, k] = lastTwo(a, operation.transposeA);
      const [l, n] = lastTwo(b, operation.transposeB);
      if (k !== l) throw refuse(`inner sizes ${k} and ${l} differ`);
      if (!sameShape(a.slice(0, -2), b.slice(0, -2))) throw refuse('the axes before the last two differ');
      return [...a.slice(0, -2), m, n];
    }
    case 'sum': {
      for (const axis of operation.axes) requireAxis(kind, a, axis);
      return a.map((size, i) => (operation.axes.includes(i) ? 1 : size));
    }
    case 'reshape':
      if (sizeOf(requireShape(kind, wanted!)) !== sizeOf(a)) throw new ShapeError(kind, [a, wanted!], 'sizes differ');
      return wanted!;
    case 'broadcast':
      if (!sameShape(broadcastShape(kind, a, requireShape(kind, wanted!)), wanted!))
        throw new ShapeError(kind, [a, wanted!], 'the second is no shape that the first is broadcast to');
      return wanted!;
    case 'transpose':
      if (!sameShape(increasing(operation.order), [...a.keys()]))
        throw refuse(`[${operation.order}] is no order of its axes`);
      return operation.order.map((axis) => a[axis]!);
    case 'slice': {
      const { axis, start, end } = operation;
      requireAxis(kind, a, axis);
      if (!(Number.isInteger(start) && Number.isInteger(end) && 0 <= start && start < end && end <= a[axis]!))
        throw refuse(`${start} to ${end} is no part of axis ${axis}`);
      return a.with(axis, end - start);
    }
    case 'concat': {
      const { axis } = operation;
      requireAxis(kind, a, axis);
      if (!shapes.every((shape) => shape.length === a.length && sameShape(shape.with(axis, 1), a.with(axis, 1))))
        throw refuse(`sizes differ along other axes than ${axis}`);
      return a.with(
        axis,
        shapes.reduce((sum, shape) => sum + shape[axis]!, 0),
      );
    }
    case 'inverseDeviation':
      requireEpsilon(kind, a, operation.epsilon);
      return a.with(-1, 1);
    case 'oneHot':
      if (!(Number.isInteger(operation.depth) && operation.depth >= 1)) throw refuse(`depth is ${operation.depth}`);
      return [...a, operation.depth];
    case 'argMax':
      return a.length === 1 ? [1] : a.slice(0, -1);
    case 'insert': {
      const { axis } = operation;
      requireAxis(kind, a, axis);
      if (!sameShape(b, a.with(axis, 1))) throw refuse(`the second must have size 1 along axis ${axis} and else fit`);
      if (!sameShape(shapes[2]!, [1])) throw refuse('the third must be one number');
      return a;
    }
  }
}

const increasing = (numbers: readonly number[]): number[] => numbers.toSorted((i, j) => i - j);

function lastTwo(shape: Shape, transposed: boolean): [number, number] {
  const [m, n] = [shape.at(-2)!, shape.at(-1)!];
  return transposed ? [n, m] : [m, n];
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, i) => size === b[i]);
}

function requireShape(kind: string, shape: Shape): Shape {
  if (shape.length >= 1 && shape.every((size) => Number.isInteger(size) && size >= 1)) return shape;
  throw new ShapeError(kind, [shape], 'every tensor has an axis, and sizes are integers >= 1');
}

function requireEpsilon(kind: string, shape: Shape, epsilon: number): void {
  if (!(Number.isFinite(epsilon) && epsilon >= 0))
    throw new ShapeError(kind, [shape], `epsilon is ${epsilon}; it must be a number >= 0`);
}

function requireAxis(kind: string, shape: Shape, axis: number): void {
  if (!(Number.isInteger(axis) && axis >= 0 && axis < shape.length))
    throw new ShapeError(kind, [shape], `it has no axis ${axis}`);
}
