import type { Node } from '../../graph/index.js';
import { Emitter } from './emitter.js';
import type { OnnxGraph } from './format.js';
import { operandsOf } from './operands.js';
import { lowered, type Target } from './operations.js';
import type { Stage } from './stage.js';

/** The ONNX graph of a stage. */
export function lower(name: string, { inputs, nodes, outputs }: Stage, target: Target): OnnxGraph {
  const emitter = new Emitter();
  const values = new Map<Node, string>(inputs);
  for (const node of nodes) {
    const operands = operandsOf(node).map((input) => ({ name: values.get(input)!, shape: input.shape }));
    values.set(node, lowered(emitter, node, operands, target));
  }
  const ports = [...inputs].map(([{ shape }, name]) => ({ name, shape }));
  const results = [...outputs].map(([name, node]) => [{ name, shape: node.shape }, values.get(node)!] as const);
  return emitter.graph(name, ports, results);
}
