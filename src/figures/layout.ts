import type { Axis, Figure, Panel } from './figure.js';
import { FONT_SIZE, TICK_LENGTH, WIDTH } from './style.js';
import { ticksOf } from './ticks.js';
import { textWidth } from './typesetting.js';

/** Where a panel's axes are, in points from the figure's upper left corner. */
export interface PanelPlace {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** From the vertical axis to the middle of its label; null if the panel before has the same axis. */
  readonly yLabelOffset: number | null;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly panels: readonly PanelPlace[];
}

/** From the end of a tick to its text. */
export const TICK_GAP = 2;
/** From the horizontal axis to the middle of its label. */
export const X_LABEL_OFFSET = TICK_LENGTH + TICK_GAP + FONT_SIZE * 1.85;
/** From the upper end of a panel to the line of its title. */
export const TITLE_GAP = 5;

const EDGE = 1.5;
const BETWEEN = 12;
const RATIO = 0.68;
const HEIGHTS = { least: 96, most: 170 } as const;

/** Panels side by side, as wide as their texts leave room for, and all of one size. */
export function layoutOf({ panels, width: name }: Figure): Layout {
  const width = WIDTH[name];
  const lefts = panels.map((panel, i) => leftOf(panel, sharesY(panels, i)));
  let inner = width / panels.length;
  // How far labels stick out depends on the width that they leave; it settles quickly.
  for (let i = 0; i < 8; i++) inner = (width - marginsOf(panels, lefts, inner)) / panels.length;
  if (inner < 2 * FONT_SIZE)
    throw new RangeError(`the texts beside the panels leave them a width of ${inner.toFixed(0)} pt`);
  const height = Math.min(HEIGHTS.most, Math.max(HEIGHTS.least, RATIO * inner));
  const top = EDGE + (panels.some(({ title }) => title !== undefined) ? FONT_SIZE + TITLE_GAP : FONT_SIZE / 2);
  return {
    width,
    height: top + height + X_LABEL_OFFSET + FONT_SIZE * 0.6,
    panels: placesOf(panels, lefts, inner).map(({ left, yLabelOffset }) => ({
      left,
      top,
      width: inner,
      height,
      yLabelOffset,
    })),
  };
}

/** Whether the panel before has the same vertical axis. */
function sharesY(panels: readonly Panel[], i: number): boolean {
  return i > 0 && JSON.stringify(panels[i]!.y) === JSON.stringify(panels[i - 1]!.y);
}

interface Left {
  /** Room for the vertical axis with its texts. */
  readonly room: number;
  readonly yLabelOffset: number | null;
}

function leftOf({ y }: Panel, shared: boolean): Left {
  if (shared) return { room: TICK_LENGTH, yLabelOffset: null };
  const yLabelOffset = TICK_LENGTH + TICK_GAP + widestTick(y) + FONT_SIZE * 0.95;
  return { room: yLabelOffset + FONT_SIZE * 0.75, yLabelOffset };
}

function widestTick(axis: Axis): number {
  return Math.max(0, ...ticksOf(axis).map(({ text }) => textWidth(text)));
}

/** Widths of what is not panels. */
function marginsOf(panels: readonly Panel[], lefts: readonly Left[], inner: number): number {
  return gapsOf(panels, lefts, inner).reduce((sum, gap) => sum + gap, 0);
}

/** Before, between and after the panels. */
function gapsOf(panels: readonly Panel[], lefts: readonly Left[], inner: number): number[] {
  const over = panels.map((panel) => overhang(panel, inner));
  return Array.from({ length: panels.length + 1 }, (_, i) => {
    const before = i > 0 ? over[i - 1]!.right : EDGE;
    const after = i < panels.length ? Math.max(lefts[i]!.room, over[i]!.left) : EDGE;
    return before + after + (i > 0 && i < panels.length ? BETWEEN : 0);
  });
}

function placesOf(panels: readonly Panel[], lefts: readonly Left[], inner: number) {
  const gaps = gapsOf(panels, lefts, inner);
  let left = 0;
  return panels.map((_, i) => {
    left += gaps[i]! + (i > 0 ? inner : 0);
    return { left, yLabelOffset: lefts[i]!.yLabelOffset };
  });
}

/** How far the texts of a panel stick out of it to the left and to the right. */
function overhang(panel: Panel, inner: number): { left: number; right: number } {
  const extents = [...textExtents(panel, inner)];
  return {
    left: Math.max(0, ...extents.map(([begin]) => -begin)),
    right: Math.max(0, ...extents.map(([, end]) => end - inner)),
  };
}

/** Where texts begin and end, in points from the panel's left side. */
function* textExtents({ title, x, marks }: Panel, inner: number): Generator<readonly [number, number]> {
  const extent = (at: number, width: number, share: number) => [at - share * width, at + (1 - share) * width] as const;
  if (title !== undefined) yield extent(0, textWidth(title), 0);
  yield extent(inner / 2, textWidth(x.label), 0.5);
  for (const { value, text } of ticksOf(x)) yield extent(share(x, value) * inner, textWidth(text), 0.5);
  for (const { label } of marks) {
    const anchor = { start: 0, middle: 0.5, end: 1 }[label?.anchor ?? 'start'];
    if (label) yield extent(share(x, label.x) * inner, textWidth(label.text), anchor);
  }
}

/** Where a value is on an axis: 0 at its low end, 1 at its high end. */
function share({ scale, domain }: Axis, value: number): number {
  const [low, high, at] = scale === 'log' ? [...domain, value].map(Math.log) : [...domain, value];
  return (at! - low!) / (high! - low!);
}
