/** GPT-2: LayerNorm, learned positions, GELU. Mistral: RMSNorm, rotary positions, SwiGLU, grouped-query attention. */
export const ARCHITECTURES = ['gpt2', 'mistral'] as const;
export type Architecture = (typeof ARCHITECTURES)[number];

/** The shape of a transformer. */
export interface ModelShape {
  readonly architecture: Architecture;
  /** Blocks, 1 to 8. */
  readonly depth: number;
  /** Size of the residual stream, 32 to 512, a multiple of `heads`. */
  readonly width: number;
  /** Of queries; Mistral's rotary positions need an even width of each. */
  readonly heads: number;
  /** Of keys and values, a divisor of `heads`; GPT-2 has as many as heads. */
  readonly keyValueHeads: number;
  /** Tokens that there are. */
  readonly vocabulary: number;
  /** Tokens that the model sees at most. */
  readonly context: number;
  /** Standard deviation of the normal distribution that matrices begin with, > 0. */
  readonly initialDeviation: number;
}

/** Where a model may be tried without saying more. */
const SMALL = { architecture: 'gpt2', depth: 2, width: 64, heads: 4, vocabulary: 4 } as const;

/**
 * A shape, completed: GPT-2 with 2 blocks of width 64 and 4 heads, 4 tokens, and as many heads of keys and values as of queries,
 * unless something else is said. Matrices begin with GPT-2's deviation, .02, at GPT-2's own width, 768, and with a larger one where a model is
 * narrower, so that a sum over the width begins as large as there: with .02 at width 64 parity is learnt late, and by some seeds not at all
 * in the steps of the experiments (seen).
 *
 * @throws RangeError if a size is outside its range
 */
export function modelShape(chosen: Partial<ModelShape> & Pick<ModelShape, 'context'>): ModelShape {
  const heads = chosen.heads ?? SMALL.heads;
  const initialDeviation = 0.02 * Math.sqrt(768 / (chosen.width ?? SMALL.width));
  const shape = { ...SMALL, heads, keyValueHeads: heads, initialDeviation, ...chosen };
  const { architecture, width, keyValueHeads } = shape;
  if (!ARCHITECTURES.includes(architecture)) {
    throw new RangeError(`architecture is ${architecture}; it must be one of ${ARCHITECTURES.join(', ')}`);
  }
  requireInteger('depth', shape.depth, 1, 8);
  requireInteger('width', width, 32, 512);
  requireInteger('heads', heads, 1, width);
  requireInteger('keyValueHeads', keyValueHeads, 1, heads);
  requireInteger('vocabulary', shape.vocabulary, 2, 65536);
  requireInteger('context', shape.context, 1, 8192);
  if (!(shape.initialDeviation > 0 && shape.initialDeviation < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`initialDeviation is ${shape.initialDeviation}; it must be a positive number`);
  }
  if (width % heads !== 0) throw new RangeError(`heads is ${heads}; it must divide the width, ${width}`);
  if (heads % keyValueHeads !== 0) {
    throw new RangeError(`keyValueHeads is ${keyValueHeads}; it must divide the heads, ${heads}`);
  }
  if (architecture === 'gpt2' && keyValueHeads !== heads) {
    throw new RangeError(`keyValueHeads is ${keyValueHeads}; GPT-2 has as many as heads, ${heads}`);
  }
  if (architecture === 'mistral' && (width / heads) % 2 !== 0) {
    throw new RangeError(`heads is ${heads}; rotary positions need an even width of each, which is ${width / heads}`);
  }
  return shape;
}

function requireInteger(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new RangeError(`${name} is ${value}; it must be an integer from ${least} to ${most}`);
}
