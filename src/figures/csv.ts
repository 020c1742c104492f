import { csvFormat } from 'd3-dsv';
import type { Figure, Mark } from './figure.js';

/** Columns of a figure's table. A cell without a value is empty. */
const COLUMNS = ['panel', 'series', 'kind', 'x', 'y', 'low', 'high'];

type Cells = Readonly<Record<string, string | number | undefined>>;

/**
 * The numbers of a figure, one point a row, panels counted from 1. Each number is the shortest decimal that reads back as the
 * same double. Texts that stand alone are left out.
 */
export function csvOf({ panels }: Figure): string {
  const rows = panels.flatMap(({ marks }, i) => marks.flatMap((mark) => rowsOf(mark, i + 1)));
  return `${csvFormat(rows, COLUMNS)}\n`;
}

function rowsOf(mark: Mark, panel: number): Cells[] {
  if (mark.kind === 'text') return [];
  const { series, kind } = mark;
  if (kind === 'rule') return [{ panel, series, kind, ...mark.at }];
  return mark.points.map((point) => ({ panel, series, kind, ...point }));
}
