import type { Node, Operation, Shape } from '../../graph/index.js';
import type { Emitter } from './emitter.js';

/** A value that is read. */
export interface Operand {
  readonly name: string;
  readonly shape: Shape;
}

/** ONNX Runtime's execution providers, which do not have the same operators. */
export type Target = 'cpu' | 'webgpu';

type Of<K extends Operation['kind']> = Extract<Operation, { readonly kind: K }>;

/** Operators that ONNX Runtime adds to those of ONNX. */
const MICROSOFT = 'com.microsoft';

/** Operands, or parts, that an operator has at most where each needs a buffer of a shader. */
const MOST_BUFFERS = 8;

const PLAIN = {
  negate: 'Neg',
  exp: 'Exp',
  sigmoid: 'Sigmoid',
  sqrt: 'Sqrt',
  add: 'Add',
  subtract: 'Sub',
  multiply: 'Mul',
  divide: 'Div',
  maximum: 'Max',
} as const;

/**
 * Adds the ONNX nodes that compute a node.
 *
 * @param operands the values that it reads
 * @returns the name of its value
 */
export function lowered(emitter: Emitter, node: Node, operands: readonly Operand[], target: Target): string {
  const { operation, shape } = node;
  const inputs = operands.map(({ name }) => name);
  const [a, b] = operands as readonly [Operand, Operand];
  switch (operation.kind) {
    case 'input':
      throw new RangeError(`input ${operation.name} is not given`);
    case 'constant':
      return emitter.floats(operation.values, shape);
    case 'negate':
    case 'exp':
    case 'sigmoid':
    case 'sqrt':
    case 'add':
    case 'subtract':
    case 'multiply':
    case 'divide':
    case 'maximum':
      return emitter.node(PLAIN[operation.kind], inputs);
    case 'positive': {
      const positive = emitter.node('Greater', [a.name, emitter.scalar(0)]);
      return emitter.asFloats(positive);
    }
    case 'gelu':
      return emitter.node('Gelu', inputs, { attributes: { approximate: { text: 'tanh' } } });
    case 'silu':
      return emitter.node('QuickGelu', inputs, { domain: MICROSOFT, attributes: { alpha: { float: 1 } } });
    case 'matmul':
      return matmul(emitter, operation, a, b, target);
    case 'sum':
      return emitter.node('ReduceSum', [a.name, emitter.integers(operation.axes)]);
    case 'reshape':
      return emitter.node('Reshape', [a.name, emitter.integers(shape)]);
    case 'broadcast':
      return emitter.node('Expand', [a.name, emitter.integers(shape)]);
    case 'transpose':
      return emitter.node('Transpose', inputs, { attributes: { perm: { integers: operation.order } } });
    case 'slice':
      return emitter.node('Slice', [
        a.name,
        ...[operation.start, operation.end, operation.axis].map((one) => emitter.integers([one])),
      ]);
    case 'concat':
      return concat(emitter, inputs, operation.axis, target === 'webgpu' ? MOST_BUFFERS : inputs.length);
    case 'softmax':
      return emitter.node('Softmax', inputs);
    case 'logSoftmax':
      return emitter.node('LogSoftmax', inputs);
    case 'standardize':
      return normal(emitter, a, operation, target)[0]!;
    case 'inverseDeviation':
      return normal(emitter, a, operation, target)[1]!;
    case 'oneHot':
      return oneHot(emitter, a, operation.depth);
    case 'argMax': {
      const attributes = { axis: { integer: -1 }, keepdims: { integer: a.shape.length === 1 ? 1 : 0 } };
      const index = emitter.node('ArgMax', inputs, { attributes });
      return emitter.asFloats(index);
    }
    case 'insert':
      return insert(emitter, operands, operation.axis);
  }
}

/** One operator that transposes and scales, so that nothing is copied for it. */
function matmul(emitter: Emitter, operation: Of<'matmul'>, a: Operand, b: Operand, target: Target): string {
  const { transposeA, transposeB, scale } = operation;
  const inputs = [a.name, b.name];
  if (!transposeA && !transposeB && scale === 1) return emitter.node('MatMul', inputs);
  const alpha = { float: scale };
  const [first, second] = [transposeA, transposeB].map((transposed) => ({ integer: transposed ? 1 : 0 })) as [
    { integer: number },
    { integer: number },
  ];
  if (a.shape.length === 2)
    return emitter.node('Gemm', inputs, { attributes: { transA: first, transB: second, alpha } });
  if (target === 'cpu') {
    // Of one row, only a product that is not scaled has a kernel of its own.
    const single = scale !== 1 && !transposeA && a.shape.at(-2) === 1;
    const row = single ? emitter.node('Mul', [a.name, emitter.scalar(scale)]) : a.name;
    const attributes = { transA: first, transB: second, alpha: { float: single ? 1 : scale } };
    return emitter.node('FusedMatMul', [row, b.name], { domain: MICROSOFT, attributes });
  }
  const product = emitter.node('MatMul', [
    transposeA ? matrixTransposed(emitter, a) : a.name,
    transposeB ? matrixTransposed(emitter, b) : b.name,
  ]);
  return scale === 1 ? product : emitter.node('Mul', [product, emitter.scalar(scale)]);
}

