import type { Expression } from './expression.js';
import type { Layout } from './layout.js';
import { type Locals, literal, writeScalar } from './scalars.js';

/** What is known where a statement stands. */
export interface Scope {
  /** Text of the place that a layout gives. */
  readonly place: (layout: Layout) => string;
  /** Variables that hold values of expressions. */
  readonly values: Map<Expression, string>;
  /** Variables that hold what was read, by the text that reads it. */
  readonly reads: Map<string, string>;
}

/** The statements of a kernel, whose local variables are declared at its beginning. */
export class Statements implements Locals {
  readonly #buffers: readonly number[];
  readonly #integers: string[] = [];
  readonly #reals: string[] = [];
  readonly #lines: string[] = [];

  /** @param buffers the buffers that the kernel takes, in order */
  constructor(buffers: readonly number[]) {
    this.#buffers = buffers;
  }

  integer(): string {
    return added(this.#integers, 'i');
  }

  real(): string {
    return added(this.#reals, 'v');
  }

  write(statement: string): void {
    this.#lines.push(statement);
  }

  /** The kernel that returns a value after all these statements. */
  source(result: string): string {
    return [
      `function (${this.#buffers.map((_, i) => `b${i}`).join(', ')}) {`,
      // 'let i = 0' would make a real number in WebAssembly; this.output.x is an integer to gpu.js.
      ...this.#integers.map((name) => `let ${name} = this.output.x; ${name}++; ${name} = 0;`),
      ...this.#reals.map((name) => `let ${name} = 0.0;`),
      ...this.#lines,
      `return ${result};`,
      '}',
    ].join('\n');
  }

  /** Computes an expression; gives a variable that holds it, or a literal. */
  value(expression: Expression, scope: Scope): string {
    const known = scope.values.get(expression);
    if (known !== undefined) return known;
    const value = this.#compute(expression, scope);
    scope.values.set(expression, value);
    return value;
  }

  #compute(expression: Expression, scope: Scope): string {
    switch (expression.kind) {
      case 'literal':
        return literal(expression.value);
      case 'read':
        return this.#read(`b${this.#buffers.indexOf(expression.buffer)}[${scope.place(expression.layout)}]`, scope);
      case 'place':
        return this.#read(`(${scope.place(expression.layout)}) * 1.0`, scope);
      case 'apply': {
        const inputs = expression.inputs.map((input) => this.value(input, scope));
        const out = this.real();
        writeScalar(this, expression.scalar, out, inputs);
        return out;
      }
      case 'pieces': {
        const out = this.real();
        this.#writePiece(expression, 0, expression.parts.length, out, scope);
        return out;
      }
      case 'reduce':
        throw new RangeError('a kernel has more than one reduction');
    }
  }

  #read(text: string, { reads }: Scope): string {
    const known = reads.get(text);
    if (known !== undefined) return known;
    const name = this.real();
    this.write(`${name} = ${text};`);
    reads.set(text, name);
    return name;
  }

  /** Sets `out` to that of the parts first..end - 1 whose turn it is, which is found by halving. */
  #writePiece(pieces: Pieces, first: number, end: number, out: string, scope: Scope): void {
    if (end - first === 1) {
      this.write(`${out} = ${this.value(pieces.parts[first]!, scope)};`);
      return;
    }
    const middle = (first + end) >> 1;
    const place = scope.place(pieces.along);
    // What one branch computes the other one lacks.
    const branch = (): Scope => ({ ...scope, values: new Map(scope.values), reads: new Map(scope.reads) });
    this.write(`if (${place} < ${pieces.ends[middle - 1]}) {`);
    this.#writePiece(pieces, first, middle, out, branch());
    this.write('} else {');
    this.#writePiece(pieces, middle, end, out, branch());
    this.write('}');
  }
}

type Pieces = Extract<Expression, { kind: 'pieces' }>;

function added(names: string[], prefix: string): string {
  const name = `${prefix}${names.length}`;
  names.push(name);
  return name;
}
