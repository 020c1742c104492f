import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeTensors, encodeTensors } from '../../../src/formats/index.js';
import { SEED } from '../../fixtures/seed.js';

describe('a safetensors file', () => {
  // The last are float32 numbers of all sizes.
  const array = fc.oneof(
    fc.float64Array(),
    fc.float32Array(),
    fc.uint32Array().map((bits) => new Float32Array(bits.buffer).map((value) => (Number.isNaN(value) ? -0 : value))),
  );

  it('gives back every array and text', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z0-9.]+$/), array), fc.string(), (arrays, text) => {
        const tensors = { metadata: { text }, arrays: { ...arrays } };
        expect(decodeTensors(encodeTensors(tensors))).toEqual(tensors);
      }),
      { seed: SEED },
    );
  });

  it('is what the format says: a length, a padded header, little-endian numbers', () => {
    const bytes = Buffer.from(encodeTensors({ metadata: { x: 'y' }, arrays: { w: Float64Array.of(1, -2) } }));
    const length = Number(bytes.readBigUInt64LE(0));
    expect(length % 8).toBe(0);
    expect(JSON.parse(bytes.toString('utf8', 8, 8 + length))).toEqual({
      __metadata__: { x: 'y' },
      w: { dtype: 'F64', shape: [2], data_offsets: [0, 16] },
    });
    expect(bytes.subarray(8 + length).toString('hex')).toBe('000000000000f03f00000000000000c0');
  });

  it('holds float32 in four bytes each, beside float64', () => {
    const arrays = { a: Float32Array.of(1, -2, 0.1), b: Float64Array.of(1) };
    const bytes = Buffer.from(encodeTensors({ metadata: {}, arrays }));
    const length = Number(bytes.readBigUInt64LE(0));
    expect(JSON.parse(bytes.toString('utf8', 8, 8 + length))).toEqual({
      __metadata__: {},
      a: { dtype: 'F32', shape: [3], data_offsets: [0, 12] },
      b: { dtype: 'F64', shape: [1], data_offsets: [12, 20] },
    });
    expect(bytes.subarray(8 + length).toString('hex')).toBe('0000803f000000c0cdcccc3d000000000000f03f');
    const text = bytes.toString('latin1').replace('F32', 'F16');
    expect(() => decodeTensors(Buffer.from(text, 'latin1'))).toThrow('a has type F16; only F64 and F32 are read');
  });

  it('says the shape of what has several axes', () => {
    const arrays = { a: new Float32Array(6), b: new Float32Array(2) };
    const bytes = Buffer.from(encodeTensors({ metadata: {}, arrays }, { a: [2, 3] }));
    const header = JSON.parse(bytes.toString('utf8', 8, 8 + Number(bytes.readBigUInt64LE(0))));
    expect([header.a.shape, header.b.shape]).toEqual([[2, 3], [2]]);
  });
});
