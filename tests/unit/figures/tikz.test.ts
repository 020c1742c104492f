import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { texCaption } from '../../../src/figures/caption.js';
import type { Figure } from '../../../src/figures/index.js';
import { tikzOf } from '../../../src/figures/tikz.js';
import { decays, regions, samples, threshold } from '../../fixtures/figures/samples.js';

describe('a figure as TikZ', () => {
  it.each(samples)('$name is as it was compiled', async (figure) => {
    await expect(tikzOf(figure)).toMatchFileSnapshot(`../../fixtures/figures/${figure.name}.tikz`);
  });

  it('defines the colours that it uses, and no others', () => {
    const defined = (figure: Figure) => [...tikzOf(figure).matchAll(/definecolor\{(\w+)\}/g)].map(([, name]) => name);
    expect(defined(decays)).toEqual(['figblue', 'figvermilion']);
    expect(defined(regions)).toEqual(['figvermilion', 'figgreen', 'figink']);
  });

  it('keeps the mathematics of labels, and escapes the rest of them', () => {
    const panel = { ...decays.panels[0]!, title: '5% of $T_{1/2}$' };
    expect(tikzOf({ ...decays, panels: [panel] })).toContain('title={5\\% of $T_{1/2}$},');
  });

  it('goes around a band, on the layer behind the axes', () => {
    const points = [
      { x: 10, y: 1, low: 0, high: 2 },
      { x: 100, y: 1, low: 0.5, high: 3 },
    ];
    const panel = { ...decays.panels[0]!, marks: [{ kind: 'band', series: 's', points } as const] };
    const text = tikzOf({ ...decays, panels: [panel] }).replace(/\s+/g, ' ');
    // On a logarithmic axis 0 is below its end.
    expect(text).toContain('on layer=axis background] table { x y 10 2 100 3 100 0.5 10 0.00001 } -- cycle;');
  });

  it('has a group of plots only for several panels', () => {
    expect(tikzOf(threshold)).toContain('group size=2 by 1');
    expect(tikzOf(decays)).not.toContain('groupplot');
  });

  it('keeps a series on the line of its comment', () => {
    const panel = { ...decays.panels[0]!, marks: [{ kind: 'rule', series: 'a\nb', at: { x: 20 } } as const] };
    expect(tikzOf({ ...decays, panels: [panel] })).toContain('% a b\n');
  });
});

const wanted = process.env.LENGTHWISE_TEXLIVE === '1';

describe('pdflatex', () => {
  const why = wanted ? '' : ' (skipped: needs a TeX installation; set LENGTHWISE_TEXLIVE=1)';

  it.skipIf(!wanted).each(samples)(`sets $name within its column${why}`, (figure) => {
    const log = compile(figure);
    expect(log).toContain('Output written');
    expect(log).not.toMatch(/^!|Overfull|undefined/m);
  });

  it.skipIf(!wanted)(`would complain of what it cannot set${why}`, () => {
    expect(compile({ ...decays, caption: '$\\undefined$' })).toMatch(/^! Undefined control sequence/m);
  });
});

/** What pdflatex says of a document with the figure in a column of its width. */
function compile(figure: Figure): string {
  const folder = mkdtempSync(join(tmpdir(), 'tikz-'));
  try {
    const width = figure.width === 'one-column' ? '3.25in' : '6.75in';
    writeFileSync(join(folder, 'figure.tikz'), tikzOf(figure));
    writeFileSync(join(folder, 'figure.caption.tex'), texCaption(figure));
    writeFileSync(
      join(folder, 'document.tex'),
      `\\documentclass{article}
\\usepackage{lmodern}
\\usepackage{pgfplots}
\\pgfplotsset{compat=1.16}
\\usepgfplotslibrary{groupplots}
\\setlength{\\textwidth}{${width}}
\\begin{document}
\\begin{figure}\\centering\\input{figure.tikz}\\input{figure.caption}\\end{figure}
\\end{document}
`,
    );
    const run = () =>
      spawnSync('pdflatex', ['-interaction=nonstopmode', 'document.tex'], { cwd: folder, encoding: 'latin1' });
    // The second time it knows the label.
    run();
    return run().stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
