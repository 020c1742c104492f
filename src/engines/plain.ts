import { pretrain, type TrainedChain } from '../training/index.js';
import type { Engine } from './engine.js';

/** The float64 loop of `pretrain`, which a reader checks against theory.md. It supports every option. */
export const plain: Engine = {
  name: 'plain',
  backend: 'cpu',
  executorKind: 'javascript',
  precisions: ['f64'],
  batch: 1,
  check() {},
  async train(replicates, { samples, average, freeConstant, jointLoss }, watch) {
    const chains: TrainedChain[] = [];
    for (const [i, replicate] of replicates.entries()) {
      const onProgress = (done: number) => watch.onProgress?.((i + done) / replicates.length);
      const options = { ...replicate, samples, signal: watch.signal, onProgress };
      chains.push(
        await pretrain({
          ...options,
          ...(average && { average }),
          freeConstant: freeConstant ?? false,
          jointLoss: jointLoss ?? false,
        }),
      );
    }
    return chains;
  },
};