function matrixTransposed(emitter: Emitter, { name, shape }: Operand): string {
  const [before, last] = [shape.length - 2, shape.length - 1];
  const order = [...shape.keys()].slice(0, before).concat(last, before);
  return emitter.node('Transpose', [name], { attributes: { perm: { integers: order } } });
}

/** As a tree of which no node has more than `most` inputs. */
function concat(emitter: Emitter, inputs: readonly string[], axis: number, most: number): string {
  if (inputs.length === 1) return inputs[0]!;
  const groups = Array.from({ length: Math.ceil(inputs.length / most) }, (_, i) =>
    inputs.slice(i * most, (i + 1) * most),
  );
  const joined = groups.map((group) =>
    group.length === 1 ? group[0]! : emitter.node('Concat', group, { attributes: { axis: { integer: axis } } }),
  );
  return concat(emitter, joined, axis, most);
}

/** What was standardised, and the inverse deviations, from one pass over x. */
function normal(
  emitter: Emitter,
  x: Operand,
  { centred, epsilon }: Of<'standardize' | 'inverseDeviation'>,
  target: Target,
): readonly string[] {
  return emitter.shared(`normal ${x.name} ${centred} ${epsilon}`, () => {
    const length = x.shape.at(-1)!;
    const attributes = { axis: { integer: -1 }, epsilon: { float: epsilon } };
    const ones = () => emitter.shared(`ones ${length}`, () => [emitter.floats(Array(length).fill(1), [length])])[0]!;
    if (centred) {
      const [y, , inverse] = emitter.nodes('LayerNormalization', [x.name, ones()], 3, { attributes });
      return [y!, inverse!];
    }
    if (target === 'cpu') return emitter.nodes('SimplifiedLayerNormalization', [x.name, ones()], 2, { attributes });
    // There, the second output of that operator is wrong.
    const square = emitter.node('Mul', [x.name, x.name]);
    const mean = emitter.node('ReduceMean', [square, emitter.integers([-1])]);
    const deviation = emitter.node('Sqrt', [emitter.node('Add', [mean, emitter.scalar(epsilon)])]);
    const inverse = emitter.node('Reciprocal', [deviation]);
    return [emitter.node('Mul', [x.name, inverse]), inverse];
  });
}

/** Rows of the unit matrix. */
function oneHot(emitter: Emitter, indices: Operand, depth: number): string {
  const [unit] = emitter.shared(`unit ${depth}`, () => {
    const entries = Array.from({ length: depth * depth }, (_, i) => (i % (depth + 1) === 0 ? 1 : 0));
    return [emitter.floats(entries, [depth, depth])];
  });
  return emitter.node('Gather', [unit!, emitter.asIntegers(indices.name)]);
}

/** ScatterND, which writes the row only where input and output are the same memory. */
function insert(emitter: Emitter, operands: readonly Operand[], axis: number): string {
  const [cache, row, at] = operands as readonly [Operand, Operand, Operand];
  return emitter.node('ScatterND', [cache.name, rowIndices(emitter, cache.shape, at.name, axis), row.name]);
}

/** Where the row lies: an index (i, .., k, at) for each combination of the axes before. */
function rowIndices(emitter: Emitter, cache: Shape, at: string, axis: number): string {
  const before = cache.slice(0, axis);
  const count = before.reduce((product, size) => product * size, 1);
  const [indices] = emitter.shared(`row ${before} of ${axis} at ${at}`, () => {
    const places = Array.from(
      { length: count * (axis + 1) },
      (_, i) => placeOf(before, Math.floor(i / (axis + 1)))[i % (axis + 1)] ?? 0,
    );
    const shape = [...before, 1, axis + 1];
    const last = Array.from({ length: axis + 1 }, (_, i) => (i === axis ? 1 : 0));
    const offset = emitter.node('Mul', [emitter.asIntegers(at), emitter.integers(last)]);
    return [emitter.node('Add', [emitter.integers(places, shape), offset])];
  });
  return indices!;
}

/** The index along each axis. */
function placeOf(shape: Shape, index: number): number[] {
  const place: number[] = [];
  let rest = index;
  for (const size of shape.toReversed()) {
    place.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return place;
}
