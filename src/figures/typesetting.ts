import type { Text } from './figure.js';
import { type Face, faceFor, widthIn } from './fonts.js';
import { type Level, parseText, type Run } from './math-text.js';
import { FONT_SIZE, SCRIPT_SCALE } from './style.js';

/** A piece of a label in one face. */
export interface Glyphs {
  readonly text: string;
  readonly face: Face;
  readonly level: Level;
  /** How far it goes back before it begins, in points: it stands above or below what it goes back over. */
  readonly back: number;
  /** In points. */
  readonly width: number;
}

/** A text in the faces that have its characters, with its widths in points. */
export function typeset(text: Text): Glyphs[] {
  const line: Glyphs[] = [];
  // Width of the script that another one stands above or below.
  let first = 0;
  for (const [i, run] of parseText(text).entries()) {
    const follows = line.at(-1)?.level === run.level;
    if (run.stacked && !follows) first = endWidth(line);
    // Past a stack the line goes on after the wider of its two.
    const short = !run.stacked && i > 0 && first > 0 ? Math.max(0, first - endWidth(line)) : 0;
    const back = run.stacked && !follows ? first : -short;
    if (!run.stacked) first = 0;
    line.push(...inFaces(run).map((glyphs, j) => ({ ...glyphs, back: j === 0 ? back : 0 })));
  }
  return line;
}

/** Width of a text on one line, in points. */
export function textWidth(text: Text): number {
  return typeset(text).reduce((sum, { width, back }) => sum + width - back, 0);
}

/** Width of the script, or the rest, that the line ends with. */
function endWidth(line: readonly Glyphs[]): number {
  const level = line.at(-1)?.level;
  const begin = line.findLastIndex((glyphs) => glyphs.level !== level) + 1;
  return line.slice(begin).reduce((sum, { width }) => sum + width, 0);
}

function inFaces({ text, italic, level }: Run): Omit<Glyphs, 'back'>[] {
  const pieces: { text: string; face: Face }[] = [];
  for (const character of text) {
    const face = faceFor(character, italic ? 'italic' : 'roman');
    const last = pieces.at(-1);
    if (last?.face === face) last.text += character;
    else pieces.push({ text: character, face });
  }
  const size = level === 'base' ? FONT_SIZE : FONT_SIZE * SCRIPT_SCALE;
  return pieces.map((piece) => ({ ...piece, level, width: size * widthIn(piece.face, piece.text) }));
}
