import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXPERIMENTS } from '../../experiments/index.js';
import { openRun } from '../../src/runs/index.js';
import { cli, cliJson } from './run-cli.js';

const root = mkdtempSync(join(tmpdir(), 'lengthwise-test-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const folderOf = (name: string) => join(root, name);

/** A transformer may end at once, say SEP, or be cut. */
const TOKENS = /^(([+-]1|SEP)( |$))*(EOS)?$/;

// One run of each experiment, in which what it expects is found; then every planted error, which its checks must find.
describe.each(EXPERIMENTS)('$name at its smoke size', (experiment) => {
  const { name } = experiment;
  let run: Awaited<ReturnType<typeof cliJson>>;
  beforeAll(async () => {
    // One seed of a transformer takes about as long as all seeds of the others.
    const seeds = experiment.model === 'transformer' ? ['--seeds', '1'] : [];
    run = await cliJson(['run', name, '--size', 'smoke', ...seeds, '--out', folderOf(name)]);
  }, 240_000);

  it('finds what is expected', () => {
    expect(run.document.checks.filter(({ holds }: { holds: boolean | null }) => holds === false)).toEqual([]);
    expect(run.code).toBe(0);
    expect(openRun(folderOf(name)).rows.length).toBeGreaterThan(0);
  });

  it('has for every check a planted error that breaks it', () => {
    const { rows, settings } = openRun(folderOf(name));
    const checked = run.document.checks.flatMap((check: { holds: boolean | null }, i: number) =>
      check.holds ? [i] : [],
    );
    expect(checked.length).toBeGreaterThan(0);
    const broken = new Set<number>();
    for (const [error, plant] of Object.entries(experiment.falsifiers)) {
      const found = experiment
        .checks(rows.map(plant), settings)
        .flatMap(({ holds }, i) => (holds === false ? [i] : []));
      expect(found, `planted: ${error}`).not.toEqual([]);
      for (const i of found) broken.add(i);
    }
    expect([...broken].sort((a, b) => a - b)).toEqual(checked);
  });

  it('records samples with prompts, responses and rewards where something is drawn', () => {
    const samples = readFileSync(join(folderOf(name), 'samples.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .filter(Boolean);
    const drawn = openRun(folderOf(name)).ran.length > 0;
    expect(samples.length > 0).toBe(drawn);
    for (const line of samples) {
      expect(JSON.parse(line)).toMatchObject({
        prompt: expect.stringMatching(/^([+-]1 ?)+$/),
        response: expect.stringMatching(experiment.model === 'transformer' ? TOKENS : /^([+-]1 )+EOS$/),
        reward: expect.toSatisfy((reward: number) => reward === 0 || reward === 1),
      });
    }
  });
});

describe('lengthwise run', () => {
  it('lists the experiments without a name, and describes one', async () => {
    const { stdout, code } = await cli(['run']);
    expect(code).toBe(0);
    for (const { name, question } of EXPERIMENTS)
      expect(stdout).toMatch(new RegExp(`^${name} .*${question.slice(0, 20)}`, 'm'));
    for (const args of [
      ['threshold', '--help'],
      ['--help', 'threshold'],
    ]) {
      const help = await cli(['run', ...args]);
      expect(help.code).toBe(0);
      expect(help.stdout).toContain('p=0.05,0.1');
      expect(help.stdout).toContain('greedy_long: ');
    }
  });

  it('is interrupted by Ctrl-C and goes on to the same bytes', async () => {
    const [whole, cut] = [folderOf('whole'), folderOf('cut')];
    const command = ['run', 'length-growth', '--size', 'smoke', '--seed', '3', '--out'];
    await cli([...command, whole]);
    const stopped = await cli([...command, cut], { interruptAfter: 1500 });
    expect(stopped.code).toBe(130);
    expect(stopped.stderr).toContain(`interrupted; lengthwise run length-growth --out ${cut} --resume goes on`);
    expect(openRun(cut).state).toBe('interrupted');
    // Without options the folder says what is run.
    const resumed = await cli(['run', 'length-growth', '--out', cut, '--resume']);
    expect(resumed.code).toBe(0);
    for (const name of ['metrics.jsonl', 'metrics.csv', 'samples.jsonl']) {
      expect(readFileSync(join(cut, name), 'utf8')).toBe(readFileSync(join(whole, name), 'utf8'));
    }
  });

  it.each([
    [['run', 'nope'], 2, 'the experiment is "nope"; it must be one of threshold'],
    [['run', 'threshold', '--size', 'huge'], 2, '--size is "huge"; it must be one of smoke, default, full'],
    [['run', 'threshold', '--set', 'p=2'], 2, '--set is "p=2"; p must be a list of'],
    [['run', 'threshold', '--seeds', '0'], 2, '--seeds is "0"; it must be an integer from 1 to 10000'],
    [['run', 'threshold', '--workers', '0'], 2, '--workers is "0"'],
    [['run', 'threshold', '--engine', 'wasm', '--precision', 'f32'], 2, '--precision'],
    [['run', 'threshold', '--engine', 'onnx'], 2, '--engine is "onnx"; threshold trains chains, by one of plain, wasm'],
    [['runs', 'show', 'src'], 1, 'src holds no run: it has no run.json'],
    [['runs', 'compare', 'src', 'src'], 1, 'src holds no run'],
    [['run', 'threshold', '--out', ''], 2, '--out is ""; it must be the name of a folder'],
    [['runs', 'nope'], 2, "unknown command 'nope'"],
  ])('refuses %j', async (args, code, message) => {
    const out = args[0] === 'run' && !args.includes('--out') ? ['--out', folderOf('refused')] : [];
    const refused = await cli([...args, ...out]);
    expect(refused.code).toBe(code);
    expect(refused.stderr).toContain(message);
    expect(refused.stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(existsSync(folderOf('refused'))).toBe(false);
  });

  it('leaves a finished run alone', async () => {
    const folder = folderOf('threshold');
    const again = await cli(['run', 'threshold', '--size', 'smoke', '--out', folder]);
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('--resume goes on with it') });
    const resumed = await cli(['run', 'threshold', '--size', 'smoke', '--out', folder, '--resume']);
    expect(resumed.code).toBe(0);
    expect(resumed.stdout).toContain('was finished before');
    const other = await cli(['run', 'threshold', '--size', 'smoke', '--seed', '7', '--out', folder, '--resume']);
    expect(other).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('holds a run with seeds [1,2], not [7,8]'),
    });
    const set = await cli(['run', 'threshold', '--set', 'd=9', '--out', folder, '--resume']);
    // The other settings are those of the folder's size, so that only d differs.
    const settings = EXPERIMENTS.find(({ name }) => name === 'threshold')!.sizes.smoke.settings;
    expect(set).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`not ${JSON.stringify({ ...settings, d: [9] })}`),
    });
    const wrong = await cli(['run', 'calibration', '--out', folder, '--resume']);
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('holds a run of threshold') });
  });
});

