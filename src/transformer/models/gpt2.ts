import type { Graph, Node } from '../graph/index.js';
import { type Layers, linear } from './layers.js';
import type { ModelShape } from './model.js';
import type { Tensor, Weights } from './parameters.js';

const EPSILON = 1e-5;
const FEED_FORWARD = 4;

const prefix = (block: number): string => `transformer.h.${block}`;

export function gpt2Tensors({ depth, width, vocabulary, context, initialDeviation }: ModelShape): Tensor[] {
  const initial = { deviation: initialDeviation };
  // What is added to the residual stream, 2 depth times, begins smaller, as in GPT-2.
  const residual = { deviation: initialDeviation / Math.sqrt(2 * depth) };
  const norm = (name: string): Tensor[] => [
    { name: `${name}.weight`, shape: [width], initial: 1 },
    { name: `${name}.bias`, shape: [width], initial: 0 },
  ];
  const layer = (name: string, from: number, to: number, spread = initial): Tensor[] => [
    { name: `${name}.weight`, shape: [from, to], initial: spread },
    { name: `${name}.bias`, shape: [to], initial: 0 },
  ];
  const blocks = Array.from({ length: depth }, (_, i) => [
    ...norm(`${prefix(i)}.ln_1`),
    ...layer(`${prefix(i)}.attn.c_attn`, width, 3 * width),
    ...layer(`${prefix(i)}.attn.c_proj`, width, width, residual),
    ...norm(`${prefix(i)}.ln_2`),
    ...layer(`${prefix(i)}.mlp.c_fc`, width, FEED_FORWARD * width),
    ...layer(`${prefix(i)}.mlp.c_proj`, FEED_FORWARD * width, width, residual),
  ]);
  return [
    { name: 'transformer.wte.weight', shape: [vocabulary, width], initial },
    { name: 'transformer.wpe.weight', shape: [context, width], initial },
    ...blocks.flat(),
    ...norm('transformer.ln_f'),
  ];
}

export function gpt2Layers(graph: Graph, { width, heads, vocabulary }: ModelShape, weights: Weights): Layers {
  const norm = (name: string, x: Node) =>
    graph.add(graph.multiply(graph.standardize(x, true, EPSILON), weights(`${name}.weight`)), weights(`${name}.bias`));
  const layer = (name: string, x: Node) =>
    linear(graph, x, { weight: weights(`${name}.weight`), bias: weights(`${name}.bias`), transposed: false });
  /** Queries, keys or values. Slices of the weights are smaller than those of their product. */
  const third = (block: number, part: number, x: Node) => {
    const name = `${prefix(block)}.attn.c_attn`;
    const [start, end] = [part * width, (part + 1) * width];
    const weight = graph.slice(weights(`${name}.weight`), 1, start, end);
    const bias = graph.slice(weights(`${name}.bias`), 0, start, end);
    const [sequences, tokens] = x.shape as [number, number];
    return graph.reshape(linear(graph, x, { weight, bias, transposed: false }), [
      sequences,
      tokens,
      heads,
      width / heads,
    ]);
  };
  // Embeddings are shared by both ends of the model.
  const embeddings = () => weights('transformer.wte.weight');
  return {
    embed: (tokens, positions) =>
      graph.add(
        linear(graph, graph.oneHot(tokens, vocabulary), { weight: embeddings(), bias: null, transposed: false }),
        positions(weights('transformer.wpe.weight')),
      ),
    attentionNorm: (block, x) => norm(`${prefix(block)}.ln_1`, x),
    query: (block, x) => third(block, 0, x),
    key: (block, x) => third(block, 1, x),
    value: (block, x) => third(block, 2, x),
    attentionOutput: (block, x) => layer(`${prefix(block)}.attn.c_proj`, x),
    feedForwardNorm: (block, x) => norm(`${prefix(block)}.ln_2`, x),
    feedForward: (block, x) => layer(`${prefix(block)}.mlp.c_proj`, graph.gelu(layer(`${prefix(block)}.mlp.c_fc`, x))),
    logits: (x) => linear(graph, norm('transformer.ln_f', x), { weight: embeddings(), bias: null, transposed: true }),
  };
}

/** As the Transformers library calls it. */
export function gpt2Configuration({ depth, width, heads, vocabulary, context, initialDeviation }: ModelShape) {
  return {
    architectures: ['GPT2LMHeadModel'],
    model_type: 'gpt2',
    vocab_size: vocabulary,
    n_positions: context,
    n_embd: width,
    n_layer: depth,
    n_head: heads,
    n_inner: FEED_FORWARD * width,
    activation_function: 'gelu_new',
    layer_norm_epsilon: EPSILON,
    initializer_range: initialDeviation,
    embd_pdrop: 0,
    attn_pdrop: 0,
    resid_pdrop: 0,
    tie_word_embeddings: true,
  };
}
