import fc from 'fast-check';
import { erf } from 'mathjs';
import { describe, expect, it } from 'vitest';
import {
  initialParameters,
  modelShape,
  type Parameter,
  parametersOf,
} from '../../../../src/transformer/models/index.js';
import { SEED, seeded } from '../../../fixtures/seed.js';
import { anyModel, anySeed, MODELS, nameOf } from '../../../fixtures/transformer-cases.js';

const anyGpt2 = fc
  .record({
    depth: fc.integer({ min: 1, max: 8 }),
    size: fc.integer({ min: 8, max: 64 }),
    heads: fc.constantFrom(1, 2, 4, 8),
    vocabulary: fc.integer({ min: 2, max: 50 }),
    context: fc.integer({ min: 1, max: 200 }),
  })
  .map(({ size, heads, ...rest }) => ({ ...rest, heads, width: Math.ceil(size / heads) * heads * 4 }))
  .filter(({ width }) => width >= 32 && width <= 512);

const anyMistral = fc
  .tuple(anyGpt2, fc.nat({ max: 3 }))
  .map(([shape, power]) => ({ ...shape, keyValueHeads: Math.max(1, shape.heads / 2 ** power) }));

describe('the parameters of GPT-2', () => {
  it('have the names and shapes of its state dictionary', () => {
    const { list } = parametersOf(modelShape({ depth: 1, width: 32, heads: 2, vocabulary: 5, context: 7 }));
    expect(Object.fromEntries(list.map(({ name, shape }) => [name, shape]))).toEqual({
      'transformer.wte.weight': [5, 32],
      'transformer.wpe.weight': [7, 32],
      'transformer.h.0.ln_1.weight': [32],
      'transformer.h.0.ln_1.bias': [32],
      'transformer.h.0.attn.c_attn.weight': [32, 96],
      'transformer.h.0.attn.c_attn.bias': [96],
      'transformer.h.0.attn.c_proj.weight': [32, 32],
      'transformer.h.0.attn.c_proj.bias': [32],
      'transformer.h.0.ln_2.weight': [32],
      'transformer.h.0.ln_2.bias': [32],
      'transformer.h.0.mlp.c_fc.weight': [32, 128],
      'transformer.h.0.mlp.c_fc.bias': [128],
      'transformer.h.0.mlp.c_proj.weight': [128, 32],
      'transformer.h.0.mlp.c_proj.bias': [32],
      'transformer.ln_f.weight': [32],
      'transformer.ln_f.bias': [32],
    });
  });

  it('are (V + C) w + L (12 w^2 + 13 w) + 2 w numbers, of which (V + C) w + 12 L w^2 decay', () => {
    fc.assert(
      fc.property(anyGpt2, (chosen) => {
        const { depth, width, vocabulary, context } = chosen;
        const { size, decaying } = parametersOf(modelShape({ architecture: 'gpt2', ...chosen }));
        const embeddings = (vocabulary + context) * width;
        expect(size).toBe(embeddings + depth * (12 * width ** 2 + 13 * width) + 2 * width);
        expect(decaying).toBe(embeddings + 12 * depth * width ** 2);
      }),
      seeded(),
    );
  });

  it('start with .02 at width 768, twice that at a quarter of it, and with 1 / sqrt(2 L) of it where a block adds to the stream', () => {
    const { list } = parametersOf(modelShape({ depth: 8, width: 192, context: 7 }));
    for (const { name, shape, initial } of list) {
      const expected = name.endsWith('c_proj.weight') ? { deviation: 0.04 / 4 } : { deviation: 0.04 };
      if (shape.length > 1) expect([name, initial]).toEqual([name, expected]);
    }
  });
});

describe('the parameters of Mistral', () => {
  it('have the names and shapes of its state dictionary', () => {
    const { list } = parametersOf(
      modelShape({
        architecture: 'mistral',
        depth: 1,
        width: 36,
        heads: 6,
        keyValueHeads: 2,
        vocabulary: 5,
        context: 7,
      }),
    );
    expect(Object.fromEntries(list.map(({ name, shape }) => [name, shape]))).toEqual({
      'model.embed_tokens.weight': [5, 36],
      'model.layers.0.self_attn.q_proj.weight': [36, 36],
      'model.layers.0.self_attn.k_proj.weight': [12, 36],
      'model.layers.0.self_attn.v_proj.weight': [12, 36],
      'model.layers.0.self_attn.o_proj.weight': [36, 36],
      'model.layers.0.mlp.gate_proj.weight': [126, 36],
      'model.layers.0.mlp.up_proj.weight': [126, 36],
      'model.layers.0.mlp.down_proj.weight': [36, 126],
      'model.layers.0.input_layernorm.weight': [36],
      'model.layers.0.post_attention_layernorm.weight': [36],
      'model.norm.weight': [36],
      'lm_head.weight': [5, 36],
    });
  });

  it('are 2 V w + L (2 w^2 + 2 k w + 3 f w + 2 w) + w numbers, k = w Hk / H, f = ceil(3.5 w)', () => {
    fc.assert(
      fc.property(anyMistral, (chosen) => {
        const { depth, width, vocabulary, heads, keyValueHeads } = chosen;
        const { size, decaying } = parametersOf(modelShape({ architecture: 'mistral', ...chosen }));
        const [keys, inner] = [(width * keyValueHeads) / heads, Math.ceil(3.5 * width)];
        const matrices = 2 * vocabulary * width + depth * (2 * width ** 2 + 2 * keys * width + 3 * inner * width);
        expect(decaying).toBe(matrices);
        expect(size).toBe(matrices + (2 * depth + 1) * width);
      }),
      seeded(),
    );
  });

  it('start with deviation .02 at width 768, twice that at a quarter of it', () => {
    const { list } = parametersOf(modelShape({ architecture: 'mistral', width: 192, context: 7 }));
    for (const { shape, initial } of list) if (shape.length > 1) expect(initial).toEqual({ deviation: 0.04 });
  });
});

