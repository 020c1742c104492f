import { loops } from '../training/index.js';
import type { Engine } from './engine.js';

/** The float64 loops of `src/training`, which a reader checks against theory.md. They support every option. */
export const plain: Engine = {
  name: 'plain',
  precisions: ['f64'],
  batch: 1,
  check() {},
  async open({ precision }) {
    return {
      ...loops(),
      report: { name: 'plain', backend: 'javascript', executorKind: null, precision, adapter: null },
      async close() {},
    };
  },
};
