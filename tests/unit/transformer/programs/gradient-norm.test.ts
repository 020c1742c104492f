import { expect, it } from 'vitest';
import { openExecutor } from '../../../../src/transformer/index.js';
import { initialParameters, modelShape, parametersOf } from '../../../../src/transformer/models/index.js';
import { ADAMW, type BatchShape, sequenceLength, trainingProgram } from '../../../../src/transformer/programs/index.js';
import { SEED } from '../../../fixtures/seed.js';
import { integers } from '../../../fixtures/transformer-cases.js';

it('the norm of a gradient of millions of numbers keeps its digits in float32', async () => {
  const model = parametersOf(modelShape({ depth: 4, width: 256, heads: 8, context: 9 }));
  const batch: BatchShape = { sequences: 2, prompt: 5, response: 5 };
  const program = trainingProgram(model, batch);
  const executor = await openExecutor({ executor: 'onnx', backend: 'cpu' }, program);
  const loaded = await executor.load(program);
  const { firstMoment, gradientNorm } = await loaded.run({
    parameters: initialParameters(model, SEED),
    firstMoment: new Float32Array(model.size),
    secondMoment: new Float32Array(model.size),
    tokens: Float32Array.from(integers(SEED, 2 * sequenceLength(batch), 4)),
    targets: Float32Array.from(integers(SEED + 1, 10, 4)),
    weights: new Float32Array(10).fill(1),
    inverseTemperature: Float32Array.of(1),
    learningRate: Float32Array.of(1e-3),
    firstCorrection: Float32Array.of(1),
    secondCorrection: Float32Array.of(1),
  });
  await executor.close();
  // The first moment was 0 and is now (1 - beta1) g clip / norm, so that its own norm says by how much the norm of g is wrong.
  const square = firstMoment!.reduce((sum, value) => sum + value * value, 0);
  expect(gradientNorm![0]).toBeGreaterThan(ADAMW.clip);
  const share = Math.sqrt(square) / ((1 - ADAMW.beta1) * ADAMW.clip);
  // Sums of rows of 1024 and of 3114 rows: random walks of sqrt(1024) and sqrt(3114) roundings, 5e-6 together, four times.
  expect(Math.abs(share - 1)).toBeLessThan(2e-5);
});
