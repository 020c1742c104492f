import type { Watch } from '../progress/index.js';
import type { EngineChoice, pretrainBatch } from './batch.js';
import type { Program, Replicate } from './program.js';

/** Long samples that a chain must have for most steps of its predictors to be taken after the float64 ones. */
const LONG_SAMPLES = 3 * 4096;

/** The race takes at most this share of the batch's samples. */
const SHARE = 1 / 4;

/** T of a race over the beginning of a batch, or null if the batch is too short for one that tells anything. */
export function raceSamples(replicates: readonly Replicate[], { samples }: Program): number | null {
  const rarest = replicates.reduce((least, { pCot }) => Math.min(least, pCot), 1);
  const needed = Math.ceil(LONG_SAMPLES / rarest);
  return needed <= SHARE * samples ? needed : null;
}

/**
 * Whether a graphics card pre-trains a trial of the batch sooner than the processor. It is given no more time than the
 * processor took; one that fails has lost.
 */
export async function winsOnCard(
  onCard: EngineChoice,
  onCpu: EngineChoice,
  replicates: readonly Replicate[],
  trial: Program,
  pretrain: typeof pretrainBatch,
  { signal, onProgress }: Watch,
): Promise<boolean> {
  const start = performance.now();
  await pretrain(replicates, trial, onCpu, { signal, onProgress });
  const patience = AbortSignal.timeout(Math.ceil(performance.now() - start));
  const stop = signal ? AbortSignal.any([signal, patience]) : patience;
  try {
    await pretrain(replicates, trial, onCard, { signal: stop, onProgress });
    return !patience.aborted;
  } catch {
    signal?.throwIfAborted();
    return false;
  }
}
