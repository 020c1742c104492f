import { inputName, type Node, type Program, scheduleOf } from '../../graph/index.js';
import { operandsOf } from './operands.js';

/** A part of a program that is one ONNX model. Its inputs and outputs are known by names. */
export interface Stage {
  readonly inputs: ReadonlyMap<Node, string>;
  /** Each after its operands. */
  readonly nodes: readonly Node[];
  readonly outputs: ReadonlyMap<string, Node>;
}

/** What a program computes once, and what its loop computes in each iteration. */
export interface Stages {
  readonly once: Stage;
  readonly body: Stage | null;
}

/** Names of what goes into a stage and comes out of it; prefixes tell apart what has the same name in the program. */
export const NAMES = {
  given: (name: string) => `given ${name}`,
  result: (name: string) => `result ${name}`,
  /** From a program's single part to the loop's body. */
  shared: ({ id }: Node) => `shared ${id}`,
  counter: 'counter',
  initial: (carried: number) => `initial ${carried}`,
  current: (carried: number) => `current ${carried}`,
  next: (carried: number) => `next ${carried}`,
  collected: (name: string) => `collected ${name}`,
  finished: 'finished',
};

export function stagesOf(program: Program): Stages {
  const { inputs, once } = scheduleOf(program);
  const { loop } = program;
  const names = new Map(inputs.map((node) => [node, NAMES.given(inputName(node))]));
  const carried = new Set(loop?.carried.map(({ current }) => current));
  const results = Object.entries(program.outputs)
    .filter(([, node]) => !carried.has(node))
    .map(([name, node]) => [NAMES.result(name), node] as const);
  if (loop === null) return { once: stageOf(names, results), body: null };

  const computed = once.filter(({ operation }) => operation.kind !== 'constant');
  const body = stageOf(
    [
      ...names,
      ...computed.map((node) => [node, NAMES.shared(node)] as const),
      [loop.counter, NAMES.counter],
      ...loop.carried.map(({ current }, i) => [current, NAMES.current(i)] as const),
    ],
    [
      ...Object.entries(loop.collected).map(([name, node]) => [NAMES.collected(name), node] as const),
      ...loop.carried.map(({ next }, i) => [NAMES.next(i), next] as const),
      [NAMES.finished, loop.finished],
    ],
  );
  const shared = computed.filter((node) => body.inputs.has(node)).map((node) => [NAMES.shared(node), node] as const);
  const initials = loop.carried.map(({ initial }, i) => [NAMES.initial(i), initial] as const);
  return { once: stageOf(names, [...results, ...shared, ...initials]), body };
}

/** What is between inputs and outputs. */
export function stageOf(inputs: Iterable<readonly [Node, string]>, outputs: Iterable<readonly [string, Node]>): Stage {
  const names = new Map(inputs);
  const wanted = new Map(outputs);
  const needed = new Set<Node>();
  const pending = [...wanted.values()];
  for (let node = pending.pop(); node; node = pending.pop()) {
    if (needed.has(node)) continue;
    needed.add(node);
    if (!names.has(node)) pending.push(...operandsOf(node));
  }
  const ordered = [...needed].toSorted((a, b) => a.id - b.id);
  return {
    inputs: new Map(ordered.filter((node) => names.has(node)).map((node) => [node, names.get(node)!])),
    nodes: ordered.filter((node) => !names.has(node)),
    outputs: wanted,
  };
}
