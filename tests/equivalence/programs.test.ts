import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { LinearChain } from '../../src/chain/index.js';
import {
  chooseEngine,
  type EngineChoice,
  type Program,
  type pretrainBatch,
  type Replicate,
  type Stage,
  trainBatch,
  UnsupportedOption,
} from '../../src/engines/index.js';
import {
  ChainPolicy,
  grpoSettings,
  PolicyGradient,
  pretrain,
  reinforceSettings,
  type UpdateMetrics,
} from '../../src/training/index.js';
import { evaluateChain, starRoundOf } from '../fixtures/chain-training.js';
import { SEED } from '../fixtures/seed.js';

const replicates: Replicate[] = [0.2, 0.3, 0.6, 0.3, 0.5].map((pCot, i) => {
  return { d: [5, 8, 5, 5, 6][i]!, pCot, lambda: 0.02 * (i + 1), seed: SEED + (i % 3) };
});

const program: Program = {
  samples: 4_000,
  average: 'tail',
  freeConstant: false,
  jointLoss: false,
  star: { rounds: 2, samples: 3_000, reward: 'e2e', start: 'warm' },
  evaluate: 700,
  temperature: 1.3,
};

/** All stages of all replicates under a choice. */
async function stagesOf(some: readonly Replicate[], choice: EngineChoice, what: Program = program) {
  const stages: Stage[][] = some.map(() => []);
  const { chains } = await trainBatch(some, what, choice, { onStage: (i, stage) => stages[i]!.push(stage) });
  return { stages, chains };
}

/** The same by the single-chain functions of src/training. */
async function byHand({ d, pCot, lambda, seed }: Replicate): Promise<Stage[]> {
  const { samples, temperature, star } = program;
  const evaluation = (model: LinearChain) => evaluateChain(model, { samples: 700, seed, temperature });
  let chain = await pretrain({ d, pCot, lambda, seed, samples });
  const stages: Stage[] = [
    { stage: 'pretraining', round: 0, samples, accepted: samples, evaluation: await evaluation(chain.model) },
  ];
  for (let round = 1; round <= star!.rounds; round++) {
    const found = await starRoundOf(chain, { ...star!, lambda, seed, round, temperature });
    chain = found.trained;
    const { accepted } = found;
    stages.push({ stage: 'star', round, samples: 3_000, accepted, evaluation: await evaluation(chain.model) });
  }
  return stages;
}

it('a program is pre-training, evaluation and rounds of STaR as training defines them', async () => {
  const { stages } = await stagesOf(replicates, { engine: 'plain', workers: 1 });
  expect(stages).toEqual(await Promise.all(replicates.map(byHand)));
});

it.each([
  ['plain', 'f64'],
  ['wasm', 'f64'],
  ['wasm', 'mixed'],
] as const)('with %s in %s it depends neither on the threads nor on the other chains', async (engine, precision) => {
  const one = await stagesOf(replicates, { engine, precision, workers: 1 });
  expect(await stagesOf(replicates, { engine, precision, workers: 3 })).toEqual(one);
  for (const [i, replicate] of replicates.entries()) {
    const alone = await stagesOf([replicate], { engine, precision, workers: 1 });
    expect(alone).toEqual({ stages: [one.stages[i]], chains: [one.chains[i]] });
  }
});

it('wasm in float64 gives the stages of plain, but for decisions within rounding', async () => {
  // 5 replicates, 3 stages of 700 evaluated and 3000 drawn responses: no logit among these some 30 000 comes within 1e-9
  // of its threshold (probability about 1e-4), and the weights agree far better than that.
  const plain = await stagesOf(replicates, { engine: 'plain' });
  const wasm = await stagesOf(replicates, { engine: 'wasm', precision: 'f64' });
  expect(wasm.stages).toEqual(plain.stages);
  // Another temperature is another program.
  const hotter = await stagesOf(replicates, { engine: 'wasm', precision: 'f64' }, { ...program, temperature: 1.31 });
  expect(hotter.stages).not.toEqual(plain.stages);
});

