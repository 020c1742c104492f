import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Arrays, interpret } from '../../../../src/transformer/graph/index.js';
import type { Parameters } from '../../../../src/transformer/models/index.js';
import {
  ADAMW,
  type BatchShape,
  type OptimiserSettings,
  scoringProgram,
  sequenceLength,
  trainingProgram,
} from '../../../../src/transformer/programs/index.js';
import { SEED, seeded } from '../../../fixtures/seed.js';
import {
  anyModel,
  anySeed,
  distance,
  integers,
  logitsOf,
  MODELS,
  nameOf,
  randomParameters,
  uniforms,
} from '../../../fixtures/transformer-cases.js';

const BATCH: BatchShape = { sequences: 2, prompt: 3, response: 3 };
const TEMPERATURE = 0.7;

/** Inputs of a first step at a temperature. Weights have both signs, as advantages do, and some are 0. */
function inputsOf(model: Parameters, seed: number, batch = BATCH): Arrays {
  const { sequences, response } = batch;
  const { vocabulary } = model.shape;
  const weights = uniforms(seed + 1, sequences * response);
  weights[0] = 0;
  return {
    parameters: randomParameters(model, seed),
    firstMoment: new Float64Array(model.size),
    secondMoment: new Float64Array(model.size),
    tokens: integers(seed, sequences * sequenceLength(batch), vocabulary),
    targets: integers(seed + 1, sequences * response, vocabulary),
    weights,
    inverseTemperature: Float64Array.of(1 / TEMPERATURE),
    learningRate: Float64Array.of(0.01),
    firstCorrection: Float64Array.of(1 / (1 - ADAMW.beta1)),
    secondCorrection: Float64Array.of(1 / (1 - ADAMW.beta2)),
  };
}

/** The gradient, in a step that clips nothing: the first moment, which was 0, becomes (1 - beta1) g. */
function gradientOf(model: Parameters, inputs: Arrays): Float64Array {
  const { beta1 } = ADAMW;
  const { firstMoment } = interpret(trainingProgram(model, BATCH, { ...ADAMW, clip: 1e9 }), {
    ...inputs,
    firstMoment: new Float64Array(model.size),
  });
  return firstMoment!.map((value) => value / (1 - beta1));
}

describe('the loss', () => {
  it('is -sum weights log pi(target), with logits divided by the temperature', () => {
    fc.assert(
      fc.property(anyModel, anySeed, (model, seed) => {
        const inputs = inputsOf(model, seed);
        const { loss } = interpret(trainingProgram(model, BATCH), inputs);
        const { logProbabilities } = plainScores(model, inputs);
        const expected = logProbabilities.reduce((sum, value, i) => sum - inputs.weights![i]! * value, 0);
        // Sums of some 100 products of numbers up to 10 in each of some 10 layers: 100 * 10 * 10 * 2^-53.
        expect(Math.abs(loss![0]! - expected)).toBeLessThan(1e-12);
      }),
      seeded(10),
    );
  });

  it.each(MODELS.map((model) => [nameOf(model), model] as const))(
    'has the gradient of central differences, tensor by tensor: %s',
    (_, model) => {
      const inputs = inputsOf(model, SEED);
      const gradient = gradientOf(model, inputs);
      const signs = integers(SEED, model.size, 2);
      const { loss } = trainingProgram(model, BATCH).outputs;
      const program = { name: 'loss', outputs: { loss: loss! }, loop: null };
      for (const { name, offset, shape } of model.list) {
        const size = shape.reduce((product, n) => product * n, 1);
        const direction = new Float64Array(model.size);
        // Every number of the tensor counts, with a sign of its own.
        for (let i = offset; i < offset + size; i++) direction[i] = 1 - 2 * signs[i]!;
        const lossAt = (h: number): number => {
          const parameters = inputs.parameters!.map((value, i) => value + h * direction[i]!);
          return interpret(program, { ...inputs, parameters }).loss![0]!;
        };
        const slope = (h: number): number => (lossAt(h) - lossAt(-h)) / (2 * h);
        const expected = gradient.reduce((sum, value, i) => sum + value * direction[i]!, 0);
        const h = 1e-5;
        const [near, far] = [slope(h), slope(2 * h)];
        // The error of `near` is c h^2 to leading order and far - near is 3 c h^2; a loss below 20 carries 1000 roundings at most.
        const tolerance = Math.abs(far - near) + (20 * 1000 * 2 ** -53) / h;
        expect(Math.abs(near - expected), name).toBeLessThan(tolerance);
        // A gradient that is wrong in its third digit would be seen.
        expect(tolerance, name).toBeLessThan(1e-3 * Math.max(Math.abs(expected), 1e-2));
      }
    },
  );
});

