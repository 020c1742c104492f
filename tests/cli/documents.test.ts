import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { cli, cliJson } from './run-cli.js';

const README = readFileSync('README.md', 'utf8');
const THEORY = readFileSync('docs/theory.md', 'utf8');

test('the README shows what the command prints', async () => {
  const [, args, block] = /`lengthwise (theory [^`]+)` prints\n\n((?: {4}.*\n|\n)+)/.exec(README)!;
  const { stdout } = await cli(args!.split(' '));
  const shown = block!
    .trimEnd()
    .split('\n')
    .map((line) => line.slice(4));
  expect(stdout.trimEnd().split('\n')).toEqual(shown);
});

test('the README quotes the two set-up commands', () => {
  expect(README).toContain('    npm ci && npm start\n');
  expect(README).toContain('    npm ci && npm test\n');
});

test('the thresholds with a free constant in docs/theory.md are what theory prints', async () => {
  const [, lambdas, thresholds] = /\| \$\\lambda\$ +\|([^\n]+)\|\n[^\n]+\n\| \$p\^\\star\$ +\|([^\n]+)\|/.exec(THEORY)!;
  const cells = (row: string) => row.split('|').map((cell) => cell.trim());
  expect(cells(lambdas!)).toHaveLength(4);
  for (const [i, lambda] of cells(lambdas!).entries()) {
    const { document } = await cliJson(['theory', '--d=3', '--p=0.3', `--lambda=${lambda}`, '--free-constant']);
    expect(document.greedyThreshold.toFixed(7)).toBe(`0${cells(thresholds!)[i]}`);
  }
});

test('the rounds in docs/theory.md are what theory prints', async () => {
  const rows = [...THEORY.matchAll(/^\| (\d+) +\| (\.\d+) +\| (\.\d+) +\| (\d+) +\| (\d+) +\|$/gm)];
  expect(rows.length).toBeGreaterThanOrEqual(4);
  for (const [, d, lambda, p, rounds, limit] of rows) {
    const { document } = await cliJson(['theory', `--d=${d}`, `--p=${p}`, `--lambda=${lambda}`, '--rounds=30']);
    expect([document.roundsToGreedyLong, document.roundsLimit]).toEqual([Number(rounds), Number(limit)]);
  }
});

test('the steps of gradient ascent in docs/theory.md are what theory prints', async () => {
  const rows = [...THEORY.matchAll(/^\| (\d+) +\| (\.\d+) +\| (\.\d+) +\| (\d+) +\| (\d+) +\| (\d+|never) +\|$/gm)];
  expect(rows).toHaveLength(6);
  for (const [, d, lambda, p, reinforce, grpo, rounds] of rows) {
    const ask = (...more: string[]) => cliJson(['theory', `--d=${d}`, `--p=${p}`, `--lambda=${lambda}`, ...more]);
    for (const [algorithm, steps] of Object.entries({ reinforce, grpo })) {
      const { document } = await ask(`--algorithm=${algorithm}`, `--steps=${steps}`);
      expect(document.stepsToGreedyLong).toBe(Number(steps));
    }
    const { document } = await ask('--rounds=30');
    expect(document.roundsToGreedyLong).toBe(rounds === 'never' ? null : Number(rounds));
  }
});

test('the example of a sweep shows lengths that grow with p and from round to round', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['docs/examples/my-sweep.js']);
  const [first, ...lines] = stdout.trim().split('\n');
  expect(first).toContain('trained by wasm in mixed');
  const shares = lines.map((line) => line.split(/ {2}/).slice(1).map(Number));
  expect(lines.map((line) => line.split(/ {2}/)[0])).toEqual(['p = 0.1', 'p = 0.2', 'p = 0.3', 'p = 0.4']);
  for (const rounds of shares) expect(rounds).toEqual([...rounds].sort((a, b) => a - b));
  // p = 1/10 doubles its odds twice, to .31, and stays short; p = .4 is long from the start.
  expect(shares[0]![2]).toBeLessThan(0.5);
  expect(shares[3]).toEqual([1, 1, 1]);
});

test('every claim named in the documents exists', async () => {
  const { document } = await cliJson(['verify', '--list']);
  const ids: string[] = document.claims.map(({ id }: { id: string }) => id);
  const named = [
    ...`${README}${THEORY}`.matchAll(
      /(?:theorem-\d|lemma|variant|mechanism|counter|post-training|empirical)\.[a-z0-9-]+/g,
    ),
  ];
  expect(named.length).toBeGreaterThan(20);
  for (const [name] of named)
    expect(
      ids.some((id) => id.startsWith(name)),
      name,
    ).toBe(true);
});

test('the example of an export writes a model', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lengthwise-test-'));
  try {
    const { stdout } = await promisify(execFile)(process.execPath, ['docs/examples/export-model.js', folder]);
    // 2 V w + L (2 w^2 + 2 k w + 3 f w + 2 w) + w with V = 4, w = 64, L = 2, k = 32, f = 224.
    expect(stdout).toBe(`111424 numbers of 21 tensors, in ${folder}\n`);
    expect(readdirSync(folder).sort()).toEqual(['config.json', 'model.onnx', 'model.safetensors']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
