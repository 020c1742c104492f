import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { inflateSync } from 'node:zlib';
import PdfDocument from 'pdfkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FIGURE_FORMATS, writeFigure } from '../../../src/figures/index.js';
import { pdfOf } from '../../../src/figures/pdf.js';
import { pngOf } from '../../../src/figures/png.js';
import { svgOf } from '../../../src/figures/svg.js';
import { decays, samples, threshold } from '../../fixtures/figures/samples.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'figures-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('writing a figure', () => {
  it('makes the directory, and one file a format, with the captions', async () => {
    const paths = await writeFigure(decays, join(folder, 'a', 'b'));
    const endings = ['svg', 'pdf', 'png', 'tikz', 'csv', 'vl.json', 'caption.txt', 'caption.tex'];
    expect(paths.map((path) => basename(path))).toEqual(endings.map((ending) => `decays.${ending}`));
    // Nothing unfinished is left behind.
    expect(readdirSync(join(folder, 'a', 'b')).sort()).toEqual(paths.map((path) => basename(path)).sort());
    for (const path of paths) expect(readFileSync(path).length).toBeGreaterThan(20);
  });

  it('makes the formats that were asked for', async () => {
    const paths = await writeFigure(decays, folder, ['csv', 'svg', 'csv']);
    expect(paths.map((path) => basename(path))).toEqual([
      'decays.csv',
      'decays.svg',
      'decays.caption.txt',
      'decays.caption.tex',
    ]);
  });

  it('writes nothing of a figure that cannot be drawn', async () => {
    const marks = [{ kind: 'line', series: 's', points: [{ x: 20, y: Number.NaN }] } as const];
    const figure = { ...decays, panels: [{ ...decays.panels[0]!, marks }] };
    await expect(writeFigure(figure, folder)).rejects.toThrow('figure decays, panel 1: the line "s" has y = NaN');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('gives the same bytes, whatever was drawn before', async () => {
    for (const place of ['first', 'second']) {
      const order = place === 'first' ? samples : [...samples].reverse();
      for (const figure of order) await writeFigure(figure, join(folder, place), FIGURE_FORMATS);
    }
    const names = readdirSync(join(folder, 'first'));
    expect(names).toHaveLength(8 * samples.length);
    for (const name of names) {
      expect(readFileSync(join(folder, 'second', name)).equals(readFileSync(join(folder, 'first', name))), name).toBe(
        true,
      );
    }
  });

  it('gives a caption as text and for LaTeX', async () => {
    const paths = await writeFigure(threshold, folder, []);
    const [plain, tex] = paths.map((path) => readFileSync(path, 'utf8'));
    expect(plain).toContain('λ = 10⁻³ & d = 20 before (left) and after (right) 100% of');
    expect(tex).toMatch(/^\\caption\{Greedy accuracy at \$\\lambda = 10\^\{-3\}\$ \\& /);
    expect(tex).toContain('100\\% of the updates');
    expect(tex).toContain('error\\_bars');
    expect(tex).toMatch(/\}\n\\label\{fig:threshold\}\n$/);
  });
});

describe('a figure as PDF', () => {
  it.each(samples)('embeds every font of $name', async (figure) => {
    const pdf = await pdfOf(svgOf(figure));
    expect(fontsOf(pdf).map(({ embedded }) => embedded)).toEqual(fontsOf(pdf).map(() => true));
    expect(fontsOf(pdf).map(({ name }) => name.replace(/^[A-Z]{6}\+/, ''))).toContain('STIXTwoText-Regular');
  });

  it('would be seen to name a font without having it', async () => {
    const document = new PdfDocument();
    const chunks: Buffer[] = [];
    document.on('data', (chunk) => chunks.push(chunk));
    const ended = new Promise((resolve) => document.on('end', resolve));
    document.text('Helvetica').end();
    await ended;
    expect(fontsOf(Buffer.concat(chunks))).toEqual([{ name: 'Helvetica', embedded: false }]);
  });

  it('has the size of its figure, and no date of its making', async () => {
    const pdf = Buffer.from(await pdfOf(svgOf(decays))).toString('latin1');
    expect(pdf).toMatch(/\/MediaBox \[0 0 234 1\d\d(\.\d+)?\]/);
    expect(pdf.match(/\(D:[^)]*\)/g)).toEqual(['(D:19700101000000Z)']);
  });

  it('has the lengths of its figure, and is cut by rectangles, not by masks', async () => {
    const svg = svgOf(decays);
    const pdf = Buffer.from(await pdfOf(svg));
    const lengths = /<rect([^>]*)\/>/.exec(svg)![1]!;
    const length = (side: string) => Number(new RegExp(`${side}="([^"]*)"`).exec(lengths)![1]);
    const [x, y, right] = [length('x'), length('y'), Math.round(100 * (length('x') + length('width'))) / 100];
    const [before, after] = contentOf(pdf).split(`\n${x} ${y} m\n${right} ${y} l\n`);
    expect(after).toBeDefined();
    // Nothing is moved or scaled but for the page's own axis, which points up.
    expect(before!.match(/^.* cm$/gm)).toEqual([expect.stringMatching(/^1 0 0 -1 0 [\d.]+ cm$/)]);
    expect(pdf.toString('latin1')).not.toContain('/SMask');
  });
});

/** What a PDF draws on its first page. */
function contentOf(pdf: Buffer): string {
  const begin = pdf.indexOf('stream\n') + 7;
  return inflateSync(pdf.subarray(begin, pdf.indexOf('\nendstream', begin))).toString('latin1');
}

interface PdfFont {
  readonly name: string;
  readonly embedded: boolean;
}

/** The simple and descendant fonts of a PDF whose objects are not packed into streams. */
function fontsOf(pdf: Uint8Array): PdfFont[] {
  const text = Buffer.from(pdf).toString('latin1');
  const objects = new Map([...text.matchAll(/(\d+) 0 obj\n([\s\S]*?)\nendobj/g)].map(([, id, body]) => [id!, body!]));
  const fonts = [...objects.values()].filter((body) => /\/Type \/Font\b(?!Descriptor)/.test(body));
  return fonts
    .filter((body) => !/\/Subtype \/Type0/.test(body))
    .map((body) => {
      const descriptor = objects.get(/\/FontDescriptor (\d+) 0 R/.exec(body)?.[1] ?? '') ?? '';
      return { name: /\/BaseFont \/(\S+)/.exec(body)![1]!, embedded: /\/FontFile[23]? \d+ 0 R/.test(descriptor) };
    });
}

describe('a figure as PNG', () => {
  it('has 300 dots an inch, and says so', () => {
    const png = Buffer.from(pngOf(svgOf(threshold)));
    // 6.75 in.
    expect(png.readUInt32BE(16)).toBe(2025);
    expect(png.subarray(37, 41).toString('latin1')).toBe('pHYs');
    expect(png.readUInt32BE(41)).toBe(Math.round(300 / 0.0254));
    // One column: 3.25 in.
    expect(Buffer.from(pngOf(svgOf(decays))).readUInt32BE(16)).toBe(975);
  });
});