/** AdamW written as its authors do (Loshchilov and Hutter 2019, algorithm 2), after PyTorch's clipping, one number after the other. */
function plainStep(model: Parameters, inputs: Arrays, gradient: Float64Array, optimiser: OptimiserSettings) {
  const { beta1, beta2, epsilon, weightDecay, clip } = optimiser;
  const [rate] = inputs.learningRate!;
  let square = 0;
  for (const g of gradient) square += g * g;
  const norm = Math.sqrt(square);
  const share = Math.min(1, clip / (norm + 1e-6));
  const [parameters, firstMoment, secondMoment] = [inputs.parameters!, inputs.firstMoment!, inputs.secondMoment!].map(
    (values) => Float64Array.from(values),
  ) as [Float64Array, Float64Array, Float64Array];
  for (const { offset, shape } of model.list) {
    const end = offset + shape.reduce((product, n) => product * n, 1);
    for (let i = offset; i < end; i++) {
      const g = gradient[i]! * share;
      if (shape.length === 2) parameters[i]! -= rate! * weightDecay * parameters[i]!;
      firstMoment[i] = beta1 * firstMoment[i]! + (1 - beta1) * g;
      secondMoment[i] = beta2 * secondMoment[i]! + (1 - beta2) * g * g;
      const mean = firstMoment[i]! * inputs.firstCorrection![0]!;
      const deviation = Math.sqrt(secondMoment[i]! * inputs.secondCorrection![0]!);
      parameters[i]! -= (rate! * mean) / (deviation + epsilon);
    }
  }
  return { parameters, firstMoment, secondMoment, gradientNorm: Float64Array.of(norm) };
}

describe('a step of AdamW', () => {
  const anyOptimiser = fc.record({
    beta1: fc.constantFrom(0, 0.5, 0.9),
    beta2: fc.constantFrom(0, 0.95, 0.999),
    epsilon: fc.constantFrom(1e-8, 1e-3),
    weightDecay: fc.constantFrom(0, 0.1, 1),
    // The norms here lie between 1 and 100.
    clip: fc.constantFrom(0.01, 1, 1e4),
  });

  it('is that of a plain loop, three times in a row, clipped or not', () => {
    fc.assert(
      fc.property(anyModel, anySeed, anyOptimiser, (model, seed, optimiser) => {
        const program = trainingProgram(model, BATCH, optimiser);
        let inputs = inputsOf(model, seed);
        for (let step = 1; step <= 3; step++) {
          const { beta1, beta2 } = optimiser;
          inputs = {
            ...inputs,
            firstCorrection: Float64Array.of(1 / (1 - beta1 ** step)),
            secondCorrection: Float64Array.of(1 / (1 - beta2 ** step)),
          };
          const expected = plainStep(model, inputs, gradientOf(model, inputs), optimiser);
          const found = interpret(program, inputs);
          // The norm is a sum of up to 5e4 squares, wrong by 5e4 2^-53 of its size, and gradients and norms are below 100: 6e-10.
          for (const name of ['firstMoment', 'secondMoment', 'gradientNorm'] as const) {
            expect(distance(found[name]!, expected[name]), name).toBeLessThan(1e-9);
          }
          // By the same share a step is wrong, which is below .01 / sqrt(1 - beta2) < .4: 3e-12.
          expect(distance(found.parameters!, expected.parameters)).toBeLessThan(1e-11);
          const { parameters, firstMoment, secondMoment } = found;
          inputs = { ...inputs, parameters: parameters!, firstMoment: firstMoment!, secondMoment: secondMoment! };
        }
      }),
      seeded(6),
    );
  });

  it('without a gradient shrinks matrices by the decay and leaves vectors as they are', () => {
    fc.assert(
      fc.property(anyModel, anySeed, (model, seed) => {
        const inputs: Arrays = { ...inputsOf(model, seed), weights: new Float64Array(6) };
        const { parameters, gradientNorm } = interpret(trainingProgram(model, BATCH), inputs);
        const before = inputs.parameters!;
        expect([...gradientNorm!]).toEqual([0]);
        expect(parameters!.slice(model.decaying)).toEqual(before.slice(model.decaying));
        const decayed = before.slice(0, model.decaying).map((value) => value * (1 - 0.01 * ADAMW.weightDecay));
        // Two roundings of numbers below 1.
        expect(distance(parameters!.slice(0, model.decaying), decayed)).toBeLessThan(2 ** -52);
      }),
      seeded(4),
    );
  });
});

/** Log-probabilities of the targets and entropies, one place after the other. */
function plainScores(model: Parameters, { parameters, tokens, targets, inverseTemperature }: Arrays) {
  const { vocabulary } = model.shape;
  const { sequences, prompt } = BATCH;
  const logits = logitsOf(model, parameters!, tokens!, sequences, prompt - 1);
  const rows = Array.from(targets!, (target, i) => {
    const scaled = [...logits.subarray(i * vocabulary, (i + 1) * vocabulary)].map((x) => x * inverseTemperature![0]!);
    const whole = Math.log(scaled.reduce((sum, x) => sum + Math.exp(x), 0));
    const entropy = scaled.reduce((sum, x) => sum - Math.exp(x - whole) * (x - whole), 0);
    return { logProbability: scaled[target]! - whole, entropy };
  });
  return {
    logProbabilities: rows.map(({ logProbability }) => logProbability),
    entropies: rows.map(({ entropy }) => entropy),
  };
}

describe('scoring', () => {
  it('gives log-probabilities of targets, and entropies, at a temperature', () => {
    fc.assert(
      fc.property(anyModel, anySeed, (model, seed) => {
        const inputs = inputsOf(model, seed);
        const { logProbabilities, entropies } = interpret(scoringProgram(model, BATCH), inputs);
        const expected = plainScores(model, inputs);
        // As for the loss.
        expect(distance(logProbabilities!, expected.logProbabilities)).toBeLessThan(1e-12);
        expect(distance(entropies!, expected.entropies)).toBeLessThan(1e-12);
      }),
      seeded(10),
    );
  });
});