it('fresh starts, r_cot and no evaluation go the same way', async () => {
  const other: Program = {
    ...program,
    evaluate: 0,
    star: { rounds: 2, samples: 2_000, reward: 'cot', start: 'fresh' },
  };
  const plain = await stagesOf(replicates, { engine: 'plain' }, other);
  const wasm = await stagesOf(replicates, { engine: 'wasm', precision: 'f64' }, other);
  expect(wasm.stages).toEqual(plain.stages);
  expect(plain.stages.flat().every(({ evaluation }) => evaluation === null)).toBe(true);
});

const gradients: Program = {
  ...program,
  star: null,
  policyGradient: { ...grpoSettings({ prompts: 40, numGenerations: 4, beta: 0.01 }), updates: 5, evaluateEvery: 2 },
};

describe('a program with policy gradients', () => {
  it('is pre-training and updates as training defines them, evaluated every few of them', async () => {
    const { stages, chains } = await stagesOf(replicates, { engine: 'plain', workers: 1 }, gradients);
    for (const [i, { d, pCot, lambda, seed }] of replicates.entries()) {
      const policy = new ChainPolicy(await pretrain({ d, pCot, lambda, seed, samples: 4_000 }), { seed, lambda });
      const settings = grpoSettings({ prompts: 40, numGenerations: 4, beta: 0.01, temperature: 1.3 });
      const trainer = new PolicyGradient(policy, settings);
      const [first, ...others] = stages[i]!;
      expect(first).toMatchObject({ stage: 'pretraining', round: 0, samples: 4_000 });
      const expected: Stage[] = [];
      for (const round of [2, 4, 5]) {
        const updates: UpdateMetrics[] = [];
        while ((updates.at(-1)?.update ?? expected.at(-1)?.round ?? 0) < round) {
          updates.push((await trainer.update()).metrics);
        }
        const samples = 160 * updates.length;
        const evaluation = await evaluateChain(policy.chain.model, { samples: 700, seed, temperature: 1.3 });
        expected.push({ stage: 'grpo', round, samples, accepted: samples, updates, warnings: [], evaluation });
      }
      expect(others).toEqual(expected);
      expect(chains[i]).toEqual(policy.chain);
    }
  });

  it('does not depend on the threads, nor on the engine but for the pre-training', async () => {
    const one = await stagesOf(replicates, { engine: 'wasm', precision: 'f64', workers: 1 }, gradients);
    expect(await stagesOf(replicates, { engine: 'wasm', precision: 'f64', workers: 3 }, gradients)).toEqual(one);
    const plain = await stagesOf(replicates, { engine: 'plain' }, gradients);
    const rewardsOf = (stages: readonly Stage[][]) =>
      stages.map((list) => list.map(({ updates }) => updates?.map(({ reward }) => reward)));
    expect(rewardsOf(one.stages)).toEqual(rewardsOf(plain.stages));
  });

  it('is called REINFORCE with other advantages, and carries its warnings', async () => {
    const settings = reinforceSettings({ prompts: 8, maxCompletionLength: 1 });
    const cut = { ...gradients, policyGradient: { ...settings, updates: 3, evaluateEvery: 2 } };
    const { stages } = await stagesOf(replicates.slice(0, 1), { engine: 'plain' }, cut);
    expect(stages[0]!.map(({ stage, round }) => [stage, round])).toEqual([
      ['pretraining', 0],
      ['reinforce', 2],
      ['reinforce', 3],
    ]);
    expect(stages[0]!.map(({ warnings }) => warnings?.length)).toEqual([undefined, 2, 1]);
    expect(stages[0]![2]!.warnings![0]).toContain('update 3');
  });

  it('reports a progress that never falls', async () => {
    const seen: number[] = [];
    // Which takes several chains at once.
    const choice = { engine: 'wasm', workers: 1 } as const;
    // Nearly all of the time goes into two updates of each chain.
    const policyGradient = { ...gradients.policyGradient!, prompts: 10_000, updates: 2 };
    const what: Program = { ...gradients, samples: 50, evaluate: 0, policyGradient };
    await trainBatch(replicates, what, choice, {}, { onProgress: (done) => seen.push(done) });
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(seen.length).toBeGreaterThan(3);
  });
});

