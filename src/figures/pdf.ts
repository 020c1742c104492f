import { parseHTML } from 'linkedom';
import PdfDocument from 'pdfkit';
import toPdf from 'svg-to-pdfkit';
import { FACES } from './fonts.js';
import { type SvgDocument, type SvgElement, svgElement } from './svg-element.js';

/** Nothing in a figure's file says when it was made, or the same data would give other bytes. */
const NO_DATE = new Date(0);

/** A drawing as a page of its size. Its fonts are all embedded, as publishers ask for. */
export async function pdfOf(svg: string): Promise<Uint8Array> {
  const document = parseHTML(svg).document as unknown as SvgDocument;
  const root = document.documentElement;
  const [width, height] = ['width', 'height'].map((name) => Number.parseFloat(root.getAttribute(name)!)) as [
    number,
    number,
  ];
  // Its unit is the point: as a length, a point would be made 4/3 of it.
  root.setAttribute('width', String(width));
  root.setAttribute('height', String(height));
  layHalos(root);
  cutByViewports(root, document);
  const page = new PdfDocument({
    size: [width, height],
    margin: 0,
    info: { Title: root.querySelector('title')?.textContent ?? '', CreationDate: NO_DATE },
  });
  const chunks: Uint8Array[] = [];
  page.on('data', (chunk: Uint8Array) => chunks.push(chunk));
  const ended = new Promise((resolve, reject) => page.on('end', resolve).on('error', reject));
  toPdf(page, root.outerHTML, 0, 0, { assumePt: true, fontCallback, warningCallback });
  page.end();
  await ended;
  return Buffer.concat(chunks);
}

/** PDF strokes a text over its filling: the halo has to be a text of its own, below. */
function layHalos(root: SvgElement): void {
  for (const group of root.querySelectorAll('[paint-order]')) {
    const halo = group.cloneNode(true);
    halo.setAttribute('fill', 'white');
    group.removeAttribute('stroke');
    group.before(halo);
  }
}

/**
 * Cuts what a clip path of one rectangle cuts by a viewport of that rectangle. A clip path would become a mask, which some
 * printers turn into dots.
 */
function cutByViewports(root: SvgElement, document: SvgDocument): void {
  for (const group of root.querySelectorAll('[clip-path]')) {
    const name = /#([^)]+)/.exec(group.getAttribute('clip-path')!)![1]!;
    const rectangle = root.querySelector(`[id="${name}"] rect`)!;
    const sides = ['x', 'y', 'width', 'height'].map((side) => [side, rectangle.getAttribute(side)!] as const);
    const viewBox = sides.map(([, length]) => length).join(' ');
    const viewport = svgElement(document, 'svg', { ...Object.fromEntries(sides), viewBox });
    group.removeAttribute('clip-path');
    group.before(viewport);
    viewport.append(group);
  }
}

function fontCallback(family: string, _bold: boolean, italic: boolean): string {
  if (family.startsWith(FACES.symbol.family)) return FACES.symbol.path;
  return italic ? FACES.italic.path : FACES.roman.path;
}

function warningCallback(warning: string): void {
  throw new Error(`the figure cannot be written as PDF: ${warning}`);
}
