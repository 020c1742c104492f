import { cpus } from 'node:os';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Executor, Tensors } from '../../../../src/transformer/executors/executor.js';
import { openGpujs } from '../../../../src/transformer/executors/gpujs/index.js';
import { planOf } from '../../../../src/transformer/executors/gpujs/plan.js';
import {
  Graph,
  gradients,
  interpret,
  type Node,
  type Program,
  scheduleOf,
} from '../../../../src/transformer/graph/index.js';
import { beyond, inFloat64, inputsOf, ROUNDING, runBoth, uniforms } from '../../../fixtures/against-interpreter.js';
import { integerProgram, MAX_INPUT } from '../../../fixtures/integer-graphs.js';
import { seeded } from '../../../fixtures/seed.js';

const processors = cpus().length;

const one = (result: Node, name = 'one'): Program => ({ name, outputs: { result }, loop: null });

/** Two layers, AdamW-like: gradients, moments and a clipped norm, all in one program. */
function smallTraining(): Program {
  const graph = new Graph();
  const [x, y, rate] = [graph.input('x', [6, 5]), graph.input('y', [6]), graph.input('rate', [1])];
  const shapes = { first: [5, 8], bias: [8], second: [8, 4] };
  const weights = Object.entries(shapes).map(([name, shape]) => graph.input(name, shape));
  const [first, bias, second] = weights as [Node, Node, Node];
  const hidden = graph.gelu(graph.add(graph.matmul(graph.standardize(x, true, 1e-5), first), bias));
  const logits = graph.logSoftmax(graph.matmul(hidden, second));
  const loss = graph.multiply(graph.sum(graph.multiply(logits, graph.oneHot(y, 4))), -1 / 6);
  const outputs: Record<string, Node> = { loss };
  const slopes = gradients(graph, loss, weights);
  const norm = graph.sqrt(
    slopes
      .map((slope) => graph.reshape(graph.sum(graph.multiply(slope, slope)), [1]))
      .reduce((a, b) => graph.add(a, b)),
  );
  const share = graph.divide(graph.constant(1), graph.maximum(norm, 1));
  for (const [i, name] of Object.keys(shapes).entries()) {
    const moment = graph.input(`${name} moment`, weights[i]!.shape);
    const next = graph.add(graph.multiply(moment, 0.9), graph.multiply(graph.multiply(slopes[i]!, share), 0.1));
    outputs[`${name} moment`] = next;
    const size = graph.add(graph.sqrt(graph.multiply(next, next)), 0.1);
    outputs[name] = graph.subtract(weights[i]!, graph.multiply(rate, graph.divide(next, size)));
  }
  return { name: 'small training', outputs, loop: null };
}

/** Running sums of the rows of x in a cache, and what is known of each at its time; everything stays an integer. */
function running(iterations: number): Program {
  const graph = new Graph();
  const x = graph.input('x', [iterations, 4]);
  const doubled = graph.multiply(x, 2);
  const [counter, sum, cache, count] = [
    graph.input('counter', [1]),
    graph.input('sum', [1, 4]),
    graph.input('cache', [2, iterations, 4]),
    graph.input('count', [1]),
  ];
  const row = graph.matmul(graph.oneHot(counter, iterations), doubled);
  const next = graph.add(sum, row);
  const both = graph.concat([graph.reshape(next, [1, 1, 4]), graph.reshape(row, [1, 1, 4])], 0);
  const grown = graph.insert(cache, both, counter, 1);
  return {
    name: `running ${iterations}`,
    outputs: { sum, cache, count, doubled },
    loop: {
      iterations,
      counter,
      carried: [
        { current: sum, initial: graph.slice(x, 0, 0, 1), next },
        { current: cache, initial: graph.broadcast(graph.constant(0), cache.shape), next: grown },
        { current: count, initial: graph.constant(5), next: graph.add(count, 1) },
      ],
      collected: { total: graph.sum(grown), before: graph.add(sum, 1), counter },
      finished: graph.constant(0),
    },
  };
}

const integers = (program: Program, stream: number): Record<string, Float32Array> =>
  Object.fromEntries(
    Object.entries(inputsOf(program, stream)).map(([name, numbers]) => [
      name,
      numbers.map((value) => Math.trunc((value / 4) * (MAX_INPUT + 0.99))),
    ]),
  );

