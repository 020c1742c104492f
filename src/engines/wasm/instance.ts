import { readFileSync } from 'node:fs';
import { builtFile } from '../built.js';

/** What is used of the global object, whose types come with the browser's alone. */
declare namespace WebAssembly {
  class Memory {
    constructor(size: { initial: number });
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  }
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Instance {
    constructor(module: Module, imports: { env: { memory: Memory; exp(x: number): number } });
    readonly exports: object;
  }
}

const PAGE = 65_536;

/** What assembly/index.ts exports. Addresses are in bytes. */
interface Exports {
  prepare(): void;
  countLong(stream: number, from: number, to: number): number;
  drawBlock(seat: number, stream: number, block: number, headChunk: number, longChunk: number): number;
  takeBlock(seat: number, headChunk: number, longChunk: number): number;
  dealRest(seat: number, longChunk: number): void;
  beginDecoding(decoder: number): void;
  drawUniforms(decoder: number, pair: number): void;
  decideToken(decoder: number, plain: number, products: number, step: number, sampled: boolean): void;
  decideStop(decoder: number, plain: number, products: number, sampled: boolean): void;
  finishDecoding(decoder: number): void;
  scheduleF64: WriteSchedule;
  scheduleF32: WriteSchedule;
  trainF64(tile: number, count: number, blocks: number, average: boolean): void;
  trainF32(tile: number, count: number, blocks: number, average: boolean): void;
  trainHeadF32(tile: number, count: number, blocks: number, average: boolean): void;
}

type WriteSchedule = (
  out: number,
  unit: number,
  lambda: number,
  before: number,
  left: number,
  skipped: number,
  share: number,
) => void;

/** The machine code and its memory, from which the host takes pieces. */
export class Instance {
  readonly exports: Exports;
  readonly #memory = new WebAssembly.Memory({ initial: 2 });
  /** The first page is the code's own. */
  #top = PAGE;

  constructor() {
    const imports = { env: { memory: this.#memory, exp: Math.exp } };
    this.exports = new WebAssembly.Instance(compiledModule(), imports).exports as Exports;
    this.exports.prepare();
  }

  /** The address of `bytes` zeros. */
  take(bytes: number): number {
    const at = this.#top;
    // Some room behind each piece, since vectors are read and written whole.
    const top = Math.ceil((at + bytes + 64) / 64) * 64;
    const missing = top - this.#memory.buffer.byteLength;
    if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE));
    this.#top = top;
    return at;
  }

  /** Gives all pieces back. */
  reset(): void {
    this.bytes(PAGE, this.#top - PAGE).fill(0);
    this.#top = PAGE;
  }

  // Views are made anew at each use: they are lost when the memory grows.

  bytes(at: number, length: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, at, length);
  }

  fields(at: number, length: number): DataView {
    return new DataView(this.#memory.buffer, at, length);
  }

  words(at: number, length: number): Uint32Array {
    return new Uint32Array(this.#memory.buffer, at, length);
  }

  doubles(at: number, length: number): Float64Array {
    return new Float64Array(this.#memory.buffer, at, length);
  }

  floats(at: number, length: number): Float32Array {
    return new Float32Array(this.#memory.buffer, at, length);
  }
}

let shared: WebAssembly.Module | undefined;

function compiledModule(): WebAssembly.Module {
  shared ??= new WebAssembly.Module(readFileSync(builtFile('wasm/chain.wasm')));
  return shared;
}

const idle: Instance[] = [];

/** Lends an instance: instances are kept, since a WebAssembly memory is costly to make and freed late. */
export async function withInstance<R>(use: (instance: Instance) => Promise<R>): Promise<R> {
  const instance = idle.pop() ?? new Instance();
  try {
    return await use(instance);
  } finally {
    instance.reset();
    idle.push(instance);
  }
}
