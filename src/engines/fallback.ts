import { type Kernels, loops } from '../training/index.js';
import { type OpenEngine, UnsupportedOption, workloadOfTasks } from './engine.js';
import { engineNamed } from './registry.js';

/** The kernels of an open engine; what it does not support is trained by the float64 loops. */
export function withLoops(open: OpenEngine): Kernels {
  const { name, precision } = open.report;
  return {
    train(tasks, settings, watch) {
      try {
        engineNamed(name).check(workloadOfTasks(tasks, settings, precision));
      } catch (error) {
        if (!(error instanceof UnsupportedOption)) throw error;
        return loops().train(tasks, settings, watch);
      }
      return open.train(tasks, settings, watch);
    },
    decode: (requests, watch) => open.decode(requests, watch),
  };
}
