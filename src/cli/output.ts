/** Writes text to standard output and waits until it is taken. */
export function print(text: string): Promise<void> {
  return new Promise((resolve) => process.stdout.write(`${text}\n`, () => resolve()));
}

/** One JSON document. Infinities and NaN, which JSON lacks, become null. */
export function printJson(document: unknown): Promise<void> {
  return print(JSON.stringify(document, null, 2));
}

export function colour(code: number, text: string): string {
  const wanted = process.stdout.isTTY && process.env.NO_COLOR === undefined;
  return wanted ? `\u001b[${code}m${text}\u001b[0m` : text;
}

/** Columns padded to their widest cell; numbers to the right. Cells may carry colour codes. */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[],
): string {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => visible(row[column] ?? ''))));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => {
        const padding = ' '.repeat(widths[column]! - visible(cell));
        return right.includes(column) ? padding + cell : cell + padding;
      })
      .join('  ')
      .trimEnd();
  return [line(header), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line)].join('\n');
}

function visible(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes begin with one
  return text.replace(/\u001b\[\d+m/g, '').length;
}

/** A number for a column: six decimals, so that the points stand below each other; very small or large ones in powers. */
export function decimals(value: number | null): string {
  if (value === null) return '-';
  if (value === 0 || (Math.abs(value) >= 1e-4 && Math.abs(value) < 1e5)) return value.toFixed(6);
  return value.toExponential(3);
}

/** A number for people: six significant digits. */
export function digits(value: number | null): string {
  if (value === null) return '-';
  if (value === 0 || (Math.abs(value) >= 1e-4 && Math.abs(value) < 1e6)) return String(Number(value.toPrecision(6)));
  return value.toExponential(4);
}

/** Shares of the inputs under greedy decoding. */
interface GreedyShares {
  readonly longFraction: number;
  readonly correctFraction: number;
  readonly tie: boolean;
}

/** What greedy decoding does, in words. */
export function greedyText({ longFraction, correctFraction, tie }: GreedyShares): string {
  const length = longFraction === 1 ? 'long' : longFraction === 0 ? 'short' : `long on ${digits(longFraction)}`;
  return `${tie ? 'tie: ' : ''}${length}, right on ${digits(correctFraction)}`;
}
