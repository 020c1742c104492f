import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeTensors } from '../../../../src/formats/index.js';
import { exportModel } from '../../../../src/transformer/index.js';
import type { Parameters } from '../../../../src/transformer/models/index.js';
import { SEED } from '../../../fixtures/seed.js';
import { distance, integers, logitsOf, MODELS, randomParameters } from '../../../fixtures/transformer-cases.js';

/** A Python with PyTorch. */
const PYTHON = process.env.LENGTHWISE_PYTORCH;

const root = mkdtempSync(join(tmpdir(), 'lengthwise-test-'));
afterAll(() => rmSync(root, { recursive: true }));

const [gpt2, , mistral] = MODELS as [Parameters, Parameters, Parameters];

/**
 * ONNX Runtime against float64. Logits here are sums of 32 terms below 3 and are below 30; the roundings to float32, 2^-24 of
 * numbers up to 100 each, are enlarged by less than 10 in two blocks: 10 * 100 * 2^-24 * sqrt(32) < 4e-4.
 */
const SINGLE = 4e-4;

describe.each([
  ['GPT-2', gpt2],
  ['Mistral', mistral],
])('an exported %s', (name, model) => {
  const folder = join(root, name, 'below');
  const parameters = Float32Array.from(randomParameters(model, SEED));
  const { context, vocabulary } = model.shape;
  const tokens = integers(SEED, context, vocabulary);
  const inFloat64 = logitsOf(model, Float64Array.from(parameters), tokens, 1);

  beforeAll(() => exportModel(folder, model, parameters));

  const onnxLogits = async (given: ArrayLike<number>): Promise<Float32Array> => {
    const session = await InferenceSession.create(join(folder, 'model.onnx'));
    const { logits } = await session.run({ tokens: new Tensor('float32', Float32Array.from(given), [1, context]) });
    await session.release();
    expect(logits!.dims).toEqual([1, context, vocabulary]);
    return logits!.data as Float32Array;
  };

  it('has three files', () => {
    expect(readdirSync(folder).sort()).toEqual(['config.json', 'model.onnx', 'model.safetensors']);
  });

  it('has its numbers under the names and with the shapes of a state dictionary', () => {
    const bytes = readFileSync(join(folder, 'model.safetensors'));
    const { metadata, arrays } = decodeTensors(bytes);
    expect(metadata).toEqual({ format: 'pt' });
    const header = JSON.parse(bytes.toString('utf8', 8, 8 + Number(bytes.readBigUInt64LE(0))));
    expect(Object.keys(arrays)).toEqual(model.list.map((parameter) => parameter.name));
    for (const { name, shape, offset } of model.list) {
      expect(header[name]).toMatchObject({ dtype: 'F32', shape });
      expect(arrays[name]).toEqual(parameters.slice(offset, offset + arrays[name]!.length));
    }
  });

  it('gives its logits as an ONNX file', async () => {
    expect(distance(await onnxLogits(tokens), inFloat64)).toBeLessThan(SINGLE);
  });

  it('gives logits of a shorter sequence that is filled up', async () => {
    const length = 5;
    const filled = tokens.map((token, t) => (t < length ? token : (token + 1) % vocabulary));
    const shorter = (await onnxLogits(filled)).slice(0, length * vocabulary);
    expect(distance(shorter, inFloat64.slice(0, length * vocabulary))).toBeLessThan(SINGLE);
  });

  it.skipIf(!PYTHON)(
    `gives the same logits in PyTorch${PYTHON ? '' : ' (skipped: needs PyTorch; set LENGTHWISE_PYTORCH to a Python that has it)'}`,
    async () => {
      const script = 'tests/fixtures/exported-logits.py';
      const input = JSON.stringify([...tokens]);
      const { stdout, stderr } = spawnSync(PYTHON!, [script, folder], { input, encoding: 'utf8' });
      expect(stderr).toBe('');
      const found = (JSON.parse(stdout) as number[][]).flat();
      // Both in float64: 1e-12, as in the tests of the models.
      expect(distance(found, inFloat64)).toBeLessThan(1e-12);
      expect(distance(await onnxLogits(tokens), found)).toBeLessThan(SINGLE);
    },
  );
});

describe('the configuration', () => {
  const configurationOf = (model: Parameters) => {
    const folder = join(root, 'configuration');
    exportModel(folder, model, new Float32Array(model.size));
    return JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'));
  };

  it('of GPT-2 is that of GPT2LMHeadModel', () => {
    expect(configurationOf(gpt2)).toEqual({
      architectures: ['GPT2LMHeadModel'],
      model_type: 'gpt2',
      vocab_size: 4,
      n_positions: 12,
      n_embd: 32,
      n_layer: 2,
      n_head: 2,
      n_inner: 128,
      activation_function: 'gelu_new',
      layer_norm_epsilon: 1e-5,
      initializer_range: 0.02 * Math.sqrt(768 / 32),
      embd_pdrop: 0,
      attn_pdrop: 0,
      resid_pdrop: 0,
      tie_word_embeddings: true,
      bos_token_id: null,
      eos_token_id: null,
      torch_dtype: 'float32',
    });
  });

  it('of Mistral is that of MistralForCausalLM', () => {
    expect(configurationOf(mistral)).toEqual({
      architectures: ['MistralForCausalLM'],
      model_type: 'mistral',
      vocab_size: 4,
      max_position_embeddings: 12,
      hidden_size: 32,
      intermediate_size: 112,
      num_hidden_layers: 2,
      num_attention_heads: 4,
      num_key_value_heads: 2,
      head_dim: 8,
      hidden_act: 'silu',
      rms_norm_eps: 1e-5,
      rope_theta: 10_000,
      sliding_window: null,
      initializer_range: 0.02 * Math.sqrt(768 / 32),
      attention_dropout: 0,
      tie_word_embeddings: false,
      bos_token_id: null,
      eos_token_id: null,
      torch_dtype: 'float32',
    });
  });
});

describe('exportModel', () => {
  it('refuses parameters of another model', () => {
    const message = `parameters has 3 numbers; the model has ${gpt2.size} parameters`;
    expect(() => exportModel(join(root, 'none'), gpt2, new Float32Array(3))).toThrow(new RangeError(message));
    expect(readdirSync(root)).not.toContain('none');
  });
});
