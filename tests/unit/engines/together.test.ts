import { describe, expect, it } from 'vitest';
import { together } from '../../../src/engines/together.js';
import { type DecodingRequest, type Kernels, loops, type TrainingTask } from '../../../src/training/index.js';
import { denseChain } from '../../fixtures/dense-chain.js';

const SETTINGS = { average: 'tail', freeConstant: false, jointLoss: false } as const;
const request = (seed: number): DecodingRequest => {
  return { model: denseChain(3, seed), seed, inputs: 0, decoding: 1, temperature: 1, first: 0, count: 40 };
};
const task = (seed: number): TrainingTask => ({ data: { d: 3, pCot: 0.5, seed, samples: 50 }, lambda: 0.1 });

/** The loops, and the size of each call. */
function counting(calls: number[]): Kernels {
  const { train, decode } = loops();
  return {
    train: (tasks, ...rest) => {
      calls.push(tasks.length);
      return train(tasks, ...rest);
    },
    decode: (requests, watch) => {
      calls.push(requests.length);
      return decode(requests, watch);
    },
  };
}

describe('kernels for computations side by side', () => {
  it('make one call of all calls, and give each its own results', async () => {
    const calls: number[] = [];
    const kernels = together(counting(calls), 3);
    const results = await Promise.all(
      [1, 2, 3].map(async (seed) => {
        const requests = seed === 2 ? [request(2), request(20)] : [request(seed)];
        const decoded = await kernels.decode(requests, {});
        return { decoded, trained: await kernels.train([task(seed)], SETTINGS, {}) };
      }),
    );
    expect(calls).toEqual([4, 3]);
    const wordsOf = (list: Awaited<ReturnType<Kernels['decode']>>) => list.map(({ words }) => [...words]);
    for (const [i, { decoded, trained }] of results.entries()) {
      const seeds = i === 1 ? [2, 20] : [i + 1];
      expect(wordsOf(decoded)).toEqual(wordsOf(await loops().decode(seeds.map(request), {})));
      expect(trained).toEqual(await loops().train([task(i + 1)], SETTINGS, {}));
    }
  });

  it('reject all calls if the one fails', async () => {
    const failing: Kernels = { ...loops(), train: async () => Promise.reject(new Error('the device is lost')) };
    const kernels = together(failing, 2);
    const results = await Promise.allSettled([1, 2].map((seed) => kernels.train([task(seed)], SETTINGS, {})));
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });

  it('do not keep the caller waiting when a computation fails before it calls', async () => {
    const kernels = together(loops(), 2);
    const work = Promise.all([kernels.decode([request(1)], {}), Promise.reject(new Error('unwell'))]);
    await expect(work).rejects.toThrow('unwell');
  });

  it('stop at an abort and report progress', async () => {
    const controller = new AbortController();
    const seen: number[] = [];
    const onProgress = (done: number) => {
      seen.push(done);
      controller.abort(new Error('enough'));
    };
    const kernels = together(loops(), 2);
    const long = [1, 2].map((seed) => ({ ...request(seed), count: 2 ** 22 }));
    const watch = { signal: controller.signal, onProgress };
    await expect(Promise.all(long.map((one) => kernels.decode([one], watch)))).rejects.toThrow('enough');
    expect(seen).toHaveLength(1);
  });
});
