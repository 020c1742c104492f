import { type Command, Option } from 'commander';
import type { Choices } from '../claims/index.js';
import {
  BACKENDS,
  type Backend,
  type BatchReport,
  ENGINES,
  type EngineName,
  engineNamed,
  openEngine,
  PRECISIONS,
  type Precision,
} from '../engines/index.js';
import type { Configuration, Experiment } from '../runs/index.js';
import type { Kernels } from '../training/index.js';
import { EXECUTORS, type ExecutorBackend, type ExecutorName } from '../transformer/index.js';
import { choice, integer } from './options.js';

/** Which engine trains, and where and how. */
export interface EngineFlags {
  readonly engine?: EngineName | undefined;
  readonly backend?: Backend | undefined;
  readonly precision?: Precision | undefined;
}

export function addEngineOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--engine <name>', 'plain, wasm or gpujs (default: wasm, or what can do it)').argParser(
        choice('--engine', ENGINES),
      ),
    )
    .addOption(
      new Option('--backend <name>', 'of gpu.js: webgpu, webasm or cpu').argParser(choice('--backend', BACKENDS)),
    )
    .addOption(
      new Option(
        '--precision <name>',
        'f64; mixed: float64 for 1024 to 4096 steps, then float32; f32: gpujs only',
      ).argParser(choice('--precision', PRECISIONS)),
    );
}

/** What runs an experiment: an engine for chains, an executor for transformers. */
export interface RunEngineFlags {
  readonly engine?: EngineName | ExecutorName | undefined;
  readonly backend?: Backend | ExecutorBackend | undefined;
  readonly precision?: Precision | undefined;
  readonly workers?: number | undefined;
}

export function addRunEngineOptions(command: Command): Command {
  const names = [...new Set([...ENGINES, ...EXECUTORS])];
  return command
    .addOption(
      new Option(
        '--engine <name>',
        'of chains: plain, wasm (default) or gpujs; of transformers: onnx or gpujs (default: the fastest that runs)',
      ).argParser(choice('--engine', names)),
    )
    .addOption(
      new Option('--backend <name>', 'of gpujs: webgpu, webasm or cpu; of onnx: webgpu or cpu').argParser(
        choice('--backend', BACKENDS),
      ),
    )
    .addOption(
      new Option('--precision <name>', 'of chains: f64, mixed (default) or f32').argParser(
        choice('--precision', PRECISIONS),
      ),
    );
}

/**
 * The engine that was asked for, or undefined if none was.
 *
 * @throws RangeError if it does not train what the experiment is about, or has no threads to be chosen
 */
export function chosenEngine(
  { name, model = 'chain' }: Experiment,
  { engine, backend, precision, workers }: RunEngineFlags,
): Configuration['engine'] | undefined {
  if (model === 'transformer' && workers !== undefined)
    throw new RangeError(
      `--workers is ${workers}; ${name} trains transformers, whose engines take a thread for each core`,
    );
  if (engine === undefined && backend === undefined && precision === undefined) return undefined;
  const refused = (names: readonly string[]) =>
    new RangeError(`--engine is "${engine}"; ${name} trains ${model}s, by one of ${names.join(', ')}`);
  if (model === 'transformer') {
    if (precision !== undefined)
      throw new RangeError(`--precision is "${precision}"; ${name} trains transformers, which are always in float32`);
    if (engine !== undefined && !isOneOf(EXECUTORS, engine)) throw refused(EXECUTORS);
    return { executor: engine, backend };
  }
  const chosen = engine ?? (backend !== undefined || precision === 'f32' ? 'gpujs' : 'wasm');
  if (!isOneOf(ENGINES, chosen)) throw refused(ENGINES);
  return { engine: chosen, precision: precision ?? engineNamed(chosen).precisions[0]!, backend };
}

const isOneOf = <T extends string>(names: readonly T[], name: string): name is T => names.includes(name as T);

export const workersOption = () =>
  new Option('--workers <n>', 'threads (default: as many as the machine runs at once)').argParser(
    integer('--workers', 1, 1024),
  );

/** What the claims' evidence trains and decodes with. */
export interface ClaimsEngine {
  readonly kernels: Kernels;
  readonly report: BatchReport;
  close(): Promise<void>;
}

/**
 * In float64 unless another precision is forced: by `wasm`, or by `plain` under the choices that `wasm` does not support.
 *
 * @throws UnsupportedOption if the engine that was asked for cannot do it
 */
export async function openForClaims(flags: EngineFlags, choices: Choices): Promise<ClaimsEngine> {
  const { backend } = flags;
  const onGpujs = backend !== undefined || flags.precision === 'f32';
  const name = flags.engine ?? (onGpujs ? 'gpujs' : choices.freeConstant || choices.jointLoss ? 'plain' : 'wasm');
  const engine = engineNamed(name);
  const precision = flags.precision ?? (engine.precisions.includes('f64') ? 'f64' : engine.precisions[0]!);
  engine.check({ ...choices, precision, d: 2, lambda: 1, samples: 1 });
  const open = await openEngine(name, { precision, backend });
  return { kernels: open, report: { ...open.report, workers: 1 }, close: () => open.close() };
}
