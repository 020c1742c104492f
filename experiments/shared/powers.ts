import type { Text } from '../../src/index.js';

/** A number as mathematics, without the dollar signs: 10^{-3}, 3 \cdot 10^{4} as 30000, .32 as 0.32. */
export function powerText(value: number): Text {
  const exponent = Math.round(Math.log10(value));
  return Math.abs(exponent) >= 3 && Math.abs(value / 10 ** exponent - 1) < 1e-12 ? `10^{${exponent}}` : String(value);
}
