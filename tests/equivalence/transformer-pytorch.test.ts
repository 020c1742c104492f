import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeyedRandom, streamOf } from '../../src/random/index.js';
import { type Arrays, interpret, sizeOf } from '../../src/transformer/graph/index.js';
import { type ModelShape, modelShape, type Parameters, parametersOf } from '../../src/transformer/models/index.js';
import { type OptimiserSettings, scoringProgram, trainingProgram } from '../../src/transformer/programs/index.js';
import { seeded } from '../fixtures/seed.js';

const REFERENCE = new URL('../fixtures/transformer/', import.meta.url).pathname;
const PYTHON = process.env.LENGTHWISE_PYTORCH;

/** Parameters and weights are integers, to be divided by 1024. */
const UNIT = 1024;

interface Case {
  readonly shape: ModelShape;
  readonly parameters: Readonly<Record<string, readonly number[]>>;
  readonly tokens: readonly (readonly number[])[];
  readonly targets: readonly (readonly number[])[];
  readonly weights: readonly (readonly number[])[];
  readonly inverseTemperature: number;
  readonly optimiser: OptimiserSettings;
  readonly learningRates: readonly number[];
}

/** Of a tensor: its norm, and at most 32 numbers of it, evenly spaced. */
interface Told {
  readonly norm: number;
  readonly numbers: readonly number[];
}

interface Result {
  readonly loss: number;
  readonly logProbabilities: readonly number[];
  readonly entropies: readonly number[];
  readonly gradients: Readonly<Record<string, Told>>;
  readonly gradientNorms: readonly number[];
  readonly parameters: Readonly<Record<string, Told>>;
}

function told(model: Parameters, flat: Float64Array): Record<string, Told> {
  const one = (values: Float64Array): Told => {
    const count = Math.min(32, values.length);
    const numbers = Array.from({ length: count }, (_, i) => values[Math.floor((i * values.length) / count)]!);
    return { norm: Math.hypot(...values), numbers };
  };
  return Object.fromEntries(
    model.list.map(({ name, shape, offset }) => [name, one(flat.subarray(offset, offset + sizeOf(shape)))]),
  );
}

/** The same as reference.py, by the interpreter. */
function resultOf(given: Case): Result {
  const model = parametersOf(given.shape);
  const [sequences, response] = [given.targets.length, given.targets[0]!.length];
  const batch = { sequences, response, prompt: given.tokens[0]!.length - response + 1 };
  const initial = Float64Array.from(model.list.flatMap(({ name }) => given.parameters[name]!.map((x) => x / UNIT)));
  const data = {
    tokens: Float64Array.from(given.tokens.flat()),
    targets: Float64Array.from(given.targets.flat()),
    weights: Float64Array.from(given.weights.flat(), (x) => x / UNIT),
    inverseTemperature: Float64Array.of(given.inverseTemperature),
  };
  const training = trainingProgram(model, batch, given.optimiser);
  const scores = interpret(scoringProgram(model, batch), { ...data, parameters: initial });
  const zeros = new Float64Array(model.size);
  let state: Arrays = { parameters: initial, firstMoment: zeros, secondMoment: zeros };
  const steps = given.learningRates.map((rate, i) => {
    const out = interpret(training, {
      ...data,
      ...state,
      learningRate: Float64Array.of(rate),
      firstCorrection: Float64Array.of(1 / (1 - given.optimiser.beta1 ** (i + 1))),
      secondCorrection: Float64Array.of(1 / (1 - given.optimiser.beta2 ** (i + 1))),
    });
    state = { parameters: out.parameters!, firstMoment: out.firstMoment!, secondMoment: out.secondMoment! };
    return { loss: out.loss![0]!, norm: out.gradientNorm![0]!, firstMoment: out.firstMoment! };
  });
  // The first moment after the first step is (1 - beta1) times the gradient, which was clipped.
  const { loss, norm, firstMoment } = steps[0]!;
  const { beta1, clip } = given.optimiser;
  const factor = Math.max(1, (norm + 1e-6) / clip) / (1 - beta1);
  return {
    loss,
    logProbabilities: [...scores.logProbabilities!],
    entropies: [...scores.entropies!],
    gradients: told(
      model,
      firstMoment.map((value) => value * factor),
    ),
    gradientNorms: steps.map((step) => step.norm),
    parameters: told(model, state.parameters!),
  };
}

