import type { Graph, Node } from '../graph/index.js';
import { type Layers, linear, type Positions } from './layers.js';
import type { ModelShape } from './model.js';
import type { Tensor, Weights } from './parameters.js';

/** `rms_norm_eps` and `rope_theta` of Mistral 7B; its feed-forward layers are 3.5 times as wide as the stream. */
const EPSILON = 1e-5;
const BASE = 10_000;
const FEED_FORWARD = 3.5;

const innerWidth = (width: number): number => Math.ceil(FEED_FORWARD * width);
const prefix = (block: number): string => `model.layers.${block}`;

export function mistralTensors({
  depth,
  width,
  heads,
  keyValueHeads,
  vocabulary,
  initialDeviation,
}: ModelShape): Tensor[] {
  const inner = innerWidth(width);
  const keys = (width / heads) * keyValueHeads;
  const norm = (name: string): Tensor => ({ name: `${name}.weight`, shape: [width], initial: 1 });
  const layer = (name: string, from: number, to: number): Tensor => ({
    name: `${name}.weight`,
    shape: [to, from],
    initial: { deviation: initialDeviation },
  });
  const blocks = Array.from({ length: depth }, (_, i) => [
    layer(`${prefix(i)}.self_attn.q_proj`, width, width),
    layer(`${prefix(i)}.self_attn.k_proj`, width, keys),
    layer(`${prefix(i)}.self_attn.v_proj`, width, keys),
    layer(`${prefix(i)}.self_attn.o_proj`, width, width),
    layer(`${prefix(i)}.mlp.gate_proj`, width, inner),
    layer(`${prefix(i)}.mlp.up_proj`, width, inner),
    layer(`${prefix(i)}.mlp.down_proj`, inner, width),
    norm(`${prefix(i)}.input_layernorm`),
    norm(`${prefix(i)}.post_attention_layernorm`),
  ]);
  return [
    layer('model.embed_tokens', width, vocabulary),
    ...blocks.flat(),
    norm('model.norm'),
    layer('lm_head', width, vocabulary),
  ];
}

export function mistralLayers(graph: Graph, shape: ModelShape, weights: Weights): Layers {
  const { heads, keyValueHeads, vocabulary } = shape;
  const norm = (name: string, x: Node) =>
    graph.multiply(graph.standardize(x, false, EPSILON), weights(`${name}.weight`));
  const layer = (name: string, x: Node) =>
    linear(graph, x, { weight: weights(`${name}.weight`), bias: null, transposed: true });
  const rotary = rotaryPositions(graph, shape);
  const inHeads = (x: Node, count: number) => {
    const [sequences, tokens, width] = x.shape as [number, number, number];
    return graph.reshape(x, [sequences, tokens, count, width / count]);
  };
  return {
    embed: (tokens) =>
      linear(graph, graph.oneHot(tokens, vocabulary), {
        weight: weights('model.embed_tokens.weight'),
        bias: null,
        transposed: false,
      }),
    attentionNorm: (block, x) => norm(`${prefix(block)}.input_layernorm`, x),
    query: (block, x, positions) => rotary(inHeads(layer(`${prefix(block)}.self_attn.q_proj`, x), heads), positions),
    key: (block, x, positions) =>
      rotary(inHeads(layer(`${prefix(block)}.self_attn.k_proj`, x), keyValueHeads), positions),
    value: (block, x) => inHeads(layer(`${prefix(block)}.self_attn.v_proj`, x), keyValueHeads),
    attentionOutput: (block, x) => layer(`${prefix(block)}.self_attn.o_proj`, x),
    feedForwardNorm: (block, x) => norm(`${prefix(block)}.post_attention_layernorm`, x),
    feedForward: (block, x) =>
      layer(
        `${prefix(block)}.mlp.down_proj`,
        graph.multiply(
          graph.silu(layer(`${prefix(block)}.mlp.gate_proj`, x)),
          layer(`${prefix(block)}.mlp.up_proj`, x),
        ),
      ),
    logits: (x) => layer('lm_head', norm('model.norm', x)),
  };
}

/** Turns the pair (j, j + h / 2) of each head at position t by the angle t BASE^(-2 j / h): x cos + (x R) sin, R the quarter turn. */
function rotaryPositions(graph: Graph, { context, width, heads }: ModelShape): (x: Node, positions: Positions) => Node {
  const size = width / heads;
  const half = size / 2;
  const table = (f: (angle: number) => number) =>
    graph.constant(
      Array.from({ length: context * size }, (_, i) => {
        const [position, j] = [Math.floor(i / size), i % half];
        return f(position * BASE ** (-j / half));
      }),
      [context, size],
    );
  const [cosines, sines] = [table(Math.cos), table(Math.sin)];
  // (x R)_j = -x_(j + half) in the first half, x_(j - half) in the second.
  const quarter = graph.constant(
    Array.from({ length: size * size }, (_, i) => {
      const [from, to] = [Math.floor(i / size), i % size];
      return from === to + half ? -1 : to === from + half ? 1 : 0;
    }),
    [size, size],
  );
  return (x, positions) => {
    const perHead = (rows: Node) => graph.reshape(rows, [rows.shape[0]!, 1, size]);
    const turned = linear(graph, x, { weight: quarter, bias: null, transposed: false });
    return graph.add(graph.multiply(x, perHead(positions(cosines))), graph.multiply(turned, perHead(positions(sines))));
  };
}

/** As the Transformers library calls it. */
export function mistralConfiguration(shape: ModelShape) {
  const { depth, width, heads, keyValueHeads, vocabulary, context, initialDeviation } = shape;
  return {
    architectures: ['MistralForCausalLM'],
    model_type: 'mistral',
    vocab_size: vocabulary,
    max_position_embeddings: context,
    hidden_size: width,
    intermediate_size: innerWidth(width),
    num_hidden_layers: depth,
    num_attention_heads: heads,
    num_key_value_heads: keyValueHeads,
    head_dim: width / heads,
    hidden_act: 'silu',
    rms_norm_eps: EPSILON,
    rope_theta: BASE,
    sliding_window: null,
    initializer_range: initialDeviation,
    attention_dropout: 0,
    tie_word_embeddings: false,
  };
}
