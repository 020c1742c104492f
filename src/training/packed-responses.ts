import type { Pacer } from '../progress/index.js';
import type { Reward, RewardName, Sign } from '../task/index.js';
import type { Responses } from './policy.js';
import type { ContextVisitor, ResponseSource } from './response-source.js';

/** Responses in a block: one bit of each word. */
export const BLOCK = 32;

/** Responses between two checkpoints, a multiple of a block. */
const PACE = 256;

/**
 * Responses with their inputs, bit-sliced: a word holds one position of 32 consecutive responses, bit 1 meaning -1. Whole
 * blocks are compared, rewarded and picked by operations on words.
 */
export class PackedResponses implements ResponseSource, Responses {
  /** Words of a block: x_1..x_d, z_1..z_d (0 beyond the end of a response), and which responses are long. */
  readonly stride: number;
  /** [blocks][stride], and room to grow. Bits beyond the last response are 0. */
  words: Uint32Array;
  #count = 0;
  #longCount = 0;
  /** Tokens of a response at most, EOS included. */
  #cap: number;

  /** @param capacity responses that room is made for */
  constructor(
    readonly d: number,
    capacity = 256,
  ) {
    this.stride = 2 * d + 1;
    this.words = new Uint32Array(Math.ceil(capacity / BLOCK) * this.stride);
    this.#cap = d + 1;
  }

  get count(): number {
    return this.#count;
  }

  get longCount(): number {
    return this.#longCount;
  }

