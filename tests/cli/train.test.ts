import { expect, test } from 'vitest';
import { clopperPearson, evaluate, pretrain, starRound } from '../../src/index.js';
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

test('every estimate is the proportion that the library counts, with bounds at the stated confidence', async () => {
  const settings = { d: 6, pCot: 0.25, lambda: 1e-3, samples: 20_000, seed: 1 };
  const { document } = await cliJson([...ARGS, '--evaluate', '3000', '--star-rounds', '1']);
  const chain = await pretrain(settings);
  const { trained } = await starRound(chain, { ...settings, round: 1, reward: 'cot' });
  for (const [i, { model }] of [chain, trained].entries()) {
    const { greedy, sampled } = await evaluate(model, { samples: 3000, seed: 1 });
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
