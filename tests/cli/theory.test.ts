import { describe, expect, test } from 'vitest';
import { cli, cliJson } from './run-cli.js';

const ask = (d: number, p: string, lambda: number, rounds: number, ...more: string[]) =>
  cliJson(['theory', '--d', `${d}`, '--p', p, '--lambda', `${lambda}`, '--rounds', `${rounds}`, ...more]);

/** Largest difference between numbers at the same place of two documents; other leaves must be equal. */
function compare(a: unknown, b: unknown, path = ''): number {
  if (typeof a === 'number' && typeof b === 'number') return Math.abs(a - b);
  if (typeof a === 'object' && typeof b === 'object' && a !== null && b !== null) {
    expect(Object.keys(a), path).toEqual(Object.keys(b));
    return Math.max(0, ...Object.entries(a).map(([key, value]) => compare(value, (b as any)[key], `${path}.${key}`)));
  }
  expect(a, path).toEqual(b);
  return 0;
}

describe('both methods of theory print the same document', () => {
  // Newton leaves 1e-16 / lambda = 1e-12 in a weight, carried through at most six maps of slope below 3: 1e-9.
  test.each([
    [3, '0.1', 0.1, 'cot'],
    [4, '0.2', 0.01, 'cot'],
    [5, '0.4', 1e-3, 'cot'],
    [6, '1/9', 1e-4, 'cot'],
    [3, '1/3', 1e-3, 'cot'],
    [3, '0.3', 0.1, 'e2e'],
    [5, '0.25', 0.01, 'e2e'],
    [4, '0.6', 1e-4, 'e2e'],
  ])('d = %d, p = %s, lambda = %d, %s', async (d, p, lambda, reward) => {
    const [closed, enumerated] = await Promise.all(
      ['closed', 'enumerate'].map((method) => ask(d, p, lambda, 6, '--reward', reward, '--method', method)),
    );
    const { method: _, ...left } = closed!.document;
    const { method: __, ...right } = enumerated!.document;
    expect(left.rounds).toHaveLength(7);
    expect(compare(left, right)).toBeLessThan(1e-9);
  });

  test.each(['--free-constant', '--joint-loss'])('%s', async (flag) => {
    const [closed, enumerated] = await Promise.all(
      ['closed', 'enumerate'].map((method) => ask(3, '0.3', 0.1, 4, flag, '--method', method)),
    );
    expect(compare(closed!.document.rounds, enumerated!.document.rounds)).toBeLessThan(1e-9);
    expect(compare(closed!.document.greedyThreshold, enumerated!.document.greedyThreshold)).toBeLessThan(1e-9);
  });
});

describe('both methods agree from noisy demonstrations', () => {
  // The same tolerance, for the same reasons.
  test.each([
    [3, '0.25', 0.1, 'cot', ['--step-noise', '0.1']],
    [4, '0.4', 1e-3, 'cot', ['--step-noise', '1/5', '--answer-noise', '0.3']],
    [5, '5/14', 0.01, 'cot', ['--step-noise', '0.1', '--answer-noise', '1']],
    [4, '0.6', 0.01, 'e2e', ['--step-noise', '0.7', '--answer-noise', '1/2']],
    [3, '0.9', 1e-3, 'e2e', ['--step-noise', '0.4']],
    [3, '0.3', 0.1, 'cot', ['--step-noise', '1', '--free-constant']],
    [4, '0.45', 0.01, 'cot', ['--step-noise', '0.5', '--joint-loss', '--answer-noise', '0.1']],
    [4, '0.2', 0.01, 'e2e', ['--step-noise', '0.05', '--algorithm', 'reinforce', '--steps', '10']],
    [3, '0.6', 0.01, 'cot', ['--step-noise', '0.8', '--algorithm', 'grpo', '--steps', '10']],
  ])('d = %d, p = %s, lambda = %d, %s, %j', async (d, p, lambda, reward, more) => {
    const [closed, enumerated] = await Promise.all(
      ['closed', 'enumerate'].map((method) => ask(d, p, lambda, 4, '--reward', reward, '--method', method, ...more)),
    );
    const { method: _, ...left } = closed!.document;
    const { method: __, ...right } = enumerated!.document;
    expect(left.rounds).toHaveLength(5);
    expect(compare(left, right)).toBeLessThan(1e-9);
  });

  test('the document says what was asked, and that chains that are all wrong lead nowhere as lambda -> 0', async () => {
    const { document } = await ask(5, '0.2', 0.01, 2, '--step-noise', '1/10', '--answer-noise', '0.25');
    expect(document).toMatchObject({ stepNoise: 0.1, answerNoise: 0.25, greedyThreshold: 1 / 2.8, roundsLimit: 2 });
    const { document: plain } = await ask(5, '0.2', 0.01, 2);
    expect(plain).toMatchObject({ stepNoise: 0, answerNoise: 0, greedyThreshold: 1 / 3 });
    const { document: wrong } = await ask(5, '0.2', 0.01, 2, '--step-noise', '1');
    expect(wrong.roundsLimit).toBeNull();
    const { stdout } = await cli(['theory', '--d=5', '--p=.2', '--lambda=.01', '--step-noise=1', '--answer-noise=.5']);
    expect(stdout).toContain('closed, step noise 1, answer noise 0.5');
    expect(stdout).toMatch(/as lambda -> 0 +never/);
  });

  test('rounds as lambda -> 0 are told only where they are derived', async () => {
    const noise = ['--step-noise', '0.2'];
    const asked: [number, string[]][] = [
      [10, noise],
      // The exact map at lambda = 1e-300 is still short after 12 rounds.
      [10, [...noise, '--reward', 'e2e']],
      [10, ['--reward', 'e2e']],
      [10, ['--temperature', '2']],
      // Greedy decoding depends on the input.
      [2, ['--method', 'enumerate']],
    ];
    const answers = await Promise.all(asked.map(([d, more]) => ask(d, '0.3', 1e-3, 0, ...more)));
    expect(answers.map(({ document }) => document.roundsLimit)).toEqual([4, null, 1, null, null]);
    const { stdout } = await cli(['theory', '--d=3', '--p=.3', '--lambda=.01', '--temperature=2']);
    expect(stdout).toMatch(/as lambda -> 0 +not derived: it needs .*--temperature 1/);
  });

  test('just above the threshold greedy answers are long, short and long again', async () => {
    const { document } = await ask(10, '0.4', 1e-3, 3, '--step-noise', '0.1');
    expect(document.rounds.map(({ greedy }: any) => greedy.longFraction)).toEqual([1, 0, 1, 1]);
  });
});

