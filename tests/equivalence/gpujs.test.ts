import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { featureShape, linearForm, weightsOf, zeroChain } from '../../src/chain/index.js';
import { findAdapter } from '../../src/engines/gpujs/adapter.js';
import { loadLibrary } from '../../src/engines/gpujs/library.js';
import { BACKENDS, type OpenEngine, openEngine, type Precision, pretrainBatch } from '../../src/engines/index.js';
import { logit } from '../../src/numerics/index.js';
import { KeyedRandom, streamOf } from '../../src/random/index.js';
import {
  type DecodingRequest,
  type LearnerFactory,
  loops,
  PackedResponses,
  type SgdSettings,
  type TrainedChain,
  type TrainingTask,
} from '../../src/training/index.js';
import { starRounds } from '../fixtures/chain-training.js';
import { compareDecisions, predictorsOf } from '../fixtures/compare-decisions.js';
import { denseChain } from '../fixtures/dense-chain.js';
import { float32After, RoundedLearner } from '../fixtures/rounded-learner.js';
import { SEED, seedNote } from '../fixtures/seed.js';

const SETTINGS: SgdSettings = { average: 'tail', freeConstant: false, jointLoss: false };
const EXECUTORS = { webgpu: 'fused-encoder', webasm: 'fused-sync', cpu: 'generic' };

const adapter = await findAdapter();
if (adapter === null) {
  console.warn(
    'SKIPPED: gpu.js on webgpu, since no graphics adapter answers; chromium brings one that runs in software',
  );
}

/** ||a - b|| / ||b|| of the worst predictor. */
function distance({ model: a }: TrainedChain, { model: b }: TrainedChain): number {
  return Math.max(
    ...predictorsOf(b.d).map((predictor) => {
      const [found, expected] = [weightsOf(a, predictor), weightsOf(b, predictor)];
      const difference = Math.hypot(...found.map((w, j) => w - expected[j]!));
      return difference === 0 ? 0 : difference / Math.hypot(...expected);
    }),
  );
}

/**
 * What float32 may cost: four times what rounding the weights to it after each step costs, measured on two grids, since near
 * a logit of 0 the effect varies by chance; and some roundings of each step itself.
 */
async function toleranceFor(task: TrainingTask, settings: SgdSettings, precision: Precision) {
  const float32 = float32After(precision === 'mixed' ? 4096 : 0);
  const effects = await Promise.all(
    [1, 3].map(async (grid) => {
      const learner: LearnerFactory = (o) => new RoundedLearner(o, (value, t) => float32(value * grid, t) / grid);
      // The rounded learner knows no start; its effect is that of the same samples from 0.
      const [cold, rounded] = await Promise.all(
        [loops(), loops(learner)].map((kernels) => kernels.train([{ ...task, start: undefined }], settings, {})),
      );
      return distance(rounded[0]!, cold[0]!);
    }),
  );
  return 4 * Math.max(...effects) + 2 ** -20;
}

/** Responses of random tokens, as STaR would accept them with a strange reward. */
function randomResponses(d: number, count: number): PackedResponses {
  const random = new KeyedRandom(SEED, streamOf('cases'));
  const responses = new PackedResponses(d);
  for (let i = 0; i < count; i++) {
    const context = Float64Array.from({ length: 2 * d }, (_, j) => (random.uniform(j + 1, i) < 0.4 ? -1 : 1));
    responses.push(context, random.uniform(0, i) < 0.6 ? d : 1);
  }
  return responses;
}

/** Tasks that differ in all that tasks of one call may differ in. */
async function mixedTasks(d: number): Promise<TrainingTask[]> {
  const mixture = (samples: number, pCot: number, seed: number) => ({ d, pCot, seed, samples });
  const [start] = await loops().train([{ data: mixture(900, 0.4, SEED + 9), lambda: 0.1 }], SETTINGS, {});
  return [
    { data: mixture(1500, 0.7, SEED), lambda: 0.1 },
    { data: mixture(1, 0.5, SEED + 1), lambda: 0.5 },
    { data: mixture(333, 0.3, SEED + 2 ** 40), lambda: 0.3, start },
    { data: randomResponses(d, 700), lambda: 0.2 },
    { data: mixture(600, 1e-9, SEED + 3), lambda: 0.2, start },
    { data: new PackedResponses(d), lambda: 0.2, start },
    { data: { ...mixture(900, 0.5, SEED + 4), stepNoise: 0.2, answerNoise: 0.3 }, lambda: 0.2 },
  ];
}

