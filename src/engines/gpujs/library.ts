/** A three-dimensional array of float32, [z][y][x], as an argument of a pipeline. */
export interface Input {
  readonly value: Float32Array;
}

/** One to three sizes of a kernel's output, from x on: a kernel computes one number a cell. */
export type Size = readonly number[];

declare const handle: unique symbol;
/** A value inside a pipeline: an argument, or what a kernel returns. */
export interface Handle {
  readonly [handle]: true;
}

/** What a recorded function returns: one value, or several by name. */
export type Recorded = Handle | Readonly<Record<string, Handle>>;

/** Called while a pipeline is recorded. */
export type Kernel = (...values: readonly Handle[]) => Handle;

/** [z][y] of a row along x. */
export type Rows = readonly (readonly Float32Array[])[];

/** A row along x, or rows of further axes. */
export type Nested = Float32Array | readonly Nested[];

/** What a pipeline gives for what its recorded function returns. */
export type Results<R> = R extends Handle ? Rows : Readonly<Record<string, Nested>>;

export interface Pipeline<R = unknown> {
  (...values: readonly Input[]): Promise<Results<R>>;
  /** How it runs: 'generic' is one kernel after the other, the others are one call for all. */
  readonly executorKind: string;
  /** Why it runs in the generic way. */
  readonly fallbackReason: string | null;
}

/** What is used of an instance of gpu.js, whose own types lack `loopMaxIterations` and know inputs as lists of numbers only. */
export interface Gpu {
  createKernel(
    source: string,
    settings: {
      readonly output: Size;
      readonly constants: Readonly<Record<string, number>>;
      readonly loopMaxIterations: number;
    },
  ): Kernel;
  /** The function is run once, with as many handles as it has parameters; the calls of kernels in it are recorded. */
  createPipeline<R extends Recorded>(
    record: (...values: Handle[]) => R,
    settings: { readonly threads: boolean },
  ): Pipeline<R>;
  destroy(): Promise<void>;
}

export interface Library {
  readonly GPU: new (settings: { readonly mode: string }) => Gpu;
  readonly Input: new (value: Float32Array, size: Size) => Input;
  /** The device that all instances share. */
  readonly WebGPUContext: { acquire(): Promise<{ readonly device: GraphicsDevice }>; destroy(): Promise<void> };
}

/** What is used of a GPUDevice. */
export interface GraphicsDevice {
  /** Called with an error that no operation returns, such as an invalid command: what it was to compute is not computed. */
  onuncapturederror: ((event: { readonly error: { readonly message: string } }) => void) | null;
}

/** gpu.js takes a while to load, and most commands do without. */
export async function loadLibrary(): Promise<Library> {
  const { default: library } = await import('gpu.js');
  return library as unknown as Library;
}
