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
