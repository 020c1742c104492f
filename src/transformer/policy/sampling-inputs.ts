import { KeyedRandom, SIGN_BLOCK } from '../../random/index.js';
import { SEP, signToken, VOCABULARY } from './tokens.js';

/** The bits of keyed prompts, those that a chain is asked with the same seed, stream and index. */
export class KeyedPrompts {
  readonly #random: KeyedRandom;
  readonly #signs: Int8Array;
  #block = -1;

  constructor(
    readonly d: number,
    seed: number,
    stream: number,
  ) {
    this.#random = new KeyedRandom(seed, stream);
    this.#signs = new Int8Array(SIGN_BLOCK * d);
  }

  /** x of prompt `index`, [d]; a view that later calls overwrite. */
  bits(index: number): Int8Array {
    const block = Math.floor(index / SIGN_BLOCK);
    if (block !== this.#block) {
      this.#random.signs(block, this.d, this.#signs);
      this.#block = block;
    }
    const row = index % SIGN_BLOCK;
    return this.#signs.subarray(row * this.d, (row + 1) * this.d);
  }
}

/** Writes the tokens of a prompt: [d + 1]. */
export function fillPrompt(x: Int8Array, out: Float32Array): void {
  for (const [j, bit] of x.entries()) out[j] = signToken(bit);
  out[x.length] = SEP;
}

/** The smallest uniform number that is taken: 0, one in 2^53, would be noise without bound. */
const SMALLEST = 2 ** -54;

/**
 * Writes the noise of one sequence of a batch: Gumbel's, -log(-log u), from the uniform number of (token position and vocabulary
 * entry, response), so that it depends on nothing else, the batch least of all.
 *
 * @param noise [response tokens, sequences, VOCABULARY]
 */
export function fillNoise(
  noise: Float32Array,
  random: KeyedRandom,
  response: number,
  sequence: number,
  sequences: number,
): void {
  const positions = noise.length / (sequences * VOCABULARY);
  for (let position = 0; position < positions; position++) {
    for (let entry = 0; entry < VOCABULARY; entry++) {
      const u = Math.max(random.uniform(position * VOCABULARY + entry, response), SMALLEST);
      noise[(position * sequences + sequence) * VOCABULARY + entry] = -Math.log(-Math.log(u));
    }
  }
}
