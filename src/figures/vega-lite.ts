import type { Axis, Figure, Panel, Style } from './figure.js';
import { FACES } from './fonts.js';
import { layoutOf, type PanelPlace } from './layout.js';
import { plainText } from './math-text.js';
import { barsOf, type DrawnMark, type StyledLabel, shapesOf, type Tint, visible } from './shapes.js';
import {
  colourOf,
  DOT_RADIUS,
  dashOf,
  FONT_SIZE,
  HALO_OPACITY,
  labelShift,
  STROKE,
  TICK_LENGTH,
  TINT,
} from './style.js';
import { minorTicks, type Tick, ticksOf } from './ticks.js';

type Spec = Readonly<Record<string, unknown>>;

const FONT = `${FACES.roman.family}, Times New Roman, serif`;

/** A figure as a specification of Vega-Lite with its data: bands and error bars are in it as they are, nothing is drawn at random. */
export function vegaLiteOf(figure: Figure): string {
  const layout = layoutOf(figure);
  const spec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    name: figure.name.replace(/[^a-zA-Z0-9]/g, '_'),
    description: figure.alt,
    hconcat: figure.panels.map((panel, i) => panelSpec(panel, layout.panels[i]!)),
    spacing: 12,
    config: CONFIG,
  };
  return `${JSON.stringify(spec, null, 1)}\n`;
}

const CONFIG: Spec = {
  background: 'white',
  font: FONT,
  view: { stroke: null },
  axis: {
    grid: false,
    domainColor: 'black',
    tickColor: 'black',
    domainWidth: STROKE.axis,
    tickWidth: STROKE.axis,
    tickSize: TICK_LENGTH,
    labelFontSize: FONT_SIZE,
    titleFontSize: FONT_SIZE,
    titleFontWeight: 'normal',
    labelFlush: false,
  },
  title: { fontSize: FONT_SIZE, fontWeight: 'normal', anchor: 'start', frame: 'group' },
};

function panelSpec(panel: Panel, { width, height, yLabelOffset }: PanelPlace): Spec {
  const { tints, marks, labels } = shapesOf(panel);
  return {
    ...(panel.title === undefined ? {} : { title: plainText(panel.title) }),
    width: Math.round(width),
    height: Math.round(height),
    // The axes are those of all layers, which name their columns x and y.
    encoding: { x: channel(panel.x, 'x', true), y: channel(panel.y, 'y', yLabelOffset !== null) },
    layer: [
      ...tints.map(tintLayer),
      ...marks.flatMap((mark) => markLayers(mark, panel)),
      ...labels.flatMap(labelLayers),
    ],
  };
}

function channel(axis: Axis, field: 'x' | 'y', texts: boolean): Spec {
  const scale = {
    type: axis.scale,
    domain: axis.domain,
    nice: false,
    ...(axis.scale === 'linear' ? { zero: false } : {}),
  };
  return { field, type: 'quantitative', scale, axis: axisSpec(axis, texts) };
}

function axisSpec(axis: Axis, texts: boolean): Spec {
  const ticks = ticksOf(axis);
  const minor = minorTicks(axis);
  return {
    title: texts ? plainText(axis.label) : null,
    values: [...ticks.map(({ value }) => value), ...minor],
    labelExpr: texts ? tickExpression(ticks) : "''",
    labelOverlap: false,
    ...(minor.length > 0 ? { tickSize: minorSize(ticks) } : {}),
  };
}

/** Texts of ticks by their values; none for those in between. */
function tickExpression(ticks: readonly Tick[]): string {
  const [values, texts] = [ticks.map(({ value }) => value), ticks.map(({ text }) => plainText(text))];
  return `indexof(${JSON.stringify(values)}, datum.value) < 0 ? '' : ${JSON.stringify(texts)}[indexof(${JSON.stringify(values)}, datum.value)]`;
}

