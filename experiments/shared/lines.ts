import type { Axis, DirectLabel, Mark, Point, Style } from '../../src/index.js';

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

/** A line with the band of its points, and a label that stands at the point whose y is the first to reach `level`. */
export function bandLine(
  series: string,
  points: readonly Point[],
  style: Style,
  label?: { readonly text: string; readonly level: number; readonly anchor?: 'start' | 'middle' | 'end' },
): Mark {
  const at = label && (points.find(({ y }) => y >= label.level) ?? points.at(-1));
  if (!label || !at) return { kind: 'line', series, points, style };
  const placed: DirectLabel = { text: label.text, x: at.x, y: at.y, anchor: label.anchor ?? 'start' };
  return { kind: 'line', series, points, style, label: placed };
}
