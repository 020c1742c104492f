import {
  type Binary,
  GELU_CUBE,
  GELU_SLOPE,
  type Node,
  type OperationOf,
  type Shape,
  sizeOf,
  type Unary,
} from './node.js';
import { inputName, type Loop, type Program, scheduleOf } from './program.js';

/** Numbers by name, each in row-major order. */
export type Arrays = Readonly<Record<string, Float64Array>>;

type Values = Map<Node, Float64Array>;

/**
 * Runs a program in float64, one node after the other: the meaning of each operation, slowly. What the executors compute is compared
 * with it.
 *
 * @throws RangeError if an input is missing or has another size than its node, or if an index is outside of its range
 */
export function interpret(program: Program, given: Arrays): Record<string, Float64Array> {
  const { inputs, once, body } = scheduleOf(program);
  const values: Values = new Map(inputs.map((node) => [node, givenValue(node, given)]));
  for (const node of once) values.set(node, evaluate(node, values));
  const collected = program.loop ? repeat(program.loop, body, values) : {};
  return {
    ...Object.fromEntries(Object.entries(program.outputs).map(([name, node]) => [name, values.get(node)!.slice()])),
    ...collected,
  };
}

function givenValue(node: Node, given: Arrays): Float64Array {
  const name = inputName(node);
  const value = given[name];
  if (value?.length === sizeOf(node.shape)) return value;
  throw new RangeError(`input ${name} has ${value?.length ?? 'no'} numbers; it must have ${sizeOf(node.shape)}`);
}

function repeat(loop: Loop, body: readonly Node[], values: Values): Record<string, Float64Array> {
  const { iterations, counter, carried, finished } = loop;
  const collected = Object.entries(loop.collected).map(
    ([name, node]) => [name, node, new Float64Array(iterations * sizeOf(node.shape))] as const,
  );
  for (const { current, initial } of carried) values.set(current, values.get(initial)!);
  for (let i = 0; i < iterations; i++) {
    values.set(counter, Float64Array.of(i));
    for (const node of body) values.set(node, evaluate(node, values));
    for (const [, node, all] of collected) all.set(values.get(node)!, i * sizeOf(node.shape));
    const next = carried.map((one) => values.get(one.next)!);
    for (const [j, { current }] of carried.entries()) values.set(current, next[j]!);
    if (values.get(finished)![0]! > 0) break;
  }
  return Object.fromEntries(collected.map(([name, , all]) => [name, all]));
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

const UNARY: Readonly<Record<Unary, (x: number) => number>> = {
  negate: (x) => -x,
  exp: Math.exp,
  sigmoid,
  sqrt: Math.sqrt,
  positive: (x) => (x > 0 ? 1 : 0),
  gelu: (x) => x * sigmoid(2 * GELU_SLOPE * (x + GELU_CUBE * x ** 3)),
  silu: (x) => x * sigmoid(x),
};

const BINARY: Readonly<Record<Binary, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
  maximum: Math.max,
};

function evaluate(node: Node, values: Values): Float64Array {
  const { operation, shape } = node;
  const [x, y, z] = node.inputs.map((input) => values.get(input)!) as [Float64Array, Float64Array, Float64Array];
  const [a, b] = node.inputs.map((input) => input.shape) as [Shape, Shape];
  switch (operation.kind) {
    case 'input':
      throw new RangeError(`input ${operation.name} is not given`);
    case 'constant':
      return operation.values;
    case 'negate':
    case 'exp':
    case 'sigmoid':
    case 'sqrt':
    case 'positive':
    case 'gelu':
    case 'silu':
      return x.map(UNARY[operation.kind]);
    case 'add':
    case 'subtract':
    case 'multiply':
    case 'divide':
    case 'maximum': {
      const [fromA, fromB] = [broadcastIndices(a, shape), broadcastIndices(b, shape)];
      const apply = BINARY[operation.kind];
      return Float64Array.from({ length: sizeOf(shape) }, (_, i) => apply(x[fromA[i]!]!, y[fromB[i]!]!));
    }
    case 'matmul':
      return matmul(x, y, a, shape, operation);
    case 'sum': {
      const out = new Float64Array(sizeOf(shape));
      for (const [i, to] of broadcastIndices(shape, a).entries()) out[to]! += x[i]!;
      return out;
    }
    case 'reshape':
      return x;
    case 'broadcast':
      return gather(x, broadcastIndices(a, shape));
    case 'transpose': {
      const strides = stridesOf(a);
      return gather(
        x,
        indices(
          shape,
          operation.order.map((axis) => strides[axis]!),
        ),
      );
    }
    case 'slice':
      return gather(x, indices(shape, stridesOf(a), operation.start * stridesOf(a)[operation.axis]!));
    case 'concat': {
      const out = new Float64Array(sizeOf(shape));
      const strides = stridesOf(shape);
      let start = 0;
      for (const input of node.inputs) {
        const value = values.get(input)!;
        const to = indices(input.shape, strides, start * strides[operation.axis]!);
        for (const [i, at] of to.entries()) out[at] = value[i]!;
        start += input.shape[operation.axis]!;
      }
      return out;
    }
    case 'softmax':
      return byRow(x, shape.at(-1)!, softmax);
    case 'logSoftmax':
      return byRow(x, shape.at(-1)!, (row) => {
        const largest = row.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
        const log = largest + Math.log(row.reduce((sum, value) => sum + Math.exp(value - largest), 0));
        return row.map((value) => value - log);
      });
    case 'standardize':
      return byRow(x, shape.at(-1)!, (row) => {
        const { mean, inverse } = momentsOf(row, operation);
        return row.map((value) => (value - mean) * inverse);
      });
    case 'inverseDeviation':
      return byRow(x, a.at(-1)!, (row) => Float64Array.of(momentsOf(row, operation).inverse));
    case 'oneHot': {
      const out = new Float64Array(sizeOf(shape));
      for (const [i, index] of x.entries()) out[i * operation.depth + requireIndex(index, operation.depth)] = 1;
      return out;
    }
    case 'argMax':
      return byRow(x, a.at(-1)!, (row) =>
        Float64Array.of(row.reduce((best, value, i) => (value > row[best]! ? i : best), 0)),
      );
    case 'insert': {
      const out = x.slice();
      const strides = stridesOf(shape);
      const at = requireIndex(z[0]!, shape[operation.axis]!);
      const to = indices(b, strides, at * strides[operation.axis]!);
      for (const [i, place] of to.entries()) out[place] = y[i]!;
      return out;
    }
  }
}

