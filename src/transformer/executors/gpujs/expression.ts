import type { Binary, Shape, Unary } from '../../graph/index.js';
import type { Layout } from './layout.js';

/** What a kernel computes of one number of each argument: `equal` is 1 or 0; `choose(c, a, b)` is a where c > 0, else b. */
export type Scalar = Unary | Binary | 'log' | 'equal' | 'choose';

export type Reduction = 'sum' | 'maximum' | 'argMax';

/** A tensor as a function of its indices, which a kernel evaluates at each of them. */
export type Expression =
  /** A number of a buffer. */
  | { readonly kind: 'read'; readonly buffer: number; readonly layout: Layout }
  /** The place that a layout gives, as a number. */
  | { readonly kind: 'place'; readonly layout: Layout }
  | { readonly kind: 'literal'; readonly value: number }
  | { readonly kind: 'apply'; readonly scalar: Scalar; readonly inputs: readonly Expression[] }
  /** Part i where the place `along` is in [ends[i - 1], ends[i]). */
  | {
      readonly kind: 'pieces';
      readonly along: Layout;
      readonly ends: readonly number[];
      readonly parts: readonly Expression[];
    }
  /** Over the axes `reduced`, which the body has after those of the tensor. The body reduces nothing itself. */
  | {
      readonly kind: 'reduce';
      readonly reduction: Reduction;
      readonly reduced: Shape;
      readonly body: Expression;
    };

export type Reduce = Extract<Expression, { kind: 'reduce' }>;

/** Whether nothing is computed. */
export function isLeaf({ kind }: Expression): boolean {
  return kind === 'read' || kind === 'place' || kind === 'literal';
}

/** All parts of an expression, itself first; bodies of reductions too. */
export function partsOf(expression: Expression): Set<Expression> {
  const parts = new Set<Expression>();
  const pending = [expression];
  for (let part = pending.pop(); part; part = pending.pop()) {
    if (parts.has(part)) continue;
    parts.add(part);
    pending.push(...inputsOf(part));
  }
  return parts;
}

function inputsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'apply':
      return expression.inputs;
    case 'pieces':
      return expression.parts;
    case 'reduce':
      return [expression.body];
    default:
      return [];
  }
}

/** The buffers that are read, in the order in which they are met. */
export function buffersOf(...expressions: readonly Expression[]): number[] {
  const buffers = new Set<number>();
  for (const expression of expressions)
    for (const part of partsOf(expression)) if (part.kind === 'read') buffers.add(part.buffer);
  return [...buffers];
}

export function reductionsOf(expression: Expression): Reduce[] {
  return [...partsOf(expression)].filter((part) => part.kind === 'reduce');
}

/** The expression seen through other layouts, or null if one has no such layout or something is reduced. */
export function withLayouts(expression: Expression, change: (layout: Layout) => Layout | null): Expression | null {
  const done = new Map<Expression, Expression | null>();
  const changed = (part: Expression): Expression | null => {
    let found = done.get(part);
    if (found === undefined) {
      found = changeOne(part);
      done.set(part, found);
    }
    return found;
  };
  const all = (parts: readonly Expression[]): Expression[] | null => {
    const found = parts.map(changed);
    return found.every((part) => part !== null) ? found : null;
  };
  const changeOne = (part: Expression): Expression | null => {
    switch (part.kind) {
      case 'literal':
        return part;
      case 'read':
      case 'place': {
        const layout = change(part.layout);
        return layout && { ...part, layout };
      }
      case 'apply': {
        const inputs = all(part.inputs);
        return inputs && { ...part, inputs };
      }
      case 'pieces': {
        const [along, parts] = [change(part.along), all(part.parts)];
        return along && parts && { ...part, along, parts };
      }
      case 'reduce':
        return null;
    }
  };
  return changed(expression);
}
