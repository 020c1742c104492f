import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findAdapter } from '../../../../src/engines/index.js';
import type { Executor } from '../../../../src/transformer/executors/executor.js';
import { openGpujs } from '../../../../src/transformer/executors/gpujs/index.js';
import { Graph, type Node } from '../../../../src/transformer/graph/index.js';
import { beyond, inputsOf, ROUNDING, runBoth, uniforms } from '../../../fixtures/against-interpreter.js';

interface Case {
  readonly name: string;
  readonly build: (graph: Graph, input: (name: string, shape: number[]) => Node) => Node;
  /** Of results as large as this one, in roundings. Inputs are in [-4, 4). */
  readonly bound: (expected: number) => number;
  /** Inputs that are no numbers in [-4, 4). */
  readonly given?: Readonly<Record<string, Float32Array>>;
}

const exact = () => 0;
/** Roundings of a result relative to itself. */
const relative = (count: number) => (expected: number) => count * Math.abs(expected);
const absolute = (count: number) => () => count;
/** n terms of size at most m: each partial sum, at most n m, is rounded; and each term if it is a product. */
const summed = (n: number, m: number) => absolute(n * m * (n + 1));

// Each operation rounds its result once, division and the root on a graphics processor to 2.5 units: at most 6 roundings.
const once = relative(6);

/** Standardising n numbers up to 4 in size with a deviation of at least 1: the mean has an error of 4 (n + 1) roundings, what is
 * centred (at most 8) 8 more, its squares' mean relatively 2 of these and n + 4, the root half of it, which meets a result up to 4. */
const standardized = (n: number) => absolute(4 * (n + 1) + 8 + 4 * (4 * (n + 1) + 8 + n + 8));

