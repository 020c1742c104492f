import { describe, expect, test } from 'vitest';
import { clopperPearson, pretrain } from '../../src/index.js';
import { evaluateChain, starRoundOf } from '../fixtures/chain-training.js';
import { cli, cliJson } from './run-cli.js';

const ARGS = ['train', '--d', '6', '--p', '0.25', '--lambda', '1e-3', '--samples', '20000', '--star-rounds', '3'];

test('the document holds every stage with estimates and bounds', async () => {
  const { code, document } = await cliJson([...ARGS, '--evaluate', '4000']);
  expect(code).toBe(0);
  expect(document.schema).toBe('lengthwise/train@1');
  expect(document.stages.map(({ stage, round }: any) => [stage, round])).toEqual([
    ['pretraining', 0],
    ['star', 1],
    ['star', 2],
    ['star', 3],
  ]);
  const [pretraining, star] = document.stages;
  expect(pretraining).toMatchObject({ samples: 20_000, accepted: 20_000 });
  expect(star.accepted).toBeLessThan(star.samples);
  for (const stage of document.stages) {
    for (const group of [stage.greedy, stage.sampled]) {
      for (const { value, bounds } of Object.values<any>(group)) {
        expect(bounds[0]).toBeLessThanOrEqual(value);
        expect(bounds[1]).toBeGreaterThanOrEqual(value);
      }
    }
  }
  // p = .25: short before, long and right after (checked with declared error by theorem-2.perfect-accuracy).
  expect(pretraining.greedy.longFraction.value).toBe(0);
  expect(document.stages.at(-1).greedy.accuracyCot.value).toBe(1);
});

test('noisy demonstrations are trained on, and the document says so', async () => {
  const args = ['train', '--d', '5', '--p', '0.5', '--lambda', '1e-3', '--samples', '20000', '--evaluate', '2000'];
  const noise = ['--step-noise', '0.3', '--answer-noise', '1/4'];
  const [plain, wasm] = await Promise.all(
    ['plain', 'wasm'].map((engine) => cliJson([...args, ...noise, '--engine', engine, '--precision', 'f64'])),
  );
  expect(plain!.document).toMatchObject({ stepNoise: 0.3, answerNoise: 0.25 });
  expect(wasm!.document.stages).toEqual(plain!.document.stages);
  const [{ greedy, sampled }] = plain!.document.stages;
  // Above 1/2.4 greedy decoding undoes the noise, which sampling shows: .7^5 = .17 of the long answers are valid.
  expect([greedy.longFraction.value, greedy.accuracyCot.value]).toEqual([1, 1]);
  expect(sampled.accuracyCot.value).toBeLessThan(0.4);
  const { document: clean } = await cliJson(args);
  expect(clean).toMatchObject({ stepNoise: 0, answerNoise: 0 });
  expect((await cli([...args, ...noise])).stdout).toContain('p = 0.5, step noise 0.3, answer noise 0.25, lambda');
});

test('every estimate is the proportion that the library counts, with bounds at the stated confidence', async () => {
  const settings = { d: 6, pCot: 0.25, lambda: 1e-3, samples: 20_000, seed: 1 };
  const { document } = await cliJson([...ARGS, '--evaluate', '3000', '--star-rounds', '1']);
  const chain = await pretrain(settings);
  const { trained } = await starRoundOf(chain, { ...settings, round: 1, reward: 'cot' });
  for (const [i, { model }] of [chain, trained].entries()) {
    const { greedy, sampled } = await evaluateChain(model, { samples: 3000, seed: 1 });
    const estimate = (successes: number, trials: number) =>
      clopperPearson({ successes, trials, alpha: 1 - document.confidence });
    const all = ({ samples, long, correct, correctCot }: typeof greedy) => ({
      longFraction: estimate(long, samples),
      accuracy: estimate(correct, samples),
      accuracyCot: estimate(correctCot, samples),
    });
    const { stage, round, ...found } = document.stages[i];
    expect(found.greedy).toEqual(all(greedy));
    expect(found.sampled).toEqual({ ...all(sampled), longAccuracy: estimate(sampled.longCorrect, sampled.long) });
  }
});

test('the same seed gives the same document, another seed another', async () => {
  const short = [...ARGS.slice(0, -2), '--evaluate', '500'];
  const [first, second, other] = await Promise.all([
    cli([...short, '--json']),
    cli([...short, '--json']),
    cli([...short, '--json', '--seed', '2']),
  ]);
  expect(second.stdout).toBe(first.stdout);
  expect(other.stdout).not.toBe(first.stdout);
});

