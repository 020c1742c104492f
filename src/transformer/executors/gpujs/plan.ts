import type { Backend } from '../../../engines/index.js';
import { type Loop, type Node, type Program, type Schedule, scheduleOf } from '../../graph/index.js';
import { broadcastLayout } from './layout.js';
import { type Constant, Lowering, readOf, type Step } from './lowering.js';
import { placeAlong } from './operations.js';

/** What a pipeline computes, in buffers that have numbers from 0 on. */
export interface Plan {
  readonly inputs: readonly { readonly node: Node; readonly buffer: number }[];
  readonly constants: readonly Constant[];
  /** Done once, before the repetitions. */
  readonly once: readonly Step[];
  /** Done in each repetition. */
  readonly body: readonly Step[];
  readonly repetitions: number;
  readonly carried: readonly CarriedBuffer[];
  /** Buffers that hold the results at the end. */
  readonly outputs: Readonly<Record<string, number>>;
}

/** Before the first repetition `current` becomes what is in `initial`, after each of them what is in `next`. */
export interface CarriedBuffer {
  readonly current: number;
  readonly initial: number;
  readonly next: number;
}

/** Turns the nodes of a program into kernels. */
export function planOf(program: Program, backend: Backend): Plan {
  const { outputs, loop } = program;
  const schedule = scheduleOf(program);
  const lowering = new Lowering(schedule, keptOf(program, schedule), backend);
  const inputs = schedule.inputs.map((node) => ({ node, buffer: lowering.give(node) }));
  for (const node of schedule.once) lowering.add(node);
  const given = loop ? [loop.counter, ...loop.carried.map(({ current }) => current)] : [];
  const results = new Map<string, number>();
  for (const [name, node] of Object.entries(outputs))
    if (!schedule.body.includes(node) && !given.includes(node)) results.set(name, lowering.resultOf(node));
  const before = lowering.takeSteps();
  const repeated = loop ? repeat(lowering, loop, schedule.body) : NOTHING;
  for (const [name, node] of Object.entries(outputs)) {
    const at = given.indexOf(node);
    if (!results.has(name)) results.set(name, at < 0 ? lowering.bufferOf(node) : repeated.carried[at]!.current);
  }
  return {
    inputs,
    constants: lowering.constants,
    once: [...before, ...repeated.before],
    body: repeated.body,
    repetitions: loop?.iterations ?? 0,
    carried: repeated.carried,
    outputs: { ...Object.fromEntries(results), ...repeated.collected },
  };
}

const NOTHING: ReturnType<typeof repeat> = { before: [], body: [], carried: [], collected: {} };

/** The last steps before a loop, those of its body, and what is carried: the counter first, collected values last. */
function repeat(lowering: Lowering, loop: Loop, nodes: readonly Node[]) {
  const counter = lowering.give(loop.counter);
  const given = loop.carried.map(({ current }) => lowering.give(current));
  const initial = loop.carried.map((one) => lowering.bufferOf(one.initial));
  const before = lowering.takeSteps();

  for (const node of nodes) lowering.add(node);
  const one = readOf(counter, [1]);
  const next = lowering.store({ kind: 'apply', scalar: 'add', inputs: [one, { kind: 'literal', value: 1 }] }, [1]);
  const carried: CarriedBuffer[] = [
    { current: counter, initial: lowering.constant([0], [1]).buffer, next: next.buffer },
  ];
  for (const [i, { next }] of loop.carried.entries())
    carried.push({ current: given[i]!, initial: initial[i]!, next: lowering.bufferOf(next) });
  const collected: Record<string, number> = {};
  for (const [name, node] of Object.entries(loop.collected)) {
    const rows = collect(lowering, node, counter, loop.iterations);
    carried.push(rows);
    collected[name] = rows.current;
  }
  return { before, body: lowering.takeSteps(), carried, collected };
}

/** A carried buffer of a row for each repetition, which sets its own. */
function collect(lowering: Lowering, node: Node, counter: number, iterations: number): CarriedBuffer {
  const shape = [iterations, ...node.shape];
  const zeros = lowering.constant(new Float32Array(shape.reduce((a, b) => a * b)), shape);
  const current = lowering.newBuffer(shape);
  const spread = (buffer: number, own: readonly number[]) => {
    const read = readOf(buffer, own);
    return { ...read, layout: broadcastLayout(read.layout, shape) };
  };
  const here = lowering.apply('equal', [placeAlong(shape, 0), spread(counter, [1])], shape);
  const rows = [here, spread(lowering.bufferOf(node), node.shape), readOf(current, shape)];
  return { current, initial: zeros.buffer, next: lowering.store(lowering.apply('choose', rows, shape), shape).buffer };
}

/** Nodes whose numbers must lie in a buffer: what is given out, taken into a loop, or on to its next repetition. */
function keptOf({ outputs, loop }: Program, { once, body }: Schedule): Set<Node> {
  const kept = new Set(Object.values(outputs));
  for (const { initial, next } of loop?.carried ?? []) kept.add(initial).add(next);
  for (const node of Object.values(loop?.collected ?? {})) kept.add(node);
  const before = new Set(once);
  for (const { inputs } of body) for (const input of inputs) if (before.has(input)) kept.add(input);
  return kept;
}
