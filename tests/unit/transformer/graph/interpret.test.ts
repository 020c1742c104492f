import fc from 'fast-check';
import { type MathNumericType, mean, std } from 'mathjs';
import { Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { Graph, type Node, type Shape, sizeOf } from '../../../../src/transformer/graph/index.js';
import { seeded } from '../../../fixtures/seed.js';
import { nodeValue, numbers, read, tabulate } from './tensors.js';

/**
 * Results are sums of at most 100 terms below 100, each with a few roundings of 2^-53 relatively, and functions of them with slopes below
 * 10: 100 * 100 * 10 * 2^-53 = 1.1e-11 bounds what the order of summation can change.
 */
const TOLERANCE = 2e-11;

function expectClose(found: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(found).toHaveLength(expected.length);
  for (let i = 0; i < expected.length; i++)
    if (!(Math.abs(found[i]! - expected[i]!) <= TOLERANCE * (1 + Math.abs(expected[i]!))))
      expect.fail(`number ${i} is ${found[i]}, not ${expected[i]}`);
}

const seeds = fc.nat();
const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 });

/** A tensor with numbers. */
interface Sample {
  readonly shape: Shape;
  readonly values: Float64Array;
}

const sampleOf = (shape: Shape, seed: number, sample = 0): Sample => ({ shape, values: numbers(shape, seed, sample) });

/** What an operation makes of samples. */
function applied(samples: readonly Sample[], build: (graph: Graph, ...inputs: Node[]) => Node) {
  const graph = new Graph();
  const inputs = samples.map(({ shape }, i) => graph.input(`x${i}`, shape));
  const node = build(graph, ...inputs);
  const given = Object.fromEntries(samples.map(({ values }, i) => [`x${i}`, values]));
  return { shape: node.shape, values: nodeValue(node, given) };
}

const tanhHalf = (x: number): number => (1 + Math.tanh(x / 2)) / 2;

describe('a function of each number', () => {
  it.each<[string, (graph: Graph, x: Node) => Node, (x: number) => number]>([
    ['negate', (g, x) => g.negate(x), (x) => 0 - x],
    ['exp', (g, x) => g.exp(x), (x) => 1 + Math.expm1(x)],
    ['sigmoid', (g, x) => g.sigmoid(x), tanhHalf],
    ['sqrt', (g, x) => g.sqrt(g.multiply(x, x)), (x) => Math.abs(x)],
    ['positive', (g, x) => g.positive(x), (x) => Math.ceil((Math.sign(x) + 1) / 2)],
    ['gelu', (g, x) => g.gelu(x), (x) => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))],
    ['silu', (g, x) => g.silu(x), (x) => x * tanhHalf(x)],
  ])('%s', (_, build, formula) => {
    fc.assert(
      fc.property(shapes, seeds, (shape, seed) => {
        const x = sampleOf(shape, seed);
        expectClose(applied([x], build).values, Array.from(x.values, formula));
      }),
      seeded(),
    );
  });

  it.each<[string, (graph: Graph, x: Node) => Node, number[]]>([
    ['positive', (g, x) => g.positive(x), [0, 0, 1, 0]],
    ['sigmoid', (g, x) => g.sigmoid(x), [0.5, 0.5, 1, 0]],
    ['silu', (g, x) => g.silu(x), [0, -0, 800, -0]],
    ['gelu', (g, x) => g.gelu(x), [0, -0, 800, -0]],
  ])('%s at 0, -0, 800 and -800', (_, build, expected) => {
    const x = { shape: [4], values: Float64Array.of(0, -0, 800, -800) };
    expect([...applied([x], build).values]).toEqual(expected);
  });
});

/** Shapes that are broadcast to `whole`: axes are left out in front, and some of those that are kept have size 1. */
const narrowed = (whole: Shape, mask: number, kept: number): Shape => {
  const shape = whole.map((size, axis) => ((mask >> axis) & 1 ? 1 : size)).slice(-kept);
  return shape.length > 0 ? shape : [1];
};

const broadcastPairs = fc
  .record({
    whole: shapes,
    mask: fc.nat(15),
    kept: fc.integer({ min: 1, max: 4 }),
    swapped: fc.boolean(),
    other: fc.nat(15),
  })
  .map(({ whole, mask, kept, swapped, other }) => {
    // Where one has size 1, the other keeps its size.
    const pair = [narrowed(whole, other & ~mask, whole.length), narrowed(whole, mask, kept)] as const;
    return swapped ? ([pair[1], pair[0]] as const) : pair;
  });

