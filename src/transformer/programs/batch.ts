import type { Parameters } from '../models/index.js';

/**
 * A batch of the programs here. The tokens of a sequence are those of its prompt, then those of its response but the last: its
 * `targets` are all tokens of its response, EOS included.
 */
export interface BatchShape {
  /** B. */
  readonly sequences: number;
  /** Tokens of each prompt. */
  readonly prompt: number;
  /** R: tokens of a response at most, EOS included. */
  readonly response: number;
}

/** T: tokens of a sequence that the model sees. */
export function sequenceLength({ prompt, response }: BatchShape): number {
  return prompt + response - 1;
}

/** Tells programs of one kind apart. */
export function batchText({ shape }: Parameters, { sequences, prompt, response }: BatchShape): string {
  const { architecture, depth, width, heads, keyValueHeads, context } = shape;
  return `${architecture} depth=${depth} width=${width} heads=${heads}/${keyValueHeads} context=${context} of ${sequences} x (${prompt} + ${response})`;
}
