import { describe, expect, it } from 'vitest';
import { type ModelShape, modelShape } from '../../../../src/transformer/models/index.js';

describe('the shape of a model', () => {
  it('is a small GPT-2 unless something else is said', () => {
    expect(modelShape({ context: 9 })).toEqual({
      architecture: 'gpt2',
      depth: 2,
      width: 64,
      heads: 4,
      keyValueHeads: 4,
      vocabulary: 4,
      context: 9,
      // .02 at width 768.
      initialDeviation: 0.02 * Math.sqrt(12),
    });
    expect(modelShape({ context: 9, heads: 2 }).keyValueHeads).toBe(2);
  });

  const least = { depth: 1, width: 32, heads: 1, keyValueHeads: 1, vocabulary: 2, context: 1 };
  const most = { depth: 8, width: 512, heads: 256, keyValueHeads: 256, vocabulary: 65536, context: 8192 };
  it.each([least, most])('may be at the ends of its ranges: %o', (sizes) => {
    expect(modelShape({ architecture: 'mistral', ...sizes })).toMatchObject(sizes);
  });

  it.each<[Partial<ModelShape>, string]>([
    [{ depth: 0 }, 'depth is 0; it must be an integer from 1 to 8'],
    [{ depth: 9 }, 'depth is 9; it must be an integer from 1 to 8'],
    [{ depth: 1.5 }, 'depth is 1.5; it must be an integer from 1 to 8'],
    [{ width: 31 }, 'width is 31; it must be an integer from 32 to 512'],
    [{ width: 513 }, 'width is 513; it must be an integer from 32 to 512'],
    [{ heads: 0 }, 'heads is 0; it must be an integer from 1 to 64'],
    [{ heads: 65 }, 'heads is 65; it must be an integer from 1 to 64'],
    [{ heads: 5 }, 'heads is 5; it must divide the width, 64'],
    [{ keyValueHeads: 0 }, 'keyValueHeads is 0; it must be an integer from 1 to 4'],
    [{ keyValueHeads: -2 }, 'keyValueHeads is -2; it must be an integer from 1 to 4'],
    [{ keyValueHeads: 0.5 }, 'keyValueHeads is 0.5; it must be an integer from 1 to 4'],
    [{ keyValueHeads: 8 }, 'keyValueHeads is 8; it must be an integer from 1 to 4'],
    [{ keyValueHeads: 3 }, 'keyValueHeads is 3; it must divide the heads, 4'],
    [{ keyValueHeads: 2 }, 'keyValueHeads is 2; GPT-2 has as many as heads, 4'],
    [{ vocabulary: 1 }, 'vocabulary is 1; it must be an integer from 2 to 65536'],
    [{ vocabulary: 65537 }, 'vocabulary is 65537; it must be an integer from 2 to 65536'],
    [{ context: 0 }, 'context is 0; it must be an integer from 1 to 8192'],
    [{ context: 8193 }, 'context is 8193; it must be an integer from 1 to 8192'],
    [{ context: Number.NaN }, 'context is NaN; it must be an integer from 1 to 8192'],
    [
      { architecture: 'mistral', width: 36, heads: 4 },
      'heads is 4; rotary positions need an even width of each, which is 9',
    ],
    [{ initialDeviation: 0 }, 'initialDeviation is 0; it must be a positive number'],
    [{ initialDeviation: Number.NaN }, 'initialDeviation is NaN; it must be a positive number'],
    [{ architecture: 'llama' as 'gpt2' }, 'architecture is llama; it must be one of gpt2, mistral'],
  ])('is refused for %o', (chosen, message) => {
    expect(() => modelShape({ context: 9, ...chosen })).toThrow(new RangeError(message));
  });
});
