import type { Axis, DirectLabel, Figure, Panel, Text } from './figure.js';
import { FONT_SIZE, labelShift, TICK_LENGTH, WIDTH } from './style.js';
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

/** Width of a text in points. */
type Measure = (text: Text) => number;

/** Panels side by side, as wide as their texts leave room for, and all of one size. */
export function layoutOf({ panels, width: name }: Figure, measure: Measure = textWidth): Layout {
  const width = WIDTH[name];
  const sides = panels.map((panel, i) => sidesOf(panel, sharesY(panels, i), measure));
  let inner = width / panels.length;
  // How far labels stick out depends on the width that they leave; it settles quickly.
  for (let i = 0; i < 8; i++) inner = (width - sum(gapsOf(sides, inner))) / panels.length;
  if (inner < 2 * FONT_SIZE) {
    throw new RangeError(`the texts beside the panels leave them a width of ${inner.toFixed(0)} pt`);
  }
  const height = Math.min(HEIGHTS.most, Math.max(HEIGHTS.least, RATIO * inner));
  const top = EDGE + (panels.some(({ title }) => title !== undefined) ? FONT_SIZE + TITLE_GAP : FONT_SIZE / 2);
  const gaps = gapsOf(sides, inner);
  return {
    width,
    height: top + height + X_LABEL_OFFSET + FONT_SIZE * 0.6,
    panels: sides.map(({ yLabelOffset }, i) => {
      const left = sum(gaps.slice(0, i + 1)) + i * inner;
      return { left, top, width: inner, height, yLabelOffset };
    }),
  };
}

/** Whether the panel before has the same vertical axis. */
function sharesY(panels: readonly Panel[], i: number): boolean {
  return i > 0 && JSON.stringify(panels[i]!.y) === JSON.stringify(panels[i - 1]!.y);
}

/** What stands beside a panel. */
interface Sides {
  /** Room for the vertical axis with its texts. */
  readonly room: number;
  readonly yLabelOffset: number | null;
  readonly texts: readonly PlacedText[];
}

/** A text that may stick out of its panel. */
interface PlacedText {
  /** Where it is, as a share of the panel's width. */
  readonly at: number;
  readonly width: number;
  /** The share of it that stands to the left of its place. */
  readonly before: number;
}

function sidesOf(panel: Panel, shared: boolean, measure: Measure): Sides {
  const texts = placedTexts(panel, measure);
  if (shared) return { room: TICK_LENGTH, yLabelOffset: null, texts };
  const widest = Math.max(0, ...ticksOf(panel.y).map(({ text }) => measure(text)));
  const yLabelOffset = TICK_LENGTH + TICK_GAP + widest + FONT_SIZE * 0.95;
  return { room: yLabelOffset + FONT_SIZE * 0.75, yLabelOffset, texts };
}

function placedTexts({ title, x, marks }: Panel, measure: Measure): PlacedText[] {
  const placed = (text: Text, at: number, before: number) => ({ at, width: measure(text), before });
  return [
    ...(title === undefined ? [] : [placed(title, 0, 0)]),
    placed(x.label, 0.5, 0.5),
    ...ticksOf(x).map(({ value, text }) => placed(text, share(x, value), 0.5)),
    ...marks.flatMap(({ label }) => (label ? [placedLabel(label, share(x, label.x), measure)] : [])),
  ];
}

/** With its gap, as a part of its width. */
function placedLabel(label: DirectLabel, at: number, measure: Measure): PlacedText {
  const before = { start: 0, middle: 0.5, end: 1 }[label.anchor ?? 'start'];
  return { at, width: measure(label.text) + Math.abs(labelShift(label)), before };
}

/** Widths before, between and after the panels. */
function gapsOf(sides: readonly Sides[], inner: number): number[] {
  const over = sides.map(({ texts }) => overhang(texts, inner));
  return Array.from({ length: sides.length + 1 }, (_, i) => {
    const before = i > 0 ? over[i - 1]!.right : EDGE;
    const after = i < sides.length ? Math.max(sides[i]!.room, over[i]!.left) : EDGE;
    return before + after + (i > 0 && i < sides.length ? BETWEEN : 0);
  });
}

/** How far the texts of a panel stick out of it. */
function overhang(texts: readonly PlacedText[], inner: number): { readonly left: number; readonly right: number } {
  return {
    left: Math.max(0, ...texts.map(({ at, width, before }) => width * before - at * inner)),
    right: Math.max(0, ...texts.map(({ at, width, before }) => at * inner + width * (1 - before) - inner)),
  };
}

/** Where a value is on an axis: 0 at its low end, 1 at its high end. */
function share({ scale, domain }: Axis, value: number): number {
  const [low, high, at] = scale === 'log' ? [...domain, value].map(Math.log) : [...domain, value];
  return (at! - low!) / (high! - low!);
}

const sum = (lengths: readonly number[]): number => lengths.reduce((total, length) => total + length, 0);
