import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { interpret } from '../../../../src/transformer/graph/index.js';
import type { Parameters } from '../../../../src/transformer/models/index.js';
import { type BatchShape, samplingProgram } from '../../../../src/transformer/programs/index.js';
import { seeded } from '../../../fixtures/seed.js';
import {
  anyModel,
  anySeed,
  gumbels,
  integers,
  logitsOf,
  randomParameters,
} from '../../../fixtures/transformer-cases.js';

const STOP = 3;

interface Sampling {
  readonly parameters: Float64Array;
  readonly prompts: Float64Array;
  readonly noise: Float64Array;
  readonly inverseTemperature: Float64Array;
}

/** Responses [B][R], each token from the whole sequence before it, anew. */
function plainResponses(model: Parameters, { sequences, prompt, response }: BatchShape, given: Sampling): number[][] {
  const { vocabulary } = model.shape;
  return Array.from({ length: sequences }, (_, b) => {
    const seen = [...given.prompts.subarray(b * prompt, (b + 1) * prompt)];
    for (let t = 0; t < response; t++) {
      const logits = logitsOf(model, given.parameters, Float64Array.from(seen), 1, seen.length - 1);
      const scores = logits.map(
        (x, v) => x * given.inverseTemperature[0]! + given.noise[(t * sequences + b) * vocabulary + v]!,
      );
      seen.push(seen.at(-1) === STOP ? STOP : scores.indexOf(Math.max(...scores)));
    }
    return seen.slice(prompt);
  });
}

const anyCase = fc.record({
  model: anyModel,
  seed: anySeed,
  sequences: fc.integer({ min: 1, max: 3 }),
  prompt: fc.integer({ min: 2, max: 5 }),
  response: fc.integer({ min: 1, max: 6 }),
  temperature: fc.constantFrom(0.5, 1, 2),
  greedy: fc.boolean(),
});
type Case = typeof anyCase extends fc.Arbitrary<infer T> ? T : never;

function inputsOf({ model, seed, sequences, prompt, response, temperature, greedy }: Case): Sampling {
  const { vocabulary } = model.shape;
  const prompts = integers(seed, sequences * prompt, vocabulary);
  // No prompt ends with the token that ends a response.
  for (let b = 1; b <= sequences; b++) prompts[b * prompt - 1]! %= STOP;
  const draws = response * sequences * vocabulary;
  return {
    parameters: randomParameters(model, seed),
    prompts,
    noise: greedy ? new Float64Array(draws) : gumbels(seed, draws),
    inverseTemperature: Float64Array.of(1 / temperature),
  };
}

describe('sampling with kept keys and values', () => {
  it('gives the tokens that whole sequences give, which are read anew for each', () => {
    let [early, late, together] = [0, 0, 0];
    fc.assert(
      fc.property(anyCase, (drawn) => {
        const { model, sequences, response } = drawn;
        const inputs = inputsOf(drawn);
        const { responses } = interpret(samplingProgram(model, drawn, STOP), { ...inputs });
        // Both add the same numbers in other orders and are 1e-12 apart: scores that close are as rare.
        const expected = plainResponses(model, drawn, inputs);
        const longest = Math.max(...expected.map((tokens) => 1 + [...tokens, STOP].indexOf(STOP)));
        for (let t = 0; t < response; t++) {
          const row = [...responses!.subarray(t * sequences, (t + 1) * sequences)];
          if (t < longest) expect(row).toEqual(expected.map((tokens) => tokens[t]));
          else for (const token of row) expect([0, STOP]).toContain(token);
        }
        const stops = expected.filter((tokens) => tokens.indexOf(STOP) >= 0 && tokens.indexOf(STOP) < response - 1);
        if (stops.length === sequences) together++;
        else if (stops.length > 0) early++;
        else late++;
      }),
      seeded(60),
    );
    // All three happened: some stopped early, none did, all did.
    expect(Math.min(early, late, together)).toBeGreaterThan(5);
  });

  it('does not read tokens that others have drawn', () => {
    fc.assert(
      fc.property(anyCase, (drawn) => {
        const batch = { ...drawn, sequences: 2 };
        const inputs = inputsOf(batch);
        const { prompt, response, model } = batch;
        const other = { ...inputs, prompts: inputs.prompts.slice() };
        for (let i = prompt; i < 2 * prompt; i++) other.prompts[i] = (inputs.prompts[i]! + 1) % STOP;
        const program = samplingProgram(model, batch, STOP);
        const [first, second] = [inputs, other].map((given) => interpret(program, { ...given }).responses!);
        for (let t = 0; t < response; t++) {
          expect(second![2 * t]).toBe(first![2 * t]);
          if (first![2 * t] === STOP) break;
        }
      }),
      seeded(20),
    );
  });
});
