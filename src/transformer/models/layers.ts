import type { Graph, Node } from '../graph/index.js';

/** Picks the rows of a table over all positions, [context, n], at which tokens stand: [T, n]. */
export type Positions = (table: Node) => Node;

/** The parts in which architectures differ. B sequences of T tokens, w the width, H heads of width h, Hk of keys and values. */
export interface Layers {
  /** tokens [B, T] to [B, T, w]. */
  embed(tokens: Node, positions: Positions): Node;
  /** What a block's attention reads: [B, T, w] to the same. */
  attentionNorm(block: number, x: Node): Node;
  /** [B, T, w] to [B, T, H, h]. */
  query(block: number, x: Node, positions: Positions): Node;
  /** [B, T, w] to [B, T, Hk, h]. */
  key(block: number, x: Node, positions: Positions): Node;
  value(block: number, x: Node): Node;
  /** [B, T, w] to the same. */
  attentionOutput(block: number, x: Node): Node;
  feedForwardNorm(block: number, x: Node): Node;
  feedForward(block: number, x: Node): Node;
  /** [B, T, w] to [B, T, V]. */
  logits(x: Node): Node;
}

/** A matrix of weights: [in, out] as in GPT-2, or transposed, [out, in], as in Mistral. */
export interface Linear {
  readonly weight: Node;
  readonly bias: Node | null;
  readonly transposed: boolean;
}

/** [.., in] to [.., out]. All rows are one matrix, whose product is faster than many small ones. */
export function linear(graph: Graph, x: Node, { weight, bias, transposed }: Linear): Node {
  const inner = x.shape.at(-1)!;
  const rows = x.shape.slice(0, -1).reduce((product, size) => product * size, 1);
  const product = graph.matmul(graph.reshape(x, [rows, inner]), weight, { transposeB: transposed });
  const out = bias ? graph.add(product, bias) : product;
  return graph.reshape(out, [...x.shape.slice(0, -1), out.shape[1]!]);
}
