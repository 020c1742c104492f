import type { DirectLabel, Figure, Hue, Style } from './figure.js';

// Lengths are in points of 1/72 in (TeX's bp), the unit of every drawing.

/** Columns of a two-column paper on letter paper: 3.25 in and 6.75 in. */
export const WIDTH: Readonly<Record<Figure['width'], number>> = { 'one-column': 234, 'two-columns': 486 };

export const FONT_SIZE = 8;
/** Of sub- and superscripts, as a share of the text's. */
export const SCRIPT_SCALE = 0.7;
/** How far scripts stand from the line of the text, as a share of its size. */
export const SCRIPT_SHIFT = { base: 0, sub: 0.18, sup: -0.34 } as const;

export const STROKE = { axis: 0.5, line: 1.2, rule: 0.7, bar: 0.7, halo: 2.2 } as const;
/** A text on a tinted ground keeps some of the tint around it. */
export const HALO_OPACITY = 0.65;
export const DOT_RADIUS = 1.9;
export const TICK_LENGTH = 3;
/** Opacity of a band. */
export const TINT = 0.18;

/** How far a label that starts or ends at its place keeps from it, so that it does not hide what it names. */
export const LABEL_GAP = 2.5;

/** How far a label is moved to the right of its place. */
export function labelShift({ anchor = 'start' }: DirectLabel): number {
  return { start: LABEL_GAP, middle: 0, end: -LABEL_GAP }[anchor];
}

interface Colour {
  /** For TeX. */
  readonly name: string;
  readonly hex: string;
}

/** Okabe and Ito's colours, those that are seen best on white first. */
const COLOURS: ReadonlyMap<Hue, Colour> = new Map<Hue, Colour>([
  [0, { name: 'figblue', hex: '#0072B2' }],
  [1, { name: 'figvermilion', hex: '#D55E00' }],
  [2, { name: 'figgreen', hex: '#009E73' }],
  [3, { name: 'figpurple', hex: '#CC79A7' }],
  [4, { name: 'figorange', hex: '#E69F00' }],
  [5, { name: 'figsky', hex: '#56B4E9' }],
  [6, { name: 'figyellow', hex: '#F0E442' }],
  ['ink', { name: 'figink', hex: '#000000' }],
  ['grey', { name: 'figgrey', hex: '#767676' }],
]);

export const COLOUR_LIST: readonly Colour[] = [...COLOURS.values()];

/** The colour of a mark; ink if its style names none. */
export function colourOf(style: Style | undefined): Colour {
  return COLOURS.get(style?.hue ?? 'ink')!;
}

/** Lengths of strokes and gaps; none for a solid line. */
export function dashOf(style: Style | undefined): readonly number[] {
  return { solid: [], dashed: [3.6, 2.4], dotted: [0.9, 1.8] }[style?.dash ?? 'solid'];
}
