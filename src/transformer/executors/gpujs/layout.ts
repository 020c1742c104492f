import { type Shape, sizeOf } from '../../graph/index.js';

/** Where a tensor's numbers are in a row-major array: index i is at offset + sum_axis i_axis stride_axis. */
export interface Layout {
  readonly shape: Shape;
  readonly strides: readonly number[];
  readonly offset: number;
}

/** The layout of an array that holds this tensor alone. */
export function contiguous(shape: Shape): Layout {
  return { shape, strides: shape.map((size, axis) => (size === 1 ? 0 : sizeOf(shape.slice(axis + 1)))), offset: 0 };
}

/** Whether the layout is that of a whole array of its own. */
export function isContiguous({ shape, strides, offset }: Layout): boolean {
  const own = contiguous(shape);
  return offset === 0 && own.strides.every((stride, axis) => stride === strides[axis]);
}

export function broadcastLayout({ shape, strides, offset }: Layout, wanted: Shape): Layout {
  const extra = wanted.length - shape.length;
  return { shape: wanted, strides: wanted.map((_, axis) => strides[axis - extra] ?? 0), offset };
}

export function transposeLayout({ shape, strides, offset }: Layout, order: readonly number[]): Layout {
  return { shape: order.map((axis) => shape[axis]!), strides: order.map((axis) => strides[axis]!), offset };
}

export function sliceLayout({ shape, strides, offset }: Layout, axis: number, start: number, end: number): Layout {
  const size = end - start;
  return {
    shape: shape.with(axis, size),
    strides: size === 1 ? strides.with(axis, 0) : strides,
    offset: offset + start * strides[axis]!,
  };
}

/** A run of axes that one stride passes through in order. */
interface Run {
  readonly size: number;
  readonly stride: number;
}

/** The same numbers in the same order under another shape, or null if no strides give it. */
export function reshapeLayout(layout: Layout, shape: Shape): Layout | null {
  const runs = runsOf(layout.shape, [layout.strides]).map(({ size, strides: [stride] }) => ({ size, stride: stride! }));
  const strides: number[] = [];
  let run: Run = { size: 1, stride: 0 };
  for (const size of shape.toReversed()) {
    if (size > 1 && run.size === 1) run = runs.pop()!;
    if (run.size % size !== 0) return null;
    strides.unshift(size === 1 ? 0 : run.stride);
    run = { size: run.size / size, stride: run.stride * size };
  }
  return { shape, strides, offset: layout.offset };
}

/** Axes of several layouts of one shape that are passed through together: size, and the stride in each layout. */
export interface JointRun {
  readonly size: number;
  readonly strides: readonly number[];
}

/** As few axes as walk through all the layouts in the order of the shape; none for a single number. */
export function runsOf(shape: Shape, strides: readonly (readonly number[])[]): JointRun[] {
  const runs: JointRun[] = [];
  for (const [axis, size] of shape.entries()) {
    if (size === 1) continue;
    const own = strides.map((one) => one[axis]!);
    const before = runs.at(-1);
    const joins = before?.strides.every((stride, i) => stride === own[i]! * size);
    if (before && joins) runs[runs.length - 1] = { size: before.size * size, strides: own };
    else runs.push({ size, strides: own });
  }
  return runs;
}
