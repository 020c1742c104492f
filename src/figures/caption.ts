import type { Figure } from './figure.js';
import { plainText, texText } from './math-text.js';

/** The caption for those who read no TeX. */
export function plainCaption({ caption }: Figure): string {
  return `${plainText(caption)}\n`;
}

/** The caption for \input within \caption. The comment keeps the end of the line from becoming a blank. */
export function texCaption({ caption }: Figure): string {
  return `${texText(caption)}%\n`;
}
