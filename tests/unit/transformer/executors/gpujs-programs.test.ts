import { describe, expect, it } from 'vitest';
import { findAdapter } from '../../../../src/engines/index.js';
import type { Tensors } from '../../../../src/transformer/executors/executor.js';
import { openGpujs } from '../../../../src/transformer/executors/gpujs/index.js';
import { planOf } from '../../../../src/transformer/executors/gpujs/plan.js';
import { interpret } from '../../../../src/transformer/graph/index.js';
import {
  ARCHITECTURES,
  type Architecture,
  initialParameters,
  modelShape,
  parametersOf,
} from '../../../../src/transformer/models/index.js';
import { ADAMW, samplingProgram, scoringProgram, trainingProgram } from '../../../../src/transformer/programs/index.js';
import { beyond, inFloat64, ROUNDING, runBoth, uniforms } from '../../../fixtures/against-interpreter.js';
import { SEED } from '../../../fixtures/seed.js';

const BATCH = { sequences: 4, prompt: 6, response: 5 };
const VOCABULARY = 6;
/** The token that ends a response. */
const STOP = 4;

const modelOf = (architecture: Architecture) =>
  parametersOf(modelShape({ architecture, depth: 1, width: 32, heads: 4, vocabulary: VOCABULARY, context: 10 }));

const tokens = (stream: number, length: number): Float32Array =>
  uniforms(stream, length, 0, VOCABULARY).map(Math.floor);

/**
 * How far an entry of a gradient of norm 1 at most may be off: it is a sum of some hundred terms on a path of some ten operations,
 * each rounded, and terms are much smaller than the norm.
 */
const GRADIENT = 32 * ROUNDING;
const LEARNING_RATE = 1e-3;

const adapter = await findAdapter();
if (adapter === null) {
  console.warn(
    'SKIPPED: training on webgpu, since no graphics adapter answers; chromium brings one that runs in software',
  );
}

const backends = ['webasm', 'cpu', ...(adapter ? (['webgpu'] as const) : [])] as const;

describe.each(backends)('gpu.js on %s', (backend) => {
  it.each(ARCHITECTURES)('trains, scores and samples with %s as the interpreter does', async (architecture) => {
    const executor = await openGpujs(backend);
    try {
      const model = modelOf(architecture);
      const { sequences, prompt, response } = BATCH;
      const zeros = new Float32Array(model.size);
      let state: Tensors = { parameters: initialParameters(model, SEED), firstMoment: zeros, secondMoment: zeros };
      let reference = inFloat64(state);
      const training = trainingProgram(model, BATCH);
      const loaded = await executor.load(training);
      // Of each parameter: how far its steps may be off.
      const allowed = new Float64Array(model.size);
      for (let step = 1; step <= 3; step++) {
        const given = {
          tokens: tokens(2 * step, sequences * (prompt + response - 1)),
          targets: tokens(2 * step + 1, sequences * response),
          weights: uniforms(50 + step, sequences * response, 0, 2 / (sequences * response)),
          inverseTemperature: Float32Array.of(0.7),
          learningRate: Float32Array.of(LEARNING_RATE),
          firstCorrection: Float32Array.of(1 / (1 - ADAMW.beta1 ** step)),
          secondCorrection: Float32Array.of(1 / (1 - ADAMW.beta2 ** step)),
        };
        const found = await loaded.run({ ...state, ...given });
        const expected = interpret(training, { ...reference, ...inFloat64(given) });
        // The step is the rate times a quotient of the gradients' means, 4 at most in size here, and off by theirs over its divisor.
        for (const [i, square] of expected.secondMoment!.entries()) {
          const deviation = Math.sqrt(square * given.secondCorrection[0]!) + ADAMW.epsilon;
          allowed[i]! += LEARNING_RATE * Math.min(4, (4 * GRADIENT) / deviation) + 4 * ROUNDING;
        }
        const bounds: Record<string, (value: number, i: number) => number> = {
          parameters: (value, i) => allowed[i]! + Math.abs(value) * ROUNDING,
          // Means of gradients, and of their squares, whose entries are at most 1.
          firstMoment: () => GRADIENT,
          secondMoment: () => 2 * GRADIENT,
          // Sums of 20 terms of up to 3 nats, each with the error of a forward pass; and of the squares of gradients of norm 3 at most.
          loss: () => 20 * 3 * ROUNDING,
          gradientNorm: () => 3 * GRADIENT,
        };
        expect(beyond(found, expected, (value, name, i) => bounds[name]!(value, i))).toEqual([]);
        state = found;
        reference = expected;
      }

      const { parameters } = state as { parameters: Float32Array };
      const inverseTemperature = Float32Array.of(1.3);
      const scored = await runBoth(executor, scoringProgram(model, BATCH), {
        parameters,
        tokens: tokens(70, sequences * (prompt + response - 1)),
        targets: tokens(71, sequences * response),
        inverseTemperature,
      });
      // Logits below 2 in size through some ten operations, and sums of six terms.
      expect(beyond(scored.found, scored.expected, () => 64 * ROUNDING)).toEqual([]);

      // Decisions would be others only where two sums are as near as roundings are.
      const noise = uniforms(72, response * sequences * VOCABULARY, 0, 3);
      const prompts = tokens(73, sequences * prompt);
      const sampled = await runBoth(executor, samplingProgram(model, BATCH, STOP), {
        parameters,
        prompts,
        noise,
        inverseTemperature,
      });
      const found = sampled.found.responses!;
      const rows = Array.from({ length: response }, (_, i) => [...found.subarray(i * sequences, (i + 1) * sequences)]);
      for (const [i, row] of rows.slice(1).entries())
        for (const [j, token] of row.entries()) if (rows[i]![j] === STOP) expect(token).toBe(STOP);
      // The interpreter ends with the last response, and leaves zeros.
      const last = rows.findIndex((row) => row.every((token) => token === STOP));
      const meant = rows.map((row, i) => (last >= 0 && i > last ? row.map(() => 0) : row));
      expect(meant.flat()).toEqual([...sampled.expected.responses!]);
      expect(new Set(found).size).toBeGreaterThan(2);
    } finally {
      await executor.close();
    }
  });
});

describe('the plan of a training step', () => {
  it.each(ARCHITECTURES)('of %s reads at most seven buffers with a kernel of WebGPU', (architecture) => {
    const { once } = planOf(trainingProgram(modelOf(architecture), BATCH), 'webgpu');
    expect(Math.max(...once.map(({ kernel }) => kernel.buffers.length))).toBeLessThanOrEqual(7);
  });
});
