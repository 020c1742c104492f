import { createHash } from 'node:crypto';
import { type Binary, type Node, type Operation, type Shape, shapeText, sizeOf, type Unary } from './node.js';
import { sameShape, shapeOf } from './shapes.js';

export interface MatmulOptions {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  /** Multiplies the product. Default 1. */
  readonly scale?: number;
}

/**
 * Builds the nodes of a static graph. Shapes are inferred and checked as a node is made, and a node that exists already is returned
 * instead of made again, so that common subexpressions are computed once.
 */
export class Graph {
  readonly #nodes: Node[] = [];
  readonly #byKey = new Map<string, Node>();
  readonly #inputs = new Map<string, Node>();

  /** @throws RangeError if there is an input of that name with another shape */
  input(name: string, shape: Shape): Node {
    const node = this.#node({ kind: 'input', name }, [], shape);
    const known = this.#inputs.get(name) ?? node;
    if (known !== node) throw new RangeError(`input ${name} has shape ${shapeText(known.shape)} already`);
    this.#inputs.set(name, node);
    return node;
  }

  /** @param values in row-major order; one number fills the shape [1] */
  constant(values: number | ArrayLike<number>, shape: Shape = [1]): Node {
    return this.#node(
      { kind: 'constant', values: typeof values === 'number' ? Float64Array.of(values) : Float64Array.from(values) },
      [],
      shape,
    );
  }

  negate = (x: Node) => this.#unary('negate', x);
  exp = (x: Node) => this.#unary('exp', x);
  sigmoid = (x: Node) => this.#unary('sigmoid', x);
  sqrt = (x: Node) => this.#unary('sqrt', x);
  positive = (x: Node) => this.#unary('positive', x);
  gelu = (x: Node) => this.#unary('gelu', x);
  silu = (x: Node) => this.#unary('silu', x);

  add = (a: Node, b: Node | number) => this.#binary('add', a, b);
  subtract = (a: Node, b: Node | number) => this.#binary('subtract', a, b);
  multiply = (a: Node, b: Node | number) => this.#binary('multiply', a, b);
  divide = (a: Node, b: Node | number) => this.#binary('divide', a, b);
  maximum = (a: Node, b: Node | number) => this.#binary('maximum', a, b);

  /** scale * A B of matrices, or of stacks of them: [.., m, k] and [.., k, n] give [.., m, n]. */
  matmul(a: Node, b: Node, { transposeA = false, transposeB = false, scale = 1 }: MatmulOptions = {}): Node {
    return this.#node({ kind: 'matmul', transposeA, transposeB, scale }, [a, b]);
  }

  /** The axes stay with size 1; all of them by default. */
  sum(x: Node, axes: readonly number[] = [...x.shape.keys()]): Node {
    const own = [...new Set(axes)].filter((axis) => x.shape[axis] !== 1).toSorted((i, j) => i - j);
    return own.length === 0 ? x : this.#node({ kind: 'sum', axes: own }, [x]);
  }

  mean(x: Node, axes: readonly number[] = [...x.shape.keys()]): Node {
    const sum = this.sum(x, axes);
    return this.multiply(sum, sizeOf(sum.shape) / sizeOf(x.shape));
  }

  reshape(x: Node, shape: Shape): Node {
    const from = x.operation.kind === 'reshape' ? x.inputs[0]! : x;
    return sameShape(from.shape, shape) ? from : this.#node({ kind: 'reshape' }, [from], shape);
  }

  broadcast(x: Node, shape: Shape): Node {
    return sameShape(x.shape, shape) ? x : this.#node({ kind: 'broadcast' }, [x], shape);
  }

  /** Axis i of the result is axis order[i] of x. */
  transpose(x: Node, order: readonly number[]): Node {
    return sameShape(order, [...x.shape.keys()]) ? x : this.#node({ kind: 'transpose', order }, [x]);
  }

  /** From start to end - 1 along the axis. */
  slice(x: Node, axis: number, start: number, end: number): Node {
    const whole = start === 0 && end === x.shape[axis];
    return whole ? x : this.#node({ kind: 'slice', axis, start, end }, [x]);
  }

  concat(parts: readonly Node[], axis: number): Node {
    const [first] = parts;
    return parts.length === 1 && first!.shape[axis] !== undefined
      ? first!
      : this.#node({ kind: 'concat', axis }, parts);
  }

  softmax = (x: Node) => this.#node({ kind: 'softmax' }, [x]);
  logSoftmax = (x: Node) => this.#node({ kind: 'logSoftmax' }, [x]);

  standardize(x: Node, centred: boolean, epsilon: number): Node {
    return this.#node({ kind: 'standardize', centred, epsilon }, [x]);
  }

  inverseDeviation(x: Node, centred: boolean, epsilon: number): Node {
    return this.#node({ kind: 'inverseDeviation', centred, epsilon }, [x]);
  }

  oneHot(indices: Node, depth: number): Node {
    return this.#node({ kind: 'oneHot', depth }, [indices]);
  }

  argMax = (x: Node) => this.#node({ kind: 'argMax' }, [x]);

  /** The cache with row number `at` along the axis replaced. */
  insert(cache: Node, row: Node, at: Node, axis: number): Node {
    return this.#node({ kind: 'insert', axis }, [cache, row, at]);
  }

  #unary(kind: Unary, x: Node): Node {
    return this.#node({ kind }, [x]);
  }

  #binary(kind: Binary, a: Node, b: Node | number): Node {
    if (b === NEUTRAL[kind]) return a;
    return this.#node({ kind }, [a, typeof b === 'number' ? this.constant(b) : b]);
  }

  #node(operation: Operation, inputs: readonly Node[], wanted: Shape | null = null): Node {
    if (!inputs.every((input) => this.#nodes[input.id] === input))
      throw new RangeError(`${operation.kind} of a node of another graph`);
    const shape = shapeOf(
      operation,
      inputs.map((input) => input.shape),
      wanted,
    );
    const key = keyOf(operation, inputs, shape);
    const known = this.#byKey.get(key);
    if (known) return known;
    const node: Node = { id: this.#nodes.length, operation, inputs, shape };
    this.#nodes.push(node);
    this.#byKey.set(key, node);
    return node;
  }
}

/** What changes nothing as the second argument. */
const NEUTRAL: Partial<Record<Binary, number>> = { add: 0, subtract: 0, multiply: 1, divide: 1 };

function keyOf(operation: Operation, inputs: readonly Node[], shape: Shape): string {
  const ids = inputs.map(({ id }) => id);
  const { kind } = operation;
  if (kind === 'constant') return `constant ${shape} ${digest(operation.values)}`;
  // x + y and y + x are one node.
  const ordered = kind === 'add' || kind === 'multiply' || kind === 'maximum' ? ids.toSorted((i, j) => i - j) : ids;
  return `${JSON.stringify(operation)} ${ordered} ${shape}`;
}

/** Of the bytes, so that 0 and -0 differ; no two inputs with the same SHA-256 are known. */
function digest(values: Float64Array): string {
  return createHash('sha256').update(values).digest('base64');
}
