import { afterEach, describe, expect, it, vi } from 'vitest';
import { Graph, type Kind, type Node, type OperationOf } from '../../../../src/transformer/graph/index.js';
import { SEED, seedNote } from '../../../fixtures/seed.js';
import { gradientError, TOLERANCE } from './differences.js';
import { DIFFERENTIABLE } from './differentiables.js';

/** Changes what flows into the inputs of a node. */
type Plant = (right: (() => Node)[], graph: Graph, node: Node, gradient: Node) => (() => Node)[];

const planted = vi.hoisted(() => ({ kind: '', plant: null as Plant | null }));

vi.mock('../../../../src/transformer/graph/products.js', async (original) => {
  const { productsOf } = await original<typeof import('../../../../src/transformer/graph/products.js')>();
  return {
    productsOf: (graph: Graph, node: Node, gradient: Node) => {
      const right = productsOf(graph, node, gradient);
      return planted.plant && node.operation.kind === planted.kind
        ? planted.plant(right, graph, node, gradient)
        : right;
    },
  };
});

afterEach(() => {
  planted.plant = null;
});

/** How wrong the worst gradient of the operations is that have the word in their name; one that does not fit is no number. */
function worst(word: string, graphOf = () => new Graph()): number {
  const cases = DIFFERENTIABLE.filter(({ name }) => name.includes(word));
  expect(cases.length).toBeGreaterThan(0);
  return Math.max(...cases.map((one) => gradientError(one, SEED, graphOf())));
}

const shared = (change: (graph: Graph, product: Node, node: Node, gradient: Node) => Node): Plant => {
  return (right, graph, node, gradient) => right.map((product) => () => change(graph, product(), node, gradient));
};

/** Slopes at which a wrong rule is off by less than this are not among the inputs. */
const CLEARLY = 1e-4;

