import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeTensors, encodeTensors } from '../../../src/formats/index.js';
import { SEED } from '../../fixtures/seed.js';

describe('a safetensors file', () => {
  it('gives back every array and text', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.stringMatching(/^[a-z0-9.]+$/), fc.oneof(fc.float64Array(), fc.float32Array())),
        fc.string(),
        (arrays, text) => {
          const tensors = { metadata: { text }, arrays: { ...arrays } };
          expect(decodeTensors(encodeTensors(tensors))).toEqual(tensors);
        },
      ),
      { seed: SEED },
    );
  });

  it('is what the format says: a length, a padded header, little-endian numbers', () => {
    const arrays = { w: Float64Array.of(1, -2), x: Float32Array.of(1, -2) };
    const bytes = Buffer.from(encodeTensors({ metadata: { x: 'y' }, arrays }, { x: [1, 2] }));
    const length = Number(bytes.readBigUInt64LE(0));
    expect(length % 8).toBe(0);
    expect(JSON.parse(bytes.toString('utf8', 8, 8 + length))).toEqual({
      __metadata__: { x: 'y' },
      w: { dtype: 'F64', shape: [2], data_offsets: [0, 16] },
      x: { dtype: 'F32', shape: [1, 2], data_offsets: [16, 24] },
    });
    expect(bytes.subarray(8 + length).toString('hex')).toBe('000000000000f03f00000000000000c00000803f000000c0');
  });

  it('has numbers of no other type', () => {
    const bytes = encodeTensors({ metadata: {}, arrays: { w: Float32Array.of(1) } });
    const other = Buffer.from(Buffer.from(bytes).toString('latin1').replace('F32', 'I32'), 'latin1');
    expect(() => decodeTensors(other)).toThrow('w has type I32; only F32 and F64 are read');
  });
});
