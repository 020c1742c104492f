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
import type { Kernels } from '../training/index.js';
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
