import { describe, expect, it } from 'vitest';
import { csvOf } from '../../../src/figures/csv.js';
import type { Figure } from '../../../src/figures/index.js';
import { decays } from '../../fixtures/figures/samples.js';

describe('the numbers of a figure', () => {
  it('stand one point a row, as the shortest decimals', () => {
    const [panel] = decays.panels;
    const figure: Figure = {
      ...decays,
      panels: [
        {
          ...panel!,
          marks: [{ kind: 'line', series: 'a, "b"', points: [{ x: 0.1 + 0.2, y: 1e-7, low: 0, high: 1 / 3 }] }],
        },
        {
          ...panel!,
          marks: [
            { kind: 'dots', series: 'c', points: [{ x: 1, y: 2 }] },
            { kind: 'rule', series: 'd', at: { x: 5 } },
            { kind: 'rule', series: 'e', at: { y: 6 } },
            { kind: 'text', label: { text: 't', x: 1, y: 1 } },
            { kind: 'band', series: 'f', points: [{ x: 1, y: 2, low: 1, high: 3 }] },
          ],
        },
      ],
    };
    expect(csvOf(figure).split('\n')).toEqual([
      'panel,series,kind,x,y,low,high',
      '1,"a, ""b""",line,0.30000000000000004,1e-7,0,0.3333333333333333',
      '2,c,dots,1,2,,',
      '2,d,rule,5,,,',
      '2,e,rule,,6,,',
      '2,f,band,1,2,1,3',
      '',
    ]);
  });
});
