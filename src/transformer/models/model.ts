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
  readonly heads: number;
  /** Heads of keys and values, a divisor of `heads`; GPT-2 has as many as heads. */
  readonly keyValueHeads: number;
  /** Tokens that there are. */
  readonly vocabulary: number;
  /** Tokens that the model sees at most. */
  readonly context: number;
}

/** One tensor of a model, in the flat vector of all parameters. */
export interface Parameter {
  /** As in the state dictionaries of the Transformers library, which open the exported file. */
  readonly name: string;
  readonly shape: readonly number[];
  /** Where it begins in the flat vector. */
  readonly offset: number;
  readonly initial: 'zeros' | 'ones' | { readonly deviation: number };
  /** Whether weight decay applies: to matrices, not to biases and norms. */
  readonly decays: boolean;
}
