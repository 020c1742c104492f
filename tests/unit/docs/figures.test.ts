import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { STORED } from '../../../experiments/index.js';
import { type Figure, writeFigure } from '../../../src/figures/index.js';
import { openRun } from '../../../src/runs/index.js';

/** What is drawn from the stored results, and where, from docs/figures. */
const figures = STORED.flatMap(({ experiment, size, folder }) => {
  const { rows, settings } = openRun(`experiments/results/${folder}`);
  const place = size === 'default' ? '' : `${size}/`;
  return experiment.figures(rows, settings).map((figure) => ({ figure, place, path: `${place}${figure.name}` }));
});

async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'lengthwise-test-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('docs/figures', () => {
  it('holds the drawing of each figure of the stored results, and no other', () => {
    const drawn = readdirSync('docs/figures', { recursive: true, encoding: 'utf8' }).filter((path) =>
      path.endsWith('.svg'),
    );
    expect(drawn.sort()).toEqual(figures.map(({ path }) => `${path}.svg`).sort());
  });

  it.each(figures)('$path is what the stored results give: else run `npm run figures`', ({ figure, path }) =>
    inFolder(async (folder) => {
      await writeFigure(figure, folder, ['svg']);
      const found = readFileSync(join(folder, `${figure.name}.svg`), 'utf8');
      expect(found).toBe(readFileSync(join('docs/figures', `${path}.svg`), 'utf8'));
    }),
  );
});

describe('docs/appendix.tex', () => {
  const wanted = process.env.LENGTHWISE_TEXLIVE === '1';

  it('includes each figure once, in its width', () => {
    const included = readFileSync('docs/appendix.tex', 'utf8').matchAll(/^\\(wide|narrow)\{(.*)\}$/gm);
    const widthOf = ({ width }: Figure) => (width === 'two-columns' ? 'wide' : 'narrow');
    const expected = figures.map(({ figure, path }) => `${path}: ${widthOf(figure)}`);
    expect([...included].map(([, width, name]) => `${name}: ${width}`).sort()).toEqual(expected.sort());
  });

  it.skipIf(!wanted)(
    `is set by pdflatex${wanted ? '' : ' (skipped: needs a TeX installation; set LENGTHWISE_TEXLIVE=1)'}`,
    { timeout: 300_000 },
    () =>
      inFolder(async (folder) => {
        copyFileSync('docs/appendix.tex', join(folder, 'appendix.tex'));
        for (const { figure, place } of figures) await writeFigure(figure, join(folder, 'figures', place), ['tikz']);
        const options = ['-interaction=nonstopmode', '-halt-on-error', 'appendix.tex'];
        spawnSync('pdflatex', options, { cwd: folder });
        const { stdout } = spawnSync('pdflatex', options, { cwd: folder, encoding: 'utf8' });
        expect(stdout).toContain('Output written on appendix.pdf');
        expect(stdout).not.toMatch(/^!|Overfull|undefined/m);
        for (const { path } of figures) expect(stdout).toContain(`figures/${path}.tikz`);
      }),
  );
});
