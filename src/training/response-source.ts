import { Pacer, type Watch } from '../progress/index.js';
import { type DemonstrationNoise, Demonstrations, isNoisy } from '../task/index.js';

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

/**
 * The first `count` samples of D(p; eta, nu), generated anew at each reading: memory does not depend on `count`.
 *
 * @throws RangeError unless the noise lies in [0, 1]
 */
export async function demonstrationSource(
  d: number,
  pCot: number,
  seed: number,
  count: number,
  watch: Watch = {},
  noise: DemonstrationNoise = {},
): Promise<ResponseSource> {
  const { stepNoise = 0, answerNoise = 0 } = noise;
  const demonstrations = new Demonstrations({ d, pCot, seed, stepNoise, answerNoise });
  const fill = isNoisy(noise) ? fillNoisy : fillValid;
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
        visit(context, fill(context, demonstrations, i));
      }
    },
  };
}

/** Writes x and the response of sample i; returns the response's length. */
function fillNoisy(context: Float64Array, demonstrations: Demonstrations, i: number): number {
  const tokens = demonstrations.tokens(i);
  const x = demonstrations.input(i);
  context.set(x);
  context.set(tokens, x.length);
  return tokens.length;
}

/** The same where every response is valid, without an array for each. */
function fillValid(context: Float64Array, demonstrations: Demonstrations, i: number): number {
  const [x, long] = [demonstrations.input(i), demonstrations.isLong(i)];
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
