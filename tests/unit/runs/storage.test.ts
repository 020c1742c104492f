import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { configure, openRun, readStatus, runExperiment } from '../../../src/runs/index.js';
import { JsonLines } from '../../../src/runs/json-lines.js';
import { startOfProcess } from '../../../src/runs/process-start.js';
import { WALK } from '../../fixtures/walk.js';

const root = mkdtempSync(join(tmpdir(), 'lengthwise-test-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let folders = 0;
const newFolder = () => join(root, String(folders++));

const configuration = configure(WALK, {});
const resume = (folder: string) => runExperiment(WALK, configuration, folder, { resume: true });

describe('a lock', () => {
  function locked(holder: object): string {
    const folder = newFolder();
    mkdirSync(folder);
    writeFileSync(join(folder, 'lock'), `${JSON.stringify(holder)}\n`);
    return folder;
  }
  const since = '2026-01-01T00:00:00.000Z';

  it('keeps a second process out while the first one runs', async () => {
    const folder = newFolder();
    const child = spawn(process.execPath, ['tests/fixtures/walk.js', folder, '50'], { stdio: 'ignore' });
    const other = configure(WALK, { set: ['pause=50'] });
    await expect.poll(() => readStatus(folder)?.state, { timeout: 10_000 }).toBe('running');
    const before = readFileSync(join(folder, 'run.json'), 'utf8');
    await expect(runExperiment(WALK, other, folder, { resume: true })).rejects.toThrow(
      `${folder} is in use by process ${child.pid} on ${hostname()} since 20`,
    );
    expect(readFileSync(join(folder, 'run.json'), 'utf8')).toBe(before);
    expect(openRun(folder).state).toBe('running');
    child.kill('SIGKILL');
    await new Promise((resolve) => child.on('close', resolve));
    // At once: no time has to pass.
    expect(openRun(folder).state).toBe('killed');
    await runExperiment(WALK, other, folder, { resume: true });
    expect(openRun(folder).state).toBe('finished');
  });

  it('keeps the same process out a second time', async () => {
    const folder = newFolder();
    const runs = await Promise.allSettled([resume(folder), resume(folder)]);
    expect(runs.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('of a process that is gone counts for nothing, even if its number is used again', async () => {
    await resume(locked({ host: hostname(), pid: 2 ** 22 + 1, processStart: 'x', since }));
    await resume(locked({ host: hostname(), pid: process.pid, processStart: 'before the last boot', since }));
  });

  it('of another machine is respected, and the sentence says what to do', async () => {
    const folder = locked({ host: 'elsewhere', pid: 1, processStart: 'x', since });
    await expect(resume(folder)).rejects.toThrow(
      `${folder} is in use by process 1 on elsewhere since ${since}. If that process is gone, delete ${folder}/lock`,
    );
  });

  it('of a process that is dead but not yet reaped counts for nothing', async () => {
    // The shell becomes a program that never asks how its child ended.
    const parent = spawn('sh', ['-c', 'true & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
    const pid = Number(await new Promise<Buffer>((resolve) => parent.stdout.once('data', resolve)));
    await expect.poll(() => startOfProcess(pid)).toBe(null);
    expect(() => process.kill(pid, 0)).not.toThrow();
    parent.kill();
  });

  it('that cannot be read is told of', async () => {
    const folder = newFolder();
    mkdirSync(join(folder, 'lock'), { recursive: true });
    await expect(resume(folder)).rejects.toThrow('lock cannot be read');
  });

  it('that is damaged is not guessed at', async () => {
    const folder = newFolder();
    mkdirSync(folder);
    writeFileSync(join(folder, 'lock'), 'no lock');
    await expect(resume(folder)).rejects.toThrow('lock is damaged; delete it if nothing runs');
  });
});

/** A disk of its own, in memory; null where mounting is not allowed. */
function smallDisk(kilobytes: number): string | null {
  const folder = newFolder();
  mkdirSync(folder);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'tmpfs', folder], { stdio: 'ignore' });
    return folder;
  } catch {
    return null;
  }
}

const remount = (disk: string, options: string) => execFileSync('mount', ['-o', `remount,${options}`, disk]);

function canMount(): boolean {
  const disk = smallDisk(16);
  if (disk !== null) execFileSync('umount', [disk]);
  return disk !== null;
}

describe.skipIf(!canMount())('a disk (needs the right to mount one)', () => {
  const disks: string[] = [];
  function disk(kilobytes: number): string {
    const mounted = smallDisk(kilobytes)!;
    disks.push(mounted);
    return mounted;
  }
  afterAll(() => {
    for (const mounted of disks) execFileSync('umount', [mounted]);
  });

  it('that is full stops the run with a sentence; with more room it goes on to the same bytes', async () => {
    const whole = newFolder();
    await resume(whole);
    const mounted = disk(64);
    const folder = join(mounted, 'run');
    await expect(resume(folder)).rejects.toThrow(/cannot be written: no space is left on the device/);
    const rows = readFileSync(join(folder, 'metrics.jsonl'), 'utf8');
    expect(rows).toMatch(/\n$/);
    expect(readFileSync(join(whole, 'metrics.jsonl'), 'utf8').startsWith(rows)).toBe(true);
    remount(mounted, 'size=4096k');
    await resume(folder);
    for (const name of ['metrics.jsonl', 'metrics.csv', 'samples.jsonl']) {
      expect(readFileSync(join(folder, name), 'utf8')).toBe(readFileSync(join(whole, name), 'utf8'));
    }
  });

  it('that fills up in the middle of a line loses that line alone', () => {
    const path = join(disk(64), 'lines.jsonl');
    const lines = new JsonLines(path, 0);
    const line = { text: 'x'.repeat(3000) };
    let recorded = 0;
    expect(() => {
      for (; recorded < 100; recorded++) lines.record(line);
    }).toThrow('no space is left');
    lines.close();
    expect(readFileSync(path, 'utf8')).toBe(`${JSON.stringify(line)}\n`.repeat(recorded));
  });

  it('that is read-only is told of, for a new run and for one to go on with', async () => {
    const mounted = disk(4096);
    const folder = join(mounted, 'run');
    await resume(folder);
    rmSync(join(folder, 'metrics.csv'));
    remount(mounted, 'ro');
    await expect(resume(folder)).rejects.toThrow(/cannot be written: the file system is read-only/);
    await expect(resume(join(mounted, 'new'))).rejects.toThrow(/cannot be written: the file system is read-only/);
    expect(openRun(folder).rows).toHaveLength(40);
  });
});

it('a folder that is a file is told of', async () => {
  const path = newFolder();
  writeFileSync(path, '');
  await expect(resume(path)).rejects.toThrow(path);
  await expect(resume(join(path, 'below'))).rejects.toThrow('a part of its path is not a folder');
});
