import { parseHTML } from 'linkedom';
import type { Figure } from './figure.js';
import { FACES } from './fonts.js';
import { type Layout, layoutOf } from './layout.js';
import { panelPlot } from './panel-plot.js';
import { FONT_SIZE, STROKE } from './style.js';
import { SVG_NAMESPACE, type SvgDocument, type SvgElement, svgElement } from './svg-element.js';
import { setText } from './svg-text.js';

/** Attributes of drawings that hold lengths. */
const LENGTHS = ['d', 'transform', 'x', 'y', 'x1', 'x2', 'y1', 'y2', 'cx', 'cy', 'width', 'height', 'r'];

/** A figure as a stand-alone SVG of its physical size, in points. The same figure gives the same bytes. */
export function svgOf(figure: Figure): string {
  const document = parseHTML('<html></html>').document as unknown as SvgDocument;
  const layout = layoutOf(figure);
  const root = svgElement(document, 'svg', rootAttributes(figure, layout));
  for (const [name, text] of [
    ['title', figure.name],
    ['desc', figure.alt],
  ] as const) {
    const element = svgElement(document, name);
    element.textContent = text;
    root.append(element);
  }
  figure.panels.forEach((panel, i) => {
    const plot = panelPlot(panel, layout.panels[i]!, layout, document);
    root.append(panelGroup(plot, `${figure.name}-clip-${i + 1}`, document));
  });
  return `${root.outerHTML}\n`;
}

function rootAttributes({ alt }: Figure, { width, height }: Layout): Readonly<Record<string, string>> {
  const [w, h] = [rounded(String(width)), rounded(String(height))];
  return {
    xmlns: SVG_NAMESPACE,
    width: `${w}pt`,
    height: `${h}pt`,
    viewBox: `0 0 ${w} ${h}`,
    role: 'img',
    'aria-label': alt,
    'font-family': `${FACES.roman.family}, Times New Roman, Times, serif`,
    'font-size': String(FONT_SIZE),
  };
}

/** What Plot has drawn, without its style sheet, with its texts set, and with one clip path of a lasting name. */
function panelGroup(plot: SvgElement, clip: string, document: SvgDocument): SvgElement {
  const group = svgElement(document, 'g', { 'text-anchor': 'middle', fill: 'black' });
  plot.querySelector('style')?.remove();
  group.append(...plot.childNodes);
  for (const text of group.querySelectorAll('text')) setText(text, document);
  for (const element of group.querySelectorAll('g')) {
    element.removeAttribute('font-variant');
    if (element.childNodes.length === 0) element.remove();
  }
  shareClip(group, clip);
  for (const element of group.querySelectorAll('*')) roundLengths(element);
  return group;
}

/** Every mark has a clip path of the same rectangle, whose name counts all plots of the process. */
function shareClip(group: SvgElement, name: string): void {
  const [first, ...others] = group.querySelectorAll('clipPath');
  first?.setAttribute('id', name);
  if (first) widen(first.querySelector('rect')!);
  for (const other of others) other.remove();
  for (const element of group.querySelectorAll('[clip-path]')) element.setAttribute('clip-path', `url(#${name})`);
}

/** By half a line on every side, so that a line along the edge keeps its width. */
function widen(rectangle: SvgElement): void {
  const lengths = [
    ['x', -STROKE.line / 2],
    ['y', -STROKE.line / 2],
    ['width', STROKE.line],
    ['height', STROKE.line],
  ] as const;
  for (const [name, by] of lengths) {
    rectangle.setAttribute(name, String(Number(rectangle.getAttribute(name)) + by));
  }
}

/** Hundredths of a point: the last digits of logarithms differ between machines. */
function roundLengths(element: SvgElement): void {
  for (const name of LENGTHS) {
    const value = element.getAttribute(name);
    if (value !== null) element.setAttribute(name, rounded(value));
  }
}

const rounded = (text: string): string =>
  text.replace(/-?\d*\.?\d+(e[+-]?\d+)?/g, (number) => String(Math.round(Number(number) * 100) / 100 + 0));
