import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = new URL('../../../', import.meta.url).pathname;
const HEAVY = ['@observablehq/plot', 'linkedom', '@resvg/resvg-js', 'pdfkit', 'svg-to-pdfkit', 'fontkit'];

/** Packages that a file loads as soon as it is loaded: those of its static imports, and of their files. */
function loadedBy(path: string, seen = new Set<string>()): string[] {
  if (seen.has(path)) return [];
  seen.add(path);
  const text = readFileSync(join(ROOT, path), 'utf8');
  const imports = [...text.matchAll(/^(?:import|export) (?!type\b)[^;]*?from '([^']+)'/gm)].map(([, name]) => name!);
  return imports.flatMap((name) =>
    name.startsWith('.') ? loadedBy(join(dirname(path), name).replace(/\.js$/, '.ts'), seen) : [name],
  );
}

const heavy = (path: string): string[] => HEAVY.filter((name) => loadedBy(path).includes(name));

describe('what draws figures', () => {
  it.each(['src/index.ts', 'src/cli/main.ts'])('is not loaded with %s', (path) => {
    expect(loadedBy(path)).toContain('zod');
    expect(heavy(path)).toEqual([]);
  });

  it('would be seen to be loaded', () => {
    expect(heavy('src/figures/svg.ts')).toEqual(['@observablehq/plot', 'linkedom', 'fontkit']);
    expect(heavy('src/figures/pdf.ts')).toContain('svg-to-pdfkit');
  });
});
