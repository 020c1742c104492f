import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import { describe, expect, it } from 'vitest';
import type { Figure } from '../../../src/figures/index.js';
import { vegaLiteOf } from '../../../src/figures/vega-lite.js';
import { decays, samples, threshold } from '../../fixtures/figures/samples.js';

/** What Vega-Lite makes of a figure, and what it says about it. */
function compiled(text: string) {
  const said: string[] = [];
  const say = (...words: readonly unknown[]) => {
    said.push(words.join(' '));
    return logger;
  };
  const quiet = () => logger;
  const logger: NonNullable<NonNullable<Parameters<typeof compile>[1]>['logger']> = {
    level: quiet as never,
    warn: say,
    error: say,
    info: quiet,
    debug: quiet,
  };
  const { spec } = compile(JSON.parse(text) as TopLevelSpec, { logger });
  return { spec, said };
}

const drawn = (figure: Figure): Promise<string> =>
  new View(parse(compiled(vegaLiteOf(figure)).spec), { renderer: 'none' }).toSVG();

const count = (text: string, pattern: RegExp): number => [...text.matchAll(pattern)].length;

describe('a figure for Vega-Lite', () => {
  it.each(samples)('$name is understood without a warning', (figure) => {
    expect(compiled(vegaLiteOf(figure)).said).toEqual([]);
  });

  it('would be seen not to be understood', () => {
    const text = vegaLiteOf(decays).replace('"scale":', '"scael":').replace('"type": "area"', '"type": "arae"');
    expect(() => expect(compiled(text).said).toEqual([])).toThrow();
  });

  it.each(samples)('$name has its data in it, and nothing that is drawn at random', (figure) => {
    const text = vegaLiteOf(figure);
    expect(text).not.toMatch(/errorband|errorbar|"ci"|"url"/);
    expect(text).toContain('"values"');
  });

  it('is drawn with all of its marks', async () => {
    const svg = await drawn(decays);
    expect(count(svg, /aria-roledescription="area mark"/g)).toBeGreaterThan(0);
    // Nine dots, each a symbol mark.
    expect(count(svg, /aria-roledescription="point"/g)).toBe(9);
    expect(svg).toContain('10⁻³');
    expect(svg).toContain('∝ T^(−1/2)');
    expect(await drawn(threshold)).toContain('after GRPO, G = 8');
  });
});
