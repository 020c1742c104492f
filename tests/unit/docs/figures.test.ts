import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EXPERIMENTS } from '../../../experiments/index.js';
import { writeFigure } from '../../../src/figures/index.js';
import { openRun } from '../../../src/runs/index.js';

const figures = EXPERIMENTS.flatMap((experiment) => {
  const { rows, settings } = openRun(`experiments/results/${experiment.name}`);
  return experiment.figures(rows, settings);
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
    const drawn = readdirSync('docs/figures').filter((name) => name.endsWith('.svg'));
    expect(drawn.sort()).toEqual(figures.map(({ name }) => `${name}.svg`).sort());
  });

  it.each(figures)('$name is what the stored results give: else run `npm run figures`', (figure) =>
    inFolder(async (folder) => {
      await writeFigure(figure, folder, ['svg']);
      const name = `${figure.name}.svg`;
      expect(readFileSync(join(folder, name), 'utf8')).toBe(readFileSync(join('docs/figures', name), 'utf8'));
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
