import { featureCount, featureShape, type LinearChain, type Predictor, weightsOf } from '../../chain/index.js';
import type { Instance } from './instance.js';
import { SCHEDULE, type Schedule, type Width } from './schedule.js';

/** Steps that are trained at once: two words of bits. A tile's weights stay in the first-level cache meanwhile. */
export const SLICE = 64;

/** Blocks of 4 steps in a word of bits. */
const BLOCKS = 8;

/** Bytes of a group (assembly/group.ts). */
export const GROUP = 512;
/** How many groups' steps alternate: enough to wait for nothing, and more of them while their weights are few bytes. */
const TILE = 4;
const LARGEST_TILE = 8;
const TILE_BYTES = 16_384;

/** Bytes of a vector. */
const VECTOR = 16;

/** Where the weights of a group begin, and the positions that all of its lanes read and those that only some do. */
interface GroupLayout {
  readonly start: number;
  readonly uniform: number;
  readonly edges: number;
}

interface Layout {
  readonly groups: readonly GroupLayout[];
  /** Bytes of a position in a group. */
  readonly position: number;
  /** Numbers from a weight of the plain half to its like in the product half. */
  readonly toProduct: number;
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
    // Those of the head are written by vectors of rows (assembly/patterns.ts).
    this.#strides = {
      patterns: 2 * ceil(positions, 8),
      signs: this.#isHead ? 8 : 2 * ceil(count + 9, 8),
      products: this.#isHead ? 4 : 2 * ceil(count + 8, 8),
    };
    this.words = instance.take(4 * ceil(positions, 16));
    this.#patterns = instance.take((SLICE / 4) * this.#strides.patterns);
    this.#signs = instance.take(SLICE * this.#strides.signs);
    this.#products = instance.take(6 * (SLICE / 4) * this.#strides.products);
    this.#schedule = instance.take(SLICE * SCHEDULE * 8);
    this.#masks = instance.take(4 * 2 * VECTOR);
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

  /** Whether it is the track of predictors 1 and 'stop'. */
  get #isHead(): boolean {
    return this.predictors[0] === 1;
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
      this.trainTile(this.#groups + GROUP * group, size, chunks, averages);
      group += size;
    }
  }

  /** The same for groups that lie side by side, of this track or of others of its kind and width. */
  trainTile(address: number, groups: number, chunks: number, averages: boolean): void {
    const { exports } = this.#instance;
    const narrow = this.#isHead ? exports.trainHeadF32 : exports.trainF32;
    const train = this.#width === 8 ? exports.trainF64 : narrow;
    train(address, groups, chunks * BLOCKS, averages);
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

  #layout(width: Width): Layout {
    const lanes = VECTOR / width;
    // In float32 the halves of the head share a vector (assembly/group.ts).
    const folded = this.#isHead && width === 4;
    const position = folded ? VECTOR : 2 * VECTOR;
    const groups: GroupLayout[] = [];
    let bytes = 0;
    for (let i = 0; i < this.predictors.length; i += lanes) {
      // A lane more of the long predictors reads a position more; the stop predictor reads one more than predictor 1.
      const uniform = this.#isHead ? this.d : featureShape(this.predictors[i]!, this.d).plain - 1;
      const edges = this.#isHead ? 1 : lanes;
      groups.push({ start: bytes, uniform, edges });
      bytes += position * (uniform + edges);
    }
    return { groups, position, toProduct: folded ? 1 : lanes, bytes };
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
  #writeMasks(lanes: number, { uniform, edges }: GroupLayout): void {
    const { position, toProduct } = this.#current;
    this.#instance.bytes(this.#masks, edges * position).fill(0);
    const admit = (at: number) => this.#instance.bytes(at, this.#width).fill(255);
    for (let edge = 0; edge < edges; edge++) {
      for (const [lane, predictor] of this.predictors.slice(0, lanes).entries()) {
        const { plain, products } = featureShape(predictor, this.d);
        const at = this.#masks + position * edge + this.#width * lane;
        if (uniform + edge < plain) admit(at);
        if (uniform + edge < products) admit(at + this.#width * toProduct);
      }
    }
  }

  /** Calls visit(predictor's number, index of its weight, index in the view) for each weight. */
  #forEachWeight(visit: (predictor: number, weight: number, at: number) => void): void {
    const lanes = VECTOR / this.#width;
    const { groups, position, toProduct } = this.#current;
    const step = position / this.#width;
    for (const [i, predictor] of this.predictors.entries()) {
      const { plain, products } = featureShape(predictor, this.d);
      const start = groups[Math.floor(i / lanes)]!.start / this.#width + (i % lanes);
      for (let j = 0; j < plain; j++) visit(i, j, start + step * j);
      for (let j = 0; j < products; j++) visit(i, plain + j, start + step * j + toProduct);
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

function ceil(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}