test('Ctrl-C keeps the finished stages and says how to go on', async () => {
  const long = [
    'train',
    '--d',
    '50',
    '--p',
    '0.25',
    '--lambda',
    '1e-3',
    '--samples',
    '2000',
    '--star-rounds',
    '100000',
  ];
  const { code, stdout, stderr } = await cli([...long, '--json', '--evaluate', '10'], { interruptAfter: 2500 });
  expect(code).toBe(130);
  const document = JSON.parse(stdout);
  expect(document.interrupted).toBe(true);
  expect(document.stages.length).toBeGreaterThan(0);
  expect(stderr).toContain('--seed 1');
});

describe('policy gradients', () => {
  const SHORT = ['train', '--d=6', '--p=.25', '--lambda=1e-3', '--samples=20000', '--evaluate=2000'];

  test('have stages with the metrics of every update', async () => {
    const grpo = ['--algorithm=grpo', '--prompts=64', '--updates=25', '--beta=.001', '--exclude-eos'];
    const { code, document } = await cliJson([...SHORT, ...grpo]);
    expect(code).toBe(0);
    expect(document).toMatchObject({ algorithm: 'grpo', policyGradient: { advantages: 'group', countEos: false } });
    expect(document.stages.map(({ stage, round }: any) => [stage, round])).toEqual([
      ['pretraining', 0],
      ['grpo', 10],
      ['grpo', 20],
      ['grpo', 25],
    ]);
    const last = document.stages.at(-1);
    expect(last.samples).toBe(5 * 64 * 8);
    expect(last.updates.map(({ update }: any) => update)).toEqual([21, 22, 23, 24, 25]);
    expect(last.updates.at(-1)).toMatchObject({ sequences: 25 * 64 * 8, max_completion_length: 7 });
    expect(last.updates.at(-1).kl).toBeGreaterThan(0);
    expect(last.warnings).toEqual([]);
    expect(last.greedy.accuracyCot.value).toBe(1);
  });

  test('show what they recorded, and warn if nothing was learnt', async () => {
    const { stdout } = await cli([...SHORT, '--algorithm=reinforce', '--updates=20', '--max-completion-length=1']);
    const lines = stdout.split('\n');
    const header = lines.findIndex((line) => line.startsWith('updates '));
    expect(lines[header]).toMatch(/reward +mean length +cut +entropy +KL +no variance$/);
    expect(lines[header + 2]).toMatch(/^REINFORCE 10 +10240 +0\.0000 +1\.00 +1\.0000 /);
    expect(stdout).toContain('Warning: update 1: every advantage is 0 (all rewards are 0)');
    expect(stdout).toContain('(and 19 more)');
  });

  test('are kept when they are interrupted', async () => {
    const long = [...SHORT, '--algorithm=reinforce', '--baseline=mean', '--updates=100000', '--evaluate-every=1'];
    const { code, stdout, stderr } = await cli([...long, '--json'], { interruptAfter: 3000 });
    expect(code).toBe(130);
    const { interrupted, stages } = JSON.parse(stdout);
    expect(interrupted).toBe(true);
    expect(stages.length).toBeGreaterThan(2);
    expect(stages.at(-1)).toMatchObject({ stage: 'reinforce', round: stages.length - 1 });
    expect(stderr).toContain(`interrupted after ${stages.length} of 100001 stages`);
  });

  test('clip ratios only where epsilon is given, or is the default', async () => {
    const steps = [
      '--d=6',
      '--evaluate=10',
      '--prompts=64',
      '--num-generations=2',
      '--num-iterations=3',
      '--updates=2',
    ];
    const epsilonOf = async (...more: string[]) => {
      const { code, document } = await cliJson([...SHORT, ...steps, ...more]);
      expect(code).toBe(0);
      const clipped = document.stages.at(-1).updates.some((update: any) => update['clip_ratio/region_mean'] > 0);
      return [document.policyGradient.epsilon, clipped];
    };
    const grpo = ['--algorithm=grpo', '--learning-rate=30'];
    const reinforce = ['--algorithm=reinforce', '--learning-rate=10'];
    expect(await epsilonOf(...grpo)).toEqual([0.2, true]);
    expect(await epsilonOf(...grpo, '--epsilon=none')).toEqual([null, false]);
    expect(await epsilonOf(...reinforce)).toEqual([null, false]);
    expect(await epsilonOf(...reinforce, '--epsilon=none')).toEqual([null, false]);
    expect(await epsilonOf(...reinforce, '--epsilon=.1')).toEqual([0.1, true]);
  });

  test('STaR may reject duplicates', async () => {
    const star = ['--star-rounds=1', '--reject-duplicates'];
    const { document } = await cliJson([...SHORT, '--d=3', ...star]);
    expect(document.rejectDuplicates).toBe(true);
    // Eight inputs, and two right responses to each.
    expect(document.stages[1].accepted).toBeLessThanOrEqual(16);
  });
});