/** The number of a tensor that is broadcast to a longer list of indices. */
const readBroadcast = ({ shape, values }: Sample, index: readonly number[]): number =>
  read(
    values,
    shape,
    index.slice(index.length - shape.length).map((i, axis) => (shape[axis] === 1 ? 0 : i)),
  );

describe('a function of two numbers, broadcast', () => {
  it.each<[string, (graph: Graph, x: Node, y: Node) => Node, (x: number, y: number) => number]>([
    ['add', (g, x, y) => g.add(x, y), (x, y) => x + y],
    ['subtract', (g, x, y) => g.subtract(x, y), (x, y) => x - y],
    ['multiply', (g, x, y) => g.multiply(x, y), (x, y) => x * y],
    ['divide', (g, x, y) => g.divide(x, y), (x, y) => x / y],
    ['maximum', (g, x, y) => g.maximum(x, y), (x, y) => (x > y ? x : y)],
  ])('%s', (_, build, formula) => {
    fc.assert(
      fc.property(broadcastPairs, seeds, ([a, b], seed) => {
        const [x, y] = [sampleOf(a, seed, 0), sampleOf(b, seed, 1)];
        const { shape, values } = applied([x, y], build);
        expectClose(
          values,
          tabulate(shape, (index) => formula(readBroadcast(x, index), readBroadcast(y, index))),
        );
      }),
      seeded(200),
    );
  });

  it('broadcast to a shape', () => {
    fc.assert(
      fc.property(shapes, fc.nat(15), fc.integer({ min: 1, max: 4 }), seeds, (whole, mask, kept, seed) => {
        const x = sampleOf(narrowed(whole, mask, kept), seed);
        const { values } = applied([x], (g, node) => g.broadcast(node, whole));
        expectClose(
          values,
          tabulate(whole, (index) => readBroadcast(x, index)),
        );
      }),
      seeded(),
    );
  });
});

describe('matmul', () => {
  const matrix = (values: Float64Array, [rows, columns]: Shape, stack: number): Matrix =>
    Matrix.from1DArray(rows!, columns!, [...values.subarray(stack * rows! * columns!, (stack + 1) * rows! * columns!)]);

  it('is the product of matrices of ml-matrix, one after the other', () => {
    const cases = fc.record({
      stacks: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }),
      sizes: fc.tuple(...[1, 2, 3].map(() => fc.integer({ min: 1, max: 5 }))),
      transposeA: fc.boolean(),
      transposeB: fc.boolean(),
      scale: fc.constantFrom(1, 0.25, -3),
      seed: seeds,
    });
    fc.assert(
      fc.property(cases, ({ stacks, sizes, transposeA, transposeB, scale, seed }) => {
        const [m, k, n] = sizes as [number, number, number];
        const [a, b] = [transposeA ? [k, m] : [m, k], transposeB ? [n, k] : [k, n]];
        const [x, y] = [sampleOf([...stacks, ...a], seed, 0), sampleOf([...stacks, ...b], seed, 1)];
        const { shape, values } = applied([x, y], (g, p, q) => g.matmul(p, q, { transposeA, transposeB, scale }));
        const products = Array.from({ length: sizeOf(stacks) }, (_, stack) => {
          const [left, right] = [matrix(x.values, a, stack), matrix(y.values, b, stack)];
          const product = (transposeA ? left.transpose() : left).mmul(transposeB ? right.transpose() : right);
          return product.mul(scale).to1DArray();
        });
        expect(shape).toEqual([...stacks, m, n]);
        expectClose(values, products.flat());
      }),
      seeded(200),
    );
  });
});

describe('sums', () => {
  it('go over the chosen axes, and means divide by their sizes', () => {
    fc.assert(
      fc.property(shapes, fc.nat(15), seeds, (shape, mask, seed) => {
        const x = sampleOf(shape, seed);
        const axes = [...shape.keys()].filter((axis) => (mask >> axis) & 1);
        const rest = shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
        const terms = tabulate(rest, () => 0).map(() => [] as number[]);
        const place = tabulate(shape, (index) =>
          read(
            tabulate(rest, () => 0).map((_, i) => i),
            rest,
            index.map((i, axis) => (axes.includes(axis) ? 0 : i)),
          ),
        );
        for (const [i, at] of place.entries()) terms[at]!.push(x.values[i]!);
        const sums = terms.map((list) => list.reduce((sum, value) => sum + value, 0));
        expectClose(applied([x], (g, node) => g.sum(node, axes)).values, sums);
        expectClose(
          applied([x], (g, node) => g.mean(node, axes)).values,
          terms.map((list) => mean(list)),
        );
      }),
      seeded(),
    );
  });
});