describe('lengthwise runs', () => {
  it('lists and shows runs', async () => {
    const list = await cliJson(['runs', 'list', root]);
    const found = list.document.runs.map(({ experiment, state }: Record<string, string>) => `${experiment} ${state}`);
    for (const { name } of EXPERIMENTS) expect(found).toContain(`${name} finished`);
    const shown = await cli(['runs', 'show', folderOf('threshold')]);
    expect(shown.stdout).toMatch(/^engine +wasm on wasm-simd, mixed$/m);
    expect(shown.stdout).toMatch(/^ {2}p +0\./m);
    expect(shown.stdout).toContain('as expected');
  });

  it('passes over a damaged run, and says so', async () => {
    const folder = mkdtempSync(join(root, 'runs-'));
    cpSync(folderOf('threshold'), join(folder, 'whole'), { recursive: true });
    mkdirSync(join(folder, 'damaged'));
    writeFileSync(join(folder, 'damaged', 'run.json'), '{');
    const { code, stdout, stderr } = await cli(['runs', 'list', folder]);
    expect(code).toBe(0);
    expect(stdout).toContain('whole  threshold');
    expect(stderr).toBe(
      `warning: ${join(folder, 'damaged', 'run.json')} is damaged: it is not the description of a run\n`,
    );
  });

  it('reproduces a run bit by bit, and sees that another one differs', async () => {
    const folder = folderOf('calibration');
    const again = await cli(['runs', 'reproduce', folder]);
    expect(again).toMatchObject({ code: 0, stdout: expect.stringMatching(/^bitwise: all \d+ rows are equal/) });
    const path = join(folder, 'metrics.jsonl');
    const metrics = readFileSync(path, 'utf8');
    writeFileSync(
      path,
      metrics.replace(/"long":0\.(\d)/, (_, digit) => `"long":0.${(Number(digit) + 1) % 10}`),
    );
    const changed = await cli(['runs', 'reproduce', folder]);
    expect(changed).toMatchObject({ code: 1, stdout: expect.stringMatching(/^no: /) });
    writeFileSync(path, metrics);
  }, 120_000);
});
