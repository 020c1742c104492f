import type { Experiment, Row } from '../runs/index.js';

/** Plain text in which `$...$` is mathematics: letters, digits, signs, Greek (\lambda), ^ and _ with or without braces. */
export type Text = string;

/** A colour of the one colour-blind-safe palette (Okabe and Ito), by its place; `ink` is black, `grey` is for what stands back. */
export type Hue = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 'ink' | 'grey';

export interface Style {
  readonly hue?: Hue;
  readonly dash?: 'solid' | 'dashed' | 'dotted';
  /** Of dots. */
  readonly symbol?: 'circle' | 'square' | 'triangle' | 'diamond';
  /** Whether dots are filled. Default true. */
  readonly filled?: boolean;
}

/** A label that stands beside what it names. */
export interface DirectLabel {
  readonly text: Text;
  /** Where, in data coordinates. */
  readonly x: number;
  readonly y: number;
  readonly anchor?: 'start' | 'middle' | 'end';
}

export interface Point {
  readonly x: number;
  readonly y: number;
  /** Ends of its error bar or of the band at x. */
  readonly low?: number;
  readonly high?: number;
}

/** What is drawn in a panel, in this order. */
export type Mark =
  /** `series` names it in figure.csv; the points' `low` and `high`, where given, are a band around the line. */
  | ({ readonly kind: 'line'; readonly series: string; readonly points: readonly Point[] } & Labelled)
  /** With error bars where `low` and `high` are given. */
  | ({ readonly kind: 'dots'; readonly series: string; readonly points: readonly Point[] } & Labelled)
  /** A region between `low` and `high`, tinted, without a line. */
  | ({ readonly kind: 'band'; readonly series: string; readonly points: readonly Required<Point>[] } & Labelled)
  /** A vertical (`x`) or a horizontal (`y`) line through the whole panel. */
  | ({
      readonly kind: 'rule';
      readonly series: string;
      readonly at: { readonly x: number } | { readonly y: number };
    } & Labelled)
  /** A text alone. */
  | { readonly kind: 'text'; readonly label: DirectLabel; readonly style?: Style };

interface Labelled {
  readonly style?: Style;
  readonly label?: DirectLabel;
}

export interface Axis {
  /** With its unit, if it has one. */
  readonly label: Text;
  readonly scale: 'linear' | 'log';
  readonly domain: readonly [number, number];
  /** Default: about five. */
  readonly ticks?: readonly number[];
  /** How tick i is written. Default: the shortest decimal, or a power of ten on a wide logarithmic axis. */
  readonly tickText?: readonly Text[];
}

export interface Panel {
  readonly title?: Text;
  readonly x: Axis;
  readonly y: Axis;
  readonly marks: readonly Mark[];
}

/** A figure as data: what is drawn, and nothing about how. */
export interface Figure {
  /** Of its files. */
  readonly name: string;
  /** One sentence, plain text, for those who cannot see it. */
  readonly alt: string;
  /** What is seen and how bands were made; the text that goes below the figure. */
  readonly caption: Text;
  /** Of a two-column paper: one column (3.25 in) or both (6.75 in). */
  readonly width: 'one-column' | 'two-columns';
  /** Side by side, from left to right. Panels with equal y axes share it. */
  readonly panels: readonly Panel[];
}

/** An experiment with its figures. */
export interface IllustratedExperiment<S extends object = object> extends Experiment<S> {
  /** @param rows of a run, finished or not; of an unfinished one the figure shows what there is */
  figures(rows: readonly Row[], settings: S): readonly Figure[];
}
