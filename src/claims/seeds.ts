import { KeyedRandom, streamOf } from '../random/index.js';

/** A seed in [0, 2^53) for case `index` of the check of that name: a pure function of (seed, name, index). */
export function keyedSeed(seed: number, name: string, index: number): number {
  return Math.floor(new KeyedRandom(seed, streamOf('cases')).uniform(2 * hash(name), index) * 2 ** 53);
}

/** FNV-1a, reduced to 31 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 1;
}