describe('the vector of all parameters', () => {
  it.each(MODELS.map((model) => [nameOf(model), model] as const))(
    'of %s has no gap and begins with matrices',
    (_, model) => {
      let end = 0;
      for (const { shape, offset } of model.list) {
        expect(offset).toBe(end);
        end += shape.reduce((product, n) => product * n, 1);
        expect(shape.length > 1).toBe(end <= model.decaying);
      }
      expect(end).toBe(model.size);
    },
  );
});

/** The numbers of one tensor. */
const partOf = (values: Float32Array, { offset, shape }: Parameter): Float32Array =>
  values.subarray(offset, offset + shape.reduce((product, n) => product * n, 1));

/** With which the tests of distribution here, four for each tensor, may fail by chance together. */
const FALSE_ALARM = 1e-6;

describe('initial parameters', () => {
  it('are the same for the same seed, others for another, and no tensor repeats another', () => {
    fc.assert(
      fc.property(anyModel, anySeed, (model, seed) => {
        const values = initialParameters(model, seed);
        expect(initialParameters(model, seed)).toEqual(values);
        const matrices = values.subarray(0, model.decaying);
        // 53 bits of each normal number survive in 24: some of 10^4 numbers may be equal by chance, most may not.
        expect(new Set(matrices).size).toBeGreaterThan(0.99 * matrices.length);
        const others = initialParameters(model, seed + 1);
        expect(matrices.filter((value, i) => value === others[i]).length).toBeLessThan(0.01 * matrices.length);
      }),
      seeded(5),
    );
  });

  it('depend on the place alone: of a deeper model they are the same up to the deviation', () => {
    const models = [2, 4].map((depth) => parametersOf(modelShape({ depth, context: 9 })));
    const [shallow, deep] = models.map(({ list, size, shape, decaying }) => ({
      values: initialParameters({ list, size, shape, decaying }, SEED),
      list,
    }));
    const deviationAt = (list: readonly Parameter[], i: number): number => {
      const { initial } = list.findLast(({ offset }) => offset <= i)!;
      return typeof initial === 'number' ? Number.NaN : initial.deviation;
    };
    for (let i = 0; i < models[0]!.decaying; i += 37) {
      const standard = shallow!.values[i]! / deviationAt(shallow!.list, i);
      // Each was rounded to float32 once: at most 2^-24 of its size each.
      expect(Math.abs(deep!.values[i]! / deviationAt(deep!.list, i) / standard - 1)).toBeLessThan(2 ** -22);
    }
  });

  it.each(MODELS.map((model) => [nameOf(model), model] as const))('of %s are 0, 1 or normal', (_, model) => {
    const values = initialParameters(model, SEED);
    const random = model.list.filter(({ initial }) => typeof initial !== 'number');
    // Each bound below is passed with probability e^-x at most.
    const x = Math.log((4 * random.length * MODELS.length) / FALSE_ALARM);
    for (const tensor of model.list) {
      const { initial } = tensor;
      const numbers = partOf(values, tensor);
      if (typeof initial === 'number') {
        expect(numbers.every((value) => value === initial)).toBe(true);
        continue;
      }
      const standard = Array.from(numbers, (value) => value / initial.deviation);
      const n = standard.length;
      // P(|N(0, 1)| > z) <= e^(-z^2 / 2).
      expect(Math.abs(standard.reduce((sum, z) => sum + z, 0)) / Math.sqrt(n)).toBeLessThan(Math.sqrt(2 * x));
      // Laurent and Massart (2000), lemma 1, for a chi square of n degrees of freedom.
      const excess = standard.reduce((sum, z) => sum + z * z, 0) - n;
      expect(excess).toBeLessThan(2 * Math.sqrt(n * x) + 2 * x);
      expect(excess).toBeGreaterThan(-2 * Math.sqrt(n * x));
      // Massart's form of the inequality of Dvoretzky, Kiefer and Wolfowitz: 2 e^(-2 n D^2), whose 2 is worth log 2 more.
      expect(distanceToNormal(standard)).toBeLessThan(Math.sqrt((x + Math.log(2)) / (2 * n)));
    }
  });
});

/** The largest distance between the empirical distribution function and the normal one. */
function distanceToNormal(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const n = sorted.length;
  return sorted.reduce((most, z, i) => {
    const below = (1 + erf(z / Math.SQRT2)) / 2;
    return Math.max(most, Math.abs(below - i / n), Math.abs((i + 1) / n - below));
  }, 0);
}