it.each([
  [{ evaluate: -1 }, 'evaluate is -1'],
  [{ evaluate: 0.5 }, 'evaluate is 0.5'],
  [{ temperature: 0 }, 'temperature is 0'],
  [{ temperature: Number.NaN }, 'temperature is NaN'],
  [{ star: { ...program.star!, rounds: 1.5 } }, 'star.rounds is 1.5'],
  [{ star: { ...program.star!, samples: 0 } }, 'star.samples is 0'],
  [{ star: { ...program.star!, reward: 'x' as 'cot' } }, 'star.reward is x'],
  [{ star: { ...program.star!, start: 'Warm' as 'warm' } }, 'star.start is Warm'],
  [{ star: { ...program.star!, duplicates: 'drop' as 'keep' } }, 'star.duplicates is drop'],
  [{ average: 'x' as 'all' }, 'average is x'],
  [{ policyGradient: gradients.policyGradient! }, 'a program has one of them at most'],
  [{ star: null, policyGradient: { ...gradients.policyGradient!, updates: -1 } }, 'updates is -1'],
  [{ star: null, policyGradient: { ...gradients.policyGradient!, evaluateEvery: 0 } }, 'evaluateEvery is 0'],
  [{ star: null, policyGradient: { ...gradients.policyGradient!, numGenerations: 1 } }, 'numGenerations is 1'],
  [{ star: null, policyGradient: { ...gradients.policyGradient!, maxCompletionLength: 7 } }, 'integer from 1 to 6'],
])('a program with %j is refused', async (wrong, message) => {
  await expect(stagesOf(replicates, { engine: 'plain' }, { ...program, ...wrong })).rejects.toThrow(message);
});

it('the engine is named before the first stage, and the stages of a chain come in order', async () => {
  const seen: string[] = [];
  const onEngine = () => seen.push('engine');
  await trainBatch(
    replicates,
    program,
    { engine: 'wasm', workers: 2 },
    {
      onEngine,
      onStage: (replicate, { round }) => seen.push(`${replicate}:${round}`),
    },
  );
  expect(seen[0]).toBe('engine');
  expect(seen).toHaveLength(1 + 3 * replicates.length);
  for (const [i] of replicates.entries()) {
    expect(seen.filter((text) => text.startsWith(`${i}:`))).toEqual([`${i}:0`, `${i}:1`, `${i}:2`]);
  }
});

it.each([1, 2])('what a visitor throws reaches the caller, with %i workers', async (workers) => {
  const onStage = () => {
    throw new Error('the visitor is unwell');
  };
  const batch = trainBatch(replicates, program, { engine: 'plain', workers }, { onStage });
  await expect(batch).rejects.toThrow('the visitor is unwell');
});

it('progress runs over training and evaluation, and never falls', async () => {
  const seen: number[] = [];
  // Training is over before anything is reported.
  const what: Program = { ...program, samples: 50, star: null, evaluate: 60_000 };
  const [replicate] = replicates;
  const choice = { engine: 'plain', workers: 1 } as const;
  await trainBatch([replicate!], what, choice, {}, { onProgress: (done) => seen.push(done) });
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  expect(seen.some((done) => done > 0.5 && done < 1)).toBe(true);
});

it('an engine of no known name is refused', async () => {
  await expect(stagesOf(replicates, { engine: 'foo' as 'wasm' })).rejects.toThrow('engine is foo; it must be one of');
});