/** Gradient ascent by both methods; --method is not compared. */
async function ascents(d: number, p: string, ...more: string[]): Promise<[any, any]> {
  const [closed, enumerated] = await Promise.all(
    ['closed', 'enumerate'].map((method) => ask(d, p, 0.01, 0, '--method', method, ...more)),
  );
  const { method: _, ...left } = closed!.document;
  const { method: __, ...right } = enumerated!.document;
  return [left, right];
}

describe('both methods climb alike', () => {
  // As above; the learning rate is of order 1, and so is the curvature of what is climbed.
  test.each([
    [3, '0.2', ['--algorithm', 'reinforce']],
    [3, '1/3', ['--algorithm', 'grpo', '--reward', 'e2e']],
    [4, '0.25', ['--algorithm', 'reinforce', '--reward', 'e2e', '--baseline', 'mean', '--learning-rate', '0.5']],
    [4, '0.1', ['--algorithm', 'grpo', '--baseline', 'none', '--temperature', '0.7']],
    [5, '0.2', ['--algorithm', 'grpo', '--temperature', '2']],
  ])('d = %d, p = %s, %j', async (d, p, more) => {
    const [left, right] = await ascents(d, p, '--steps', '20', ...more);
    expect(left.steps).toHaveLength(21);
    expect(compare(left, right)).toBeLessThan(1e-9);
  });

  test('and the document says what was asked, and prints its steps in these fields', async () => {
    const [left, right] = await ascents(4, '0.25', '--algorithm', 'grpo', '--steps', '3', '--temperature', '0.5');
    for (const document of [left, right]) {
      const { rounds, steps } = document;
      expect(document).toMatchObject({ algorithm: 'grpo', baseline: 'prompt-mean', learningRate: 1, temperature: 0.5 });
      expect(document).toHaveProperty('stepsToGreedyLong');
      const fields = [
        'step',
        'objective',
        'pLong',
        'accuracyCot',
        'accuracyE2e',
        'c1',
        'bias',
        'weight',
        'c',
        'greedy',
      ];
      steps.forEach((step: any, i: number) => {
        expect(Object.keys(step).sort()).toEqual([...fields].sort());
        expect(step.step).toBe(i);
        expect(step.c).toHaveLength(3);
      });
      // Step 0 is what pre-training leaves: the same numbers under the same names, but for c.
      const { c, ...start } = rounds[0];
      for (const [name, value] of Object.entries(start)) {
        if (fields.includes(name)) expect(compare(steps[0][name], value, name)).toBeLessThan(1e-12);
      }
      for (const weight of steps[0].c) expect(Math.abs(weight - c)).toBeLessThan(1e-12);
    }
  });

  test('REINFORCE climbs the reward, and needs the steps that are counted', async () => {
    const { document } = await ask(10, '0.2', 0.01, 0, '--algorithm', 'reinforce', '--steps', '40');
    const { steps, stepsToGreedyLong } = document;
    expect(document).toMatchObject({ algorithm: 'reinforce', baseline: 'none', learningRate: 1 });
    for (const { objective, accuracyCot } of steps) expect(objective).toBe(accuracyCot);
    expect(stepsToGreedyLong).toBeGreaterThan(0);
    const long = steps.map(({ greedy }: any) => greedy.longFraction === 1);
    expect(long.indexOf(true)).toBe(stepsToGreedyLong);
    const short = await ask(10, '0.2', 0.01, 0, '--algorithm', 'reinforce', '--steps', `${stepsToGreedyLong - 1}`);
    expect(short.document.stepsToGreedyLong).toBeNull();
  });

  test('there are fifty steps unless it is said otherwise, and none without an algorithm', async () => {
    const { document } = await ask(3, '0.2', 0.01, 0, '--algorithm', 'grpo');
    expect(document.steps).toHaveLength(51);
    const { document: plain } = await ask(3, '0.2', 0.01, 0);
    for (const name of ['algorithm', 'baseline', 'learningRate', 'steps', 'stepsToGreedyLong']) {
      expect(plain).not.toHaveProperty(name);
    }
  });

  test('two bits climb by enumeration', async () => {
    const more = ['--method', 'enumerate', '--algorithm', 'grpo', '--steps', '5'];
    const { code, document } = await ask(2, '0.25', 1e-3, 0, ...more);
    expect(code).toBe(0);
    const objectives = document.steps.map(({ objective }: any) => objective);
    expect([...objectives].sort((a, b) => a - b)).toEqual(objectives);
    expect(new Set(objectives).size).toBe(6);
    for (const { c } of document.steps) expect(c).toHaveLength(1);
  });

  test('a temperature changes the samples of STaR alike, and no greedy decoding', async () => {
    const [warm, same] = await ascents(4, '0.4', '--temperature', '1.7', '--rounds', '3', '--reward', 'e2e');
    expect(compare(warm, same)).toBeLessThan(1e-9);
    const { document: cold } = await ask(4, '0.4', 0.01, 3, '--reward', 'e2e');
    expect([warm.temperature, cold.temperature]).toEqual([1.7, 1]);
    expect(warm.rounds[0].greedy).toEqual(cold.rounds[0].greedy);
    expect(warm.rounds[0].c).toBe(cold.rounds[0].c);
    expect(warm.rounds[0].pLong).not.toBe(cold.rounds[0].pLong);
    expect(warm.rounds[1].c).not.toBe(cold.rounds[1].c);
  });
});