describe.each(BACKENDS)('gpu.js on %s', (backend) => {
  const absent = backend === 'webgpu' && adapter === null;
  describe.skipIf(absent)(absent ? '(no graphics adapter answers)' : 'as it is here', () => {
    let f32: OpenEngine;
    let mixed: OpenEngine;
    beforeAll(async () => {
      f32 = await openEngine('gpujs', { precision: 'f32', backend });
      mixed = await openEngine('gpujs', { precision: 'mixed', backend });
    });
    afterAll(async () => {
      await f32.close();
      await mixed.close();
    });

    it('says what runs', async () => {
      const replicate = { d: 2, pCot: 0.5, lambda: 1, seed: 0 };
      const choice = { engine: 'gpujs', backend, workers: 1 } as const;
      const { engine } = await pretrainBatch([replicate], { samples: 10 }, choice);
      expect(engine).toEqual({
        name: 'gpujs',
        backend,
        executorKind: EXECUTORS[backend],
        precision: 'mixed',
        adapter: backend === 'webgpu' ? adapter!.description : null,
        workers: 1,
      });
    });

    it.each([
      ['f32', 13, 'tail'],
      ['f32', 2, 'all'],
      ['mixed', 13, 'all'],
    ] as const)('takes the steps of SGD in %s at d = %i, average %s', async (precision, d, average) => {
      const engine = precision === 'f32' ? f32 : mixed;
      const settings = { ...SETTINGS, average };
      const tasks = await mixedTasks(d);
      const expected = await loops().train(tasks, settings, {});
      const found = await engine.train(tasks, settings, {});
      for (const [i, task] of tasks.entries()) {
        expect([found[i]!.steps, found[i]!.longSteps]).toEqual([expected[i]!.steps, expected[i]!.longSteps]);
        const tolerance = await toleranceFor(task, settings, precision);
        expect(distance(found[i]!, expected[i]!), `task ${i}, ${seedNote}`).toBeLessThan(tolerance);
      }
    });

    it('trains a chain to the same bits alone and with others', async () => {
      const tasks = await mixedTasks(13);
      const together = await f32.train(tasks, SETTINGS, {});
      for (const i of [0, 2]) expect(await f32.train([tasks[i]!], SETTINGS, {})).toEqual([together[i]]);
    });

    it.each([
      // In float32 from the first step on lambda is larger, so that few decisions are left open.
      { precision: 'mixed', lambda: 0.01, samples: 9_001 },
      { precision: 'f32', lambda: 0.5, samples: 3_001 },
    ] as const)('sees planted errors, and decides as `pretrain` does, in $precision', async (setting) => {
      const { precision, lambda, samples } = setting;
      const engine = precision === 'mixed' ? mixed : f32;
      const data = { d: 12, pCot: 0.6, seed: SEED, samples };
      const task = { data, lambda };
      const [expected] = await loops().train([task], SETTINGS, {});
      const tolerance = await toleranceFor(task, SETTINGS, precision);
      const wrong = [
        { data, lambda: task.lambda * 1.01 },
        { data: { ...data, seed: SEED + 1 }, lambda: task.lambda },
        { data: { ...data, samples: data.samples - 20 }, lambda: task.lambda },
      ];
      const [right, ...others] = await engine.train([task, ...wrong], SETTINGS, {});
      expect(distance(right!, expected!), seedNote).toBeLessThan(tolerance);
      compareDecisions(right!.model, expected!.model, tolerance);
      for (const other of others) expect(distance(other, expected!)).toBeGreaterThan(tolerance);
      const [all] = await engine.train([task], { ...SETTINGS, average: 'all' }, {});
      expect(distance(all!, expected!)).toBeGreaterThan(tolerance);
    });

    it.each([null, streamOf('decoding', 1)])(
      'gives the responses of the loops (decoding stream %s)',
      async (decoding) => {
        const request = { inputs: streamOf('inputs', 1), decoding, temperature: 0.7, first: 64 };
        const requests = [
          { ...request, model: denseChain(13, 1), seed: SEED, count: 700 },
          { ...request, model: denseChain(13, 2, 0.2), seed: SEED + 2 ** 40, count: 40 },
          { ...request, model: denseChain(2, 3), seed: SEED, count: 32 },
          { ...request, model: zeroChain(13), seed: SEED, count: 40 },
        ];
        const expected = await loops().decode(requests, {});
        const found = await f32.decode(requests, {});
        for (const [i, responses] of found.entries()) compareResponses(responses, expected[i]!, requests[i]!);
        expect(found[0]!.longCount).toBeGreaterThan(0);
        expect(found[0]!.longCount).toBeLessThan(700);
      },
    );

    it('goes on in float32 in the midst of a call', async () => {
      const mixture = (samples: number, seed: number) => ({ d: 5, pCot: 0.95, seed, samples });
      const [start] = await loops().train([{ data: mixture(3_900, SEED), lambda: 0.1 }], SETTINGS, {});
      const task = { data: mixture(600, SEED + 1), lambda: 0.1, start };
      const [expected] = await loops().train([task], SETTINGS, {});
      const [found] = await mixed.train([task], SETTINGS, {});
      // At t = 4096 nothing is amplified any more: each step costs one rounding at most.
      expect(distance(found!, expected!), seedNote).toBeLessThan(600 * 2 ** -24);
      expect(distance(found!, expected!)).toBeGreaterThan(0);
    });

    it('plays a round of STaR', async () => {
      const mixture = { d: 5, pCot: 0.5, seed: SEED, samples: 2_000 };
      const [current] = await loops().train([{ data: mixture, lambda: 0.1 }], SETTINGS, {});
      const tasks = [0, 1].map((i) => ({ current: current!, seed: SEED + i, lambda: 0.1 }));
      const star = { round: 1, samples: 1_000, reward: 'e2e', start: 'warm' } as const;
      const expected = await starRounds(loops(), tasks, star, SETTINGS);
      const found = await starRounds(f32, tasks, star, SETTINGS);
      for (const [i, { trained, accepted, acceptedLong }] of found.entries()) {
        expect([accepted, acceptedLong]).toEqual([expected[i]!.accepted, expected[i]!.acceptedLong]);
        expect(distance(trained, expected[i]!.trained), seedNote).toBeLessThan(accepted * 2 ** -24);
      }
    });

    it('stops when aborted and reports progress', async () => {
      const task = { data: { d: 13, pCot: 0.5, seed: SEED, samples: 2 ** 20 }, lambda: 0.1 };
      const controller = new AbortController();
      const seen: number[] = [];
      const onProgress = (done: number) => {
        seen.push(done);
        if (seen.length === 3) controller.abort(new Error('enough'));
      };
      const training = f32.train([task], SETTINGS, { signal: controller.signal, onProgress });
      await expect(training).rejects.toThrow('enough');
      expect(seen.every((done) => done >= 0 && done < 1)).toBe(true);
    });
  });
});