describe('what moves numbers', () => {
  it('reshape keeps their order', () => {
    const x = sampleOf([2, 6], 1);
    expect(applied([x], (g, node) => g.reshape(node, [3, 4])).values).toEqual(x.values);
  });

  it('transpose: axis i of the result is axis order[i]', () => {
    const cases = shapes.chain((shape) =>
      fc.record({
        shape: fc.constant(shape),
        order: fc.shuffledSubarray([...shape.keys()], { minLength: shape.length }),
        seed: seeds,
      }),
    );
    fc.assert(
      fc.property(cases, ({ shape, order, seed }) => {
        const x = sampleOf(shape, seed);
        const out = applied([x], (g, node) => g.transpose(node, order));
        const expected = tabulate(out.shape, (index) => {
          const from: number[] = [];
          for (const [axis, i] of index.entries()) from[order[axis]!] = i;
          return read(x.values, shape, from);
        });
        expect([...out.values]).toEqual(expected);
      }),
      seeded(),
    );
  });

  it('slices of an axis, joined again, are the whole', () => {
    const cases = shapes.chain((shape) =>
      fc.record({ shape: fc.constant(shape), axis: fc.nat(shape.length - 1), cut: fc.nat(2), seed: seeds }),
    );
    fc.assert(
      fc.property(cases, ({ shape, axis, cut, seed }) => {
        const x = sampleOf(shape, seed);
        const size = shape[axis]!;
        const start = Math.min(cut, size - 1);
        const part = applied([x], (g, node) => g.slice(node, axis, start, size));
        const shifted = (index: number[]) => read(x.values, shape, index.with(axis, index[axis]! + start));
        expect([...part.values]).toEqual(tabulate(shape.with(axis, size - start), shifted));
        const joined = applied([x], (g, node) => {
          const pieces = Array.from({ length: size }, (_, i) => g.slice(node, axis, i, i + 1));
          return g.concat([...pieces.slice(start), ...pieces.slice(0, start)], axis);
        });
        const rotated = (index: number[]) => read(x.values, shape, index.with(axis, (index[axis]! + start) % size));
        expect([...joined.values]).toEqual(tabulate(shape, rotated));
      }),
      seeded(),
    );
  });

  it('concat of parts of several sizes', () => {
    const [x, y] = [sampleOf([2, 1, 2], 1, 0), sampleOf([2, 2, 2], 1, 1)];
    const { values } = applied([x, y], (g, ...parts) => g.concat(parts, 1));
    const expected = tabulate([2, 3, 2], ([i, j, k]) =>
      j === 0 ? read(x.values, x.shape, [i!, 0, k!]) : read(y.values, y.shape, [i!, j! - 1, k!]),
    );
    expect([...values]).toEqual(expected);
  });
});

/** Each row of the last axis as a list. */
const rowsOf = ({ shape, values }: Sample): number[][] =>
  Array.from({ length: values.length / shape.at(-1)! }, (_, i) => [
    ...values.slice(i * shape.at(-1)!, (i + 1) * shape.at(-1)!),
  ]);