describe('worked numbers of the theory page', () => {
  test('the document of the README example', async () => {
    const { code, document } = await ask(4, '0.2', 0.01, 5);
    expect(code).toBe(0);
    expect(document).toMatchObject({
      schema: 'lengthwise/theory@1',
      d: 4,
      p: 0.2,
      lambda: 0.01,
      reward: 'cot',
      method: 'closed',
      freeConstant: false,
      jointLoss: false,
      greedyThreshold: 1 / 3,
      roundsToGreedyLong: 2,
      roundsLimit: 2,
    });
    expect(document.rounds[0].greedy).toMatchObject({ longFraction: 0, correctFraction: 0.5 });
    expect(document.rounds).toHaveLength(6);
  });

  test.each([
    [50, '0.01', 1e-3, 9, 6],
    [20, '0.1', 0.01, 22, 3],
    [3, '1e-6', 1e-3, 7, 19],
    [3, '1e-6', 1e-8, 19, 19],
    // A tie in round 2: odds of exactly 1 as lambda -> 0, so round 3 is the first long one at any tiny lambda.
    [3, '1/9', 1e-200, 3, 3],
  ])('d = %d, p = %s, lambda = %d: %d rounds, %d in the limit', async (d, p, lambda, rounds, limit) => {
    const { document } = await ask(d, p, lambda, 25);
    expect([document.roundsToGreedyLong, document.roundsLimit]).toEqual([rounds, limit]);
  });

  test('a tie is reported as a tie by both methods', async () => {
    for (const method of ['closed', 'enumerate']) {
      const { document } = await ask(3, '1/3', 0.01, 0, '--method', method);
      expect(document.rounds[0].greedy).toEqual({ longFraction: 0, correctFraction: 0.5, tie: true });
      expect(document.roundsToGreedyLong).toBeNull();
    }
    const { document } = await ask(3, '0.3333333333333333', 0.01, 0);
    expect(document.rounds[0].greedy.tie).toBe(false);
  });

  test('two bits have no threshold', async () => {
    const { document } = await ask(2, '0.25', 1e-3, 0, '--method', 'enumerate');
    expect(document.greedyThreshold).toBeNull();
    expect(document.rounds[0].greedy.longFraction).toBe(0.5);
    // Half of the inputs are not all of them.
    expect(document.roundsToGreedyLong).toBeNull();
  });
});

