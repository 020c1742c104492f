import type { Figure } from './figure.js';
import { plainText, texText } from './math-text.js';

/** The caption for those who read no TeX. */
export function plainCaption({ caption }: Figure): string {
  return `${plainText(caption)}\n`;
}

/** The caption with its label, for \input within a figure environment. */
export function texCaption({ name, caption }: Figure): string {
  return `\\caption{${texText(caption)}}\n\\label{fig:${name}}\n`;
}
