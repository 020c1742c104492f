import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findAdapter } from '../../../../src/engines/index.js';
import type { Executor } from '../../../../src/transformer/executors/executor.js';
import { openOnnx } from '../../../../src/transformer/executors/onnx/index.js';
import { Graph, gradients, type Node, type Program } from '../../../../src/transformer/graph/index.js';
import { initialParameters, modelShape, parametersOf } from '../../../../src/transformer/models/index.js';
import { ADAMW, samplingProgram, scoringProgram, trainingProgram } from '../../../../src/transformer/programs/index.js';
import { compare, expectClose, inputsOf, interpreted, programOf, ROUNDING, uniform } from './compare.js';
import { counting, finishing } from './loops.js';
import { CASES, indices } from './operations.js';
import { randomGraph } from './random-graph.js';

const adapter = await findAdapter();

describe.each(['cpu', 'webgpu'] as const)('ONNX Runtime on %s', (backend) => {
  const absent = backend === 'webgpu' && adapter === null;
  describe.skipIf(absent)(absent ? '(no graphics adapter answers)' : 'as it is here', () => {
    let executor: Executor;
    beforeAll(async () => {
      executor = await openOnnx(backend);
    });
    afterAll(() => executor.close());

    it('says what runs', () => {
      expect(executor.report).toMatchObject({ executor: 'onnx', backend, version: '1.30.0', executorKind: null });
      expect(executor.report.adapter).toBe(backend === 'webgpu' ? adapter!.description : null);
    });

    // Numbers of [-1, 1), at most 24 of them summed: each of the 24 products and 23 sums rounds a number of at most 24, and
    // functions, whose slopes are below 10 here, are off by some roundings of theirs: 24 * 24 + 10 * 10 roundings at most.
    it.each(CASES)('computes $name', async ({ build }) => {
      const program = programOf({ y: build(new Graph()) });
      await compare(executor, program, inputsOf(program, { indices: indices() }), 676 * ROUNDING);
    });

    it('computes random graphs', async () => {
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 0, max: 2 ** 20 }), async (seed) => {
          const { program, tolerance } = randomGraph(seed);
          await compare(executor, program, inputsOf(program), tolerance);
        }),
        { numRuns: backend === 'cpu' ? 60 : 10 },
      );
    });

    it('goes on from outputs that are inputs, too', async () => {
      const program = momentumStep();
      let inputs = inputsOf(program);
      for (let step = 0; step < 5; step++) {
        const found = await (await executor.load(program)).run(inputs);
        // Both take the step from the same state: some 100 roundings of numbers below 4.
        expectClose(found, interpreted(program, inputs), 400 * ROUNDING);
        inputs = { ...inputs, ...found };
      }
    });

    it.each(['gpt2', 'mistral'] as const)('trains, scores and samples %s', async (architecture) => {
      const keyValueHeads = architecture === 'gpt2' ? 4 : 2;
      const model = parametersOf(modelShape({ architecture, width: 32, keyValueHeads, context: 8 }));
      const batch = { sequences: 2, prompt: 4, response: 4 };
      const given = {
        tokens: tokens(14, 1),
        targets: tokens(8, 2),
        prompts: tokens(8, 3),
        weights: uniform(8, 4, 0, 0.25),
        inverseTemperature: Float32Array.of(1),
        firstCorrection: Float32Array.of(1),
        secondCorrection: Float32Array.of(1),
        learningRate: Float32Array.of(1e-3),
      };
      // Larger than at the beginning of training, so that heads and norms matter.
      const parameters = initialParameters(model, 1).map((value, i) => value + 0.1 * Math.sin(i));
      let state: Record<string, Float32Array> = {
        parameters,
        firstMoment: new Float32Array(model.size),
        secondMoment: new Float32Array(model.size),
      };
      // A denominator of at least .01 keeps AdamW from making a step of a gradient that is mere rounding.
      const training = trainingProgram(model, batch, { ...ADAMW, epsilon: 0.01 });
      for (let step = 0; step < 3; step++) {
        const inputs = inputsOf(training, { ...given, ...state });
        const { gradientNorm, ...found } = await (await executor.load(training)).run(inputs);
        const { gradientNorm: norm, ...expected } = interpreted(training, inputs);
        // Some 10 operations in each of two blocks, forwards and backwards, with sums of up to 128 terms: the error of the norm
        // is that of some 1000 roundings, relatively.
        expect(Math.abs(gradientNorm![0]! / norm![0]! - 1)).toBeLessThan(1000 * ROUNDING);
        // Gradients are clipped to norm 1, and a step of .001 / .01 makes less of their errors; the loss is of order 1.
        expectClose(found, expected, 1000 * ROUNDING);
        state = { parameters: found.parameters!, firstMoment: found.firstMoment!, secondMoment: found.secondMoment! };
      }
      const scoring = scoringProgram(model, batch);
      await compare(executor, scoring, inputsOf(scoring, { ...given, parameters }), 1000 * ROUNDING);
      const sampling = samplingProgram(model, batch, 3);
      // Greedy, and with noise.
      for (const noise of [new Float32Array(32), uniform(32, 7, 0, 5)]) {
        await compare(executor, sampling, inputsOf(sampling, { ...given, parameters, noise }), 0);
      }
    });

    it('repeats a body, with caches and with swapped values', async () => {
      // 10 numbers of at most 1 are summed.
      await compare(executor, counting(5), inputsOf(counting(5)), 100 * ROUNDING);
    });

    it.each([0, 2, 4])('ends a loop early, after iteration %i, with zeros for what was left out', async (last) => {
      const program = finishing(6, last);
      const found = await (await executor.load(program)).run(inputsOf(program));
      expect([...found.rows!]).toEqual(Array.from({ length: 6 }, (_, i) => (i <= last ? i + 1 : 0)));
      expect([...found.count!]).toEqual([last + 1]);
    });

    it('gives arrays that are the own of the caller', async () => {
      const loaded = await executor.load(programOf({ y: new Graph().input('a', [4]) }));
      const a = Float32Array.of(1, 2, 3, 4);
      const { y } = await loaded.run({ a });
      y!.fill(0);
      expect([...a]).toEqual([1, 2, 3, 4]);
      expect([...(await loaded.run({ a })).y!]).toEqual([1, 2, 3, 4]);
    });

    it('makes a program ready once', async () => {
      const program = programOf({ y: new Graph().input('a', [4]) });
      expect(await executor.load(program)).toBe(await executor.load(program));
    });

    it.each([
      [{}, 'input a has no numbers; it must have 6'],
      [{ a: new Float32Array(5) }, 'input a has 5 numbers; it must have 6'],
      [{ b: new Float32Array(6) }, 'input a has no numbers; it must have 6'],
    ])('refuses %o', async (inputs, message) => {
      const loaded = await executor.load(programOf({ y: new Graph().input('a', [2, 3]) }));
      await expect(loaded.run(inputs)).rejects.toThrow(new RangeError(message));
    });
  });
});

const tokens = (count: number, stream: number): Float32Array => uniform(count, 50 + stream, 0, 4).map(Math.floor);

/** A network of two layers, and a step of gradient descent with momentum. */
function momentumStep(): Program {
  const graph = new Graph();
  const [first, second] = [graph.input('first', [4, 8]), graph.input('second', [8, 3])];
  const hidden = graph.gelu(graph.matmul(graph.input('x', [6, 4]), first));
  const scores = graph.logSoftmax(graph.matmul(graph.standardize(hidden, true, 0.5), second));
  const loss = graph.negate(graph.reshape(graph.mean(graph.multiply(scores, graph.input('targets', [6, 3]))), [1]));
  const next = gradients(graph, loss, [first, second]).flatMap((gradient, i): [string, Node][] => {
    const [name, weights] = i === 0 ? ['first', first] : ['second', second];
    const moved = graph.add(graph.multiply(graph.input(`${name} mean`, weights.shape), 0.5), gradient);
    return [
      [`${name} mean`, moved],
      [name, graph.subtract(weights, graph.multiply(moved, 0.25))],
    ];
  });
  return programOf({ loss, ...Object.fromEntries(next) });
}
