import type { Node, Shape } from '../../graph/index.js';
import type { Expression, Reduction } from './expression.js';
import { broadcastLayout } from './layout.js';
import type { Lowering, Read } from './lowering.js';
import { reduction } from './reductions.js';

// What softmax and standardisation need of the rows along the last axis. Several operations share it, so it is computed once.

/** A number for each row, at all numbers of the rows. */
export const along = (read: Read, shape: Shape): Read => ({ ...read, layout: broadcastLayout(read.layout, shape) });

const lastAxis = ({ shape }: Node): number[] => [shape.length - 1];

function overRows(lowering: Lowering, kind: Reduction, expression: Expression, node: Node): Read {
  return lowering.store(reduction(kind, expression, node.shape, lastAxis(node)), node.shape.with(-1, 1));
}

/** The largest number of each row. */
export function largest(lowering: Lowering, node: Node): Read {
  return lowering.shared(`largest ${node.id}`, () => overRows(lowering, 'maximum', lowering.stored(node), node));
}

/** e^(x - largest of the row). */
export function powers(lowering: Lowering, node: Node): Expression {
  const { shape } = node;
  const below = lowering.apply('subtract', [lowering.stored(node), along(largest(lowering, node), shape)], shape);
  return lowering.apply('exp', [below], shape);
}

/** Sums of `powers` over each row. */
export function powerSums(lowering: Lowering, node: Node): Read {
  return lowering.shared(`powers ${node.id}`, () => overRows(lowering, 'sum', powers(lowering, node), node));
}

/** Means over each row. */
function meansOf(lowering: Lowering, expression: Expression, node: Node): Expression {
  const sums = reduction('sum', expression, node.shape, lastAxis(node));
  const share = { kind: 'literal', value: 1 / node.shape.at(-1)! } as const;
  return lowering.apply('multiply', [sums, share], node.shape.with(-1, 1));
}

/** x less its mean over the row, if it is to be centred. */
export function centredRows(lowering: Lowering, node: Node, centred: boolean): Expression {
  const x = lowering.stored(node);
  if (!centred) return x;
  const means = lowering.shared(`means ${node.id}`, () => {
    return lowering.store(meansOf(lowering, x, node), node.shape.with(-1, 1));
  });
  return lowering.apply('subtract', [x, along(means, node.shape)], node.shape);
}

interface StandardizeAttributes {
  readonly centred: boolean;
  readonly epsilon: number;
}

/** 1 / sqrt(mean square + epsilon) of each row. */
export function inverseDeviations(lowering: Lowering, node: Node, { centred, epsilon }: StandardizeAttributes): Read {
  return lowering.shared(`deviations ${node.id} ${centred} ${epsilon}`, () => {
    const rows = node.shape.with(-1, 1);
    const x = centredRows(lowering, node, centred);
    const means = meansOf(lowering, lowering.apply('multiply', [x, x], node.shape), node);
    const variances = lowering.apply('add', [means, { kind: 'literal', value: epsilon }], rows);
    const deviations = lowering.apply('sqrt', [variances], rows);
    return lowering.store(lowering.apply('divide', [{ kind: 'literal', value: 1 }, deviations], rows), rows);
  });
}
