import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import type { Figure } from '../../../src/figures/index.js';
import { layoutOf } from '../../../src/figures/layout.js';
import { svgOf } from '../../../src/figures/svg.js';
import { textWidth } from '../../../src/figures/typesetting.js';
import { decays, regions, samples, threshold } from '../../fixtures/figures/samples.js';

const elements = (figure: Figure, selector: string) => [
  ...parseHTML(svgOf(figure)).document.querySelectorAll(selector),
];

describe('a figure as SVG', () => {
  it.each(samples)('$name is as it was seen', async (figure) => {
    await expect(svgOf(figure)).toMatchFileSnapshot(`../../fixtures/figures/${figure.name}.svg`);
  });

  it('has its physical size', () => {
    expect(svgOf(threshold)).toMatch(/^<svg [^>]*\bwidth="486pt"/);
    expect(svgOf(decays)).toMatch(/^<svg [^>]*\bwidth="234pt"/);
  });

  it('says what it shows to those who cannot see it', () => {
    const [root] = elements(regions, 'svg');
    expect(root?.getAttribute('role')).toBe('img');
    expect(root?.getAttribute('aria-label')).toBe(regions.alt);
    expect(elements(regions, 'desc').map(({ textContent }) => textContent)).toEqual([regions.alt]);
    const sampled = elements(threshold, '[aria-description]').map((element) =>
      element.getAttribute('aria-description'),
    );
    expect(sampled).toContain('sampled, measured');
  });

  it('has clip paths whose names are its own, and clips by them only', () => {
    const names = elements(threshold, 'clipPath').map((element) => element.id);
    expect(names).toEqual(['threshold-clip-1', 'threshold-clip-2']);
    const used = elements(threshold, '[clip-path]').map((element) => element.getAttribute('clip-path'));
    expect(new Set(used)).toEqual(new Set(names.map((name) => `url(#${name})`)));
  });

  it('writes an axis that panels share once', () => {
    const labels = (figure: Figure) =>
      elements(figure, 'text').filter((text) => text.textContent === 'accuracy').length;
    expect(labels(threshold)).toBe(1);
    const [first, second] = threshold.panels;
    const other = { ...second!, y: { ...second!.y, domain: [0, 2] as const } };
    expect(labels({ ...threshold, panels: [first!, other] })).toBe(2);
  });

  it('leaves dots outside of the panel out, and no dot cut', () => {
    const dots = (x: number) => {
      const points = [{ x, y: 1 }];
      const figure = {
        ...decays,
        panels: [{ ...decays.panels[0]!, marks: [{ kind: 'dots', series: 's', points } as const] }],
      };
      return elements(figure, 'circle');
    };
    expect(dots(10)).toHaveLength(1);
    expect(dots(9.9)).toHaveLength(0);
    expect(dots(10)[0]?.closest('[clip-path]')).toBeNull();
  });
});

describe('the layout', () => {
  it.each(samples)('keeps every text of $name on the page, and its panels apart', (figure) => {
    const { width, panels } = layoutOf(figure);
    for (const [i, { left, width: inner }] of panels.entries()) {
      expect(left).toBeGreaterThan(i === 0 ? 0 : panels[i - 1]!.left + panels[i - 1]!.width);
      expect(left + inner).toBeLessThan(width);
    }
  });

  it('makes room for a label that stands beside its panel', () => {
    const { width, panels } = layoutOf(decays);
    const text = textWidth('$\\propto T^{-1/2}$');
    expect(width - panels[0]!.left - panels[0]!.width).toBeGreaterThan(text);
  });

  it('says when the texts leave no room', () => {
    const panel = decays.panels[0]!;
    const label = { text: 'a label that is by far too long for one column of a paper, and longer', x: 1e5, y: 1 };
    const figure = { ...decays, panels: [{ ...panel, marks: [{ kind: 'text', label } as const] }] };
    expect(() => layoutOf(figure)).toThrow('leave them a width of');
  });
});
