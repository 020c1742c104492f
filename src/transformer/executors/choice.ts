import { findAdapter as findAdapterHere } from '../../engines/index.js';
import { inputName, type Program, scheduleOf, sizeOf } from '../graph/index.js';
import { EXECUTOR_BACKENDS, EXECUTORS, type Executor, type ExecutorBackend, type ExecutorName } from './executor.js';
import { type Candidate, openCandidate } from './registry.js';

/** What a user may ask for; all of it is optional. */
export interface ExecutorRequest {
  readonly executor?: ExecutorName | undefined;
  readonly backend?: ExecutorBackend | undefined;
  /** Called with the reason where what is usually faster cannot run here, and something else does. */
  readonly onRefused?: ((reason: string) => void) | undefined;
}

/** How this machine is looked at; replaced in tests. */
interface Machine {
  readonly findAdapter: typeof findAdapterHere;
  readonly open: (candidate: Candidate) => Promise<Executor>;
}

/** Those of a row race; a later row is for machines on which nothing of an earlier one runs. */
const ROWS: readonly (readonly Candidate[])[] = [
  [
    { executor: 'onnx', backend: 'cpu' },
    { executor: 'onnx', backend: 'webgpu' },
    { executor: 'gpujs', backend: 'webgpu' },
  ],
  [{ executor: 'gpujs', backend: 'webasm' }],
  [{ executor: 'gpujs', backend: 'cpu' }],
];

/**
 * Opens the executor that was asked for, or else the fastest that runs here. A graphics adapter in software is taken only if its back end
 * was asked for.
 *
 * @param trial what the executors are timed with, if several run
 * @throws RangeError if there is no such executor, or it has no such back end
 * @throws Error if nothing that was asked for can run, with the reason
 */
export async function openExecutor(
  request: ExecutorRequest,
  trial: Program,
  machine: Machine = { findAdapter: findAdapterHere, open: openCandidate },
): Promise<Executor> {
  const { executor, backend } = request;
  requireKnown(request);
  if (executor !== undefined && backend !== undefined) return machine.open({ executor, backend });
  const adapter = backend === undefined ? await machine.findAdapter() : null;
  const onCard = backend !== undefined || (adapter !== null && !adapter.software);
  const fits = (candidate: Candidate) =>
    candidate.executor === (executor ?? candidate.executor) &&
    candidate.backend === (backend ?? candidate.backend) &&
    (candidate.backend !== 'webgpu' || onCard);
  let reason: unknown;
  for (const row of ROWS) {
    const opened = await Promise.allSettled(row.filter(fits).map(machine.open));
    const open = opened.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    if (open.length > 0) {
      if (reason !== undefined) request.onRefused?.(reason instanceof Error ? reason.message : String(reason));
      return fastest(open, trial);
    }
    reason ??= opened.find((result) => result.status === 'rejected')?.reason;
  }
  throw reason;
}

/** @throws RangeError if no executor is called so, or none that was asked for has such a back end */
function requireKnown({ executor, backend }: ExecutorRequest): void {
  if (executor !== undefined && !EXECUTORS.includes(executor)) {
    throw new RangeError(`executor is ${executor}; it must be one of ${EXECUTORS.join(', ')}`);
  }
  const names = executor === undefined ? EXECUTORS : [executor];
  const backends = [...new Set(names.flatMap((name): readonly ExecutorBackend[] => EXECUTOR_BACKENDS[name]))];
  if (backend !== undefined && !backends.includes(backend)) {
    throw new RangeError(`backend is ${backend}; ${names.join(' and ')} can use ${backends.join(', ')}`);
  }
}

/** The one that runs the trial soonest; the others are closed. One that fails has lost. */
async function fastest(open: readonly Executor[], trial: Program): Promise<Executor> {
  if (open.length === 1) return open[0]!;
  let best = open[0]!;
  let least = Number.POSITIVE_INFINITY;
  for (const executor of open) {
    const milliseconds = await timeOf(executor, trial).catch(() => Number.POSITIVE_INFINITY);
    if (milliseconds >= least) continue;
    best = executor;
    least = milliseconds;
  }
  for (const executor of open) if (executor !== best) await executor.close();
  return best;
}

/** Calls that make buffers and shaders, and calls that are timed. */
const WARM_UPS = 2;
const TIMED = 3;

/** Milliseconds of the fastest call. It does not depend on the numbers, so that they are all 0. */
async function timeOf(executor: Executor, trial: Program): Promise<number> {
  const loaded = await executor.load(trial);
  const inputs = Object.fromEntries(
    scheduleOf(trial).inputs.map((node) => [inputName(node), new Float32Array(sizeOf(node.shape))]),
  );
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < WARM_UPS + TIMED; i++) {
    const start = performance.now();
    await loaded.run(inputs);
    if (i >= WARM_UPS) least = Math.min(least, performance.now() - start);
  }
  return least;
}
