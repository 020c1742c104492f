import { featureCount, featureShape, type LinearChain, type Predictor, weightsOf } from '../../chain/index.js';
import type { Instance } from './instance.js';
import { SCHEDULE, type Schedule, type Width } from './schedule.js';

/** Steps that are trained at once: two words of bits. A tile's weights stay in the first-level cache meanwhile. */
export const SLICE = 64;

/** Bytes of a group (assembly/group.ts). */
export const GROUP = 512;
/** How many groups' steps alternate: enough to wait for nothing, and more of them while their weights are few bytes. */
const TILE = 4;
const LARGEST_TILE = 8;
const TILE_BYTES = 16_384;

/** Bytes of a vector, and of one position in a group: the vectors of the plain and of the product half. */
const VECTOR = 16;
const POSITION = 2 * VECTOR;

/** Where the weights of a group begin, and the positions that all of its lanes read and those that only some do. */
interface GroupLayout {
  readonly start: number;
  readonly uniform: number;
  readonly edges: number;
}

interface Layout {
  readonly groups: readonly GroupLayout[];
  /** Of all weights. */
  readonly bytes: number;
}

/** Predictors that learn from the same samples in the same steps: 1 and 'stop' from all of them, 2..d from long ones. */
export class Track {
  /** Address of the structure `Track` of assembly/patterns.ts. */
  readonly address: number;
  /** Address of the words that are unpacked next, with room for [x, tokens, a word]. */
  readonly words: number;
  readonly #instance: Instance;
  readonly #groups: number;
  readonly #weights: number;
  readonly #sums: number;
  readonly #masks: number;
  readonly #schedule: number;
  readonly #patterns: number;
  readonly #strides: { readonly patterns: number; readonly signs: number; readonly products: number };
  readonly #signs: number;
  readonly #products: number;
  readonly #start: readonly Float64Array[];
  #width: Width = 8;
  #current: Layout;

