import { spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it, test } from 'vitest';
import { configure, runExperiment } from '../../../src/runs/index.js';
import { SEED } from '../../fixtures/seed.js';
import { WALK } from '../../fixtures/walk.js';

const FOUND = ['metrics.jsonl', 'metrics.csv', 'samples.jsonl'];
const JOURNAL = 'checkpoints/journal.jsonl';

const root = mkdtempSync(join(tmpdir(), 'lengthwise-test-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let folders = 0;
const newFolder = () => join(root, String(folders++));

const found = (folder: string) => FOUND.map((name) => readFileSync(join(folder, name), 'utf8'));
const configuration = configure(WALK, {});
const resume = (folder: string) => runExperiment(WALK, configuration, folder, { resume: true });

async function finishedRun(): Promise<string> {
  const folder = newFolder();
  await runExperiment(WALK, configuration, folder);
  return folder;
}

describe('a run that was cut off', () => {
  it('finds the same bytes, wherever the cut is', async () => {
    const whole = await finishedRun();
    const journal = readFileSync(join(whole, JOURNAL), 'utf8');
    const entries = journal.trimEnd().split('\n');
    const bytesOf = (name: string, lines: number) =>
      readFileSync(join(whole, name), 'utf8')
        .split('\n')
        .slice(0, lines)
        .reduce((sum, line) => sum + line.length + 1, 0);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(entries.length),
        fc.nat(1000).map((thousandths) => thousandths / 1000),
        fc.nat(1000).map((thousandths) => thousandths / 1000),
        fc.nat(60),
        async (kept, metricsCut, samplesCut, torn) => {
          const folder = newFolder();
          cpSync(whole, folder, { recursive: true });
          rmSync(join(folder, 'metrics.csv'));
          const last = kept === 0 ? { rows: 0, samples: 0 } : JSON.parse(entries[kept - 1]!);
          // A kill leaves whole entries and perhaps a torn one, after at least the rows and samples that they speak of.
          const whole_ = entries.slice(0, kept).join('\n') + (kept > 0 ? '\n' : '');
          writeFileSync(join(folder, JOURNAL), whole_ + (entries[kept] ?? '').slice(0, torn));
          for (const [name, lines, cut] of [
            ['metrics.jsonl', last.rows, metricsCut],
            ['samples.jsonl', last.samples, samplesCut],
          ] as const) {
            const least = bytesOf(name, lines);
            const all = readFileSync(join(folder, name)).length;
            truncateSync(join(folder, name), Math.round(least + cut * (all - least)));
          }
          const { wasFinished } = await resume(folder);
          expect(wasFinished).toBe(false);
          expect(found(folder)).toEqual(found(whole));
          rmSync(folder, { recursive: true });
        },
      ),
      { seed: SEED, numRuns: 25 },
    );
  });

  it('goes on from its checkpoint and repeats no row before it', async () => {
    const whole = await finishedRun();
    const folder = newFolder();
    cpSync(whole, folder, { recursive: true });
    const entries = readFileSync(join(folder, JOURNAL), 'utf8').trimEnd().split('\n');
    const saved = entries.findIndex((entry) => JSON.parse(entry).trial === 'drift=0,seed=2') + 1;
    writeFileSync(join(folder, JOURNAL), `${entries.slice(0, saved).join('\n')}\n`);
    const { checkpoint, rows } = JSON.parse(entries[saved - 1]!);
    // Only the last checkpoint of a trial stays; this one is made again, by the kill's hand.
    const other = newFolder();
    const stopped = new AbortController();
    await expect(
      runExperiment(stoppedAfter(rows, stopped), configuration, other, { signal: stopped.signal }),
    ).rejects.toThrow('enough');
    cpSync(join(other, checkpoint.file), join(folder, checkpoint.file));
    const begun: (number | null)[] = [];
    await runExperiment(watched(begun), configuration, folder, { resume: true });
    expect(begun).toEqual([3, null, null]);
    expect(found(folder)).toEqual(found(whole));
  });
});

/** The walk, which notes the step from which each trial begins. */
function watched(begun: (number | null)[]): typeof WALK {
  return {
    ...WALK,
    trials: (settings, seeds) =>
      WALK.trials(settings, seeds).map((trial) => ({
        ...trial,
        run: (context) => {
          begun.push((context.state?.values.step as number) ?? null);
          return trial.run(context);
        },
      })),
  };
}

/** The walk, aborted when so many rows have been recorded. */
function stoppedAfter(rows: number, controller: AbortController): typeof WALK {
  let recorded = 0;
  return {
    ...WALK,
    trials: (settings, seeds) =>
      WALK.trials(settings, seeds).map((trial) => ({
        ...trial,
        run: (context) =>
          trial.run({
            ...context,
            record: (row) => {
              context.record(row);
              recorded++;
            },
            save: (state) => {
              context.save(state);
              if (recorded >= rows) controller.abort(new Error('enough'));
            },
          }),
      })),
  };
}