function minorSize(ticks: readonly Tick[]): Spec {
  const test = `indexof(${JSON.stringify(ticks.map(({ value }) => value))}, datum.value) < 0`;
  return { condition: { test, value: TICK_LENGTH / 2 }, value: TICK_LENGTH };
}

function tintLayer({ intervals, style }: Tint): Spec {
  return {
    data: { values: intervals.map(({ x, low, high }) => ({ x, y: low, high })) },
    mark: { type: 'area', color: colourOf(style).hex, opacity: TINT, line: false, clip: true },
    encoding: { y2: { field: 'high' } },
  };
}

function markLayers(mark: DrawnMark, panel: Panel): Spec[] {
  if (mark.kind === 'rule') return [ruleLayer(mark, panel)];
  return mark.kind === 'line' ? [lineLayer(mark)] : dotLayers(mark, panel);
}

/** Points are joined in the order in which they are given. */
function lineLayer({ points, style }: Extract<DrawnMark, { kind: 'line' }>): Spec {
  return {
    data: { values: points.map(({ x, y }, place) => ({ x, y, place })) },
    mark: { type: 'line', clip: true, ...stroke(style, STROKE.line) },
    encoding: { order: { field: 'place' } },
  };
}

/** From one end of the panel to the other. */
function ruleLayer({ at, style }: Extract<DrawnMark, { kind: 'rule' }>, { x, y }: Panel): Spec {
  const upright = 'x' in at;
  const [low, high] = upright ? y.domain : x.domain;
  return {
    data: { values: [upright ? { x: at.x, y: low, end: high } : { x: low, y: at.y, end: high }] },
    mark: { type: 'rule', clip: true, ...stroke(style, STROKE.rule) },
    encoding: { [upright ? 'y2' : 'x2']: { field: 'end' } },
  };
}

function dotLayers({ points, style }: Extract<DrawnMark, { kind: 'dots' }>, panel: Panel): Spec[] {
  const colour = colourOf(style).hex;
  const bars = barsOf(points, panel).map(({ x, low, high }) => ({ x, y: low, high }));
  const barLayer = {
    data: { values: bars },
    mark: { type: 'rule', color: colour, strokeWidth: STROKE.bar },
    encoding: { y2: { field: 'high' } },
  };
  const mark = {
    type: 'point',
    shape: style?.symbol === 'triangle' ? 'triangle-up' : (style?.symbol ?? 'circle'),
    size: Math.round(Math.PI * DOT_RADIUS ** 2 * 10) / 10,
    fill: style?.filled === false ? 'white' : colour,
    stroke: colour,
    strokeWidth: STROKE.bar,
    opacity: 1,
  };
  const dots = { data: { values: visible(points, panel).map(({ x, y }) => ({ x, y })) }, mark };
  return bars.length > 0 ? [barLayer, dots] : [dots];
}

function stroke(style: Style | undefined, strokeWidth: number): Spec {
  const strokeDash = dashOf(style);
  return { color: colourOf(style).hex, strokeWidth, ...(strokeDash.length > 0 ? { strokeDash } : {}) };
}

/** Vega draws the stroke of a text over its filling: the halo is a layer of its own. */
function labelLayers({ label, style }: StyledLabel): Spec[] {
  const { text, x, y, anchor } = label;
  const data = { values: [{ x, y, text: plainText(text) }] };
  const align = { start: 'left', middle: 'center', end: 'right' }[anchor ?? 'start'];
  const shared = { type: 'text', align, baseline: 'middle', fontSize: FONT_SIZE, dx: labelShift(label) };
  const encoding = { text: { field: 'text' } };
  const halo = {
    color: 'white',
    stroke: 'white',
    strokeWidth: STROKE.halo,
    strokeJoin: 'round',
    opacity: HALO_OPACITY,
  };
  return [
    { data, mark: { ...shared, ...halo }, encoding },
    { data, mark: { ...shared, color: colourOf(style).hex }, encoding },
  ];
}
