import { cpus } from 'node:os';
import type { Backend } from '../engine.js';
import { type Adapter, findAdapter, hideWebGpu, showWebGpu } from './adapter.js';
import {
  type Gpu,
  type Handle,
  type Kernel,
  type Library,
  loadLibrary,
  type Pipeline,
  type Recorded,
  type Results,
  type Size,
} from './library.js';

/** How gpu.js runs a pipeline that really is on the back end. */
const EXECUTORS: Readonly<Record<Backend, string>> = {
  webgpu: 'fused-encoder',
  webasm: 'fused-sync',
  cpu: 'generic',
};

/** How it runs one in WebAssembly whose largest kernel is worth more than one thread. */
const THREADED = 'fused-threaded';

/** So many cells are: each thread takes 4096 of a kernel. */
const THREADED_CELLS = 8192;

/** More passes than any loop of a kernel makes: gpu.js ends loops at 1000 passes by default, silently. */
const MAX_PASSES = 2 ** 20;

/** Numbers that a pipeline takes, [z][y][x]. */
export interface Values {
  readonly numbers: Float32Array;
  readonly size: Size;
}

/** gpu.js on one of its back ends, and the pipelines that were made there. */
export class Device {
  readonly #library: Library;
  readonly #gpu: Gpu;
  readonly #pipelines = new Map<string, Pipeline>();
  /** What the graphics device has complained of. */
  #failure: string | null = null;

  private constructor(
    readonly backend: Backend,
    /** null unless the back end is webgpu. */
    readonly adapter: Adapter | null,
    /** Threads that a large pipeline runs in. */
    readonly threads: number,
    library: Library,
  ) {
    this.#library = library;
    this.#gpu = new library.GPU({ mode: backend });
  }

  /**
   * @param threaded whether large pipelines in WebAssembly share their cells among all processors
   * @throws Error if a pipeline does not run on the back end, with what is missing
   */
  static async open(backend: Backend, threaded = false): Promise<Device> {
    const adapter = backend === 'webgpu' ? await requireAdapter() : null;
    const library = await loadLibrary();
    if (adapter) await showWebGpu();
    // gpu.js starts as many threads as it sees processors.
    const device = new Device(backend, adapter, threaded && backend === 'webasm' ? cpus().length : 1, library);
    try {
      if (adapter) await device.#listen();
      await device.#try();
      return device;
    } catch (error) {
      await device.close();
      throw error;
    }
  }

  /** How large pipelines run. */
  get executorKind(): string {
    return this.threads > 1 ? THREADED : EXECUTORS[this.backend];
  }

  kernel(source: string, output: Size): Kernel {
    return this.#gpu.createKernel(source, { output, constants: {}, loopMaxIterations: MAX_PASSES });
  }

  /**
   * Runs the pipeline of this name, which is made at its first use.
   *
   * @param make gives the function that is recorded; it has one parameter for each of the values
   * @param threaded whether its threads, if the device has some, are worth it
   * @throws Error if it does not run on the back end
   */
  async run<R extends Recorded>(
    name: string,
    make: () => (...values: Handle[]) => R,
    values: readonly Values[],
    threaded = false,
  ): Promise<Results<R>> {
    let pipeline = this.#pipelines.get(name) as Pipeline<R> | undefined;
    if (pipeline === undefined) {
      pipeline = this.#gpu.createPipeline(make(), { threads: threaded && this.threads > 1 });
      this.#pipelines.set(name, pipeline);
    }
    const rows = await pipeline(...values.map(({ numbers, size }) => new this.#library.Input(numbers, size)));
    if (this.#failure !== null) throw new Error(`backend is webgpu; the device failed in '${name}': ${this.#failure}`);
    if ([this.executorKind, EXECUTORS[this.backend]].includes(pipeline.executorKind)) return rows;
    throw new Error(
      `backend is ${this.backend}; gpu.js ran '${name}' as '${pipeline.executorKind}' instead of '${this.executorKind}': ` +
        `${pipeline.fallbackReason ?? 'it gives no reason'}`,
    );
  }

  /** Frees everything; a process with nothing else to do ends. */
  async close(): Promise<void> {
    await this.#gpu.destroy();
    if (this.adapter && hideWebGpu()) await this.#library.WebGPUContext.destroy();
  }

  /** gpu.js would write the device's errors to the console and return what it has. */
  async #listen(): Promise<void> {
    const { device } = await this.#library.WebGPUContext.acquire();
    device.onuncapturederror = ({ error }) => {
      this.#failure ??= error.message;
    };
  }

  /** gpu.js replaces a back end that fails by another one, silently; so a pipeline is looked at. */
  async #try(): Promise<void> {
    const cells = this.threads > 1 ? THREADED_CELLS : 4;
    const increment = () => {
      const kernel = this.kernel('function (v) { return v[this.thread.z][this.thread.y][this.thread.x] + 1.0; }', [
        4,
        cells / 4,
        1,
      ]);
      return (v: Handle) => kernel(v);
    };
    const numbers = Float32Array.from({ length: cells }, (_, i) => i + 1);
    const rows = await this.run('trial', increment, [{ numbers, size: [4, cells / 4, 1] }], true);
    const found = rows[0]!.flatMap((row) => [...row]);
    const kind = this.#pipelines.get('trial')!.executorKind;
    if (kind !== this.executorKind || !found.every((value, i) => value === numbers[i]! + 1)) {
      throw new Error(
        `backend is ${this.backend}; gpu.js computed ${found.slice(0, 4)}.. as '${kind}' instead of 2,3,4,5.. as '${this.executorKind}'`,
      );
    }
  }
}

async function requireAdapter(): Promise<Adapter> {
  const adapter = await findAdapter();
  if (adapter) return adapter;
  throw new Error(
    'backend is webgpu, and no graphics adapter was found; install a graphics driver with Vulkan (on Linux also the loader, package libvulkan1), ' +
      'or let software imitate one: with VK_ICD_FILENAMES=/usr/lib/chromium/vk_swiftshader_icd.json and, without the loader, ' +
      "LD_LIBRARY_PATH=/usr/lib/chromium, Debian's chromium does (slowly); the back ends webasm and cpu need nothing",
  );
}
