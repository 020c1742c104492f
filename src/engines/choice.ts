import type { Watch } from '../progress/index.js';
import { type EngineChoice, pretrainBatch, workloadOf } from './batch.js';
import { type EngineName, type Precision, UnsupportedOption, type Workload } from './engine.js';
import { findAdapter } from './gpujs/adapter.js';
import type { Program, Replicate } from './program.js';
import { engineNamed } from './registry.js';
import { updatesOf } from './work.js';

/** What a user may ask for; all of it is optional. */
export type EngineRequest = Omit<EngineChoice, 'engine'> & { readonly engine?: EngineName | undefined };

/** Updates of a weight below which a graphics card is not even looked for: some seconds of `wasm` on one core. */
const WORTH_A_CARD = 2e10;

/** Sequences for each chain in the race between `wasm` and a card: enough for steps in float32 as well as in float64. */
const RACE_SAMPLES = 12_288;

/** The race may cost each side at most this share of the batch. */
const RACE_SHARE = 1 / 4;

/**
 * The engine for a batch. What was asked for is taken as it is. Otherwise `wasm` runs, or `plain` where `wasm` cannot; a
 * large batch runs on a graphics card if a hardware adapter answers and wins a race over the batch's first
 * {@link RACE_SAMPLES} samples. One chain is trained in float64, several in mixed precision.
 *
 * @throws UnsupportedOption if no engine can do what is asked
 */
export async function chooseEngine(
  request: EngineRequest,
  replicates: readonly Replicate[],
  program: Program,
  watch: Watch = {},
): Promise<EngineChoice> {
  if (request.engine !== undefined) return { ...request, engine: request.engine };
  if (request.backend !== undefined || request.precision === 'f32') return { ...request, engine: 'gpujs' };
  const precision = request.precision ?? (replicates.length > 1 ? 'mixed' : 'f64');
  const onCpu = { ...request, ...firstSupported(precision, request.precision !== undefined, replicates, program) };
  const small = expectedUpdates(replicates, program) < WORTH_A_CARD || RACE_SAMPLES > RACE_SHARE * program.samples;
  if (onCpu.precision === 'f64' || small || !supports('gpujs', workloadOf(replicates, program, precision)))
    return onCpu;
  const adapter = await findAdapter();
  if (adapter === null || adapter.software) return onCpu;
  const onCard: EngineChoice = { ...request, engine: 'gpujs', backend: 'webgpu', precision };
  return (await winsOnCard(onCard, onCpu, replicates, program, watch)) ? onCard : onCpu;
}

/** `wasm` in the precision, or in float64 if that was not asked for, or `plain`. */
function firstSupported(
  precision: Precision,
  asked: boolean,
  replicates: readonly Replicate[],
  program: Program,
): EngineChoice & { readonly precision: Precision } {
  const workload = workloadOf(replicates, program, precision);
  if (supports('wasm', workload)) return { engine: 'wasm', precision };
  if (!asked && supports('wasm', { ...workload, precision: 'f64' })) return { engine: 'wasm', precision: 'f64' };
  if (asked && precision !== 'f64') engineNamed('wasm').check(workload);
  return { engine: 'plain', precision: 'f64' };
}

function supports(name: EngineName, workload: Workload): boolean {
  try {
    engineNamed(name).check(workload);
    return true;
  } catch (error) {
    if (error instanceof UnsupportedOption) return false;
    throw error;
  }
}

/** Updates of a weight, in expectation; a round of STaR costs about as much as pre-training on as many responses. */
function expectedUpdates(replicates: readonly Replicate[], { samples, star }: Program): number {
  const steps = samples + (star ? star.rounds * star.samples : 0);
  return replicates.reduce((sum, { d, pCot }) => sum + updatesOf(d, steps, pCot * steps), 0);
}

async function winsOnCard(
  onCard: EngineChoice,
  onCpu: EngineChoice,
  replicates: readonly Replicate[],
  program: Program,
  watch: Watch,
): Promise<boolean> {
  const seconds = async (choice: EngineChoice) => {
    const start = performance.now();
    await pretrainBatch(replicates, { ...program, samples: RACE_SAMPLES }, choice, { signal: watch.signal });
    return performance.now() - start;
  };
  return (await seconds(onCard)) < (await seconds(onCpu));
}
