import { KeyedRandom, SIGN_BLOCK, streamOf } from '../random/index.js';
import { noisyChain, parity, partialChain, type Sign } from './parity.js';

/** What is wrong in demonstrations. */
export interface DemonstrationNoise {
  /** eta in [0, 1]: probability that a step of a chain is wrong, independently; full chains only. Default 0. */
  readonly stepNoise?: number;
  /** nu in [0, 1]: probability that a short answer is -chi(x). Default 0. */
  readonly answerNoise?: number;
}

/** What a mixture of demonstrations is made of. */
export interface DemonstrationOptions extends DemonstrationNoise {
  /** Bits, an integer >= 2. */
  readonly d: number;
  /** Fraction of long demonstrations, in (0, 1). */
  readonly pCot: number;
  readonly seed: number;
  /** Keep c_leap, c_2leap, ... and c_d of each chain; default 1, the full chain. */
  readonly leap?: number;
}

/**
 * The keyed sample stream of D(p): sample i is a pure function of (seed, i). Signs come in blocks of 32 samples, which
 * are cached, so walking in order is cheap.
 */
export class Demonstrations {
  readonly #inputs: KeyedRandom;
  readonly #lengths: KeyedRandom;
  readonly #noise: KeyedRandom;
  readonly #signs: Int8Array;
  #block = -1;

  /** @throws RangeError if an option is outside its range, or noise is asked of partial chains */
  constructor(readonly options: DemonstrationOptions) {
    const { d, pCot, seed, leap = 1, stepNoise = 0 } = options;
    if (!Number.isInteger(d) || d < 2) throw new RangeError(`d is ${d}; it must be an integer of at least 2`);
    if (!(pCot > 0 && pCot < 1)) throw new RangeError(`p is ${pCot}; it must lie strictly between 0 and 1`);
    requireNoise(options);
    if (leap !== 1 && stepNoise > 0) {
      throw new RangeError(`stepNoise is ${stepNoise} with leap ${leap}; noise is defined for full chains (leap 1)`);
    }
    this.#inputs = new KeyedRandom(seed, streamOf('inputs'));
    this.#lengths = new KeyedRandom(seed, streamOf('lengths'));
    this.#noise = new KeyedRandom(seed, streamOf('noise'));
    this.#signs = new Int8Array(SIGN_BLOCK * d);
  }

  /** Whether sample `index` is a long demonstration: true with probability p. */
  isLong(index: number): boolean {
    return this.#lengths.uniform(0, index) < this.options.pCot;
  }

  /** The input bits of sample `index`, [d]; a view that later calls overwrite. */
  input(index: number): Int8Array {
    const { d } = this.options;
    const block = Math.floor(index / SIGN_BLOCK);
    if (block !== this.#block) {
      this.#inputs.signs(block, d, this.#signs);
      this.#block = block;
    }
    const row = index % SIGN_BLOCK;
    return this.#signs.subarray(row * d, (row + 1) * d);
  }

  /** The demonstrated tokens of sample `index`. */
  tokens(index: number): Sign[] {
    const { d, leap = 1, stepNoise = 0, answerNoise = 0 } = this.options;
    const x = this.input(index);
    if (!this.isLong(index)) {
      const wrong = answerNoise > 0 && this.#noise.uniform(0, index) < answerNoise;
      return [(wrong ? -parity(x) : parity(x)) as Sign];
    }
    if (stepNoise === 0) return partialChain(x, leap);
    return noisyChain(
      x,
      Array.from({ length: d }, (_, l) => this.#noise.uniform(l + 1, index) < stepNoise),
    );
  }
}

/** Whether anything may be wrong. */
export function isNoisy({ stepNoise = 0, answerNoise = 0 }: DemonstrationNoise): boolean {
  return stepNoise > 0 || answerNoise > 0;
}

/** @throws RangeError unless both probabilities lie in [0, 1] */
export function requireNoise({ stepNoise = 0, answerNoise = 0 }: DemonstrationNoise): void {
  requireProbability('stepNoise', stepNoise);
  requireProbability('answerNoise', answerNoise);
}

function requireProbability(name: string, value: number): void {
  if (!(value >= 0 && value <= 1)) throw new RangeError(`${name} is ${value}; it must lie in [0, 1]`);
}
