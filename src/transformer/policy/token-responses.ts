import { chainLength, type Reward, type RewardName, rewardCot, rewardE2e } from '../../task/index.js';
import { BLOCK, countBits, type Responses } from '../../training/index.js';
import { EOS, SEP, signToken, tokenSign } from './tokens.js';

/** Parity of d bits, demonstrated by chains of some leap. */
export interface ParityTask {
  /** Bits, an integer >= 2. */
  readonly d: number;
  /** Chains have tokens c_leap, c_2leap, ..., c_d; 1: the full chain. */
  readonly leap: number;
}

/** Tokens of a prompt: its bits and SEP. */
export function promptLength({ d }: ParityTask): number {
  return d + 1;
}

/** Tokens of a response at most: a chain and EOS. */
export function longestResponse({ d, leap }: ParityTask): number {
  return chainLength(d, leap) + 1;
}

/** A prompt with the response to it, in signs and in tokens. */
export interface PromptAndResponse {
  /** x, [d]. */
  readonly x: Int8Array;
  /** The response's tokens, its EOS, if it has one, included. */
  readonly tokens: Uint8Array;
  /** The signs of the tokens before EOS; 0 for a SEP, which has none. */
  readonly signs: Int8Array;
}

/**
 * Responses with their prompts, as rows of tokens. A response ends with EOS or was cut; it may hold a SEP, which counts as a token
 * that is wrong wherever it stands: r_cot is then 0, and r_e2e is if it is the last one. Every token is one decision, EOS included.
 *
 * Long is a response with as many tokens before its EOS as the task's chain has, its leap included; where the chain has one token,
 * nothing is long.
 */
export class TokenResponses implements Responses {
  /** Tokens of a response at most, EOS included. */
  readonly longest: number;
  /** A row: the bits of a prompt, and the tokens of the response to it. What follows a response is EOS. */
  readonly #stride: number;
  #rows: Uint8Array;
  #lengths: Uint16Array;
  #count = 0;

  /** @param capacity responses that room is made for */
  constructor(
    readonly task: ParityTask,
    capacity = 256,
  ) {
    this.longest = longestResponse(task);
    this.#stride = task.d + this.longest;
    this.#rows = new Uint8Array(capacity * this.#stride);
    this.#lengths = new Uint16Array(capacity);
  }

  get count(): number {
    return this.#count;
  }

  get longCount(): number {
    return countBits(this.long);
  }

  get long(): Uint32Array {
    const { longest } = this;
    return this.#mask((i) => longest > 2 && this.#lengths[i] === longest && this.#ended(i));
  }

  get promptLength(): number {
    return promptLength(this.task);
  }

  /** @param x bits, [d]; @param tokens of the response up to its EOS, at least 1; those beyond the longest are not taken */
  push(x: ArrayLike<number>, tokens: ArrayLike<number>): void {
    const { d } = this.task;
    this.#reserve(this.#count + 1);
    const at = this.#count * this.#stride;
    const length = Math.min(tokens.length, this.longest);
    for (let j = 0; j < d; j++) this.#rows[at + j] = signToken(x[j]!);
    for (let k = 0; k < this.longest; k++) this.#rows[at + d + k] = k < length ? tokens[k]! : EOS;
    this.#lengths[this.#count++] = length;
  }

  rewarded(reward: RewardName): Uint32Array {
    const { leap } = this.task;
    return this.accepted(reward === 'e2e' ? rewardE2e : (x, signs) => rewardCot(x, signs, leap));
  }

  /** A token without a sign is 0 for the reward. */
  accepted(reward: Reward): Uint32Array {
    return this.#mask((i) => {
      const { x, signs } = this.at(i);
      return this.#ended(i) && reward(x, signs);
    });
  }

  lengths(): Uint32Array {
    return Uint32Array.from(this.#lengths.subarray(0, this.#count));
  }

  terminated(): Uint32Array {
    return this.#mask((i) => this.#ended(i));
  }

  offsets(): Uint32Array {
    const offsets = new Uint32Array(this.#count + 1);
    for (let i = 0; i < this.#count; i++) offsets[i + 1] = offsets[i]! + this.#lengths[i]!;
    return offsets;
  }

  key(index: number): string {
    return String.fromCharCode(this.#lengths[index]!, ...this.#row(index));
  }

  append(other: TokenResponses, kept: Uint32Array): void {
    this.#reserve(this.#count + countBits(kept));
    for (let i = 0; i < other.count; i++) {
      if (!((kept[Math.floor(i / BLOCK)]! >>> (i % BLOCK)) & 1)) continue;
      this.#rows.set(other.#row(i), this.#count * this.#stride);
      this.#lengths[this.#count++] = other.#lengths[i]!;
    }
  }

  /** @throws RangeError if there is no response i */
  at(i: number): PromptAndResponse {
    if (!(Number.isInteger(i) && i >= 0 && i < this.#count)) {
      throw new RangeError(`i is ${i}; it must be an integer from 0 to ${this.#count - 1}`);
    }
    const row = this.#row(i);
    const { d } = this.task;
    const tokens = row.slice(d, d + this.#lengths[i]!);
    const before = this.#ended(i) ? tokens.subarray(0, -1) : tokens;
    return { x: Int8Array.from(row.subarray(0, d), tokenSign), tokens, signs: Int8Array.from(before, tokenSign) };
  }

  /** Writes what a model sees of response i, the prompt and the response but its last token: [d + longest]. */
  fillTokens(i: number, out: Float32Array): void {
    const { d } = this.task;
    const row = this.#row(i);
    out.set(row.subarray(0, d));
    out[d] = SEP;
    out.set(row.subarray(d, this.#stride - 1), d + 1);
  }

  /** Writes the tokens of response i, EOS after its end: [longest]. */
  fillTargets(i: number, out: Float32Array): void {
    out.set(this.#row(i).subarray(this.task.d));
  }

  #row(i: number): Uint8Array {
    return this.#rows.subarray(i * this.#stride, (i + 1) * this.#stride);
  }

  /** Whether response i ends with EOS. */
  #ended(i: number): boolean {
    return this.#rows[i * this.#stride + this.task.d + this.#lengths[i]! - 1] === EOS;
  }

  #mask(holds: (i: number) => boolean): Uint32Array {
    const mask = new Uint32Array(Math.ceil(this.#count / BLOCK));
    for (let i = 0; i < this.#count; i++) if (holds(i)) mask[Math.floor(i / BLOCK)]! |= 1 << (i % BLOCK);
    return mask;
  }

  #reserve(count: number): void {
    if (count <= this.#lengths.length) return;
    const capacity = Math.max(count, 2 * this.#lengths.length);
    const [rows, lengths] = [new Uint8Array(capacity * this.#stride), new Uint16Array(capacity)];
    rows.set(this.#rows);
    lengths.set(this.#lengths);
    [this.#rows, this.#lengths] = [rows, lengths];
  }
}
