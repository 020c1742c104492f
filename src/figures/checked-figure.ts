import type { Axis, Figure, Mark, Panel, Text } from './figure.js';
import { parseText } from './math-text.js';

/**
 * Sees that a figure can be drawn, in every format alike.
 * @throws RangeError naming the figure, the panel and what is wrong there
 */
export function checkFigure(figure: Figure): void {
  if (!/^[a-z0-9][a-z0-9.-]*$/i.test(figure.name)) {
    throw new RangeError(`the figure's name is "${figure.name}"; it must be of letters, digits, "." and "-"`);
  }
  if (figure.panels.length === 0) throw new RangeError(`the figure ${figure.name} has no panel`);
  parseText(figure.caption);
  for (const [i, panel] of figure.panels.entries()) {
    try {
      checkPanel(panel);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new RangeError(`figure ${figure.name}, panel ${i + 1}: ${error.message}`, { cause: error });
    }
  }
}

function checkPanel(panel: Panel): void {
  for (const text of textsOf(panel)) parseText(text);
  checkAxis('x', panel.x);
  checkAxis('y', panel.y);
  for (const mark of panel.marks) checkMark(mark, panel);
}

function* textsOf({ title, x, y, marks }: Panel): Generator<Text> {
  if (title !== undefined) yield title;
  for (const axis of [x, y]) yield* [axis.label, ...(axis.tickText ?? [])];
  for (const { label } of marks) if (label) yield label.text;
}

function checkAxis(name: 'x' | 'y', { domain: [low, high], scale, ticks, tickText }: Axis): void {
  if (!(Number.isFinite(low) && Number.isFinite(high) && low < high)) {
    throw new RangeError(`the domain of ${name} is [${low}, ${high}]; its ends must be finite and rise`);
  }
  if (scale === 'log' && low <= 0)
    throw new RangeError(`the domain of ${name} begins at ${low}; a logarithm needs > 0`);
  const outside = ticks?.find((tick) => !(tick >= low && tick <= high));
  if (outside !== undefined) throw new RangeError(`the tick ${outside} of ${name} is outside of [${low}, ${high}]`);
  if (tickText && tickText.length !== ticks?.length) {
    throw new RangeError(`${name} has ${ticks?.length ?? 'no'} ticks of its own and ${tickText.length} texts for them`);
  }
}

function checkMark(mark: Mark, { x, y }: Panel): void {
  const name = mark.kind === 'text' ? `the text "${mark.label.text}"` : `the ${mark.kind} "${mark.series}"`;
  if (mark.label) checkPlace(`the label of ${name}`, mark.label, x, y);
  if (mark.kind === 'rule') checkPlace(name, mark.at, x, y);
  if (!('points' in mark)) return;
  for (const point of mark.points) {
    checkPlace(name, mark.kind === 'band' ? { x: point.x } : point, x, y);
    checkEnds(name, point);
  }
}

function checkPlace(name: string, place: { readonly x?: number; readonly y?: number }, x: Axis, y: Axis): void {
  for (const [letter, value, axis] of [['x', place.x, x] as const, ['y', place.y, y] as const]) {
    if (value === undefined) continue;
    if (!Number.isFinite(value)) throw new RangeError(`${name} has ${letter} = ${value}`);
    if (axis.scale === 'log' && value <= 0)
      throw new RangeError(`${name} has ${letter} = ${value} on a logarithmic axis`);
  }
}

function checkEnds(
  name: string,
  { x, low, high }: { readonly x: number; readonly low?: number; readonly high?: number },
) {
  if (low === undefined && high === undefined) return;
  if (low !== undefined && high !== undefined && Number.isFinite(low) && Number.isFinite(high) && low <= high) return;
  throw new RangeError(`${name} goes from ${low} to ${high} at x = ${x}; both must be finite and rise`);
}
