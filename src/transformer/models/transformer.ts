import type { Graph, Node } from '../graph/index.js';
import { gpt2Layers } from './gpt2.js';
import type { Layers, Positions } from './layers.js';
import { mistralLayers } from './mistral.js';
import { type Parameters, weightsOf } from './parameters.js';

/** Added to the scores of what must not be seen: e^MASKED is 0 in float32. */
const MASKED = -1e9;

/** @param parameters [P] */
export function layersOf(graph: Graph, model: Parameters, parameters: Node): Layers {
  const weights = weightsOf(graph, model, parameters);
  return model.shape.architecture === 'gpt2'
    ? gpt2Layers(graph, model.shape, weights)
    : mistralLayers(graph, model.shape, weights);
}

/** Positions first, first + 1, ... */
export function positionsFrom(graph: Graph, first: number, count: number): Positions {
  return (table) => graph.slice(table, 0, first, first + count);
}

/** Keys and values of the tokens that were seen, [B, Hk, S, h] each. */
export interface Memory {
  readonly keys: Node;
  readonly values: Node;
}

/** What tokens give others to attend to. @param x [B, T, w], normalised */
export function memoryOf(graph: Graph, layers: Layers, block: number, x: Node, positions: Positions): Memory {
  return {
    keys: graph.transpose(layers.key(block, x, positions), HEADS_FIRST),
    values: graph.transpose(layers.value(block, x), HEADS_FIRST),
  };
}

/** [B, T, H, h] to [B, H, T, h]. */
const HEADS_FIRST = [0, 2, 1, 3];

/**
 * Attention of T tokens to memories of S tokens in all, [B, T, w]. Each head of keys and values serves H / Hk heads of queries, whose rows are
 * stacked.
 *
 * @param queries [B, T, H, h]
 * @param mask by which numbers the scores are raised, such as [T, S] or [1, S]
 */
export function attend(graph: Graph, queries: Node, memories: readonly Memory[], mask: Node | null): Node {
  const [sequences, tokens, heads, size] = queries.shape as [number, number, number, number];
  const keyHeads = memories[0]!.keys.shape[1]!;
  const group = heads / keyHeads;
  const stacked = graph.reshape(
    graph.transpose(graph.reshape(queries, [sequences, tokens, keyHeads, group, size]), [0, 2, 3, 1, 4]),
    [sequences, keyHeads, group * tokens, size],
  );
  const scale = 1 / Math.sqrt(size);
  const scores = graph.concat(
    memories.map(({ keys }) => graph.matmul(stacked, keys, { transposeB: true, scale })),
    3,
  );
  const seen = scores.shape[3]!;
  const grouped = graph.reshape(scores, [sequences, keyHeads, group, tokens, seen]);
  const masked = mask ? graph.reshape(graph.add(grouped, mask), scores.shape) : scores;
  const weights = graph.softmax(masked);
  let start = 0;
  const parts = memories.map(({ values }) => {
    const end = start + values.shape[2]!;
    const own = graph.slice(weights, 3, start, end);
    start = end;
    return graph.matmul(own, values);
  });
  const read = parts.reduce((sum, part) => graph.add(sum, part));
  const apart = graph.reshape(read, [sequences, keyHeads, group, tokens, size]);
  return graph.reshape(graph.transpose(apart, [0, 3, 1, 2, 4]), [sequences, tokens, heads * size]);
}

/** What follows attention in a block. @param attended [B, T, w] */
export function finishBlock(graph: Graph, layers: Layers, block: number, x: Node, attended: Node): Node {
  const read = graph.add(x, layers.attentionOutput(block, attended));
  return graph.add(read, layers.feedForward(block, layers.feedForwardNorm(block, read)));
}

/** The logits of whole sequences from position `from` on, [B, T - from, V]. @param tokens [B, T] */
export function sequenceLogits(graph: Graph, model: Parameters, parameters: Node, tokens: Node, from: number): Node {
  const layers = layersOf(graph, model, parameters);
  const length = tokens.shape[1]!;
  const { depth } = model.shape;
  let x = layers.embed(tokens, positionsFrom(graph, 0, length));
  for (let block = 0; block < depth; block++) {
    const normed = layers.attentionNorm(block, x);
    const memory = memoryOf(graph, layers, block, normed, positionsFrom(graph, 0, length));
    // Of the last block nobody reads what comes before `from`.
    const first = block === depth - 1 ? from : 0;
    const queries = layers.query(
      block,
      graph.slice(normed, 1, first, length),
      positionsFrom(graph, first, length - first),
    );
    const attended = attend(graph, queries, [memory], causalMask(graph, first, length));
    x = finishBlock(graph, layers, block, graph.slice(x, 1, first, length), attended);
  }
  return layers.logits(x);
}

/** Position first + t sees itself and those before it: [length - first, length]. */
export function causalMask(graph: Graph, first: number, length: number): Node {
  const rows = length - first;
  const entries = Array.from({ length: rows * length }, (_, i) =>
    i % length <= first + Math.floor(i / length) ? 0 : MASKED,
  );
  return graph.constant(entries, [rows, length]);
}

/** Sees the first `at` + 1 of `count` tokens: [count]. @param at [1] */
export function growingMask(graph: Graph, at: Node, count: number): Node {
  const unseen = graph.positive(graph.subtract(graph.constant([...Array(count).keys()], [count]), graph.add(at, 0.5)));
  return graph.multiply(unseen, MASKED);
}
