import type { Backend } from '../../../engines/index.js';
import { type Shape, sizeOf } from '../../graph/index.js';
import { buffersOf, type Expression, partsOf, reductionsOf } from './expression.js';
import { type JointRun, type Layout, runsOf } from './layout.js';
import { writeReduction } from './reduction-text.js';
import { literal } from './scalars.js';
import { Statements } from './statements.js';

/** A kernel of gpu.js: its text, the sizes of its output from x on, and the buffers that it takes, in order. */
export interface KernelText {
  readonly source: string;
  readonly output: readonly number[];
  readonly buffers: readonly number[];
  /** Numbers that it computes: one for each cell, or for each term of each cell's reduction. */
  readonly work: number;
}

/** Cells along x that WebAssembly computes together: what does not depend on x is computed once for them. */
export const LANES = 4;

/** An integer below it is exact in float32 with half a unit added. */
const MAX_QUOTIENT = 2 ** 23;

/**
 * The kernel that evaluates an expression, which has at most one reduction, at all indices of a shape. Every buffer is one row of
 * numbers to it: the place of a number is a sum of an integer for each axis.
 *
 * In WebAssembly a number whose place depends on x costs far more than one that is the same for all lanes. Where something is
 * reduced and the last axis is divisible, x therefore counts the lanes alone, and the terms of each lane are computed for all.
 */
export function kernelText(expression: Expression, shape: Shape, backend: Backend): KernelText {
  const [reduce] = reductionsOf(expression);
  const inside = reduce ? layoutsOf(reduce.body) : [];
  const outside = layoutsOf(expression).filter((layout) => !inside.includes(layout));
  const layouts = [...inside, ...outside];
  const runs = runsOf(
    shape,
    layouts.map(({ strides }) => strides),
  );
  const buffers = buffersOf(expression);
  const statements = new Statements(buffers);
  const together =
    backend === 'webasm' && reduce !== undefined && !isLong(reduce.body) && (runs.at(-1)?.size ?? 1) % LANES === 0;
  const { coordinates, output } = threads(statements, runs, together, backend);
  const last = coordinates.length - 1;
  const ofFirstLane = together ? coordinates.with(last, `${LANES} * ${coordinates[last]}`) : coordinates;
  const ofCell = together ? coordinates.with(last, `(${ofFirstLane[last]} + this.thread.x)`) : coordinates;

  const known = new Map<string, string>();
  const placeIn = (own: readonly string[]) => (layout: Layout) => {
    const at = layouts.indexOf(layout);
    const terms = runs.flatMap(({ strides }, i) => (strides[at] === 0 ? [] : [`${own[i]} * ${strides[at]}`]));
    const text = [...terms, ...(layout.offset === 0 && terms.length > 0 ? [] : [`${layout.offset}`])].join(' + ');
    const name = known.get(text) ?? statements.integer();
    if (!known.has(text)) statements.write(`${name} = ${text};`);
    known.set(text, name);
    return name;
  };
  const values = new Map<Expression, string>();
  if (reduce) {
    const starts = inside.map(placeIn(ofFirstLane));
    const ahead = inside.map((_, at) => runs.at(-1)?.strides[at] ?? 0);
    values.set(
      reduce,
      writeReduction(statements, reduce, { layouts: inside, starts, ahead, rank: shape.length }, together ? LANES : 1),
    );
  }
  // A place of a branch must be known after it, too.
  const places = new Map(outside.map((layout) => [layout, placeIn(ofCell)(layout)]));
  const result = statements.value(expression, { place: (layout) => places.get(layout)!, values, reads: new Map() });
  const work = sizeOf(shape) * sizeOf(reduce?.reduced ?? []);
  return { source: statements.source(result), output, buffers, work };
}

/** Whether an expression takes so many operations that they outweigh the reads. */
function isLong(expression: Expression): boolean {
  const long = new Set<string>(['exp', 'sigmoid', 'gelu', 'silu']);
  return [...partsOf(expression)].some((part) => part.kind === 'apply' && long.has(part.scalar));
}

function layoutsOf(expression: Expression): Layout[] {
  const layouts = [...partsOf(expression)].flatMap((part) => {
    if (part.kind === 'pieces') return [part.along];
    return part.kind === 'read' || part.kind === 'place' ? [part.layout] : [];
  });
  return [...new Set(layouts)];
}

/** The coordinate of a thread along each run, and the size of the output. Together, the last one counts groups of lanes. */
function threads(statements: Statements, runs: readonly JointRun[], together: boolean, backend: Backend) {
  const sizes = runs.map(({ size }) => size);
  if (backend === 'cpu') {
    // There, arrays of more axes would be nested ones.
    return { coordinates: decoded(statements, 'this.thread.x', sizes), output: [sizeOf(sizes)] };
  }
  const axes = together ? [...sizes.slice(0, -1), sizes.at(-1)! / LANES, LANES] : sizes;
  const leading = axes.slice(0, -2);
  const output = [axes.at(-1) ?? 1, axes.at(-2) ?? 1, sizeOf(leading)].slice(0, Math.max(1, axes.length));
  const trailing = ['this.thread.y', 'this.thread.x'].slice(-axes.length);
  const all = axes.length === 0 ? [] : [...decoded(statements, 'this.thread.z', leading), ...trailing];
  return { coordinates: together ? all.slice(0, -1) : all, output };
}

/** The coordinates in axes of these sizes that a row-major index stands for. */
function decoded(statements: Statements, index: string, sizes: readonly number[]): string[] {
  if (sizes.length <= 1) return sizes.map(() => index);
  if (sizeOf(sizes) > MAX_QUOTIENT)
    throw new RangeError(`gpu.js would count ${sizeOf(sizes)} rows of one tensor; it must be at most ${MAX_QUOTIENT}`);
  const coordinates: string[] = [];
  let rest = index;
  for (const size of sizes.slice(1).toReversed()) {
    const [quotient, coordinate] = [statements.integer(), statements.integer()];
    statements.write(`${quotient} = Math.floor((${rest} + 0.5) / ${literal(size)}) >> 0;`);
    statements.write(`${coordinate} = ${rest} - ${size} * ${quotient};`);
    coordinates.unshift(coordinate);
    rest = quotient;
  }
  return [rest, ...coordinates];
}