describe('functions of a row', () => {
  const deviation = (row: number[], centred: boolean, epsilon: number): number => {
    const variance = centred
      ? (std(row, 'uncorrected') as unknown as MathNumericType as number) ** 2
      : mean(row.map((value) => value * value));
    return Math.sqrt(variance + epsilon);
  };

  it.each<[string, (graph: Graph, x: Node) => Node, (row: number[]) => number[]]>([
    ['softmax', (g, x) => g.softmax(x), (row) => row.map((x) => 1 / row.reduce((sum, y) => sum + Math.exp(y - x), 0))],
    [
      'logSoftmax',
      (g, x) => g.logSoftmax(x),
      (row) => row.map((x) => -Math.log(row.reduce((sum, y) => sum + Math.exp(y - x), 0))),
    ],
    [
      'standardize, centred',
      (g, x) => g.standardize(x, true, 0.1),
      (row) => row.map((x) => (x - mean(row)) / deviation(row, true, 0.1)),
    ],
    ['standardize', (g, x) => g.standardize(x, false, 0), (row) => row.map((x) => x / deviation(row, false, 0))],
    ['inverseDeviation, centred', (g, x) => g.inverseDeviation(x, true, 0.1), (row) => [1 / deviation(row, true, 0.1)]],
    ['inverseDeviation', (g, x) => g.inverseDeviation(x, false, 0.5), (row) => [1 / deviation(row, false, 0.5)]],
    ['argMax', (g, x) => g.argMax(x), (row) => [row.findIndex((x) => row.every((y) => y <= x))]],
  ])('%s', (_, build, formula) => {
    fc.assert(
      fc.property(shapes, seeds, (shape, seed) => {
        const x = sampleOf(shape, seed);
        expectClose(applied([x], build).values, rowsOf(x).flatMap(formula));
      }),
      seeded(),
    );
  });

  it.each<[string, (graph: Graph, x: Node) => Node, number[]]>([
    ['softmax', (g, x) => g.softmax(x), [0.5, 0, 0.5]],
    ['logSoftmax', (g, x) => g.logSoftmax(x), [-Math.log(2), -2000 - Math.log(2), -Math.log(2)]],
    ['argMax', (g, x) => g.argMax(x), [0]],
  ])('%s of large numbers neither overflows nor prefers the later of equals', (_, build, expected) => {
    expectClose(applied([{ shape: [3], values: Float64Array.of(1000, -1000, 1000) }], build).values, expected);
  });
});

describe('indices', () => {
  it('oneHot appends an axis', () => {
    const indices = { shape: [2, 2], values: Float64Array.of(2, 0, 1, 2) };
    const { shape, values } = applied([indices], (g, x) => g.oneHot(x, 3));
    expect(shape).toEqual([2, 2, 3]);
    expect([...values]).toEqual([0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 1]);
  });

  it.each([
    [0, 1],
    [1, 2],
    [2, 0],
  ])('insert along axis %i at %i replaces that alone', (axis, at) => {
    const cache = sampleOf([2, 3, 4], 1, 0);
    const row = sampleOf(cache.shape.with(axis, 1), 1, 1);
    const { values } = applied([cache, row, { shape: [1], values: Float64Array.of(at) }], (g, ...[c, r, i]) =>
      g.insert(c!, r!, i!, axis),
    );
    const expected = tabulate(cache.shape, (index) =>
      index[axis] === at ? read(row.values, row.shape, index.with(axis, 0)) : read(cache.values, cache.shape, index),
    );
    expect([...values]).toEqual(expected);
    expect(cache.values).toEqual(numbers(cache.shape, 1, 0));
  });

  it.each([-1, 3, 0.5, Number.NaN])('that are none, such as %d, are refused', (index) => {
    const at = { shape: [1], values: Float64Array.of(index) };
    const message = `index ${index} is not an integer from 0 to 2`;
    expect(() => applied([at], (g, x) => g.oneHot(x, 3))).toThrow(new RangeError(message));
    const insert = () =>
      applied([sampleOf([2, 3], 1), sampleOf([2, 1], 1), at], (g, ...[c, r, i]) => g.insert(c!, r!, i!, 1));
    expect(insert).toThrow(new RangeError(message));
  });
});

describe('a program', () => {
  it('gives copies of what it was given', () => {
    const graph = new Graph();
    const x = graph.input('x', [2]);
    const given = Float64Array.of(1, 2);
    for (const node of [x, graph.reshape(x, [1, 2])]) {
      nodeValue(node, { x: given })[0] = 7;
      expect([...given]).toEqual([1, 2]);
    }
    const constant = graph.constant([1, 2], [2]);
    nodeValue(constant, {})[0] = 7;
    expect([...nodeValue(constant, {})]).toEqual([1, 2]);
  });

  it.each<[string, Record<string, Float64Array>, string]>([
    ['missing', {}, 'input x has no numbers; it must have 2'],
    ['of another size', { x: new Float64Array(3) }, 'input x has 3 numbers; it must have 2'],
  ])('refuses an input that is %s', (_, given, message) => {
    expect(() => nodeValue(new Graph().input('x', [2]), given)).toThrow(new RangeError(message));
  });
});
