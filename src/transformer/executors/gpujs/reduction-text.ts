import type { Reduce } from './expression.js';
import { type JointRun, type Layout, runsOf } from './layout.js';
import type { Scope, Statements } from './statements.js';

/** Terms of a reduction that one pass of its loop takes. */
const UNROLLED = 4;

/** What a reduction's body reads: layouts on the axes of the tensor, then on those that are reduced. */
export interface Reads {
  readonly layouts: readonly Layout[];
  /** The place of each at the first reduced index, in the first lane: a local integer. */
  readonly starts: readonly string[];
  /** How far each goes from lane to lane. */
  readonly ahead: readonly number[];
  /** Axes of the tensor. */
  readonly rank: number;
}

/** Writes a reduction for each of so many lanes, as long as they are the same for all lanes; gives a variable that holds the thread's own. */
export function writeReduction(statements: Statements, reduce: Reduce, reads: Reads, lanes: number): string {
  const { layouts, starts, rank } = reads;
  const strides = layouts.map(({ strides }) => strides.slice(rank));
  const found = runsOf(reduce.reduced, strides);
  const runs = found.length > 0 ? found : [{ size: 1, strides: strides.map(() => 0) }];
  const [outer, inner] = [runs.slice(0, -1), runs.at(-1)!];
  const counters = outer.map(() => statements.integer());
  const pointers = starts.map(() => statements.integer());
  const accumulators = new Accumulators(statements, reduce, reads, inner, pointers, lanes);

  const setPointers = () => {
    for (const [at, pointer] of pointers.entries()) {
      const terms = outer.flatMap(({ strides }, i) => (strides[at] === 0 ? [] : [`${counters[i]} * ${strides[at]}`]));
      statements.write(`${pointer} = ${[starts[at], ...terms].join(' + ')};`);
    }
  };
  if (reduce.reduction !== 'sum') {
    setPointers();
    accumulators.begin();
  }
  for (const [i, { size }] of outer.entries()) {
    statements.write(`${counters[i]} = 0;`);
    statements.write(`while (${counters[i]} < ${size}) {`);
  }
  setPointers();
  const whole = inner.size - (inner.size % UNROLLED);
  if (whole > 0) {
    const counter = statements.integer();
    statements.write(`${counter} = 0;`);
    statements.write(`while (${counter} < ${whole}) {`);
    accumulators.take(UNROLLED, counter);
    for (const [at, pointer] of pointers.entries()) {
      const step = UNROLLED * inner.strides[at]!;
      if (step !== 0) statements.write(`${pointer} = ${pointer} + ${step};`);
    }
    statements.write(`${counter} = ${counter} + ${UNROLLED};`);
    statements.write('}');
  }
  if (inner.size > whole) accumulators.take(inner.size - whole, `${whole}`);
  for (const counter of counters.toReversed()) {
    statements.write(`${counter} = ${counter} + 1;`);
    statements.write('}');
  }
  return accumulators.own();
}

/** What has been reduced so far, for each lane. */
class Accumulators {
  /** What has been found: the sum, or the largest term. */
  readonly #found: readonly string[];
  /** Where the largest term is. */
  readonly #indices: readonly string[];

  constructor(
    readonly statements: Statements,
    readonly reduce: Reduce,
    readonly reads: Reads,
    /** The run that the pointers go along. */
    readonly run: JointRun,
    readonly pointers: readonly string[],
    lanes: number,
  ) {
    this.#found = Array.from({ length: lanes }, () => statements.real());
    this.#indices = reduce.reduction === 'argMax' ? this.#found.map(() => statements.real()) : [];
  }

  /** Takes the first term. */
  begin(): void {
    const terms = this.#terms(1);
    for (const [lane, found] of this.#found.entries()) this.statements.write(`${found} = ${terms[lane]![0]};`);
  }

  /** @param counter text of the index of the first of these terms */
  take(count: number, counter: string): void {
    const terms = this.#terms(count);
    for (const [lane, found] of this.#found.entries()) {
      const own = terms[lane]!;
      if (this.reduce.reduction === 'sum') this.statements.write(`${found} = ${found} + (${own.join(' + ')});`);
      else for (const [i, term] of own.entries()) this.#compare(lane, term, `${counter} + ${i}`);
    }
  }

  #compare(lane: number, term: string, index: string): void {
    const found = this.#found[lane]!;
    this.statements.write(
      this.reduce.reduction === 'argMax'
        ? `if (${term} > ${found}) { ${found} = ${term}; ${this.#indices[lane]} = (${index}) * 1.0; }`
        : `${found} = Math.max(${found}, ${term});`,
    );
  }

  /** Variables of the next terms, for each lane. */
  #terms(count: number): string[][] {
    // What several lanes or terms read is read once.
    const reads = new Map<string, string>();
    const place = (lane: number, term: number) => (layout: Layout) => {
      const at = this.reads.layouts.indexOf(layout);
      const further = lane * this.reads.ahead[at]! + term * this.run.strides[at]!;
      return further === 0 ? this.pointers[at]! : `${this.pointers[at]} + ${further}`;
    };
    return this.#found.map((_, lane) =>
      Array.from({ length: count }, (_, term) => {
        const scope: Scope = { place: place(lane, term), values: new Map(), reads };
        return this.statements.value(this.reduce.body, scope);
      }),
    );
  }

  /** A variable that holds what the thread's own lane has found. */
  own(): string {
    const results = this.#indices.length > 0 ? this.#indices : this.#found;
    const own = results[0]!;
    for (const [lane, result] of results.entries())
      if (lane > 0) this.statements.write(`if (this.thread.x === ${lane}) { ${own} = ${result}; }`);
    return own;
  }
}