const GRID = ['train', '--d=6', '--lambda=1e-2', '--samples=3000', '--evaluate=500', '--p=.1:.5:3', '--replicates=4'];

describe('a grid', () => {
  test('holds a chain for each p and seed, which is that of the single command', async () => {
    const { document } = await cliJson([...GRID, '--star-rounds=1', '--engine=plain', '--seed=5']);
    expect(document.p).toEqual([0.1, 0.3, 0.5]);
    expect(document.replicates.map(({ p, seed }: any) => [p, seed])).toEqual(
      [0.1, 0.3, 0.5].flatMap((p) => [5, 6, 7, 8].map((seed) => [p, seed])),
    );
    expect(document.stages).toBeUndefined();
    const alone = ['train', '--d=6', '--lambda=1e-2', '--samples=3000', '--evaluate=500', '--star-rounds=1'];
    const { document: single } = await cliJson([...alone, '--p=.3', '--seed=7', '--engine=plain']);
    expect(single.replicates).toEqual([document.replicates[6]]);
    expect(single.stages).toEqual(single.replicates[0].stages);
  });

  test('says how its chains spread', async () => {
    const { document } = await cliJson(GRID);
    expect(document.spread.map(({ p }: any) => p)).toEqual(document.p);
    for (const { p, stages } of document.spread) {
      expect(stages).toHaveLength(1);
      expect(stages[0]).toMatchObject({ stage: 'pretraining', round: 0, replicates: 4 });
      const values: number[] = document.replicates
        .filter((replica: any) => replica.p === p)
        .map(({ stages: [stage] }: any) => stage.sampled.accuracy.value);
      const { mean, sd, min, median, max } = stages[0].sampled.accuracy;
      const sorted = values.toSorted((a, b) => a - b);
      expect([min, max]).toEqual([sorted[0], sorted[3]]);
      expect(median).toBeCloseTo((sorted[1]! + sorted[2]!) / 2, 12);
      expect(mean).toBeCloseTo(values.reduce((a, b) => a + b) / 4, 12);
      expect(sd).toBeCloseTo(Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / 3), 12);
    }
  });

  test('is the same for any number of threads, which the document names', async () => {
    const run = (workers: number) => cliJson([...GRID, '--star-rounds=1', `--workers=${workers}`]);
    const [one, three] = [await run(1), await run(3)];
    expect(three.document.replicates).toEqual(one.document.replicates);
    expect(one.document.engine).toEqual({
      name: 'wasm',
      backend: 'wasm-simd',
      executorKind: null,
      precision: 'mixed',
      adapter: null,
      workers: 1,
    });
    expect(three.document.engine.workers).toBe(3);
  });

  test('trains with plain what wasm cannot', async () => {
    const { document } = await cliJson([...GRID, '--free-constant']);
    expect(document.engine).toMatchObject({ name: 'plain', precision: 'f64' });
  });

  test('keeps what was finished when it is interrupted', async () => {
    const args = [
      'train',
      '--d=30',
      '--lambda=1e-2',
      '--samples=60000',
      '--p=.1:.5:9',
      '--replicates=20',
      '--engine=plain',
    ];
    const { code, stdout, stderr } = await cli([...args, '--json', '--evaluate=10'], { interruptAfter: 6000 });
    expect(code).toBe(130);
    const document = JSON.parse(stdout);
    expect(document.interrupted).toBe(true);
    expect(document.engine).toMatchObject({ name: 'plain', precision: 'f64' });
    expect(document.replicates).toHaveLength(180);
    const finished = document.replicates.filter(({ stages }: any) => stages.length > 0).length;
    expect(finished).toBeGreaterThan(0);
    expect(finished).toBeLessThan(180);
    expect(stderr).toContain(`interrupted after ${finished} of 180 stages`);
  });
});

test('an update that diverges ends the command with one sentence, on one thread and on several', async () => {
  const command = 'train --d 6 --p .25 --lambda 1e-3 --samples 2000 --evaluate 500 --algorithm grpo --updates 3';
  const wild = '--prompts 16 --beta 1 --num-iterations 4 --learning-rate 100 --seed 3';
  for (const replicates of ['1', '4']) {
    const args = `${command} ${wild} --replicates ${replicates} --workers ${replicates}`;
    const { code, stdout, stderr } = await cli(args.split(' '));
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^error: update \d diverged in step \d: a smaller learning rate or beta is needed\n$/);
  }
});