test('kill -9 again and again, then --resume: the bytes of a run that was left alone', {
  timeout: 60_000,
}, async () => {
  const whole = newFolder();
  await runExperiment(WALK, configure(WALK, { set: ['pause=20'] }), whole);
  const folder = newFolder();
  let kills = 0;
  for (let life = 450; ; life += 60) {
    const code = await walkFor(folder, life);
    if (code === 0) break;
    kills++;
  }
  expect(kills).toBeGreaterThan(1);
  expect(found(folder)).toEqual(found(whole));
  expect(readdirSync(folder).filter((name) => name.endsWith('.tmp') || name === 'lock')).toEqual([]);
});

/** Lets a process walk and kills it after that many milliseconds; its exit code, null if it was killed. */
function walkFor(folder: string, milliseconds: number): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['tests/fixtures/walk.js', folder, '20'], { stdio: 'pipe' });
    let said = '';
    child.stderr.on('data', (data) => {
      said += data;
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), milliseconds);
    child.on('close', (code) => {
      clearTimeout(timer);
      if (code === 0 || code === null) resolve(code);
      else reject(new Error(said));
    });
  });
}

describe('resuming', () => {
  it('begins where nothing is, or an empty folder', async () => {
    const folder = mkdtempSync(join(root, 'empty-'));
    await resume(folder);
    const absent = newFolder();
    await resume(absent);
    expect(found(folder)).toEqual(found(absent));
  });

  it('does nothing to a finished run', async () => {
    const folder = await finishedRun();
    const before = readFileSync(join(folder, 'timings.jsonl'), 'utf8');
    expect(await resume(folder)).toMatchObject({ wasFinished: true });
    expect(readFileSync(join(folder, 'timings.jsonl'), 'utf8')).toBe(before);
  });

  it('finishes what a kill left without its last words', async () => {
    const whole = await finishedRun();
    const folder = newFolder();
    cpSync(whole, folder, { recursive: true });
    // Interrupted once, which wrote a short table; killed when all rows were there.
    writeFileSync(join(folder, 'metrics.csv'), 'drift,seed,step,place\n');
    const status = readFileSync(join(folder, 'status.json'), 'utf8');
    writeFileSync(join(folder, 'status.json'), status.replace('"finished",', '"running",'));
    expect(await resume(folder)).toMatchObject({ wasFinished: false });
    expect(found(folder)).toEqual(found(whole));
    expect(await resume(folder)).toMatchObject({ wasFinished: true });
  });

  it('refuses rows before its last entry that are not those that were recorded', async () => {
    const folder = await finishedRun();
    const path = join(folder, 'samples.jsonl');
    const samples = readFileSync(path, 'utf8');
    writeFileSync(path, samples.replace('"reward":0', '"reward":1'));
    await expect(resume(folder)).rejects.toThrow(/samples.jsonl is damaged: its first 8 lines are not those/);
    writeFileSync(path, Buffer.concat([Buffer.from(samples.slice(0, -3)), Buffer.from([0xff, 0xfe, 10])]));
    await expect(resume(folder)).rejects.toThrow(/samples.jsonl is damaged: it is not a text in UTF-8/);
  });

  it('refuses rows that this machine does not repeat, and keeps them', async () => {
    const folder = await finishedRun();
    const metrics = readFileSync(join(folder, 'metrics.jsonl'), 'utf8').split('\n');
    const [, , third] = metrics;
    metrics[2] = third!.replace(/\d}$/, '9}').replace('99}', '98}');
    expect(metrics[2]).not.toBe(third);
    writeFileSync(join(folder, 'metrics.jsonl'), metrics.join('\n'));
    writeFileSync(join(folder, JOURNAL), '');
    await expect(resume(folder)).rejects.toThrow(/metrics.jsonl, line 3, is .* does not repeat the run/);
    expect(readFileSync(join(folder, 'metrics.jsonl'), 'utf8')).toBe(metrics.join('\n'));
  });

  it('refuses a damaged checkpoint, and begins the trial again without it', async () => {
    const whole = await finishedRun();
    const folder = newFolder();
    cpSync(whole, folder, { recursive: true });
    const entries = readFileSync(join(folder, JOURNAL), 'utf8').trimEnd().split('\n');
    writeFileSync(join(folder, JOURNAL), `${entries.slice(0, -1).join('\n')}\n`);
    const path = join(folder, JSON.parse(entries.at(-2)!).checkpoint.file);
    const bytes = readFileSync(path);
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(path, bytes);
    await expect(resume(folder)).rejects.toThrow(/safetensors is damaged: its checksum differs. Delete it/);
    expect(existsSync(join(folder, 'lock'))).toBe(false);
    rmSync(path);
    await resume(folder);
    expect(found(folder)).toEqual(found(whole));
  });

  it('refuses another configuration, and a folder with other things', async () => {
    const folder = await finishedRun();
    const other = configure(WALK, { set: ['steps=11'] });
    await expect(runExperiment(WALK, other, folder, { resume: true })).rejects.toThrow(/a run with settings/);
    await expect(runExperiment(WALK, configuration, folder)).rejects.toThrow(/--resume goes on with it/);
    const taken = mkdtempSync(join(root, 'taken-'));
    writeFileSync(join(taken, 'thesis.tex'), '');
    await expect(resume(taken)).rejects.toThrow(/holds thesis.tex and no run/);
  });
});
