import { FACES } from './fonts.js';
import { FONT_SIZE, SCRIPT_SCALE, SCRIPT_SHIFT } from './style.js';
import { type SvgDocument, type SvgElement, type SvgNode, svgElement } from './svg-element.js';
import { type Glyphs, typeset } from './typesetting.js';

/** Puts the mathematics of a <text> into <tspan>s. A text without any characters goes. */
export function setText(element: SvgElement, document: SvgDocument): void {
  const line = typeset(element.textContent ?? '');
  if (line.length === 0) {
    element.remove();
    return;
  }
  // Renderers differ in what an em is, and not in what a point is.
  element.setAttribute('y', String(Number.parseFloat(element.getAttribute('y') ?? '0') * FONT_SIZE));
  element.textContent = '';
  const xs = fixedPlaces(line, anchorOf(element));
  if (xs[0] !== null) element.setAttribute('text-anchor', 'start');
  let shift = 0;
  for (const [i, glyphs] of line.entries()) {
    const wanted = SCRIPT_SHIFT[glyphs.level] * FONT_SIZE;
    element.append(piece(glyphs, xs[i]!, wanted - shift, document));
    shift = wanted;
  }
}

/**
 * Where pieces begin whose place has to be said. A line without symbols flows by itself. A change to the font of symbols and
 * back begins anew at a place of its own: in one flow with that font resvg draws italics upright.
 */
function fixedPlaces(line: readonly Glyphs[], anchor: string): (number | null)[] {
  const symbols = line.some(({ face }) => face === 'symbol');
  const width = line.reduce((sum, glyphs) => sum + glyphs.width - glyphs.back, 0);
  let x = -width * ({ start: 0, middle: 0.5, end: 1 }[anchor] ?? 0);
  return line.map(({ face, width, back }, i) => {
    const begin = x - back;
    x = begin + width;
    const changes = i === 0 || (line[i - 1]!.face === 'symbol') !== (face === 'symbol');
    return symbols && changes ? begin : null;
  });
}

/** An anchor is said by the text or by the group around it. */
function anchorOf(element: SvgElement): string {
  return element.closest('[text-anchor]')?.getAttribute('text-anchor') ?? 'start';
}

function piece({ text, face, level, back }: Glyphs, x: number | null, dy: number, document: SvgDocument): SvgNode {
  const attributes = {
    ...(face === 'italic' ? { 'font-style': 'italic' } : {}),
    ...(face === 'symbol' ? { 'font-family': FACES.symbol.family } : {}),
    ...(level === 'base' ? {} : { 'font-size': hundredths(FONT_SIZE * SCRIPT_SCALE) }),
    ...(x === null ? {} : { x: hundredths(x) }),
    ...(x !== null || back === 0 ? {} : { dx: hundredths(-back) }),
    ...(dy === 0 ? {} : { dy: hundredths(dy) }),
  };
  if (Object.keys(attributes).length === 0) return document.createTextNode(text);
  const span = svgElement(document, 'tspan', attributes);
  span.textContent = text;
  return span;
}

const hundredths = (length: number): string => String(Math.round(length * 100) / 100);
