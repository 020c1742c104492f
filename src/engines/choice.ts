import type { Watch } from '../progress/index.js';
import { type EngineChoice, pretrainBatch, workloadOf } from './batch.js';
import { type EngineName, type Precision, UnsupportedOption } from './engine.js';
import { findAdapter } from './gpujs/adapter.js';
import type { Program, Replicate } from './program.js';
import { engineNamed } from './registry.js';
import { updatesOf } from './work.js';

/** What a user may ask for; all of it is optional. */
export type EngineRequest = Omit<EngineChoice, 'engine'> & { readonly engine?: EngineName | undefined };

/** Updates of a weight below which a graphics card is not even looked for: some seconds of `wasm` on one core. */
const WORTH_A_CARD = 2e10;

/** Sequences for each chain in the race between `wasm` and a card. */
const RACE_SAMPLES = 2048;

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
  watch: Watch,
): Promise<EngineChoice> {
  if (request.engine !== undefined) return { ...request, engine: request.engine };
  if (request.backend !== undefined) return { ...request, engine: 'gpujs' };
  const precision = request.precision ?? (replicates.length > 1 ? 'mixed' : 'f64');
  const onCpu = { ...request, ...firstSupported(precision, request.precision !== undefined, replicates, program) };
  if (onCpu.precision === 'f64' || expectedUpdates(replicates, program) < WORTH_A_CARD) return onCpu;
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
  const candidates: { readonly engine: EngineName; readonly precision: Precision }[] = [{ engine: 'wasm', precision }];
  if (!asked) candidates.push({ engine: 'wasm', precision: 'f64' });
  if (!asked || precision === 'f64') candidates.push({ engine: 'plain', precision: 'f64' });
  const refusals: UnsupportedOption[] = [];
  for (const candidate of candidates) {
    try {
      engineNamed(candidate.engine).check(workloadOf(replicates, program, candidate.precision));
      return candidate;
    } catch (error) {
      if (!(error instanceof UnsupportedOption)) throw error;
      refusals.push(error);
    }
  }
  throw refusals[0]!;
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
    const run = (samples: number) =>
      pretrainBatch(replicates, { ...program, samples }, choice, { signal: watch.signal });
    // The first run compiles.
    await run(Math.min(256, program.samples));
    const start = performance.now();
    await run(Math.min(RACE_SAMPLES, program.samples));
    return performance.now() - start;
  };
  return (await seconds(onCard)) < (await seconds(onCpu));
}