test('the table shows every round, aligned', async () => {
  const { stdout } = await cli([
    'theory',
    '--d',
    '4',
    '--p',
    '1/5',
    '--lambda',
    '0.01',
    '--rounds',
    '2',
    '--reward',
    'e2e',
  ]);
  const lines = stdout.split('\n');
  const header = lines.findIndex((line) => line.startsWith('round'));
  expect(lines[header]).toContain('alpha');
  const column = lines[header]!.indexOf('P(long)') + 'P(long)'.length;
  for (const line of lines.slice(header + 2, header + 5)) expect(line[column - 1]).toMatch(/\d/);
});

test('the table of steps shows the first, the last and the first long one', async () => {
  const { stdout } = await cli([
    ...['theory', '--d', '10', '--p', '0.2', '--lambda', '0.01'],
    ...['--algorithm', 'reinforce', '--steps', '100', '--temperature', '0.9'],
  ]);
  expect(stdout).toContain('reward cot, closed, temperature 0.9');
  expect(stdout).toContain('reinforce, baseline none, learning rate 1, one step in 5 shown');
  const lines = stdout.split('\n');
  const header = lines.findIndex((line) => line.startsWith('step '));
  const first = Number(/steps to greedy long +(\d+)/.exec(stdout)![1]);
  const rows = lines.slice(header + 2, lines.indexOf('', header));
  const shown = rows.map((row) => Number(row.trim().split(/\s+/)[0]));
  const expected = [...Array.from({ length: 21 }, (_, i) => 5 * i), first];
  expect(shown).toEqual([...new Set(expected)].sort((a, b) => a - b));
  const column = lines[header]!.indexOf('P(long)') + 'P(long)'.length;
  for (const row of rows) expect(row[column - 1]).toMatch(/\d/);
});

describe('--certified', () => {
  test('adds bounds around the printed numbers, and the rounds', async () => {
    const { document } = await ask(20, '0.1', 0.01, 30, '--certified');
    const { certified, rounds } = document;
    const [first] = rounds;
    const printed = {
      c1: first.c1,
      s: first.bias + first.weight,
      t: first.bias - first.weight,
      c: first.c,
      pLong: first.pLong,
    };
    for (const [name, value] of Object.entries(printed)) {
      const [low, high] = certified[name];
      expect(high - low, name).toBeLessThan(1e-13);
      // A few roundings of numbers up to 10.
      expect(Math.abs(value - (low + high) / 2), name).toBeLessThan(1e-13);
    }
    expect(certified.roundsToGreedyLong).toEqual([22, 22]);
    expect(document.roundsToGreedyLong).toBe(22);
    const plain = await ask(20, '0.1', 0.01, 30);
    expect(plain.document).toEqual({ ...document, certified: undefined });
  });

  test('leaves a tie open, and rounds that were not asked for', async () => {
    const tie = await ask(3, '1/3', 0.1, 3, '--certified');
    expect(tie.document.certified.roundsToGreedyLong).toEqual([0, 1]);
    const few = await ask(20, '0.1', 0.01, 5, '--certified');
    expect(few.document.certified.roundsToGreedyLong).toEqual([6, null]);
  });

  test('prints them as a table', async () => {
    const { code, stdout } = await cli(['theory', '--d', '3', '--p', '0.2', '--lambda', '0.01', '--certified']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^s +-0\.668192862296\d+ +-0\.668192862296\d+$/m);
    expect(stdout).toMatch(/^rounds to greedy long +1 +not proved$/m);
  });

  test('is refused where p cannot be told from 1', async () => {
    const { code, stderr } = await cli([
      'theory',
      '--d',
      '3',
      '--p',
      '0.9999999999999999',
      '--lambda',
      '1',
      '--certified',
    ]);
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining('p is 0.9999999999999999; for enclosures it must be at most'),
    ]);
  });

  test.each([
    ['--method', 'enumerate'],
    ['--reward', 'e2e'],
    ['--temperature', '2'],
    ['--free-constant'],
    ['--joint-loss'],
    ['--step-noise', '0.1'],
  ])('is refused with %s', async (...flags) => {
    const { code, stderr } = await cli([
      'theory',
      '--d',
      '3',
      '--p',
      '0.2',
      '--lambda',
      '0.01',
      '--certified',
      ...flags,
    ]);
    expect(code).toBe(2);
    expect(stderr).toContain('--certified is set; it needs');
    expect(stderr).toContain(flags[0]);
  });
});
