import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { LinearChain } from '../../src/chain/index.js';
import { type OpenEngine, openEngine } from '../../src/engines/index.js';
import { type DecodingRequest, type Kernels, loops, type PackedResponses, pretrain } from '../../src/training/index.js';
import { denseChain, scaledChain } from '../fixtures/dense-chain.js';
import { SEED, seeded } from '../fixtures/seed.js';

/** All bits of the responses. */
const bitsOf = ({ words, blocks, stride }: PackedResponses) => [...words.subarray(0, blocks * stride)];

/** A chain whose weights are rounded to tenths, most of them to 0: exact ties, and ties but for rounding, are common. */
function tieingChain(d: number, seed: number): LinearChain {
  const { first, stop, next } = denseChain(d, seed, 0.09);
  const tenths = (weights: Float64Array) => weights.map((w) => Math.round(10 * w) / 10);
  return { d, first: tenths(first), stop: tenths(stop), next: next.map(tenths) };
}

const arbitraryRequest = fc
  .record({
    d: fc.oneof(fc.integer({ min: 2, max: 40 }), fc.constantFrom(8, 16, 17, 32, 33)),
    kind: fc.constantFrom('dense', 'large', 'small', 'zero', 'ties'),
    chain: fc.nat(),
    seed: fc.oneof(fc.nat(), fc.maxSafeNat()),
    decoding: fc.constantFrom(null, 3, 2 ** 32 - 1),
    // At the least ones all decisions are nearly ties: those by 1e-13 are decided by what rounding leaves of a logit.
    temperature: fc.oneof(fc.constantFrom(1, 1e-310, 1e-100, 1e-13, 1e9), fc.double({ min: 0.1, max: 5, noNaN: true })),
    firstBlock: fc.oneof(fc.nat({ max: 40 }), fc.constantFrom(2 ** 26)),
    count: fc.oneof(fc.integer({ min: 0, max: 100 }), fc.constantFrom(256, 511)),
  })
  .map(({ d, kind, chain, firstBlock, ...request }): DecodingRequest => {
    const scale = { dense: 1, large: 100, small: 0.01, zero: 0, ties: 1 }[kind]!;
    const model = kind === 'ties' ? tieingChain(d, chain) : scaledChain(denseChain(d, chain), scale);
    return { ...request, model, inputs: 5, first: 32 * firstBlock };
  });

describe('decoding by the wasm engine', () => {
  let wasm: OpenEngine;
  beforeAll(async () => {
    wasm = await openEngine('wasm', { precision: 'mixed' });
  });

  it('makes every decision of the loops', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(arbitraryRequest, { minLength: 1, maxLength: 3 }), async (requests) => {
        const [expected, found] = [await loops().decode(requests, {}), await wasm.decode(requests, {})];
        for (const [i, responses] of found.entries()) {
          expect(bitsOf(responses)).toEqual(bitsOf(expected[i]!));
          expect([responses.d, responses.count, responses.longCount]).toEqual([
            expected[i]!.d,
            expected[i]!.count,
            expected[i]!.longCount,
          ]);
        }
      }),
      seeded(150),
    );
  });

  it.each([
    { d: 20, count: 20_000 },
    { d: 150, count: 200 },
  ])('also of a trained chain at d = $d', async ({ d, count }) => {
    const { model } = await pretrain({ d, pCot: 0.4, lambda: 0.05, samples: 1000, seed: SEED });
    for (const decoding of [null, 3]) {
      const request = { model, seed: SEED, inputs: 1, decoding, temperature: 1, first: 64, count };
      const [expected] = await loops().decode([request], {});
      const [found] = await wasm.decode([request], {});
      expect(bitsOf(found!)).toEqual(bitsOf(expected!));
      expect(found!.longCount).toBeGreaterThan(count / 10);
      expect(found!.longCount).toBeLessThan(count);
    }
  });

  it('gives the same bits for the parts of a request', async () => {
    const request = { model: denseChain(11, SEED, 0.3), seed: SEED, inputs: 2, decoding: 4, temperature: 1 };
    const [whole, ...parts] = await wasm.decode(
      [
        { ...request, first: 32, count: 9_000 },
        { ...request, first: 32, count: 64 },
        { ...request, first: 96, count: 8_936 },
      ],
      {},
    );
    expect(parts.flatMap(bitsOf)).toEqual(bitsOf(whole!));
  });

  it('differs from the loops if a weight, a stream, the temperature or the first input is planted wrong', async () => {
    const request = { model: denseChain(9, SEED, 0.3), seed: SEED, inputs: 2, decoding: 4, temperature: 1, first: 64 };
    const decoded = async (kernels: Kernels, wrong: Partial<DecodingRequest>) =>
      bitsOf((await kernels.decode([{ ...request, count: 4_000, ...wrong }], {}))[0]!);
    const expected = await decoded(loops(), {});
    expect(await decoded(wasm, {})).toEqual(expected);
    const wrongs: Partial<DecodingRequest>[] = [
      { inputs: 3 },
      { decoding: 5 },
      { decoding: null },
      { temperature: 1.1 },
      { first: 96 },
      { seed: SEED + 2 ** 32 },
    ];
    const { model } = request;
    for (const predictor of [model.first, model.stop, ...model.next.slice(2)]) {
      for (const [j, w] of predictor.entries()) {
        const replaced = (weights: Float64Array) => (weights === predictor ? weights.with(j, w + 0.5) : weights);
        const { first, stop, next } = model;
        wrongs.push({ model: { d: 9, first: replaced(first), stop: replaced(stop), next: next.map(replaced) } });
      }
    }
    for (const wrong of wrongs) expect(await decoded(wasm, wrong)).not.toEqual(expected);
  });
});