function requireIndex(index: number, size: number): number {
  if (Number.isInteger(index) && index >= 0 && index < size) return index;
  throw new RangeError(`index ${index} is not an integer from 0 to ${size - 1}`);
}

/** Steps in a row-major array along each axis. */
function stridesOf(shape: Shape): number[] {
  return shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
}

/** offset + sum_axis i_axis stride_axis for all indices of a shape, in row-major order. */
function indices(shape: Shape, strides: readonly number[], offset = 0): Uint32Array {
  let out = Uint32Array.of(offset);
  for (const [axis, size] of shape.entries()) {
    const longer = new Uint32Array(out.length * size);
    for (let i = 0; i < out.length; i++)
      for (let j = 0; j < size; j++) longer[i * size + j] = out[i]! + j * strides[axis]!;
    out = longer;
  }
  return out;
}

/** For each index of `shape`, the one of `from` that is broadcast to it. */
function broadcastIndices(from: Shape, shape: Shape): Uint32Array {
  const strides = stridesOf(from);
  const extra = shape.length - from.length;
  return indices(
    shape,
    shape.map((_, axis) => ((from[axis - extra] ?? 1) === 1 ? 0 : strides[axis - extra]!)),
  );
}

const gather = (x: Float64Array, at: Uint32Array): Float64Array => Float64Array.from(at, (i) => x[i]!);

function byRow(x: Float64Array, length: number, apply: (row: Float64Array) => Float64Array): Float64Array {
  const rows = x.length / length;
  const parts = Array.from({ length: rows }, (_, i) => apply(x.subarray(i * length, (i + 1) * length)));
  const width = parts[0]!.length;
  const out = new Float64Array(rows * width);
  for (const [i, part] of parts.entries()) out.set(part, i * width);
  return out;
}

function softmax(row: Float64Array): Float64Array {
  const largest = row.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const powers = row.map((value) => Math.exp(value - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

function momentsOf(row: Float64Array, { centred, epsilon }: { centred: boolean; epsilon: number }) {
  const mean = centred ? row.reduce((sum, value) => sum + value, 0) / row.length : 0;
  const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / row.length;
  return { mean, inverse: 1 / Math.sqrt(variance + epsilon) };
}

function matmul(
  x: Float64Array,
  y: Float64Array,
  a: Shape,
  shape: Shape,
  attributes: OperationOf<'matmul'>,
): Float64Array {
  const { transposeA, transposeB, scale } = attributes;
  const [m, n] = [shape.at(-2)!, shape.at(-1)!];
  const k = transposeA ? a.at(-2)! : a.at(-1)!;
  const [rowA, innerA] = transposeA ? [1, m] : [k, 1];
  const [innerB, columnB] = transposeB ? [1, k] : [n, 1];
  const out = new Float64Array(sizeOf(shape));
  for (let stack = 0; stack < out.length / (m * n); stack++) {
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let l = 0; l < k; l++)
          sum += x[stack * m * k + i * rowA + l * innerA]! * y[stack * k * n + l * innerB + j * columnB]!;
        out[stack * m * n + i * n + j] = scale * sum;
      }
    }
  }
  return out;
}
