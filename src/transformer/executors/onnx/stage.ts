import { type Loop, type Node, type Program, scheduleOf } from '../../graph/index.js';
import { operandsOf } from './operands.js';

/** A part of a program: what is computed from some nodes to get others. */
export interface Stage {
  /** What it reads. */
  readonly inputs: readonly Node[];
  /** What it computes, each after its operands. */
  readonly nodes: readonly Node[];
}

/** What a program computes once, and what its loop computes in each iteration; constants are in both. */
export interface Stages {
  readonly once: Stage;
  readonly body: Stage | null;
}

export function stagesOf({ name, outputs, loop }: Program): Stages {
  const { inputs, once } = scheduleOf({ name, outputs, loop });
  const results = Object.values(outputs);
  if (loop === null) return { once: between(inputs, results), body: null };
  const given = [loop.counter, ...loop.carried.map(({ current }) => current)];
  const computed = once.filter(({ operation }) => operation.kind !== 'constant');
  const body = between([...inputs, ...computed, ...given], bodyResults(loop));
  const captured = body.inputs.filter((node) => !given.includes(node));
  const initials = loop.carried.map(({ initial }) => initial);
  const own = results.filter((node) => carriedIndex(loop, node) < 0);
  return { once: between(inputs, [...own, ...captured, ...initials]), body };
}

/** Which carried value a node is, or -1. */
export function carriedIndex({ carried }: Loop, node: Node): number {
  return carried.findIndex(({ current }) => node === current);
}

const bodyResults = ({ collected, carried, finished }: Loop): Node[] => [
  ...Object.values(collected),
  ...carried.map(({ next }) => next),
  finished,
];

function between(inputs: readonly Node[], results: readonly Node[]): Stage {
  const given = new Set(inputs);
  const needed = new Set<Node>();
  const pending = [...results];
  for (let node = pending.pop(); node; node = pending.pop()) {
    if (needed.has(node)) continue;
    needed.add(node);
    if (!given.has(node)) pending.push(...operandsOf(node));
  }
  const ordered = [...needed].toSorted((a, b) => a.id - b.id);
  return {
    inputs: ordered.filter((node) => given.has(node)),
    nodes: ordered.filter((node) => !given.has(node)),
  };
}