const CASES: Case[] = [
  { name: 'negate', build: (g, input) => g.negate(input('x', [5, 7])), bound: exact },
  { name: 'positive', build: (g, input) => g.positive(input('x', [5, 7])), bound: exact },
  // Four roundings by the kernel's own account.
  { name: 'exp', build: (g, input) => g.exp(input('x', [8, 16])), bound: relative(4) },
  // e^-|x| with its four, a sum, a quotient and a product.
  { name: 'sigmoid', build: (g, input) => g.sigmoid(input('x', [8, 16])), bound: relative(4 + 1 + 6 + 1) },
  { name: 'silu', build: (g, input) => g.silu(input('x', [8, 16])), bound: relative(13) },
  // Its sigmoid's argument, at most 11 in size, has four roundings of its own, which the sigmoid takes at most as they are.
  { name: 'gelu', build: (g, input) => g.gelu(input('x', [8, 16])), bound: relative(13 + 44) },
  {
    name: 'sqrt',
    build: (g, input) => g.sqrt(input('x', [8, 16])),
    bound: once,
    given: { x: uniforms(3, 128, 0, 9) },
  },
  ...(['add', 'subtract', 'multiply', 'divide', 'maximum'] as const).flatMap((kind): Case[] => [
    { name: kind, build: (g, input) => g[kind](input('x', [3, 5, 8]), input('y', [3, 5, 8])), bound: once },
    { name: `${kind} of rows`, build: (g, input) => g[kind](input('x', [3, 5, 8]), input('y', [8])), bound: once },
    {
      name: `${kind} of columns`,
      build: (g, input) => g[kind](input('x', [5, 1]), input('y', [3, 1, 6])),
      bound: once,
    },
    { name: `${kind} with a scalar`, build: (g, input) => g[kind](input('x', [1]), input('y', [3, 6])), bound: once },
    // The literal is rounded, too; 1e-3 is no number of float32.
    { name: `${kind} with a number`, build: (g, input) => g[kind](input('x', [3, 6]), 1e-3), bound: relative(7) },
    {
      name: `${kind} with large constants`,
      build: (g, input) => g[kind](input('x', [2, 2]), g.constant([-1e9, 3e37, -2.5e-30, 2 ** 31], [2, 2])),
      bound: relative(7),
    },
    { name: `${kind} with a large number`, build: (g, input) => g[kind](input('x', [3]), -1e20), bound: relative(7) },
  ]),
  ...[
    [4, 6, 8],
    [3, 5, 6],
    [2, 7, 12],
  ].flatMap(([m, k, n]) =>
    [false, true].flatMap((transposeA) =>
      [false, true].flatMap((transposeB): Case[] => {
        const a = transposeA ? [k!, m!] : [m!, k!];
        const b = transposeB ? [n!, k!] : [k!, n!];
        const own = (g: Graph, input: (name: string, shape: number[]) => Node, stack: number[], scale: number) =>
          g.matmul(input('a', [...stack, ...a]), input('b', [...stack, ...b]), { transposeA, transposeB, scale });
        const name = `matmul ${m} ${k} ${n}${transposeA ? ' A' : ''}${transposeB ? ' B' : ''}`;
        return [
          { name, build: (g, input) => own(g, input, [], 1), bound: summed(k!, 16) },
          { name: `stacked ${name}`, build: (g, input) => own(g, input, [2, 3], 0.25), bound: summed(k!, 4) },
        ];
      }),
    ),
  ),
  ...[[0], [1], [2], [0, 1], [1, 2], [0, 2], [0, 1, 2]].map(
    (axes): Case => ({
      name: `sum over ${axes}`,
      build: (g, input) => g.sum(input('x', [3, 5, 8]), axes),
      bound: summed(
        axes.reduce((n, axis) => n * [3, 5, 8][axis]!, 1),
        4,
      ),
    }),
  ),
  // Two steps of 100 terms each.
  {
    name: 'long sum',
    build: (g, input) => g.sum(input('x', [10_000])),
    bound: absolute(10_000 * 4 * 200),
  },
  { name: 'long sum of a prime number', build: (g, input) => g.sum(input('x', [4099])), bound: summed(4099, 4) },
  { name: 'reshape', build: (g, input) => g.reshape(input('x', [3, 4, 5]), [6, 10]), bound: exact },
  {
    name: 'reshape of a transpose',
    build: (g, input) => g.reshape(g.transpose(input('x', [3, 4, 5]), [0, 2, 1]), [15, 4]),
    bound: exact,
  },
  {
    name: 'reshape of a transpose that mixes axes',
    build: (g, input) => g.reshape(g.transpose(input('x', [3, 4, 5]), [2, 0, 1]), [6, 10]),
    bound: exact,
  },
  { name: 'broadcast', build: (g, input) => g.broadcast(input('x', [4, 1, 3]), [2, 4, 5, 3]), bound: exact },
  { name: 'broadcast of a constant', build: (g) => g.broadcast(g.constant(0.5), [3, 4]), bound: exact },
  ...[
    [2, 0, 1],
    [1, 2, 0],
    [0, 2, 1],
    [2, 1, 0],
  ].map(
    (order): Case => ({
      name: `transpose ${order}`,
      build: (g, input) => g.transpose(input('x', [3, 4, 5]), order),
      bound: exact,
    }),
  ),
  ...[0, 1, 2].map(
    (axis): Case => ({
      name: `slice of ${axis}`,
      build: (g, input) => g.slice(input('x', [4, 5, 8]), axis, 1, 3),
      bound: exact,
    }),
  ),
  ...[0, 1, 2].map(
    (axis): Case => ({
      name: `concat of ${axis}`,
      build: (g, input) => {
        const shape = [3, 4, 5];
        return g.concat(
          [1, 3, 2].map((size, i) => input(`x${i}`, shape.with(axis, size))),
          axis,
        );
      },
      bound: exact,
    }),
  ),
  {
    name: 'concat of many',
    build: (g, input) =>
      g.concat(
        Array.from({ length: 17 }, (_, i) => input(`x${i}`, [1 + (i % 3), 4])),
        0,
      ),
    bound: exact,
  },
  // Differences up to 8 in size have a rounding relative to themselves, so 8 as exponents; with the sum of 18 and the quotient.
  ...[[6], [3, 18], [2, 3, 8]].flatMap((shape): Case[] => [
    {
      name: `softmax of ${shape}`,
      build: (g, input) => g.softmax(input('x', shape)),
      bound: relative(2 * (8 + 4) + 18 + 6),
    },
    // The logarithm of such a sum, which is at most 3, and sums with numbers up to 11.
    {
      name: `logSoftmax of ${shape}`,
      build: (g, input) => g.logSoftmax(input('x', shape)),
      bound: absolute(8 + 4 + 18 + 6 + 11 + 11),
    },
    {
      name: `standardize of ${shape}`,
      build: (g, input) => g.standardize(input('x', shape), true, 1e-5),
      bound: standardized(shape.at(-1)!),
    },
    {
      name: `standardize of ${shape} without centring`,
      build: (g, input) => g.standardize(input('x', shape), false, 1e-5),
      bound: standardized(shape.at(-1)!),
    },
    {
      name: `inverseDeviation of ${shape}`,
      build: (g, input) => g.inverseDeviation(input('x', shape), true, 1e-5),
      bound: standardized(shape.at(-1)!),
    },
    {
      name: `inverseDeviation of ${shape} without centring`,
      build: (g, input) => g.inverseDeviation(input('x', shape), false, 1e-5),
      bound: standardized(shape.at(-1)!),
    },
    { name: `argMax of ${shape}`, build: (g, input) => g.argMax(input('x', shape)), bound: exact },
  ]),
  {
    name: 'argMax of ties',
    build: (g, input) => g.argMax(input('x', [3, 5])),
    bound: exact,
    given: { x: Float32Array.of(0, 2, 1, 2, 2, -3, -3, -3, -3, -3, -5, -4, -9, -4, -8) },
  },
  {
    name: 'oneHot',
    build: (g, input) => g.oneHot(input('x', [2, 4]), 6),
    bound: exact,
    given: { x: Float32Array.of(0, 5, 2, 3, 1, 1, 4, 0) },
  },
  ...[0, 1, 2].map(
    (axis): Case => ({
      name: `insert along ${axis}`,
      build: (g, input) =>
        g.insert(input('cache', [3, 4, 5]), input('row', [3, 4, 5].with(axis, 1)), input('at', [1]), axis),
      bound: exact,
      given: { at: Float32Array.of(2) },
    }),
  ),
];

