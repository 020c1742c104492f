import type { Watch } from '../progress/index.js';
import { type EngineChoice, pretrainBatch, workloadOf } from './batch.js';
import { type EngineName, type Precision, UnsupportedOption, type Workload } from './engine.js';
import { findAdapter as findAdapterHere } from './gpujs/adapter.js';
import type { Program, Replicate } from './program.js';
import { raceSamples, winsOnCard } from './race.js';
import { engineNamed } from './registry.js';
import { updatesOf } from './work.js';

/** What a user may ask for; all of it is optional. */
export type EngineRequest = Omit<EngineChoice, 'engine'> & { readonly engine?: EngineName | undefined };

/** How a graphics card is looked for and tried. */
interface CardOptions {
  readonly findAdapter: typeof findAdapterHere;
  readonly pretrain: typeof pretrainBatch;
}

/** Updates of a weight below which a graphics card is not even looked for: some seconds of `wasm` on one core. */
const WORTH_A_CARD = 2e10;

/**
 * The engine for a batch. What was asked for is taken as it is. Otherwise `wasm` runs, or `plain` where `wasm` cannot; a
 * large batch runs on a graphics card if a hardware adapter answers and wins a race over the batch's first samples (`race.ts`).
 * One chain is trained in float64, several in mixed precision.
 *
 * @param card how a card is looked for and tried; replaced in tests
 * @throws UnsupportedOption if no engine can do what is asked
 */
export async function chooseEngine(
  request: EngineRequest,
  replicates: readonly Replicate[],
  program: Program,
  watch: Watch = {},
  { findAdapter, pretrain }: CardOptions = { findAdapter: findAdapterHere, pretrain: pretrainBatch },
): Promise<EngineChoice> {
  if (request.engine !== undefined) return { ...request, engine: request.engine };
  if (request.backend !== undefined || request.precision === 'f32') return { ...request, engine: 'gpujs' };
  const precision = request.precision ?? (replicates.length > 1 ? 'mixed' : 'f64');
  const onCpu = { ...request, ...firstSupported(precision, request.precision !== undefined, replicates, program) };
  const samples = raceSamples(replicates, program);
  const small = samples === null || expectedUpdates(replicates, program) < WORTH_A_CARD;
  if (onCpu.precision === 'f64' || small || !supports('gpujs', workloadOf(replicates, program, precision)))
    return onCpu;
  const adapter = await findAdapter();
  if (adapter === null || adapter.software) return onCpu;
  const onCard: EngineChoice = { ...request, engine: 'gpujs', backend: 'webgpu', precision };
  const trial = { ...program, samples };
  return (await winsOnCard(onCard, onCpu, replicates, trial, pretrain, watch)) ? onCard : onCpu;
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