describe('the choice', () => {
  const choose = (request: Parameters<typeof chooseEngine>[0], some = replicates, what: Partial<Program> = {}) =>
    chooseEngine(request, some, { ...program, ...what }, {});

  it('the engine is wasm, in mixed precision for sweeps and in float64 for a single chain', async () => {
    expect(await choose({})).toMatchObject({ engine: 'wasm', precision: 'mixed' });
    expect(await choose({}, replicates.slice(0, 1))).toMatchObject({ engine: 'wasm', precision: 'f64' });
    expect(await choose({ precision: 'mixed' }, replicates.slice(0, 1))).toMatchObject({ precision: 'mixed' });
  });

  it('the engine is another where wasm cannot do what is asked', async () => {
    expect(await choose({}, replicates, { jointLoss: true })).toMatchObject({ engine: 'plain', precision: 'f64' });
    expect(await choose({}, replicates, { samples: 2 ** 24 + 1 })).toMatchObject({ engine: 'wasm', precision: 'f64' });
    await expect(choose({ precision: 'mixed' }, replicates, { jointLoss: true })).rejects.toThrow(UnsupportedOption);
  });

  describe('of a graphics card', () => {
    const many = Array.from({ length: 40 }, (_, seed) => ({ d: 50, pCot: 0.25, lambda: 0.01, seed }));
    const long = { samples: 400_000, star: null };
    const hardware = async () => ({ description: 'a card', software: false });
    /** Trains by waiting; the race's samples are noted. */
    const trainer = (milliseconds: Readonly<Record<string, number>>, seen: number[] = []): typeof pretrainBatch => {
      return async (_, { samples }, { engine }, watch) => {
        seen.push(samples);
        await setTimeout(milliseconds[engine], undefined, watch?.signal ? { signal: watch.signal } : {});
        return undefined as never;
      };
    };
    const chooseWith = (what: Partial<Program>, card: Parameters<typeof chooseEngine>[4]) =>
      chooseEngine({}, many, { ...program, ...long, ...what }, {}, card);

    it('takes the one that wins the race, which most steps of all predictors are part of', async () => {
      const seen: number[] = [];
      const fast = { findAdapter: hardware, pretrain: trainer({ wasm: 300, gpujs: 1 }, seen) };
      expect(await chooseWith({}, fast)).toMatchObject({ engine: 'gpujs', backend: 'webgpu', precision: 'mixed' });
      expect(seen).toEqual([49_152, 49_152]);
    });

    it('stops a card that takes longer, and survives one that fails', async () => {
      const slow = { findAdapter: hardware, pretrain: trainer({ wasm: 20, gpujs: 60_000 }) };
      expect(await chooseWith({}, slow)).toMatchObject({ engine: 'wasm' });
      const failing: typeof pretrainBatch = async (_, __, { engine }) => {
        if (engine === 'gpujs') throw new Error('the device is lost');
        return undefined as never;
      };
      expect(await chooseWith({}, { findAdapter: hardware, pretrain: failing })).toMatchObject({ engine: 'wasm' });
    });

    it('looks for none where it cannot matter, and leaves software adapters alone', async () => {
      const never = {
        findAdapter: async () => expect.fail('a card was looked for'),
        pretrain: trainer({}),
      };
      // Too little work, too few samples for a race, a precision that no card has, a loss that none has.
      expect(await chooseEngine({}, many.slice(0, 2), { ...program, ...long }, {}, never)).toMatchObject({
        engine: 'wasm',
      });
      expect(await chooseWith({ samples: 100_000 }, never)).toMatchObject({ engine: 'wasm' });
      expect(await chooseWith({ jointLoss: true }, never)).toMatchObject({ engine: 'plain' });
      const software = { findAdapter: async () => ({ description: 's', software: true }), pretrain: never.pretrain };
      expect(await chooseWith({}, software)).toMatchObject({ engine: 'wasm' });
    });

    it('passes on an abort', async () => {
      const controller = new AbortController();
      const card = { findAdapter: hardware, pretrain: trainer({ wasm: 200, gpujs: 60_000 }) };
      const choosing = chooseEngine({}, many, { ...program, ...long }, { signal: controller.signal }, card);
      await setTimeout(250);
      controller.abort(new Error('enough'));
      await expect(choosing).rejects.toThrow('enough');
    });
  });

  it('what is asked for is taken as it is', async () => {
    expect(await choose({ engine: 'plain', workers: 2 })).toMatchObject({ engine: 'plain', workers: 2 });
    expect(await choose({ backend: 'webasm' })).toMatchObject({ engine: 'gpujs', backend: 'webasm' });
  });
});