/** How far apart two results are, in each of their parts. */
function distances(found: Result, expected: Result): Record<keyof Result, number> {
  const apart = (a: readonly number[], b: readonly number[]): number =>
    a.length === b.length ? Math.max(...a.map((x, i) => Math.abs(x - b[i]!))) : Number.POSITIVE_INFINITY;
  const numbersOf = (tensors: Readonly<Record<string, Told>>): number[] =>
    Object.keys(tensors)
      .toSorted()
      .flatMap((name) => [tensors[name]!.norm, ...tensors[name]!.numbers]);
  return {
    loss: apart([found.loss], [expected.loss]),
    logProbabilities: apart(found.logProbabilities, expected.logProbabilities),
    entropies: apart(found.entropies, expected.entropies),
    gradients: apart(numbersOf(found.gradients), numbersOf(expected.gradients)),
    gradientNorms: apart(found.gradientNorms, expected.gradientNorms),
    parameters: apart(numbersOf(found.parameters), numbersOf(expected.parameters)),
  };
}

/**
 * Behind a log-probability or an entropy are some 20 sums of at most 128 products, of numbers of size 1: 20 * 128 * 2^-53 = 2.8e-13 bounds
 * their rounding, and 30 times that those of gradients, which are up to 30 large. AdamW divides a gradient by itself and epsilon = 1e-6; where
 * it should be 0, as that of GPT-2's keys' biases, its rounding, some 1e-14, moves a parameter by .02 * 1e-14 / 1e-6 = 2e-10 in each of
 * three steps, and the norms of later gradients by that times their slope, below 100 along so few numbers.
 */
const TOLERANCE: Readonly<Record<keyof Result, number>> = {
  loss: 1e-12,
  logProbabilities: 1e-12,
  entropies: 1e-12,
  gradients: 1e-11,
  gradientNorms: 6e-8,
  parameters: 6e-10,
};

const beyond = (found: Result, expected: Result): string[] =>
  Object.entries(distances(found, expected))
    .filter(([part, distance]) => !(distance <= TOLERANCE[part as keyof Result]))
    .map(([part, distance]) => `${part} by ${distance}`);

const stored: readonly { readonly given: Case; readonly result: Result }[] = JSON.parse(
  gunzipSync(readFileSync(`${REFERENCE}pytorch.json.gz`)).toString(),
).cases;

describe('the models, their gradients and AdamW are those of PyTorch in float64', () => {
  it.each(stored.map((one) => [one.given.shape.architecture, one] as const))('%s', (_, { given, result }) => {
    expect(beyond(resultOf(given), result)).toEqual([]);
  });

  it.each<[string, keyof Result, (given: Case) => Case]>([
    ['of other targets', 'loss', (given) => ({ ...given, targets: given.targets.toReversed() })],
    ['of other tokens', 'loss', (given) => ({ ...given, tokens: given.tokens.toReversed() })],
    ['of other weights', 'gradients', (given) => ({ ...given, weights: given.weights.toReversed() })],
    ['at another temperature', 'entropies', (given) => ({ ...given, inverseTemperature: 0.81 })],
    [
      'of other heads',
      'logProbabilities',
      (given) => ({
        ...given,
        shape: { ...given.shape, heads: given.shape.heads / 2, keyValueHeads: given.shape.keyValueHeads / 2 },
      }),
    ],
    ['of a shorter prompt', 'loss', (given) => ({ ...given, tokens: given.tokens.map((row) => row.slice(1)) })],
    [
      'without weight decay',
      'parameters',
      ({ optimiser, ...rest }) => ({ ...rest, optimiser: { ...optimiser, weightDecay: 0 } }),
    ],
    [
      'with another clipping',
      'parameters',
      ({ optimiser, ...rest }) => ({ ...rest, optimiser: { ...optimiser, clip: 2 } }),
    ],
    [
      'with another beta1',
      'parameters',
      ({ optimiser, ...rest }) => ({ ...rest, optimiser: { ...optimiser, beta1: 0.91 } }),
    ],
    [
      'with another beta2',
      'parameters',
      ({ optimiser, ...rest }) => ({ ...rest, optimiser: { ...optimiser, beta2: 0.951 } }),
    ],
    [
      'with another epsilon',
      'parameters',
      ({ optimiser, ...rest }) => ({ ...rest, optimiser: { ...optimiser, epsilon: 1e-5 } }),
    ],
    ['at other rates', 'gradientNorms', (given) => ({ ...given, learningRates: given.learningRates.toReversed() })],
  ])('and %s, others', (_, part, change) => {
    for (const { given, result } of stored)
      expect(distances(resultOf(change(given)), result)[part]).toBeGreaterThan(100 * TOLERANCE[part]);
  });
});

