import type { Axis, DirectLabel, Mark, Panel, Point, Style } from './figure.js';

/** A point with an interval. */
export type Interval = Required<Point>;

/** A region between `low` and `high`. */
export interface Tint {
  readonly series: string;
  readonly intervals: readonly Interval[];
  readonly style: Style | undefined;
}

/** A label and the style of what it names. */
export interface StyledLabel {
  readonly label: DirectLabel;
  readonly style: Style | undefined;
}

export type DrawnMark = Extract<Mark, { readonly kind: 'line' | 'dots' | 'rule' }>;

/** What is drawn in a panel from the back to the front, so that no tint and no line covers a text. */
export interface Shapes {
  readonly tints: readonly Tint[];
  readonly marks: readonly DrawnMark[];
  readonly labels: readonly StyledLabel[];
}

export function shapesOf({ marks, y }: Panel): Shapes {
  return {
    tints: marks.flatMap((mark) => tintOf(mark, y) ?? []),
    marks: marks.filter((mark): mark is DrawnMark => mark.kind !== 'band' && mark.kind !== 'text'),
    labels: marks.flatMap(({ label, style }) => (label ? [{ label, style }] : [])),
  };
}

function tintOf(mark: Mark, y: Axis): Tint | null {
  if (mark.kind !== 'band' && mark.kind !== 'line') return null;
  const intervals = intervalsOf(mark.points, y);
  return intervals.length > 0 ? { series: mark.series, intervals, style: mark.style } : null;
}

/** Points with their intervals, those without left out. On a logarithmic axis an end at 0 or below becomes the axis's. */
function intervalsOf(points: readonly Point[], { scale, domain }: Axis): Interval[] {
  const end = (value: number): number => (scale === 'log' && value <= 0 ? domain[0] : value);
  return points.flatMap(({ x, y, low, high }) =>
    low === undefined || high === undefined ? [] : [{ x, y, low: end(low), high: end(high) }],
  );
}

/** The error bars of dots, as far as they lie in the panel. */
export function barsOf(points: readonly Point[], panel: Panel): Interval[] {
  const [least, most] = panel.y.domain;
  return intervalsOf(visible(points, panel), panel.y).map(({ low, high, ...point }) => ({
    ...point,
    low: Math.max(least, low),
    high: Math.min(most, high),
  }));
}

/** Points whose dots lie in the panel. */
export function visible(points: readonly Point[], { x, y }: Panel): Point[] {
  const within = (value: number, [low, high]: readonly [number, number]) => value >= low && value <= high;
  return points.filter((point) => within(point.x, x.domain) && within(point.y, y.domain));
}
