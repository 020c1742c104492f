import { describe, expect, it } from 'vitest';
import { checkFigure } from '../../../src/figures/checked-figure.js';
import type { Figure, Panel } from '../../../src/figures/index.js';
import { decays, samples } from '../../fixtures/figures/samples.js';

const PANEL = decays.panels[0]!;
const withPanel = (panel: Partial<Panel>): Figure => ({ ...decays, panels: [{ ...PANEL, ...panel }] });
const line = (point: object): Figure =>
  withPanel({ marks: [{ kind: 'line', series: 's', points: [{ x: 1, y: 1, ...point }] }] });

describe('a figure that can be drawn', () => {
  it.each(samples)('$name passes', (figure) => {
    expect(() => checkFigure(figure)).not.toThrow();
  });

  it.each<[Figure, string]>([
    [{ ...decays, name: 'a/b' }, 'the figure\'s name is "a/b"'],
    [{ ...decays, panels: [] }, 'has no panel'],
    [{ ...decays, caption: '$\\frac12$' }, '\\frac'],
    [withPanel({ title: '$p' }), 'figure decays, panel 1: the label "$p"'],
    [withPanel({ x: { ...PANEL.x, label: '$\\foo$' } }), '\\foo'],
    [withPanel({ x: { ...PANEL.x, domain: [0, 1] } }), 'the domain of x begins at 0; a logarithm needs > 0'],
    [withPanel({ y: { ...PANEL.y, domain: [2, 2] } }), 'the domain of y is [2, 2]'],
    [withPanel({ y: { ...PANEL.y, domain: [1, Number.POSITIVE_INFINITY] } }), 'must be finite'],
    [withPanel({ x: { ...PANEL.x, ticks: [5, 20] } }), 'the tick 5 of x is outside of [10, 100000]'],
    [withPanel({ x: { ...PANEL.x, tickText: ['1'] } }), 'x has no ticks of its own and 1 texts'],
    [line({ y: Number.NaN }), 'the line "s" has y = NaN'],
    [line({ y: 0 }), 'the line "s" has y = 0 on a logarithmic axis'],
    [line({ low: 2, high: 1 }), 'goes from 2 to 1 at x = 1'],
    [line({ low: 2 }), 'goes from 2 to undefined'],
    [withPanel({ marks: [{ kind: 'rule', series: 'r', at: { x: -1 } }] }), 'the rule "r" has x = -1'],
    [withPanel({ marks: [{ kind: 'text', label: { text: 't', x: 1, y: Number.NaN } }] }), 'the text "t" has y = NaN'],
  ])('%# is refused', (figure, complaint) => {
    expect(() => checkFigure(figure)).toThrow(complaint);
    expect(() => checkFigure(figure)).toThrow(RangeError);
  });
});
