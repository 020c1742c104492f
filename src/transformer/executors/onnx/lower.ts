import type { Loop, Node } from '../../graph/index.js';
import { Emitter } from './emitter.js';
import type { OnnxGraph, Port } from './format.js';
import { operandsOf } from './operands.js';
import { lowered, type Target } from './operations.js';
import { NAMES, type Stage } from './stage.js';

/** The names of values. */
type Values = Map<Node, string>;

/** The ONNX graph of a stage. */
export function lower(name: string, stage: Stage, target: Target): OnnxGraph {
  const emitter = new Emitter();
  const values: Values = new Map(stage.inputs);
  lowerNodes(emitter, stage.nodes, values, target);
  const results = [...stage.outputs].map(([name, node]) => result(name, node, values));
  return emitter.graph(name, portsOf(stage.inputs), results);
}

/**
 * The ONNX graph of several iterations of a loop, one after the other: ONNX Runtime then writes rows into the caches of the one before, of
 * which an input has to be copied first.
 *
 * @param body what a single iteration computes
 */
export function lowerIterations(name: string, body: Stage, loop: Loop, iterations: number, target: Target): OnnxGraph {
  const emitter = new Emitter();
  const outside: Values = new Map(body.inputs);
  const constants = body.nodes.filter(isConstant);
  lowerNodes(emitter, constants, outside, target);
  const results: (readonly [Port, string])[] = [];
  let values = outside;
  for (let i = 0; i < iterations; i++) {
    const before = values;
    values = new Map(outside);
    if (i > 0) {
      if (body.inputs.has(loop.counter)) {
        values.set(loop.counter, emitter.node('Add', [NAMES.counter, emitter.scalar(i)]));
      }
      for (const { current, next } of loop.carried) values.set(current, before.get(next)!);
    }
    lowerNodes(
      emitter,
      body.nodes.filter((node) => !isConstant(node)),
      values,
      target,
    );
    for (const [name, node] of Object.entries(loop.collected)) {
      results.push(result(NAMES.collected(name, i), node, values));
    }
  }
  for (const [i, { next }] of loop.carried.entries()) results.push(result(NAMES.next(i), next, values));
  results.push(result(NAMES.finished, loop.finished, values));
  return emitter.graph(name, portsOf(body.inputs), results);
}

function lowerNodes(emitter: Emitter, nodes: readonly Node[], values: Values, target: Target): void {
  for (const node of nodes) {
    const operands = operandsOf(node).map((input) => ({ name: values.get(input)!, shape: input.shape }));
    values.set(node, lowered(emitter, node, operands, target));
  }
}

const isConstant = ({ operation }: Node): boolean => operation.kind === 'constant';

const result = (name: string, node: Node, values: Values): readonly [Port, string] => [
  { name, shape: node.shape },
  values.get(node)!,
];

const portsOf = (inputs: ReadonlyMap<Node, string>): Port[] =>
  [...inputs].map(([{ shape }, name]) => ({ name, shape }));