  get blocks(): number {
    return Math.ceil(this.#count / BLOCK);
  }

  /** Which responses are long, a word a block. */
  get long(): Uint32Array {
    return Uint32Array.from({ length: this.blocks }, (_, block) => this.words[(block + 1) * this.stride - 1]!);
  }

  get promptLength(): number {
    return this.d;
  }

  /** From now on all responses count as cut after so many tokens, EOS included. */
  cut(tokens: number): void {
    this.#cap = tokens;
  }

  lengths(): Uint32Array {
    return Uint32Array.from({ length: this.#count }, (_, i) => Math.min(this.#cap, this.#isLong(i) ? this.d + 1 : 2));
  }

  terminated(): Uint32Array {
    return Uint32Array.from({ length: this.blocks }, (_, block) => this.#terminated(block));
  }

  /** The first token is one decision, the second two (to go on, and which), EOS after d tokens none. */
  offsets(): Uint32Array {
    const offsets = new Uint32Array(this.#count + 1);
    for (const [i, tokens] of this.lengths().entries()) {
      const decisions = this.#isLong(i) && tokens > 1 && tokens <= this.d ? tokens + 1 : tokens;
      offsets[i + 1] = offsets[i]! + decisions;
    }
    return offsets;
  }

  key(index: number): string {
    const codes = new Uint16Array(Math.ceil(this.stride / 16));
    const base = Math.floor(index / BLOCK) * this.stride;
    for (let j = 0; j < this.stride; j++)
      codes[j >>> 4]! |= ((this.words[base + j]! >>> (index % BLOCK)) & 1) << (j & 15);
    return String.fromCharCode(...codes);
  }

  #isLong(index: number): boolean {
    return ((this.words[(Math.floor(index / BLOCK) + 1) * this.stride - 1]! >>> (index % BLOCK)) & 1) === 1;
  }

  /** @param context x, then the tokens; @param length 1 or d */
  push(context: ArrayLike<number>, length: number): void {
    this.#reserve(this.#count + 1);
    const base = Math.floor(this.#count / BLOCK) * this.stride;
    const bit = 1 << (this.#count % BLOCK);
    for (let j = 0; j < this.d + length; j++) if (context[j]! < 0) this.words[base + j]! |= bit;
    this.#count++;
    if (length < this.d) return;
    this.words[base + 2 * this.d]! |= bit;
    this.#longCount++;
  }

  /**
   * Says that the first `count` responses have been written to `words`, whose room was asked for at construction.
   *
   * @throws RangeError if there is no room for them
   */
  written(count: number): void {
    if (Math.ceil(count / BLOCK) * this.stride > this.words.length) {
      throw new RangeError(`count is ${count}; there is room for ${(this.words.length / this.stride) * BLOCK}`);
    }
    this.#count = count;
    this.#longCount = this.long.reduce((sum, word) => sum + popcount(word), 0);
  }

  /** Appends those responses of `other` whose bit is set, in order. */
  append(other: PackedResponses, kept: Uint32Array): void {
    for (const [block, mask] of kept.entries()) {
      if (mask === 0) continue;
      const count = popcount(mask);
      this.#reserve(this.#count + count);
      const moves = movesOf(mask);
      const shift = this.#count % BLOCK;
      const from = block * this.stride;
      const to = Math.floor(this.#count / BLOCK) * this.stride;
      for (let j = 0; j < this.stride; j++) {
        const bits = picked(other.words[from + j]! & mask, moves);
        this.words[to + j]! |= bits << shift;
        if (shift + count > BLOCK) this.words[to + this.stride + j]! |= bits >>> (BLOCK - shift);
      }
      this.#count += count;
      this.#longCount += popcount(mask & other.words[from + this.stride - 1]!);
    }
  }

  /** Which responses earn the reward, a word a block. */
  rewarded(reward: RewardName): Uint32Array {
    const rewardBlock = reward === 'cot' ? this.#rewardCot : this.#rewardE2e;
    return Uint32Array.from(
      { length: this.blocks },
      (_, block) => rewardBlock.call(this, block) & this.#terminated(block),
    );
  }

  /** Which responses any other reward accepts, a word a block. */
  accepted(reward: Reward): Uint32Array {
    const { d } = this;
    const masks = new Uint32Array(this.blocks);
    const context = new Float64Array(2 * d);
    const x = context.subarray(0, d);
    for (let i = 0; i < this.#count; i++) {
      const block = Math.floor(i / BLOCK);
      const length = this.#read(i, context);
      if (reward(x, context.subarray(d, d + length))) masks[block]! |= 1 << (i % BLOCK);
    }
    return masks.map((mask, block) => mask & this.#terminated(block));
  }

  async forEach(visit: ContextVisitor, pacer: Pacer): Promise<void> {
    const context = new Float64Array(2 * this.d);
    for (let i = 0; i < this.#count; i++) {
      if (i % PACE === 0) await pacer.checkpoint(i / this.#count);
      visit(context, this.#read(i, context));
    }
  }

  /**
   * Response i, whole even if it counts as cut: its input and its tokens before EOS.
   *
   * @throws RangeError if there is no response i
   */
  at(i: number): { readonly prompt: Sign[]; readonly tokens: Sign[] } {
    if (!(Number.isInteger(i) && i >= 0 && i < this.#count)) {
      throw new RangeError(`i is ${i}; it must be an integer from 0 to ${this.#count - 1}`);
    }
    const context = new Float64Array(2 * this.d);
    const length = this.#read(i, context);
    const signs = Array.from(context.subarray(0, this.d + length), (sign): Sign => (sign < 0 ? -1 : 1));
    return { prompt: signs.slice(0, this.d), tokens: signs.slice(this.d) };
  }

  /** Writes response i to `context` and gives its length. */
  #read(i: number, context: Float64Array): number {
    const base = Math.floor(i / BLOCK) * this.stride;
    const bit = i % BLOCK;
    for (let j = 0; j < 2 * this.d; j++) context[j] = 1 - 2 * ((this.words[base + j]! >>> bit) & 1);
    return (this.words[base + 2 * this.d]! >>> bit) & 1 ? this.d : 1;
  }

  #present(block: number): number {
    const left = this.#count - block * BLOCK;
    return left < BLOCK ? (1 << left) - 1 : -1;
  }

  /** Those with EOS. */
  #terminated(block: number): number {
    if (this.#cap > this.d) return this.#present(block);
    return this.#cap < 2 ? 0 : this.#present(block) & ~this.words[(block + 1) * this.stride - 1]!;
  }

  #parity(block: number): number {
    let parity = 0;
    for (let j = block * this.stride, end = j + this.d; j < end; j++) parity ^= this.words[j]!;
    return parity;
  }

  /** The last token is chi(x). */
  #rewardE2e(block: number): number {
    const { d, words } = this;
    const at = block * this.stride;
    const long = words[at + 2 * d]!;
    const last = (words[at + 2 * d - 1]! & long) | (words[at + d]! & ~long);
    return ~(last ^ this.#parity(block));
  }

  /** All tokens of a long response are the prefix products, the token of a short one is chi(x). */
  #rewardCot(block: number): number {
    const { d, words } = this;
    const at = block * this.stride;
    const long = words[at + 2 * d]!;
    let [product, wrong] = [0, 0];
    for (let j = at; j < at + d; j++) {
      product ^= words[j]!;
      wrong |= product ^ words[j + d]!;
    }
    return (long & ~wrong) | (~long & ~(words[at + d]! ^ product));
  }

  #reserve(count: number): void {
    const needed = Math.ceil(count / BLOCK) * this.stride;
    if (needed <= this.words.length) return;
    const larger = new Uint32Array(Math.max(needed, 2 * this.words.length));
    larger.set(this.words);
    this.words = larger;
  }
}

/** The bit of response `index` in a mask, 0 or 1. */
export function bitOf(mask: Uint32Array, index: number): number {
  return (mask[Math.floor(index / BLOCK)]! >>> (index % BLOCK)) & 1;
}

/** Bits set in all words. */
export function countBits(words: Uint32Array): number {
  return words.reduce((sum, word) => sum + popcount(word), 0);
}

function popcount(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  bits = (bits + (bits >>> 4)) & 0x0f0f0f0f;
  return Math.imul(bits, 0x01010101) >>> 24;
}

/** The bits that move right by 1, 2, 4, 8 and 16 to gather the set bits of a mask (Warren, Hacker's Delight, 7-4). */
function movesOf(mask: number): number[] {
  let below = ~mask << 1;
  let kept = mask;
  return [1, 2, 4, 8, 16].map((distance) => {
    const parity = prefixParity(below);
    const moved = parity & kept;
    kept = (kept ^ moved) | (moved >>> distance);
    below &= ~parity;
    return moved;
  });
}

function picked(bits: number, moves: readonly number[]): number {
  let out = bits;
  for (let i = 0; i < moves.length; i++) {
    const moved = out & moves[i]!;
    out = (out ^ moved) | (moved >>> (1 << i));
  }
  return out;
}

/** Bit i: the parity of bits 0..i. */
function prefixParity(bits: number): number {
  let out = bits ^ (bits << 1);
  out ^= out << 2;
  out ^= out << 4;
  out ^= out << 8;
  return out ^ (out << 16);
}
