import { Pacer, type Watch } from '../../progress/index.js';
import { KeyedRandom, streamOf } from '../../random/index.js';
import { countBits, type Mixture, PackedResponses, requireCount } from '../../training/index.js';

/** Samples in a word: one bit each. */
export const CHUNK = 32;

/** Words of lengths that are drawn between two looks at the watch. */
const PACE = 64;

/** What a chain is trained on, in order. */
export interface Samples {
  readonly d: number;
  readonly count: number;
  readonly longCount: number;
  /** The next samples: `most`, a multiple of 32, or those that are left. */
  next(most: number): PackedResponses;
}

/** Lengths are drawn before all else, since the averages of predictors l >= 2 depend on how many steps they will take. */
export async function samplesOf(data: Mixture | PackedResponses, watch: Watch): Promise<Samples> {
  if (data instanceof PackedResponses) return new GivenSamples(data);
  requireCount('samples', data.samples);
  return new MixtureSamples(data, await drawLengths(data, new Pacer({ signal: watch.signal })));
}

class GivenSamples implements Samples {
  #given = 0;

  constructor(readonly responses: PackedResponses) {}

  get d(): number {
    return this.responses.d;
  }

  get count(): number {
    return this.responses.count;
  }

  get longCount(): number {
    return this.responses.longCount;
  }

  next(most: number): PackedResponses {
    const { d, stride, words, count } = this.responses;
    const from = this.#given;
    this.#given = Math.min(count, from + most);
    const part = new PackedResponses(d, this.#given - from);
    const at = Math.ceil(from / CHUNK) * stride;
    part.words.set(words.subarray(at, at + part.words.length));
    part.written(this.#given - from);
    return part;
  }
}

/** The samples of `Demonstrations`, from the same bits, a word at a time. */
class MixtureSamples implements Samples {
  readonly longCount: number;
  readonly #inputs: KeyedRandom;
  #given = 0;

  /** @param lengths which samples are long, 32 in a word */
  constructor(
    readonly mixture: Mixture,
    readonly lengths: Uint32Array,
  ) {
    this.longCount = countBits(lengths);
    this.#inputs = new KeyedRandom(mixture.seed, streamOf('inputs'));
  }

  get d(): number {
    return this.mixture.d;
  }

  get count(): number {
    return this.mixture.samples;
  }

  next(most: number): PackedResponses {
    const from = this.#given;
    this.#given = Math.min(this.count, from + most);
    const part = new PackedResponses(this.d, this.#given - from);
    for (let block = 0; block < Math.ceil((this.#given - from) / CHUNK); block++) {
      this.#draw(from / CHUNK + block, part.words.subarray(block * part.stride, (block + 1) * part.stride));
    }
    part.written(this.#given - from);
    return part;
  }

  /** @param out x, the tokens and the lengths of 32 samples, as `PackedResponses` has them */
  #draw(block: number, out: Uint32Array): void {
    const { d } = this;
    const left = this.count - block * CHUNK;
    const present = left < CHUNK ? (1 << left) - 1 : -1;
    const long = this.lengths[block]!;
    let product = 0;
    for (let j = 0; j < d; j++) {
      const x = this.#inputs.words(j >>> 2, block)[j & 3]! & present;
      product ^= x;
      out[j] = x;
      out[d + j] = product & long;
    }
    out[d]! |= product & ~long;
    out[2 * d] = long;
  }
}

async function drawLengths({ seed, pCot, samples }: Mixture, pacer: Pacer): Promise<Uint32Array> {
  const random = new KeyedRandom(seed, streamOf('lengths'));
  const lengths = new Uint32Array(Math.ceil(samples / CHUNK));
  for (let i = 0; i < samples; i++) {
    if (i % (PACE * CHUNK) === 0) await pacer.checkpoint(0);
    if (random.uniform(0, i) < pCot) lengths[Math.floor(i / CHUNK)]! |= 1 << (i % CHUNK);
  }
  return lengths;
}
