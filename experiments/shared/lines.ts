import type { Axis, Mark, Point, Style } from '../../src/index.js';

/** The smallest power of ten, or 2 or 5 times one, that is at least `value`, which is > 0. */
export function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((digit) => digit * power).find((step) => step >= value * (1 - 1e-9))!;
}

/** The largest power of ten, or 2 or 5 times one, that is at most `value`, which is > 0. */
export function roundDown(value: number): number {
  return 1 / roundUp(1 / value);
}

/** A logarithmic domain around values > 0; around 1 to 10 if there are none. */
export function logDomain(values: readonly number[]): [number, number] {
  const positive = values.filter((value) => value > 0);
  if (positive.length === 0) return [1, 10];
  const [low, high] = [roundDown(Math.min(...positive)), roundUp(Math.max(...positive))];
  return low < high ? [low, high] : [low / 2, high * 2];
}

/** A share, from 0 to 1, with room for lines that run along its ends. */
export const shareAxis = (label: string): Axis => ({
  label,
  scale: 'linear',
  domain: [-0.02, 1.02],
  ticks: [0, 0.25, 0.5, 0.75, 1],
});

/** A line with what is written at its right end. */
export interface NamedLine {
  readonly series: string;
  readonly text: string;
  readonly points: readonly Point[];
  readonly style: Style;
}

/**
 * Lines with their labels right of their ends, moved down until they are `gap` apart, in units of y. Lines without points are
 * left out.
 */
export function endLabelled(lines: readonly NamedLine[], gap: number): Mark[] {
  const drawn = lines.filter(({ points }) => points.length > 0).toSorted((a, b) => endOf(b).y - endOf(a).y);
  let free = Number.POSITIVE_INFINITY;
  return drawn.map((line) => {
    const y = Math.min(endOf(line).y, free);
    free = y - gap;
    return labelledAt(line, y);
  });
}

/** The same for a logarithmic axis: labels are moved up, until each is `ratio` times the one below. */
export function endLabelledLog(lines: readonly NamedLine[], ratio: number): Mark[] {
  const drawn = lines.filter(({ points }) => points.length > 0).toSorted((a, b) => endOf(a).y - endOf(b).y);
  let free = 0;
  return drawn.map((line) => {
    const y = Math.max(endOf(line).y, free);
    free = y * ratio;
    return labelledAt(line, y);
  });
}

function labelledAt(line: NamedLine, y: number): Mark {
  const { series, text, points, style } = line;
  return { kind: 'line', series, points, style, label: { text: ` ${text}`, x: endOf(line).x, y, anchor: 'start' } };
}

const endOf = ({ points }: NamedLine): Point => points.at(-1)!;