describe(`a wrong rule is seen (${seedNote})`, () => {
  it.each<[string, Kind, string, Plant]>([
    ['negate without its sign', 'negate', 'negate', shared((_, __, ___, gradient) => gradient)],
    ['exp times its argument', 'exp', 'exp', shared((g, _, { inputs }, gradient) => g.multiply(gradient, inputs[0]!))],
    ['sigmoid without 1 - s', 'sigmoid', 'sigmoid', shared((g, _, node, gradient) => g.multiply(gradient, node))],
    ['sqrt without 1/2', 'sqrt', 'sqrt', shared((g, product) => g.multiply(product, 2))],
    [
      'gelu whose cube has slope 1 instead of 3',
      'gelu',
      'gelu',
      shared((g, product, node, gradient) => {
        // s + y (1 - s) 2 u', of which 2 u' loses 4 c sqrt(2 / pi) x^2.
        const x = node.inputs[0]!;
        const share = g.divide(node, x);
        const rest = g.multiply(node, g.subtract(g.constant(1), share));
        const lost = g.multiply(g.multiply(x, x), 4 * 0.044715 * Math.sqrt(2 / Math.PI));
        return g.subtract(product, g.multiply(gradient, g.multiply(rest, lost)));
      }),
    ],
    [
      'silu whose gate is held fixed',
      'silu',
      'silu',
      shared((g, _, node, gradient) => g.multiply(gradient, g.sigmoid(node.inputs[0]!))),
    ],
    ['subtract with two equal signs', 'subtract', 'subtract', ([first]) => [first!, first!]],
    [
      'multiply with exchanged factors',
      'multiply',
      'multiply of [[2,3],[2,3]]',
      ([first, second]) => [second!, first!],
    ],
    [
      'divide by b instead of b squared',
      'divide',
      'divide',
      ([first, second], g, { inputs }) => [first!, () => g.multiply(second!(), inputs[1]!)],
    ],
    ['maximum that prefers the smaller', 'maximum', 'maximum of [[2,3],[2,3]]', ([first, second]) => [second!, first!]],
    ['matmul without its scale', 'matmul', 'scale":-0.5', shared((g, product) => g.multiply(product, -2))],
    [
      'matmul with transposed shares exchanged',
      'matmul',
      'matmul of a matrix and itself {"transposeA":true',
      (right, g, { inputs: [a, b], operation }, gradient) => {
        const { transposeA, transposeB } = operation as OperationOf<'matmul'>;
        return transposeA
          ? [() => g.matmul(gradient, b!, { transposeB: !transposeB }), () => g.matmul(a!, gradient)]
          : right;
      },
    ],
    [
      'mean instead of sum',
      'sum',
      'sum over',
      shared((g, product, { inputs }) => g.multiply(product, 1 / inputs[0]!.shape[0]!)),
    ],
    [
      'transpose by the same order again',
      'transpose',
      'transpose to 1,2,0',
      shared((g, _, { operation, inputs }, gradient) =>
        g.reshape(g.transpose(gradient, (operation as OperationOf<'transpose'>).order), inputs[0]!.shape),
      ),
    ],
    ['concat with the parts exchanged', 'concat', 'concat along', (right) => [right[2]!, right[1]!, right[0]!]],
    ['softmax without the sum', 'softmax', 'softmax', shared((g, _, node, gradient) => g.multiply(gradient, node))],
    [
      'logSoftmax without the sum',
      'logSoftmax',
      'logSoftmax',
      shared((g, _, node, gradient) => g.subtract(gradient, g.multiply(g.exp(node), gradient))),
    ],
    [
      'standardize without mean(g)',
      'standardize',
      'standardize centred',
      shared((g, product, { inputs: [x] }, gradient) => {
        const dropped = g.multiply(g.inverseDeviation(x!, true, 0.25), g.mean(gradient, [x!.shape.length - 1]));
        return g.add(product, dropped);
      }),
    ],
    [
      'standardize without mean(g y)',
      'standardize',
      'standardize [',
      shared((g, _, { inputs: [x] }, gradient) => g.multiply(gradient, g.inverseDeviation(x!, false, 0.25))),
    ],
    [
      'inverseDeviation not divided by n',
      'inverseDeviation',
      'inverseDeviation',
      shared((g, product, { inputs: [x] }) => g.multiply(product, x!.shape.at(-1)!)),
    ],
    ['reshape that forgets', 'reshape', 'reshape', () => []],
    ['broadcast twice as strong', 'broadcast', 'broadcast [', shared((g, product) => g.multiply(product, 2))],
  ])('%s', (_, kind, word, plant) => {
    expect(worst(word)).toBeLessThan(TOLERANCE);
    Object.assign(planted, { kind, plant });
    expect(worst(word)).toBeGreaterThan(CLEARLY);
  });
});

/** A graph that does something else when it makes nodes for gradients: all nodes after the first weighted sum. */
class WrongSum extends Graph {
  override sum(x: Node, axes: readonly number[] = [...x.shape.keys()]): Node {
    // The axes of a matrix exchanged, in which [3, 1] and [3] still fit.
    return super.sum(x, axes.length === 1 && x.shape.length === 2 && x.shape[0] === x.shape[1] ? [1 - axes[0]!] : axes);
  }
}

class GapsLast extends Graph {
  override concat(parts: readonly Node[], axis: number): Node {
    const isZero = ({ operation }: Node) => operation.kind === 'broadcast';
    return super.concat([...parts.filter((part) => !isZero(part)), ...parts.filter(isZero)], axis);
  }
}

describe('a wrong flow is seen', () => {
  it.each<[string, string, () => Graph]>([
    ['broadcast axes exchanged', '[[3,1],[3]]', () => new WrongSum()],
    ['slices moved over the gaps', 'slices with a gap', () => new GapsLast()],
    ['a slice moved to the front', 'a slice in the middle', () => new GapsLast()],
  ])('%s', (_, word, graphOf) => {
    expect(worst(word)).toBeLessThan(TOLERANCE);
    expect(worst(word, graphOf)).toBeGreaterThan(CLEARLY);
  });
});