/** Responses are equal up to decisions that float32 leaves open. */
function compareResponses(found: PackedResponses, expected: PackedResponses, request: DecodingRequest): void {
  const { model, seed, decoding, temperature, first } = request;
  const { d } = model;
  const random = decoding === null ? null : new KeyedRandom(seed, decoding);
  const order = [1, 'stop', ...Array.from({ length: d - 1 }, (_, i) => i + 2)] as const;
  expect(found.count).toBe(expected.count);
  let open = 0;
  for (let i = 0; i < expected.count; i++) {
    const bit = ({ words, stride }: PackedResponses, at: number) =>
      (words[Math.floor(i / 32) * stride + at]! >>> (i % 32)) & 1;
    const context = Float64Array.from({ length: 2 * d }, (_, j) => 1 - 2 * bit(expected, j));
    const positions = [
      ...Array.from({ length: d + 1 }, (_, j) => j),
      2 * d,
      ...Array.from({ length: d - 1 }, (_, j) => d + 1 + j),
    ];
    const differs = positions.find((at) => bit(found, at) !== bit(expected, at));
    if (differs === undefined) continue;
    expect(differs, 'an input differs').toBeGreaterThanOrEqual(d);
    const predictor = order[differs === 2 * d ? 1 : differs === d ? 0 : differs - d + 1]!;
    const shape = featureShape(predictor, d);
    const weights = weightsOf(model, predictor);
    const step = predictor === 'stop' ? 0 : predictor;
    const threshold = random ? temperature * logit(random.uniform(step, first + i)) : 0;
    const margin = Math.abs(linearForm(weights, context, shape) - threshold);
    const total = weights.reduce((sum, w) => sum + Math.abs(w), Math.abs(threshold));
    expect(margin).toBeLessThan((shape.plain + 5) * 2 ** -24 * total);
    open++;
  }
  expect(open).toBeLessThan(3);
}

