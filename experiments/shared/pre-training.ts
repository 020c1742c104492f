import type { Program, Replicate, TrainedChain, TrialContext } from '../../src/index.js';

/** How all experiments here train: the tail average, a regularised constant, the conditioned loss. */
export const SGD = { average: 'tail', freeConstant: false, jointLoss: false } as const;

/** A program of pre-training alone, to which more is added. */
export const pretraining = (samples: number): Program => ({
  ...SGD,
  samples,
  star: null,
  evaluate: 0,
  temperature: 1,
});

/** One chain, pre-trained on `samples` sequences of D(p). */
export async function pretrained(
  { watch, kernels }: Pick<TrialContext, 'watch' | 'kernels'>,
  { lambda, ...mixture }: Replicate,
  samples: number,
): Promise<TrainedChain> {
  const [chain] = await (await kernels()).train([{ data: { ...mixture, samples }, lambda }], SGD, watch);
  return chain!;
}
