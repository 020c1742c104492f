import { type Node, type Shape, shapeText } from './node.js';
import { sameShape } from './shapes.js';
import { dependentsOf, nodesBelow } from './traversal.js';

/** What one call of an executor computes. The inputs are the `input` nodes that its outputs depend on. */
export interface Program {
  /** Unique among programs that one executor has. */
  readonly name: string;
  readonly outputs: Readonly<Record<string, Node>>;
  /** null: nothing is repeated. */
  readonly loop: Loop | null;
}

/**
 * A part of the graph that is computed again and again: its body is what depends on the counter or on a carried value. Nodes
 * outside of the body are computed once. Outputs may be carried values (their last ones) and collected ones, but no other nodes of the body.
 */
export interface Loop {
  readonly iterations: number;
  /** An `input` node of shape [1]: 0, 1, 2, ... */
  readonly counter: Node;
  readonly carried: readonly Carried[];
  /** By output name: a node of the body, whose values in all iterations are stacked along a new first axis. */
  readonly collected: Readonly<Record<string, Node>>;
  /**
   * A node of the body, [1]: once it is positive, the loop may end; the rows of iterations that were left out, and of carried values,
   * then mean nothing.
   */
  readonly finished: Node;
}

/** A value that an iteration takes from the one before. */
export interface Carried {
  /** An `input` node: the value at the beginning of an iteration. */
  readonly current: Node;
  /** In the first iteration; no node of the body. */
  readonly initial: Node;
  /** In the next iteration. */
  readonly next: Node;
}

/** The nodes of a program in an order in which each comes after its inputs. */
export interface Schedule {
  /** Given by who runs the program. */
  readonly inputs: readonly Node[];
  /** Computed once. */
  readonly once: readonly Node[];
  /** Computed in each iteration; empty without a loop. */
  readonly body: readonly Node[];
}

/**
 * Which nodes a program needs, and which of them are in its loop's body.
 *
 * @throws RangeError if an output or an initial value is of the body, or if numbers and shapes of a loop do not fit each other
 */
export function scheduleOf({ outputs, loop }: Program): Schedule {
  if (loop) requireFitting(loop);
  const given = loop ? [loop.counter, ...loop.carried.map(({ current }) => current)] : [];
  const roots = [
    ...Object.values(outputs),
    ...(loop ? [...Object.values(loop.collected), loop.finished] : []),
    ...(loop?.carried.flatMap(({ initial, next }) => [initial, next]) ?? []),
  ];
  const ordered = nodesBelow(roots);
  const inBody = dependentsOf(given, ordered);
  requireOutside(inBody, outputs, loop);
  const computed = ordered.filter(({ operation }) => operation.kind !== 'input');
  return {
    inputs: ordered.filter((node) => node.operation.kind === 'input' && !inBody.has(node)),
    once: computed.filter((node) => !inBody.has(node)),
    body: computed.filter((node) => inBody.has(node)),
  };
}

function requireFitting({ iterations, counter, finished, carried }: Loop): void {
  if (!(Number.isInteger(iterations) && iterations >= 1))
    throw new RangeError(`iterations is ${iterations}; it must be an integer >= 1`);
  requireShape(`the counter ${inputName(counter)}`, counter, [1]);
  requireShape('finished', finished, [1]);
  for (const { current, initial, next } of carried) {
    requireShape(`the initial value of ${inputName(current)}`, initial, current.shape);
    requireShape(`the next value of ${inputName(current)}`, next, current.shape);
  }
}

function requireShape(what: string, node: Node, shape: Shape): void {
  if (!sameShape(node.shape, shape))
    throw new RangeError(`${what} has shape ${shapeText(node.shape)}; it must have ${shapeText(shape)}`);
}

/** What is computed in each iteration has no one value outside of the loop, but for the last one of what is carried. */
function requireOutside(inBody: ReadonlySet<Node>, outputs: Program['outputs'], loop: Loop | null): void {
  const carried = new Set(loop?.carried.map(({ current }) => current));
  for (const [name, node] of Object.entries(outputs)) {
    if (inBody.has(node) && !carried.has(node)) throw new RangeError(`output ${name} is a node of the loop's body`);
    if (loop && Object.hasOwn(loop.collected, name)) throw new RangeError(`there are two outputs ${name}`);
  }
  for (const { current, initial } of loop?.carried ?? [])
    if (inBody.has(initial))
      throw new RangeError(`the initial value of ${inputName(current)} is a node of the loop's body`);
}

/** The name of an `input` node. */
export function inputName({ operation }: Node): string {
  if (operation.kind !== 'input') throw new RangeError(`a node of kind ${operation.kind} is no input`);
  return operation.name;
}
