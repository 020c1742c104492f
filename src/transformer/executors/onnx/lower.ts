import { inputName, type Loop, type Node, type Program, scheduleOf } from '../../graph/index.js';
import { Emitter } from './emitter.js';
import type { OnnxGraph, Port } from './format.js';
import { operandsOf } from './operands.js';
import { lowered, type Target } from './operations.js';
import { carriedIndex, stagesOf } from './stage.js';

/** What the inputs and outputs of a program are called. */
export interface Names {
  given(input: string): string;
  result(output: string): string;
}

type Values = Map<Node, string>;

/** The ONNX graph of a program. A collected output has as many rows as there were iterations. */
export function lower(program: Program, target: Target, { given, result }: Names): OnnxGraph {
  const { name, outputs, loop } = program;
  const { inputs } = scheduleOf(program);
  const { once, body } = stagesOf(program);
  const emitter = new Emitter('once');
  const values: Values = new Map(inputs.map((node) => [node, given(inputName(node))]));
  lowerNodes(emitter, once.nodes, values, target);
  const repeated = loop && body ? lowerLoop(emitter, loop, body.nodes, values, target) : NOTHING;
  const nameOf = (node: Node) => (loop && repeated.carried[carriedIndex(loop, node)]) ?? values.get(node)!;
  return emitter.graph(
    name,
    inputs.map((node) => floats(values.get(node)!, node.shape)),
    [
      ...Object.entries(outputs).map(([output, node]) => [floats(result(output), node.shape), nameOf(node)] as const),
      ...Object.entries(loop?.collected ?? {}).map(
        ([output, node], i) => [floats(result(output), [null, ...node.shape]), repeated.collected[i]!] as const,
      ),
    ],
  );
}

/** What comes out of a loop, in the order in which the loop has it. */
interface Repeated {
  readonly carried: readonly string[];
  readonly collected: readonly string[];
}

const NOTHING: Repeated = { carried: [], collected: [] };

/** @param outside values of what is computed once, which the body reads where they are */
function lowerLoop(emitter: Emitter, loop: Loop, nodes: readonly Node[], outside: Values, target: Target): Repeated {
  const collected = Object.values(loop.collected);
  const outputs = emitter.nodes(
    'Loop',
    [emitter.integers([loop.iterations], []), '', ...loop.carried.map(({ initial }) => outside.get(initial)!)],
    loop.carried.length + collected.length,
    { attributes: { body: { graph: bodyOf(loop, nodes, outside, target) } } },
  );
  return { carried: outputs.slice(0, loop.carried.length), collected: outputs.slice(loop.carried.length) };
}

function bodyOf(loop: Loop, nodes: readonly Node[], outside: Values, target: Target): OnnxGraph {
  const emitter = new Emitter('body');
  const [count, going] = ['body count', 'body going'];
  const carried = loop.carried.map(({ current }, i) => floats(`body carried ${i}`, current.shape));
  const values: Values = new Map(outside);
  values.set(loop.counter, emitter.node('Reshape', [emitter.asFloats(count), emitter.integers([1])]));
  for (const [i, { current }] of loop.carried.entries()) values.set(current, carried[i]!.name);
  lowerNodes(emitter, nodes, values, target);
  const unfinished = emitter.node('LessOrEqual', [values.get(loop.finished)!, emitter.scalar(0)]);
  const goesOn = emitter.node('Reshape', [unfinished, emitter.integers([])]);
  return emitter.graph(
    'body',
    [{ name: count, element: 'int64', shape: [] }, { name: going, element: 'bool', shape: [] }, ...carried],
    [
      [{ name: 'body goes on', element: 'bool', shape: [] }, goesOn],
      ...loop.carried.map(({ next }, i) => [floats(`body next ${i}`, next.shape), values.get(next)!] as const),
      ...Object.values(loop.collected).map(
        (node, i) => [floats(`body collected ${i}`, node.shape), values.get(node)!] as const,
      ),
    ],
  );
}

function lowerNodes(emitter: Emitter, nodes: readonly Node[], values: Values, target: Target): void {
  for (const node of nodes) {
    const operands = operandsOf(node).map((input) => ({ name: values.get(input)!, shape: input.shape }));
    values.set(node, lowered(emitter, node, operands, target));
  }
}

const floats = (name: string, shape: Port['shape']): Port => ({ name, element: 'float', shape });