const adapter = await findAdapter();
if (adapter === null) {
  console.warn(
    'SKIPPED: programs on webgpu, since no graphics adapter answers; chromium brings one that runs in software',
  );
}

describe.each(['webasm', 'cpu'] as const)('an operation on %s', (backend) => {
  let executor: Executor;
  beforeAll(async () => {
    executor = await openGpujs(backend);
  });
  afterAll(() => executor.close());

  it.each(CASES)('$name is that of the interpreter', async ({ name, build, bound, given }) => {
    const graph = new Graph();
    const result = build(graph, (name, shape) => graph.input(name, shape));
    const program = { name, outputs: { result }, loop: null };
    const inputs = {
      ...inputsOf(
        program,
        CASES.findIndex((one) => one.name === name),
      ),
      ...given,
    };
    const { found, expected } = await runBoth(executor, program, inputs);
    expect(beyond(found, expected, (value) => bound(value) * ROUNDING)).toEqual([]);
  });
});

describe.skipIf(adapter === null)('operations on webgpu', () => {
  // All of them in one program, since a software adapter takes long to start each.
  it('are those of the interpreter', async () => {
    const graph = new Graph();
    const chosen = CASES.filter(({ given }) => given === undefined).filter((_, i) => i % 3 === 0);
    const outputs = Object.fromEntries(
      chosen.map(({ build }, i) => [`case ${i}`, build(graph, (name, shape) => graph.input(`${i} ${name}`, shape))]),
    );
    const program = { name: 'operations', outputs, loop: null };
    const executor = await openGpujs('webgpu');
    try {
      const { found, expected } = await runBoth(executor, program, inputsOf(program, 7));
      const bound = (value: number, name: string) => chosen[Number(name.slice(5))]!.bound(value) * ROUNDING;
      expect(beyond(found, expected, bound)).toEqual([]);
      expect(executor.report).toMatchObject({ backend: 'webgpu', executorKind: 'fused-encoder' });
    } finally {
      await executor.close();
    }
  });
});
