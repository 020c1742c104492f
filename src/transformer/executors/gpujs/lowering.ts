import type { Backend } from '../../../engines/index.js';
import { type Node, type Schedule, type Shape, sizeOf } from '../../graph/index.js';
import { buffersOf, type Expression, isLeaf, reductionsOf, type Scalar, withLayouts } from './expression.js';
import { type KernelText, kernelText } from './kernel-text.js';
import { broadcastLayout, contiguous, isContiguous, type Layout } from './layout.js';
import { expressionOf } from './operations.js';

/** A kernel that fills a buffer. */
export interface Step {
  readonly kernel: KernelText;
  readonly output: number;
}

export type Read = Extract<Expression, { kind: 'read' }>;

/** A buffer whose numbers never change. */
export interface Constant {
  readonly buffer: number;
  readonly numbers: Float32Array;
}

/** Buffers that a kernel may read: WebGPU promises eight to each, one of which is written. */
const MOST_BUFFERS = { webgpu: 7, webasm: 64, cpu: 64 } as const;

/** Gives each node an expression, and adds a kernel where an expression must become numbers. */
export class Lowering {
  readonly backend: Backend;
  readonly #kept: ReadonlySet<Node>;
  readonly #consumers = new Map<Node, number>();
  readonly #expressions = new Map<Node, Expression>();
  readonly #shared = new Map<string, Read>();
  /** Length of each buffer. */
  readonly #lengths: number[] = [];
  readonly #computed = new Set<number>();
  readonly #steps: Step[] = [];
  readonly constants: Constant[] = [];

  /** @param kept nodes whose numbers must lie in a buffer */
  constructor({ once, body }: Schedule, kept: ReadonlySet<Node>, backend: Backend) {
    this.backend = backend;
    this.#kept = kept;
    for (const node of [...once, ...body]) {
      for (const input of new Set(node.inputs)) this.#consumers.set(input, (this.#consumers.get(input) ?? 0) + 1);
    }
  }

  /** The steps that were added since the last call. */
  takeSteps(): Step[] {
    return this.#steps.splice(0);
  }

  newBuffer(shape: Shape): number {
    return this.#lengths.push(sizeOf(shape)) - 1;
  }

  constant(values: ArrayLike<number>, shape: Shape): Read {
    const buffer = this.newBuffer(shape);
    this.constants.push({ buffer, numbers: Float32Array.from(values) });
    return readOf(buffer, shape);
  }

  /** A buffer for a node whose numbers come from elsewhere. */
  give(node: Node): number {
    const buffer = this.newBuffer(node.shape);
    this.#expressions.set(node, readOf(buffer, node.shape));
    return buffer;
  }

  /** Gives a node its expression; its inputs must have theirs. */
  add(node: Node): void {
    const expression = expressionOf(this, node);
    const inPlace = isLeaf(expression) || ((this.#consumers.get(node) ?? 0) <= 1 && !this.#kept.has(node));
    this.#expressions.set(node, inPlace ? expression : this.store(expression, node.shape));
  }

  /** Adds the kernel that computes an expression. */
  store(expression: Expression, shape: Shape): Read {
    const output = this.newBuffer(shape);
    this.#computed.add(output);
    this.#steps.push({ kernel: kernelText(expression, shape, this.backend), output });
    return readOf(output, shape);
  }

  /** The numbers of a node as they lie in a buffer. */
  stored(node: Node): Read {
    const expression = this.#expressions.get(node)!;
    if (expression.kind === 'read') return expression;
    const read = this.store(expression, node.shape);
    this.#expressions.set(node, read);
    return read;
  }

  /** What several nodes need of one: computed under this key at the first time. */
  shared(key: string, make: () => Read): Read {
    const read = this.#shared.get(key) ?? make();
    this.#shared.set(key, read);
    return read;
  }

  /** The buffer that holds the numbers of a node, in order and alone. */
  bufferOf(node: Node): number {
    const { buffer, layout } = this.stored(node);
    if (isContiguous(layout) && this.#lengths[buffer] === sizeOf(node.shape)) return buffer;
    const whole = this.store({ kind: 'read', buffer, layout }, node.shape);
    this.#expressions.set(node, whole);
    return whole.buffer;
  }

  /** The same, in a buffer that a kernel fills. */
  resultOf(node: Node): number {
    const buffer = this.bufferOf(node);
    return this.#computed.has(buffer) ? buffer : this.store(readOf(buffer, node.shape), node.shape).buffer;
  }

  /** A node's expression without a reduction, which is made numbers first. */
  unreduced(node: Node): Expression {
    const expression = this.#expressions.get(node)!;
    return reductionsOf(expression).length > 0 ? this.stored(node) : expression;
  }

  /** A node's numbers in other places. */
  seen(node: Node, change: (layout: Layout) => Layout | null): Expression {
    const expression = this.#expressions.get(node)!;
    const moved = withLayouts(expression, change) ?? withLayouts(this.stored(node), change);
    return moved ?? withLayouts(readOf(this.bufferOf(node), node.shape), change)!;
  }

  /** A node's numbers as those of a larger shape. What is computed is made numbers first, so that it is computed once. */
  spread(node: Node, shape: Shape): Expression {
    const expression = this.#expressions.get(node)!;
    if (node.shape.length === shape.length && sizeOf(node.shape) === sizeOf(shape)) return expression;
    const own = isLeaf(expression) || sizeOf(node.shape) === sizeOf(shape) ? expression : this.stored(node);
    const change = (layout: Layout) => broadcastLayout(layout, shape);
    return withLayouts(own, change) ?? withLayouts(this.stored(node), change)!;
  }

  /** An operation on expressions of one shape. Where one kernel cannot do all of it, arguments are made numbers first. */
  apply(scalar: Scalar, inputs: readonly Expression[], shape: Shape): Expression {
    const own = [...inputs];
    const tooMuch = () =>
      new Set(own.flatMap(reductionsOf)).size > 1 || buffersOf(...own).length > MOST_BUFFERS[this.backend];
    while (tooMuch()) {
      const largest = own.toSorted((a, b) => weight(b) - weight(a))[0]!;
      const read = this.store(largest, shape);
      for (const [i, input] of own.entries()) if (input === largest) own[i] = read;
    }
    return { kind: 'apply', scalar, inputs: own };
  }

  /** As many of the parts as one kernel may read. */
  get mostBuffers(): number {
    return MOST_BUFFERS[this.backend];
  }
}

/** The whole of a buffer. */
export function readOf(buffer: number, shape: Shape): Read {
  return { kind: 'read', buffer, layout: contiguous(shape) };
}

/** A leaf has the least, a reduction the most. */
function weight(expression: Expression): number {
  if (isLeaf(expression)) return 0;
  return buffersOf(expression).length + 1000 * reductionsOf(expression).length;
}
