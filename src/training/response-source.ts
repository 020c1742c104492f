import { Pacer, type Watch } from '../progress/index.js';
import { Demonstrations } from '../task/index.js';

/** Called with each response: context[0..d) = x, context[d..d + length) its tokens; the array is reused. */
export type ContextVisitor = (context: Float64Array, length: number) => void;

/** A fixed list of responses to train on, in order, whose numbers are known before the first is read. */
export interface ResponseSource {
  readonly d: number;
  readonly count: number;
  /** How many of them are long. */
  readonly longCount: number;
  /** Visits all responses; `pacer` is checked every few hundred of them. */
  forEach(visit: ContextVisitor, pacer: Pacer): Promise<void>;
}

/** Responses between two checkpoints. */
const PACE = 256;

/** The first `count` samples of D(p), generated anew at each reading: memory does not depend on `count`. */
export async function demonstrationSource(
  d: number,
  pCot: number,
  seed: number,
  count: number,
  watch: Watch = {},
): Promise<ResponseSource> {
  const demonstrations = new Demonstrations({ d, pCot, seed });
  let longCount = 0;
  const pacer = new Pacer({ signal: watch.signal });
  for (let i = 0; i < count; i++) {
    if (i % PACE === 0) await pacer.checkpoint(0);
    if (demonstrations.isLong(i)) longCount++;
  }
  return {
    d,
    count,
    longCount,
    async forEach(visit, pacer) {
      const context = new Float64Array(2 * d);
      for (let i = 0; i < count; i++) {
        if (i % PACE === 0) await pacer.checkpoint(i / count);
        visit(context, fillDemonstration(context, demonstrations.input(i), demonstrations.isLong(i)));
      }
    },
  };
}

/** Writes x and the valid response to it; returns the response's length. */
function fillDemonstration(context: Float64Array, x: Int8Array, long: boolean): number {
  const d = x.length;
  let product = 1;
  for (let i = 0; i < d; i++) {
    context[i] = x[i]!;
    product *= x[i]!;
    context[d + i] = product;
  }
  if (!long) context[d] = product;
  return long ? d : 1;
}

/** Accepted responses, one bit a sign: at most 2d bits each. */
export class ResponseStore implements ResponseSource {
  readonly #words: number;
  #bits = new Uint32Array(1024);
  #long = new Uint8Array(256);
  #count = 0;
  #longCount = 0;

  constructor(readonly d: number) {
    this.#words = Math.ceil((2 * d) / 32);
  }

  get count(): number {
    return this.#count;
  }

  get longCount(): number {
    return this.#longCount;
  }

  push(context: Float64Array, length: number): void {
    this.#reserve();
    const base = this.#count * this.#words;
    for (let j = 0; j < this.d + length; j++) {
      if (context[j]! < 0) this.#bits[base + (j >>> 5)]! |= 1 << (j & 31);
    }
    const long = length === this.d;
    this.#long[this.#count] = long ? 1 : 0;
    if (long) this.#longCount++;
    this.#count++;
  }

  async forEach(visit: ContextVisitor, pacer: Pacer): Promise<void> {
    const context = new Float64Array(2 * this.d);
    for (let i = 0; i < this.#count; i++) {
      if (i % PACE === 0) await pacer.checkpoint(i / this.#count);
      const base = i * this.#words;
      for (let j = 0; j < 2 * this.d; j++) context[j] = (this.#bits[base + (j >>> 5)]! >>> (j & 31)) & 1 ? -1 : 1;
      visit(context, this.#long[i] === 1 ? this.d : 1);
    }
  }

  #reserve(): void {
    if (this.#count === this.#long.length) this.#long = grown(this.#long, Uint8Array);
    if ((this.#count + 1) * this.#words > this.#bits.length) this.#bits = grown(this.#bits, Uint32Array);
  }
}

function grown<A extends Uint8Array | Uint32Array>(array: A, Kind: new (length: number) => A): A {
  const larger = new Kind(array.length * 2);
  larger.set(array);
  return larger;
}
