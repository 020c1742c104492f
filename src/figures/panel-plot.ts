import * as Plot from '@observablehq/plot';
import type { Axis, DirectLabel, Panel, Style } from './figure.js';
import { type Layout, type PanelPlace, TICK_GAP, TITLE_GAP, X_LABEL_OFFSET } from './layout.js';
import { barsOf, type DrawnMark, type StyledLabel, shapesOf, type Tint, visible } from './shapes.js';
import { colourOf, DOT_RADIUS, dashOf, HALO_OPACITY, labelShift, STROKE, TICK_LENGTH, TINT } from './style.js';
import type { SvgDocument, SvgElement } from './svg-element.js';
import { minorTicks, ticksOf } from './ticks.js';

/** A panel as an <svg> of the whole figure's size, its texts still as they are written in the figure. */
export function panelPlot(
  panel: Panel,
  place: PanelPlace,
  { width, height }: Layout,
  document: SvgDocument,
): SvgElement {
  const { tints, marks, labels } = shapesOf(panel);
  return Plot.plot({
    document: document as unknown as NonNullable<Plot.PlotOptions['document']>,
    className: 'figure',
    width,
    height,
    marginLeft: place.left,
    marginRight: width - place.left - place.width,
    marginTop: place.top,
    marginBottom: height - place.top - place.height,
    x: { type: panel.x.scale, domain: panel.x.domain, label: null },
    y: { type: panel.y.scale, domain: panel.y.domain, label: null },
    marks: [
      ...tints.map(tintMark),
      ...axisMarks(panel, place),
      ...marks.flatMap((mark) => drawnMarks(mark, panel)),
      ...labels.map(labelMark),
    ],
  }) as unknown as SvgElement;
}

function tintMark({ intervals, style, series }: Tint): Plot.Markish {
  const fill = colourOf(style).hex;
  return Plot.areaY(intervals, {
    x: 'x',
    y1: 'low',
    y2: 'high',
    fill,
    fillOpacity: TINT,
    clip: true,
    ariaDescription: series,
  });
}

function drawnMarks(mark: DrawnMark, panel: Panel): Plot.Markish[] {
  if (mark.kind === 'rule') return [ruleMark(mark)];
  return mark.kind === 'line' ? [lineMark(mark)] : [barMark(mark, panel), dotMark(mark, panel)];
}

function lineMark({ points, style, series }: Extract<DrawnMark, { kind: 'line' }>): Plot.Markish {
  return Plot.line(points, {
    x: 'x',
    y: 'y',
    ...stroke(style, STROKE.line),
    clip: true,
    ariaDescription: series,
  });
}

function ruleMark({ at, style, series }: Extract<DrawnMark, { kind: 'rule' }>): Plot.Markish {
  const options = { ...stroke(style, STROKE.rule), clip: true, ariaDescription: series };
  return 'x' in at ? Plot.ruleX([at.x], options) : Plot.ruleY([at.y], options);
}

function barMark({ points, style, series }: Extract<DrawnMark, { kind: 'dots' }>, panel: Panel): Plot.Markish {
  const intervals = barsOf(points, panel);
  return Plot.ruleX(intervals, {
    x: 'x',
    y1: 'low',
    y2: 'high',
    stroke: colourOf(style).hex,
    strokeWidth: STROKE.bar,
    ariaDescription: series,
  });
}

/** Dots are whole or not there: one on the edge of the panel is not cut. */
function dotMark({ points, style, series }: Extract<DrawnMark, { kind: 'dots' }>, panel: Panel): Plot.Markish {
  const colour = colourOf(style).hex;
  return Plot.dot(visible(points, panel), {
    x: 'x',
    y: 'y',
    r: DOT_RADIUS,
    symbol: style?.symbol ?? 'circle',
    fill: style?.filled === false ? 'white' : colour,
    stroke: colour,
    strokeWidth: STROKE.bar,
    ariaDescription: series,
  });
}

function stroke(style: Style | undefined, strokeWidth: number) {
  const dashes = dashOf(style);
  return {
    stroke: colourOf(style).hex,
    strokeWidth,
    ...(dashes.length > 0 ? { strokeDasharray: dashes.join(' ') } : {}),
  };
}

function labelMark({ label, style }: StyledLabel): Plot.Markish {
  return Plot.text([label], {
    x: 'x',
    y: 'y',
    text: (found: DirectLabel) => found.text,
    textAnchor: label.anchor ?? 'start',
    dx: labelShift(label),
    fill: colourOf(style).hex,
    stroke: 'white',
    strokeWidth: STROKE.halo,
    strokeOpacity: HALO_OPACITY,
  });
}

function axisMarks(panel: Panel, { yLabelOffset }: PanelPlace): Plot.Markish[] {
  const { title, x, y } = panel;
  const line = { stroke: 'black', strokeWidth: STROKE.axis };
  const text = { fill: 'black' };
  const withLabel = yLabelOffset !== null;
  const yLabel = { ...text, frameAnchor: 'left', dx: -(yLabelOffset ?? 0), rotate: -90, textAnchor: 'middle' } as const;
  return [
    Plot.ruleX([x.domain[0]], line),
    Plot.ruleY([y.domain[0]], line),
    ...axis(Plot.axisX, x, true),
    ...axis(Plot.axisY, y, withLabel),
    Plot.text([x.label], { ...text, frameAnchor: 'bottom', dy: X_LABEL_OFFSET, lineAnchor: 'middle' }),
    ...(withLabel ? [Plot.text([y.label], yLabel)] : []),
    ...(title === undefined
      ? []
      : [Plot.text([title], { ...text, frameAnchor: 'top-left', dy: -TITLE_GAP, lineAnchor: 'bottom' })]),
  ];
}

/** Ticks, with their texts where these are wanted. */
function axis(make: typeof Plot.axisX, described: Axis, texts: boolean): Plot.Markish[] {
  const ticks = ticksOf(described);
  const shared = { color: 'black', tickPadding: TICK_GAP, strokeWidth: STROKE.axis, label: null };
  const places = ticks.map(({ value }) => value);
  // Given as `tickFormat`, texts of a logarithmic axis would be thinned out.
  const text = texts ? ticks.map((tick) => tick.text) : null;
  return [
    make(minorTicks(described), { ...shared, tickSize: TICK_LENGTH / 2, text: null }),
    make(places, { ...shared, tickSize: TICK_LENGTH, text }),
  ];
}