describe.each(['webasm', 'cpu'] as const)('gpu.js on %s', (backend) => {
  let executor: Executor;
  beforeAll(async () => {
    executor = await openGpujs(backend);
  });
  afterAll(() => executor.close());

  it('says what runs', () => {
    expect(executor.report).toEqual({
      executor: 'gpujs',
      backend,
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      executorKind: { webasm: processors > 1 ? 'fused-threaded' : 'fused-sync', cpu: 'generic' }[backend],
      adapter: null,
      threads: backend === 'webasm' ? processors : 1,
    });
  });

  it('computes random graphs of integers exactly', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 2 ** 30 }), fc.integer({ min: 10, max: 60 }), async (seed, size) => {
        const program = integerProgram(seed, size);
        const { found, expected } = await runBoth(executor, program, integers(program, seed % 1000));
        expect(beyond(found, expected, () => 0)).toEqual([]);
      }),
      seeded(40),
    );
  });

  // On WebAssembly large kernels are shared among threads; a width that lanes do not divide is computed by another part of gpu.js.
  it.each([256, 90])('computes large products of width %i exactly', async (width) => {
    const graph = new Graph();
    const product = graph.matmul(graph.input('a', [128, 64]), graph.input('b', [64, width]));
    const program = {
      name: `width ${width}`,
      outputs: { product, sum: graph.add(product, graph.sum(product, [0])) },
      loop: null,
    };
    const { found, expected } = await runBoth(executor, program, integers(program, width));
    expect(beyond(found, expected, () => 0)).toEqual([]);
  });

  it('trains as the interpreter does', async () => {
    const program = smallTraining();
    let inputs: Tensors = {
      ...inputsOf(program, 1),
      y: Float32Array.of(0, 1, 2, 3, 1, 2),
      rate: Float32Array.of(0.05),
    };
    let reference = inFloat64(inputs);
    const loaded = await executor.load(program);
    for (let step = 1; step <= 5; step++) {
      const [found, expected] = [await loaded.run(inputs), interpret(program, reference)];
      // Every number is at most 8 in size and comes from some 100 roundings; a step lets an error of the weights grow by less than
      // half, since rate / 0.1 is that, and the next one begins with it.
      expect(beyond(found, expected, () => 8 * 100 * 1.5 ** step * ROUNDING)).toEqual([]);
      inputs = { ...inputs, ...found };
      reference = { ...reference, ...expected };
    }
  });

  it.each([1, 2, 7])('carries and collects through a loop of %i repetitions', async (iterations) => {
    const program = running(iterations);
    const { found, expected } = await runBoth(executor, program, integers(program, iterations));
    expect(beyond(found, expected, () => 0)).toEqual([]);
  });

  it('gives out inputs, constants and views as numbers of their own', async () => {
    const graph = new Graph();
    const x = graph.input('x', [3, 4]);
    const program = {
      name: 'nothing computed',
      outputs: {
        x,
        again: x,
        part: graph.slice(x, 1, 1, 3),
        seven: graph.constant(7, [1]),
        table: graph.constant([1, 2], [2]),
      },
      loop: null,
    };
    const inputs = inputsOf(program, 2);
    const { found, expected } = await runBoth(executor, program, inputs);
    expect(beyond(found, expected, () => 0)).toEqual([]);
    found.x!.fill(0);
    expect(beyond(found, { ...expected, x: new Float64Array(12) }, () => 0)).toEqual([]);
    expect(inputs.x).toEqual(uniforms(2000, 12));
  });

  it('makes a program ready once, and runs it with other numbers at each call', async () => {
    const graph = new Graph();
    const program = one(graph.multiply(graph.input('x', [4]), graph.input('scale', [1])), 'scaled');
    const loaded = await executor.load(program);
    expect(await executor.load(program)).toBe(loaded);
    const x = Float32Array.of(1, 2, 3, 4);
    const results = await Promise.all([2, 3].map((scale) => loaded.run({ x, scale: Float32Array.of(scale) })));
    expect(results.map(({ result }) => [...result!])).toEqual([
      [2, 4, 6, 8],
      [3, 6, 9, 12],
    ]);
  });

  it('runs programs of the same name apart, such as one that was timed before it was chosen', async () => {
    const graph = new Graph();
    const x = graph.input('x', [3]);
    const programs = [graph.add(x, 1), graph.multiply(x, 2)].map((node) => one(node, 'of the same name'));
    const loaded = await Promise.all(programs.map((program) => executor.load(program)));
    const results = await Promise.all(loaded.map((each) => each.run({ x: Float32Array.of(1, 2, 3) })));
    expect(results.map(({ result }) => [...result!])).toEqual([
      [2, 3, 4],
      [2, 4, 6],
    ]);
  });

  it.each([
    ['missing', {}, 'input x has no numbers; it must have 6'],
    ['too short', { x: new Float32Array(5) }, 'input x has 5 numbers; it must have 6'],
    ['too long', { x: new Float32Array(7) }, 'input x has 7 numbers; it must have 6'],
  ])('refuses an input that is %s', async (when, inputs, message) => {
    const graph = new Graph();
    const loaded = await executor.load(one(graph.exp(graph.input('x', [2, 3])), `refused when ${when}`));
    await expect(loaded.run(inputs)).rejects.toThrow(new RangeError(message));
  });

  it('computes powers of e to four roundings, 0 below e^-87 and e^88 above', async () => {
    const graph = new Graph();
    const count = 2 ** 16;
    const loaded = await executor.load(one(graph.exp(graph.input('x', [count])), 'powers'));
    const x = uniforms(5, count, -87, 88);
    x.set([0, -0, -87, 88, -87.01, -1e30, 1e30, 1e-30, 89]);
    const { result } = await loaded.run({ x });
    expect([...result!.subarray(4, 7)]).toEqual([0, 0, result![3]]);
    expect(result![8]).toBe(result![3]);
    const within = [...x.keys()].filter((i) => x[i]! >= -87 && x[i]! <= 88);
    // The reduced argument has an error of 2^-25, the series of its seven products and sums, which shrink, two roundings, its
    // remainder a tenth of one, and the last product one.
    const worst = Math.max(...within.map((i) => Math.abs(result![i]! / Math.exp(x[i]!) - 1)));
    expect(worst).toBeLessThan(4 * ROUNDING);
    expect(worst).toBeGreaterThan(0);
  });
});

