import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { STORED } from '../../../experiments/index.js';
import { writeFigure } from '../../../src/figures/index.js';
import { openRun } from '../../../src/runs/index.js';

/** What is drawn from the stored results, and in which folder it is. */
const drawings = STORED.flatMap(({ experiment, size, folder }) => {
  const { rows, settings } = openRun(`experiments/results/${folder}`);
  const drawn = size === 'default' ? 'docs/figures' : `docs/figures/${size}`;
  return experiment.figures(rows, settings).map((figure) => ({ figure, name: figure.name, folder: drawn }));
});
/** Those of the appendix. */
const figures = drawings.filter(({ folder }) => folder === 'docs/figures').map(({ figure }) => figure);

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
    const drawn = readdirSync('docs/figures', { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.svg'))
      .map((name) => join('docs/figures', name));
    expect(drawn.sort()).toEqual(drawings.map(({ name, folder }) => join(folder, `${name}.svg`)).sort());
  });

  it.each(drawings)(
    '$folder/$name is what the stored results give: else run `npm run figures`',
    ({ figure, name, folder }) =>
      inFolder(async (fresh) => {
        await writeFigure(figure, fresh, ['svg']);
        const [found, stored] = [fresh, folder].map((place) => readFileSync(join(place, `${name}.svg`), 'utf8'));
        expect(found).toBe(stored);
      }),
  );
});

describe('docs/appendix.tex', () => {
  const wanted = process.env.LENGTHWISE_TEXLIVE === '1';

  it('includes each figure once, in its width', () => {
    const included = readFileSync('docs/appendix.tex', 'utf8').matchAll(/^\\(wide|narrow)\{(.*)\}$/gm);
    const expected = figures.map(({ name, width }) => `${name}: ${width === 'two-columns' ? 'wide' : 'narrow'}`);
    expect([...included].map(([, width, name]) => `${name}: ${width}`).sort()).toEqual(expected.sort());
  });

  it.skipIf(!wanted)(
    `is set by pdflatex${wanted ? '' : ' (skipped: needs a TeX installation; set LENGTHWISE_TEXLIVE=1)'}`,
    { timeout: 300_000 },
    () =>
      inFolder(async (folder) => {
        copyFileSync('docs/appendix.tex', join(folder, 'appendix.tex'));
        for (const figure of figures) await writeFigure(figure, join(folder, 'figures'), ['tikz']);
        const options = ['-interaction=nonstopmode', '-halt-on-error', 'appendix.tex'];
        spawnSync('pdflatex', options, { cwd: folder });
        const { stdout } = spawnSync('pdflatex', options, { cwd: folder, encoding: 'utf8' });
        expect(stdout).toContain('Output written on appendix.pdf');
        expect(stdout).not.toMatch(/^!|Overfull|undefined/m);
        for (const { name } of figures) expect(stdout).toContain(`figures/${name}.tikz`);
      }),
  );
});
