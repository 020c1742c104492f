/** Sizes along each axis, all integers >= 1. A scalar has shape [1]. */
export type Shape = readonly number[];

/** One number of the result for each number of the argument. */
export const UNARY = ['negate', 'exp', 'sigmoid', 'sqrt', 'positive', 'gelu', 'silu'] as const;
export type Unary = (typeof UNARY)[number];

/** sqrt(2 / pi), and the factor of the cube in `gelu`. */
export const GELU_SLOPE = Math.sqrt(2 / Math.PI);
export const GELU_CUBE = 0.044715;

/** Arguments are broadcast as NumPy does it. */
export const BINARY = ['add', 'subtract', 'multiply', 'divide', 'maximum'] as const;
export type Binary = (typeof BINARY)[number];

/** What a node computes from its inputs. Every tensor holds real numbers; an index is a real number, too. */
export type Operation =
  /** Given at each run, under its name. */
  | { readonly kind: 'input'; readonly name: string }
  | { readonly kind: 'constant'; readonly values: Float64Array }
  /**
   * `positive` is 1 where x > 0 and else 0; `gelu` is x sigma(2 u), u = sqrt(2 / pi) (x + .044715 x^3), GPT-2's approximation
   * with tanh; `silu` is x sigma(x).
   */
  | { readonly kind: Unary }
  | { readonly kind: Binary }
  /** scale * A B, after transposing the last two axes of each if asked; axes before them are equal in both. */
  | { readonly kind: 'matmul'; readonly transposeA: boolean; readonly transposeB: boolean; readonly scale: number }
  /** Sums over axes, which stay with size 1. */
  | { readonly kind: 'sum'; readonly axes: readonly number[] }
  | { readonly kind: 'reshape' }
  | { readonly kind: 'broadcast' }
  /** Axis i of the result is axis order[i] of the argument. */
  | { readonly kind: 'transpose'; readonly order: readonly number[] }
  /** From start to end - 1 along an axis. */
  | { readonly kind: 'slice'; readonly axis: number; readonly start: number; readonly end: number }
  | { readonly kind: 'concat'; readonly axis: number }
  /** Over the last axis. */
  | { readonly kind: 'softmax' | 'logSoftmax' }
  /**
   * Over the last axis: (x - mean) / deviation, or x / deviation where nothing is centred. deviation = sqrt(v + epsilon), v the mean
   * square of what is divided.
   */
  | { readonly kind: 'standardize'; readonly centred: boolean; readonly epsilon: number }
  /** 1 / deviation of `standardize`; the last axis stays with size 1. */
  | { readonly kind: 'inverseDeviation'; readonly centred: boolean; readonly epsilon: number }
  /** Appends an axis: 1 at the index, an integer in [0, depth), else 0. */
  | { readonly kind: 'oneHot'; readonly depth: number }
  /** The first index of the largest number along the last axis, which is dropped (a vector gives [1]). */
  | { readonly kind: 'argMax' }
  /** insert(cache, row, at): the cache with its row number `at` ([1]) along an axis replaced; the row has size 1 there. No gradient. */
  | { readonly kind: 'insert'; readonly axis: number };

export type Kind = Operation['kind'];
export type OperationOf<K extends Kind> = Extract<Operation, { readonly kind: K }>;

/** A tensor of a graph. Equal nodes of one graph are the same object. */
export interface Node {
  /** In the order of creation: the inputs of a node have smaller ones. */
  readonly id: number;
  readonly operation: Operation;
  readonly inputs: readonly Node[];
  readonly shape: Shape;
}

/** How many numbers a tensor of that shape has. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Such as [2, 3]. */
export function shapeText(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}