/** A model of any shape with a batch, all of it keyed by the seed. */
const cases = fc
  .record({
    architecture: fc.constantFrom('gpt2' as const, 'mistral' as const),
    depth: fc.integer({ min: 1, max: 3 }),
    headWidth: fc.constantFrom(8, 16),
    groups: fc.integer({ min: 1, max: 2 }),
    keyValueHeads: fc.integer({ min: 2, max: 3 }),
    vocabulary: fc.integer({ min: 2, max: 6 }),
    sequences: fc.integer({ min: 1, max: 3 }),
    prompt: fc.integer({ min: 1, max: 5 }),
    response: fc.integer({ min: 1, max: 5 }),
    clip: fc.constantFrom(0.5, 1000),
    seed: fc.nat(),
  })
  .map(({ headWidth, groups, keyValueHeads, sequences, prompt, response, clip, seed, ...sizes }): Case => {
    const heads = keyValueHeads * groups * (headWidth === 8 ? 2 : 1);
    const context = prompt + response;
    const shape = modelShape({
      ...sizes,
      heads,
      keyValueHeads: sizes.architecture === 'gpt2' ? heads : keyValueHeads,
      width: heads * headWidth,
      context,
    });
    const random = new KeyedRandom(seed, streamOf('cases'));
    let draws = 0;
    const integer = (low: number, high: number) => low + Math.floor((high - low) * random.uniform(draws++, 0));
    const table = (columns: number, low: number, high: number) =>
      Array.from({ length: sequences }, () => Array.from({ length: columns }, () => integer(low, high)));
    const parameters = parametersOf(shape).list.map(({ name, shape, initial }) => {
      const centre = initial === 1 ? UNIT : 0;
      return [name, Array.from({ length: sizeOf(shape) }, () => centre + integer(-300, 301))] as const;
    });
    return {
      shape,
      parameters: Object.fromEntries(parameters),
      tokens: table(context - 1, 0, shape.vocabulary),
      targets: table(response, 0, shape.vocabulary),
      weights: table(response, -UNIT, UNIT),
      inverseTemperature: 0.7,
      optimiser: { beta1: 0.9, beta2: 0.95, epsilon: 1e-6, weightDecay: 0.1, clip },
      learningRates: [0.01, 0.02, 0.005],
    };
  });

const why = PYTHON ? '' : ' (skipped: needs PyTorch; set LENGTHWISE_PYTORCH to its python3)';

it.skipIf(!PYTHON)(`random models are those of PyTorch${why}`, () => {
  const given = fc.sample(cases, seeded(10));
  const input = JSON.stringify(given);
  const { stdout, stderr } = spawnSync(PYTHON!, [`${REFERENCE}reference.py`, '-'], { input, maxBuffer: 2 ** 28 });
  expect(stderr.toString()).toBe('');
  const results: Result[] = JSON.parse(stdout.toString());
  expect(results.map((result, i) => beyond(resultOf(given[i]!), result))).toEqual(given.map(() => []));
});
