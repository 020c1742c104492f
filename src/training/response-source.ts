import { Pacer, type Watch } from '../progress/index.js';
import { Demonstrations } from '../task/index.js';

/** Called with each response: context[0..d) = x, context[d..d + length) its tokens; the array is reused. */
export type ContextVisitor = (context: Float64Array, length: number) => void;

/** A fixed list of responses to train on, in order, whose numbers are known before the first is read. */
export interface ResponseSource {
  readonly d: number;
  readonly count: number;
  /** How many of them are long. */
  readonly longCount: number;
  /** Visits all responses; `pacer` is checked every few hundred of them. */
  forEach(visit: ContextVisitor, pacer: Pacer): Promise<void>;
}

/** Responses between two checkpoints. */
const PACE = 256;

/** The first `count` samples of D(p), generated anew at each reading: memory does not depend on `count`. */
export async function demonstrationSource(
  d: number,
  pCot: number,
  seed: number,
  count: number,
  watch: Watch = {},
): Promise<ResponseSource> {
  const demonstrations = new Demonstrations({ d, pCot, seed });
  let longCount = 0;
  const pacer = new Pacer({ signal: watch.signal });
  for (let i = 0; i < count; i++) {
    if (i % PACE === 0) await pacer.checkpoint(0);
    if (demonstrations.isLong(i)) longCount++;
  }
  return {
    d,
    count,
    longCount,
    async forEach(visit, pacer) {
      const context = new Float64Array(2 * d);
      for (let i = 0; i < count; i++) {
        if (i % PACE === 0) await pacer.checkpoint(i / count);
        visit(context, fillDemonstration(context, demonstrations.input(i), demonstrations.isLong(i)));
      }
    },
  };
}

/** Writes x and the valid response to it; returns the response's length. */
function fillDemonstration(context: Float64Array, x: Int8Array, long: boolean): number {
  const d = x.length;
  let product = 1;
  for (let i = 0; i < d; i++) {
    context[i] = x[i]!;
    product *= x[i]!;
    context[d + i] = product;
  }
  if (!long) context[d] = product;
  return long ? d : 1;
}