describe('a plan', () => {
  const stepsOf = (program: Program, backend: 'webasm' | 'webgpu' = 'webasm') => planOf(program, backend).once.length;

  it('does a chain of operations with its product in one kernel', () => {
    const graph = new Graph();
    const [x, w, b] = [graph.input('x', [6, 8]), graph.input('w', [8, 4]), graph.input('b', [4])];
    const layer = one(graph.gelu(graph.add(graph.matmul(x, w), b)));
    expect(stepsOf(layer, 'webgpu')).toBe(1);
    // In a processor the columns of w are copied before.
    expect(stepsOf(layer, 'webasm')).toBe(2);
    const shown = graph.transpose(graph.slice(graph.reshape(x, [2, 3, 8]), 2, 0, 4), [1, 0, 2]);
    expect(stepsOf(one(graph.sum(graph.exp(graph.negate(shown)), [0])))).toBe(1);
  });

  it('computes once what several nodes need', () => {
    const graph = new Graph();
    const x = graph.exp(graph.input('x', [6, 8]));
    expect(stepsOf({ name: 'two', outputs: { a: graph.negate(x), b: graph.sqrt(x) }, loop: null })).toBe(3);
    // Largest numbers, sums of powers and the result, and the same sums for the other one.
    expect(stepsOf({ name: 'rows', outputs: { a: graph.softmax(x), b: graph.logSoftmax(x) }, loop: null })).toBe(
      1 + 2 + 1 + 2,
    );
  });

  it('reads at most seven buffers with a kernel of WebGPU', () => {
    for (let seed = 0; seed < 50; seed++) {
      const { once } = planOf(integerProgram(seed, 60), 'webgpu');
      expect(Math.max(...once.map(({ kernel }) => kernel.buffers.length))).toBeLessThanOrEqual(7);
    }
    const graph = new Graph();
    const inputs = Array.from({ length: 40 }, (_, i) => graph.input(`x${i}`, [3]));
    const sum = inputs.reduce((a, b) => graph.add(a, b));
    const program = { name: 'wide', outputs: { sum, joined: graph.concat(inputs, 0) }, loop: null };
    const counts = planOf(program, 'webgpu').once.map(({ kernel }) => kernel.buffers.length);
    expect(Math.max(...counts)).toBe(7);
    expect(scheduleOf(program).inputs).toHaveLength(40);
  });

  it('sums many numbers in two steps', () => {
    const graph = new Graph();
    expect([4096, 10_000, 4099].map((n) => stepsOf(one(graph.sum(graph.input(`${n}`, [n])))))).toEqual([1, 2, 1]);
  });

  it('computes before a loop what does not change in it', () => {
    const graph = new Graph();
    const [counter, current] = [graph.input('counter', [1]), graph.input('current', [4])];
    const power = graph.exp(graph.input('x', [4]));
    const carried = [{ current, initial: graph.broadcast(graph.constant(0), [4]), next: graph.add(current, power) }];
    const loop = { iterations: 3, counter, carried, collected: {}, finished: graph.constant(0) };
    const { once, body } = planOf({ name: 'powers', outputs: { current }, loop }, 'webasm');
    // The power and the zeros; the sum and the counter.
    expect([once.length, body.length]).toEqual([2, 2]);
    expect(body.some(({ kernel }) => kernel.source.includes('Math.floor'))).toBe(false);
  });

  it('has the kernels of a loop once, however often it is repeated', () => {
    const [two, seven] = [2, 7].map((iterations) => planOf(running(iterations), 'webasm'));
    expect([seven!.once.length, seven!.body.length]).toEqual([two!.once.length, two!.body.length]);
    expect([two!.repetitions, seven!.repetitions]).toEqual([2, 7]);
  });
});