describe('gpu.js', () => {
  const library = new URL('../../dist/src/index.js', import.meta.url).href;
  const run = (code: string, env: NodeJS.ProcessEnv) =>
    promisify(execFile)(process.execPath, ['--input-type=module', '-e', code], { env, timeout: 60_000 });
  const training = (choice: string) => `
    const { pretrainBatch } = await import(${JSON.stringify(library)});
    const replicates = [{ d: 3, pCot: 0.5, lambda: 1, seed: 0 }];
    const { engine } = await pretrainBatch(replicates, { samples: 40 }, { engine: 'gpujs', workers: 1, ${choice} });
    console.log(engine.backend);`;
  const nowhere = { ...process.env, VK_ICD_FILENAMES: '/nowhere.json', VK_DRIVER_FILES: '/nowhere.json' };

  it.runIf(process.platform === 'linux')('says what is missing where webgpu cannot run', async () => {
    const failure = await run(training("backend: 'webgpu'"), nowhere).catch((error) => error);
    expect(failure.stderr).toContain('backend is webgpu, and no graphics adapter was found; install');
  });

  it.runIf(process.platform === 'linux')('chooses webasm where no graphics adapter answers', async () => {
    expect((await run(training(''), nowhere)).stdout).toBe('webasm\n');
  });

  it('gives the same bits for any number of workers', async () => {
    const replicates = Array.from({ length: 5 }, (_, i) => {
      return { d: [5, 12][i % 2]!, pCot: 0.2 + i / 10, lambda: 0.05 * (i + 1), seed: SEED + i };
    });
    const train = (workers: number) =>
      pretrainBatch(replicates, { samples: 900 }, { engine: 'gpujs', precision: 'f32', backend: 'webasm', workers });
    const [one, three] = [await train(1), await train(3)];
    expect(three.chains).toEqual(one.chains);
    expect([one.engine.workers, three.engine.workers]).toEqual([1, 3]);
  });

  it.skipIf(adapter === null)(
    'fails where the graphics device complains, instead of returning what it has',
    async () => {
      const engine = await openEngine('gpujs', { backend: 'webgpu', precision: 'f32' });
      try {
        const task = { data: { d: 3, pCot: 0.5, seed: 0, samples: 40 }, lambda: 1 };
        const settings = { average: 'tail', freeConstant: false, jointLoss: false } as const;
        expect(await engine.train([task], settings, {})).toHaveLength(1);
        const { device } = await (await loadLibrary()).WebGPUContext.acquire();
        // A buffer that nothing may use.
        (device as unknown as { createBuffer(options: object): void }).createBuffer({ size: 16, usage: 0 });
        await expect(engine.train([task], settings, {})).rejects.toThrow('the device failed');
      } finally {
        await engine.close();
      }
    },
  );

  it.skipIf(adapter === null)('lets the process end after webgpu', async () => {
    expect((await run(training("backend: 'webgpu'"), process.env)).stdout).toBe('webgpu\n');
  });

  it.each([
    ['freeConstant', { freeConstant: true }, {}],
    ['jointLoss', { jointLoss: true }, {}],
    ['samples', { samples: 2 ** 24 + 1 }, {}],
    ['d', {}, { d: 1001 }],
    ['lambda', {}, { lambda: 1e-40 }],
  ])('refuses %s beyond its bounds', async (option, settings, replicate) => {
    const replicates = [{ d: 3, pCot: 0.5, lambda: 1, seed: 0, ...replicate }];
    const refusal = pretrainBatch(replicates, { samples: 10, ...settings }, { engine: 'gpujs', backend: 'cpu' });
    await expect(refusal).rejects.toThrow(`${option} is `);
  });
});
