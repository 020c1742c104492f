import type { Node } from './node.js';

/** The roots and all that they are computed from, each node after its inputs. */
export function nodesBelow(roots: readonly Node[]): Node[] {
  const seen = new Set<Node>();
  const pending = [...roots];
  for (let node = pending.pop(); node; node = pending.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    pending.push(...node.inputs);
  }
  return [...seen].toSorted((a, b) => a.id - b.id);
}

/** The given nodes and those of `ordered`, each after its inputs, that are computed from one of them. */
export function dependentsOf(given: readonly Node[], ordered: readonly Node[]): Set<Node> {
  const dependents = new Set(given);
  for (const node of ordered) if (node.inputs.some((input) => dependents.has(input))) dependents.add(node);
  return dependents;
}
