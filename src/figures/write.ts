import { join } from 'node:path';
import { makeFolder, replaceFile } from '../runs/index.js';
import { plainCaption, texCaption } from './caption.js';
import { checkFigure } from './checked-figure.js';
import type { Figure } from './figure.js';

/** What a figure is written as: drawings, what LaTeX and Vega-Lite make drawings of, and its numbers. */
export const FIGURE_FORMATS = ['svg', 'pdf', 'png', 'tikz', 'csv', 'vl'] as const;
export type FigureFormat = (typeof FIGURE_FORMATS)[number];

const ENDINGS: Readonly<Record<FigureFormat, string>> = {
  svg: 'svg',
  pdf: 'pdf',
  png: 'png',
  tikz: 'tikz',
  csv: 'csv',
  vl: 'vl.json',
};

/**
 * Writes a figure below a directory, which is made if need be, and its caption beside it. The same figure gives the same bytes.
 * A file is whole or not there.
 *
 * @returns the paths of the files, the captions last
 * @throws RangeError if the figure cannot be drawn; nothing is written then
 * @throws RunFolderError if it cannot be written
 */
export async function writeFigure(
  figure: Figure,
  directory: string,
  formats: readonly FigureFormat[] = FIGURE_FORMATS,
): Promise<string[]> {
  checkFigure(figure);
  const contents = new Map<string, string | Uint8Array>();
  for (const format of new Set(formats)) contents.set(ENDINGS[format], await RENDERERS[format](figure));
  contents.set('caption.txt', plainCaption(figure));
  contents.set('caption.tex', texCaption(figure));
  makeFolder(directory);
  const paths: string[] = [];
  for (const [ending, content] of contents) {
    const path = join(directory, `${figure.name}.${ending}`);
    replaceFile(path, content);
    paths.push(path);
  }
  return paths;
}

/** Libraries are loaded by the formats that need them. */
const RENDERERS: Readonly<Record<FigureFormat, (figure: Figure) => Promise<string | Uint8Array>>> = {
  svg: drawn,
  pdf: async (figure) => (await import('./pdf.js')).pdfOf(await drawn(figure)),
  png: async (figure) => (await import('./png.js')).pngOf(await drawn(figure)),
  tikz: async (figure) => (await import('./tikz.js')).tikzOf(figure),
  csv: async (figure) => (await import('./csv.js')).csvOf(figure),
  vl: async (figure) => (await import('./vega-lite.js')).vegaLiteOf(figure),
};

async function drawn(figure: Figure): Promise<string> {
  return (await import('./svg.js')).svgOf(figure);
}
