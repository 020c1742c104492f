import type { Axis, Figure, Panel, Style } from './figure.js';
import { type Layout, layoutOf, type PanelPlace, TICK_GAP } from './layout.js';
import { texText } from './math-text.js';
import { barsOf, type DrawnMark, type Interval, type StyledLabel, shapesOf, type Tint, visible } from './shapes.js';
import {
  COLOUR_LIST,
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
import { minorTicks, ticksOf } from './ticks.js';
import { textWidth } from './typesetting.js';

/** The document's fonts may be wider than the figures' own; Computer Modern is, by about 12%. */
const WIDER = 1.15;

/**
 * A figure as a tikzpicture of pgfplots, to be edited by hand: for \input in a document that loads pgfplots, 1.16 or later. Its
 * text is set by the document.
 */
export function tikzOf(figure: Figure): string {
  const layout = layoutOf(figure, (text) => WIDER * textWidth(text));
  const several = figure.panels.length > 1;
  const body = indented(several ? group(figure, layout) : single(figure.panels[0]!, layout.panels[0]!));
  const used = COLOUR_LIST.filter(({ name }) => body.some((line) => line.includes(name)));
  return lines([
    `% ${figure.name}: needs \\usepackage{pgfplots} and \\pgfplotsset{compat=1.16} or later in the preamble${several ? ',' : '.'}`,
    ...(several ? ['% and \\usepgfplotslibrary{groupplots}.'] : []),
    ...used.map(({ name, hex }) => `\\definecolor{${name}}{HTML}{${hex.slice(1)}}`),
    '\\begin{tikzpicture}',
    ...body,
    '\\end{tikzpicture}%',
  ]);
}

function single(panel: Panel, place: PanelPlace): string[] {
  return [
    '\\begin{axis}[',
    ...indented([...SHARED, ...axisOptions(panel, place)]),
    ']',
    ...contents(panel),
    '\\end{axis}',
  ];
}

function group({ panels }: Figure, { panels: places }: Layout): string[] {
  const gaps = places.slice(1).map(({ left }, i) => left - places[i]!.left - places[i]!.width);
  return [
    '\\begin{groupplot}[',
    ...indented([
      `group style={group size=${panels.length} by 1, horizontal sep=${bp(Math.max(...gaps))}},`,
      ...SHARED,
    ]),
    ']',
    ...panels.flatMap((panel, i) => [
      '\\nextgroupplot[',
      ...indented(axisOptions(panel, places[i]!)),
      ']',
      ...contents(panel),
    ]),
    '\\end{groupplot}',
  ];
}

/** Options of every axis. */
const SHARED: readonly string[] = [
  'scale only axis,',
  'axis x line*=bottom,',
  'axis y line*=left,',
  `axis line style={line width=${STROKE.axis}bp},`,
  // Tints lie on a layer of their own, behind the axes.
  'set layers,',
  // Lines end at the panel; the texts beside it are not cut.
  'clip mode=individual,',
  'tick align=outside,',
  `major tick length=${TICK_LENGTH}bp,`,
  `minor tick length=${TICK_LENGTH / 2}bp,`,
  `every tick/.style={black, line width=${STROKE.axis}bp},`,
  `/tikz/font=\\fontsize{${FONT_SIZE}bp}{${FONT_SIZE * 1.2}bp}\\selectfont,`,
  'title style={at={(0,1)}, anchor=south west, inner xsep=0bp},',
  // Empty margins of texts would make the figure wider than the column.
  'xticklabel style={inner xsep=0bp},',
  `yticklabel style={inner xsep=${TICK_GAP}bp},`,
  'ylabel style={inner ysep=1bp},',
  `/tikz/mark size=${DOT_RADIUS}bp,`,
];

function axisOptions({ title, x, y }: Panel, { width, height, yLabelOffset }: PanelPlace): string[] {
  return [
    `width=${bp(width)}, height=${bp(height)},`,
    ...(title === undefined ? [] : [`title={${texText(title)}},`]),
    ...axis('x', x, true),
    ...axis('y', y, yLabelOffset !== null),
  ];
}

function axis(name: 'x' | 'y', described: Axis, texts: boolean): string[] {
  const ticks = ticksOf(described);
  const minor = minorTicks(described);
  const words = texts ? ticks.map(({ text }) => `{${texText(text)}}`).join(', ') : '';
  return [
    ...(described.scale === 'log' ? [`${name}mode=log,`] : []),
    `${name}min=${described.domain[0]}, ${name}max=${described.domain[1]},`,
    ...(texts ? [`${name}label={${texText(described.label)}},`] : []),
    `${name}tick={${ticks.map(({ value }) => value).join(', ')}},`,
    `${name}ticklabels={${words}},`,
    ...(minor.length > 0 ? [`minor ${name}tick={${minor.join(', ')}},`] : [`${name}minorticks=false,`]),
  ];
}

function contents(panel: Panel): string[] {
  const { tints, marks, labels } = shapesOf(panel);
  return indented([
    ...tints.flatMap(tint),
    ...marks.flatMap((mark) => drawn(mark, panel)),
    ...labels.map((label) => node(label)),
  ]);
}

/** Along the upper ends and back along the lower ones. */
function tint({ series, intervals, style }: Tint): string[] {
  const upper = intervals.map(({ x, high }) => [x, high]);
  const lower = intervals.map(({ x, low }) => [x, low]).reverse();
  return [
    comment(`band of ${series}: along its upper end, and back along its lower end`),
    `\\addplot[draw=none, fill=${colourOf(style).name}, fill opacity=${TINT}, on layer=axis background] table {`,
    ...table(['x', 'y'], [...upper, ...lower]),
    '} -- cycle;',
  ];
}

function drawn(mark: DrawnMark, panel: Panel): string[] {
  if (mark.kind === 'rule')
    return [
      comment(mark.series),
      `\\addplot[${stroke(mark.style, STROKE.rule)}] coordinates {${ends(mark.at, panel)}};`,
    ];
  if (mark.kind === 'dots') return dots(mark, panel);
  const head = `\\addplot[${stroke(mark.style, STROKE.line)}, line join=round] table {`;
  return [
    comment(mark.series),
    head,
    ...table(
      ['x', 'y'],
      mark.points.map(({ x, y }) => [x, y]),
    ),
    '};',
  ];
}

function ends(at: Extract<DrawnMark, { kind: 'rule' }>['at'], { x, y }: Panel): string {
  const points = 'x' in at ? y.domain.map((end) => [at.x, end]) : x.domain.map((end) => [end, at.y]);
  return points.map((point) => `(${point.join(',')})`).join(' ');
}

function dots({ series, points, style }: Extract<DrawnMark, { kind: 'dots' }>, panel: Panel): string[] {
  const seen = visible(points, panel);
  const bars = barsOf(points, panel);
  return [
    ...(bars.length > 0 ? errorBars(series, bars, style) : []),
    comment(series),
    `\\addplot[${dotStyle(style)}] table {`,
    ...table(
      ['x', 'y'],
      seen.map(({ x, y }) => [x, y]),
    ),
    '};',
  ];
}

/** Points without dots: where a dot is not between the ends of its bar, both are drawn as they are. */
function errorBars(series: string, bars: readonly Interval[], style: Style | undefined): string[] {
  return [
    comment(`error bars of ${series}`),
    `\\addplot[draw=none, forget plot, error bars/.cd, y dir=plus, y explicit, error mark=none,`,
    `  error bar style={${colourOf(style).name}, line width=${STROKE.bar}bp}]`,
    '  table[y=low, y error plus expr=\\thisrow{high}-\\thisrow{low}] {',
    ...table(
      ['x', 'low', 'high'],
      bars.map(({ x, low, high }) => [x, low, high]),
    ),
    '};',
  ];
}

function dotStyle(style: Style | undefined): string {
  const colour = colourOf(style).name;
  const mark = { circle: '*', square: 'square*', triangle: 'triangle*', diamond: 'diamond*' }[
    style?.symbol ?? 'circle'
  ];
  const fill = style?.filled === false ? 'white' : colour;
  return `only marks, mark=${mark}, mark options={draw=${colour}, fill=${fill}, line width=${STROKE.bar}bp}`;
}

function stroke(style: Style | undefined, width: number): string {
  const pattern = dashOf(style).map((length, i) => `${i % 2 === 0 ? 'on' : 'off'} ${length}bp`);
  const dash = pattern.length > 0 ? `, dash pattern=${pattern.join(' ')}` : '';
  return `${colourOf(style).name}, line width=${width}bp${dash}`;
}

function node({ label, style }: StyledLabel): string {
  const { text, x, y, anchor = 'start' } = label;
  const side = { start: 'west', middle: 'center', end: 'east' }[anchor];
  const ground = `fill=white, fill opacity=${HALO_OPACITY}, text opacity=1, inner sep=1bp, outer sep=-1bp`;
  const shift = anchor === 'middle' ? '' : `, xshift=${labelShift(label)}bp`;
  return `\\node[anchor=${side}${shift}, text=${colourOf(style).name}, ${ground}] at (axis cs:${x},${y}) {${texText(text)}};`;
}

function table(header: readonly string[], rows: readonly (readonly number[])[]): string[] {
  return indented([header.join(' '), ...rows.map((row) => row.join(' '))]);
}

/** Nothing in the name of a series can end its comment. */
const comment = (text: string): string => `% ${text.replace(/\s+/g, ' ')}`;
const bp = (length: number): string => `${Math.round(length * 100) / 100}bp`;
const indented = (rows: readonly string[]): string[] => rows.map((row) => `  ${row}`);
const lines = (rows: readonly string[]): string => `${rows.join('\n')}\n`;
