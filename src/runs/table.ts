import { csvFormatRows, csvParseRows } from 'd3-dsv';
import type { Cell, Column, Row } from './experiment.js';

/** The columns of a table that are its header. */
export type Header = readonly Pick<Column, 'name'>[];

/**
 * A row with a cell for each column and no other, in their order.
 *
 * @throws RangeError if a cell has no column or is a number that is not finite
 */
export function asRow(columns: Header, cells: Row): Row {
  const names = columns.map(({ name }) => name);
  for (const [name, cell] of Object.entries(cells)) {
    if (!names.includes(name)) throw new RangeError(`a row has the cell ${name}; the columns are ${names.join(', ')}`);
    if (typeof cell === 'number' && !Number.isFinite(cell))
      throw new RangeError(`${name} is ${cell}; it must be finite`);
  }
  return Object.fromEntries(names.map((name) => [name, cells[name] ?? null]));
}

/** CSV with a header and a line for each row. Numbers have the digits that give the same double back; null is empty. */
export function formatTable(columns: Header, rows: readonly Row[]): string {
  const names = columns.map(({ name }) => name);
  return `${csvFormatRows([names, ...rows.map((row) => names.map((name) => String(row[name] ?? '')))])}\n`;
}

/** What `formatTable` wrote. A cell that reads as a number is one. */
export function parseTable(text: string): Row[] {
  const [names = [], ...lines] = csvParseRows(text);
  return lines.map((line) => Object.fromEntries(names.map((name, i) => [name, parseCell(line[i] ?? '')])));
}

function parseCell(text: string): Cell {
  if (text === '') return null;
  if (text === 'true' || text === 'false') return text === 'true';
  const value = Number(text);
  return Number.isFinite(value) && text.trim() === text ? value : text;
}