  /**
   * @param predictors consecutive lanes; each reads at least the positions of the one before it
   * @param start a chain to go on from if the schedule has earlier steps
   * @param groups address of room for the groups, if it is not to be taken
   */
  constructor(
    instance: Instance,
    readonly d: number,
    readonly predictors: readonly Predictor[],
    readonly schedule: Schedule,
    start: LinearChain | undefined,
    groups?: number,
  ) {
    this.#instance = instance;
    const count = predictors.length;
    const positions = 2 * d + 16;
    this.#strides = {
      patterns: 2 * ceil(positions, 8),
      signs: 2 * ceil(count + 9, 8),
      products: 2 * ceil(count + 8, 8),
    };
    this.words = instance.take(4 * ceil(positions, 16));
    this.#patterns = instance.take((SLICE / 4) * this.#strides.patterns);
    this.#signs = instance.take(SLICE * this.#strides.signs);
    this.#products = instance.take(6 * (SLICE / 4) * this.#strides.products);
    this.#schedule = instance.take(SLICE * SCHEDULE * 8);
    this.#masks = instance.take(POSITION * 4);
    this.#current = this.#layout(8);
    this.#weights = instance.take(this.#current.bytes);
    this.#sums = instance.take(this.#current.bytes);
    this.#groups = groups ?? instance.take(GROUP * this.#current.groups.length);
    this.address = instance.take(7 * 4);
    const { patterns, signs, products } = this.#strides;
    instance
      .words(this.address, 7)
      .set([this.words, this.#patterns, patterns, this.#signs, signs, this.#products, products]);
    this.#writeGroups();
    this.#start = predictors.map((predictor) => {
      const weights = start && schedule.earlier > 0 ? weightsOf(start, predictor) : undefined;
      return weights ?? new Float64Array(featureCount(predictor, d));
    });
    // v_t = (t - 1) w_t, and lambda v_t is kept.
    const scale = schedule.lambda * schedule.earlier;
    this.#write(
      this.#weights,
      this.#start.map((weights) => weights.map((w) => w * scale)),
    );
  }

  /** 8 while it computes in float64. */
  get width(): Width {
    return this.#width;
  }

  /**
   * Readies the next slice.
   *
   * @returns whether its steps enter the average
   */
  beginSlice(): boolean {
    const { schedule } = this;
    if (schedule.beginsAverage) this.#startAverage(schedule.share);
    const averages = schedule.averages;
    schedule.advance(this.#instance, this.#schedule, this.#width);
    return averages;
  }

  /** Takes the steps of the slice that was begun. */
  train(chunks: number, averages: boolean): void {
    const { groups, bytes } = this.#current;
    const count = groups.length;
    const fitting = Math.floor((TILE_BYTES * count) / bytes);
    const tiles = Math.ceil(count / Math.min(LARGEST_TILE, Math.max(TILE, fitting)));
    for (let tile = 0, group = 0; tile < tiles; tile++) {
      const size = Math.ceil((count - group) / (tiles - tile));
      trainTile(this.#instance, this.#width, this.#groups + GROUP * group, size, chunks, averages);
      group += size;
    }
  }

  /** Goes on in float32. */
  narrow(): void {
    const { bytes } = this.#current;
    const [weights, sums] = [this.#read(this.#weights), this.#read(this.#sums)];
    this.#instance.bytes(this.#weights, bytes).fill(0);
    this.#instance.bytes(this.#sums, bytes).fill(0);
    this.#width = 4;
    this.#current = this.#layout(4);
    this.#write(this.#weights, weights);
    this.#write(this.#sums, sums);
    this.#writeGroups();
  }

  /** The averaged weights of each predictor; those of the start (or 0) if no step was taken. */
  weights(): readonly Float64Array[] {
    const { steps, divisor } = this.schedule;
    if (steps === 0) return this.#start;
    return this.#read(this.#sums).map((sums) => sums.map((sum) => sum / divisor));
  }

  #startAverage(share: number): void {
    const { bytes } = this.#current;
    const weights = this.#view(this.#weights, bytes);
    this.#view(this.#sums, bytes).set(weights.map((v) => v * share));
  }

  #view(at: number, bytes: number): Float64Array | Float32Array {
    return this.#width === 8 ? this.#instance.doubles(at, bytes / 8) : this.#instance.floats(at, bytes / 4);
  }

  /** The groups' predictors and where their weights begin. */
  #layout(width: Width): Layout {
    const lanes = VECTOR / width;
    const groups: GroupLayout[] = [];
    let bytes = 0;
    for (let i = 0; i < this.predictors.length; i += lanes) {
      const [first, second] = [this.predictors[i]!, this.predictors[i + 1]];
      // A lane more of the long predictors reads a position more; the stop predictor reads one more than predictor 1.
      const uniform = first === 1 ? this.d : featureShape(first, this.d).plain - 1;
      const edges = second === 'stop' ? 1 : lanes;
      groups.push({ start: bytes, uniform, edges });
      bytes += POSITION * (uniform + edges);
    }
    return { groups, bytes };
  }

  #writeGroups(): void {
    const lanes = VECTOR / this.#width;
    const { groups } = this.#current;
    const { patterns, signs, products } = this.#strides;
    for (const [g, { start, uniform, edges }] of groups.entries()) {
      const lane = 2 * lanes * g;
      const samples = [this.#patterns, patterns, this.#signs + lane, signs, this.#products + lane, products];
      this.#instance
        .words(this.#groups + GROUP * g, 12)
        .set([this.#weights + start, this.#sums + start, ...samples, this.#schedule, uniform, this.#masks, edges]);
    }
    this.#writeMasks(lanes, groups[0]!);
  }

  /** All ones where a lane reads one of the last positions of its group; the same for each group. */
  #writeMasks(lanes: number, { uniform, edges }: { readonly uniform: number; readonly edges: number }): void {
    for (let edge = 0; edge < edges; edge++) {
      for (const [lane, predictor] of this.predictors.slice(0, lanes).entries()) {
        const { plain, products } = featureShape(predictor, this.d);
        const at = this.#masks + POSITION * edge + this.#width * lane;
        this.#instance.bytes(at, this.#width).fill(uniform + edge < plain ? 255 : 0);
        this.#instance.bytes(at + VECTOR, this.#width).fill(uniform + edge < products ? 255 : 0);
      }
    }
  }

  /** Calls visit(predictor's number, index of its weight, index in the view) for each weight. */
  #forEachWeight(visit: (predictor: number, weight: number, at: number) => void): void {
    const lanes = VECTOR / this.#width;
    const { groups } = this.#current;
    for (const [i, predictor] of this.predictors.entries()) {
      const { plain, products } = featureShape(predictor, this.d);
      const start = groups[Math.floor(i / lanes)]!.start / this.#width + (i % lanes);
      for (let j = 0; j < plain; j++) visit(i, j, start + 2 * lanes * j);
      for (let j = 0; j < products; j++) visit(i, plain + j, start + lanes * (2 * j + 1));
    }
  }

  #read(at: number): Float64Array[] {
    const view = this.#view(at, this.#current.bytes);
    const weights = this.predictors.map((predictor) => new Float64Array(featureCount(predictor, this.d)));
    this.#forEachWeight((i, weight, from) => {
      weights[i]![weight] = view[from]!;
    });
    return weights;
  }

  #write(at: number, weights: readonly Float64Array[]): void {
    const view = this.#view(at, this.#current.bytes);
    this.#forEachWeight((i, weight, to) => {
      view[to] = weights[i]![weight]!;
    });
  }
}

/** Trains groups that lie side by side in memory on 32 steps for each chunk. */
export function trainTile(
  { exports }: Instance,
  width: Width,
  address: number,
  groups: number,
  chunks: number,
  averages: boolean,
): void {
  const train = width === 8 ? exports.trainF64 : exports.trainF32;
  train(address, groups, chunks * 8, averages);
}

function ceil(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}
