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
    for (const { d, pCot, lambda, seed } of replicates) {
      const onProgress = (done: number) => watch.onProgress?.((chains.length + done) / replicates.length);
      const sgd = { lambda, average, freeConstant, jointLoss, signal: watch.signal, onProgress };
      chains.push(await pretrain({ ...sgd, d, pCot, samples, seed }));
    }
    return chains;
  },
};
