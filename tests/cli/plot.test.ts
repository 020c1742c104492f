import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { plotCommand } from '../../src/cli/plot.js';
import { UsageError } from '../../src/cli/usage-error.js';
import type { IllustratedExperiment } from '../../src/figures/index.js';
import { newestRun, openRun, type StoredRun } from '../../src/runs/index.js';
import { decays } from '../fixtures/figures/samples.js';

vi.mock(import('../../src/runs/index.js'), async (original) => ({
  ...(await original()),
  openRun: vi.fn<typeof openRun>(),
  newestRun: vi.fn<typeof newestRun>(),
}));

/** Of an experiment, only what is plotted: the caption counts the rows. */
const experiment = {
  name: 'decays',
  schema: z.strictObject({}),
  figures: (rows) => [{ ...decays, caption: `${rows.length} rows` }],
} as Partial<IllustratedExperiment> as IllustratedExperiment;

const RUN = {
  directory: 'runs/decays-1',
  experiment: 'decays',
  size: 'smoke',
  settings: {},
  seeds: [],
  state: 'finished',
  rows: [{ x: 1 }, { x: 2 }],
} as unknown as StoredRun;

let folder: string;
let output: string;
let warnings: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plot-'));
  output = '';
  warnings = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text: unknown, done?: any) => {
    output += text;
    done?.();
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    warnings += text;
    return true;
  });
  vi.mocked(openRun).mockReturnValue(RUN);
  vi.mocked(newestRun).mockReturnValue(RUN.directory);
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

const plot = (...options: string[]) =>
  plotCommand([experiment])
    .exitOverride()
    .parseAsync(['decays', '--to', folder, ...options], { from: 'user' });

describe('lengthwise plot', () => {
  it('draws the newest finished run in every format', async () => {
    await plot();
    expect(newestRun).toHaveBeenCalledWith('runs', 'decays');
    expect(openRun).toHaveBeenCalledWith('runs/decays-1');
    const [from, ...files] = output.trim().split('\n');
    expect(from).toBe('from runs/decays-1, size smoke:');
    expect(files).toHaveLength(8);
    expect(readdirSync(folder)).toHaveLength(8);
    expect(warnings).toBe('');
  });

  it('draws a given run, in the formats that were asked for, and says so in JSON', async () => {
    await plot('--from', 'elsewhere', '--format', 'csv, svg', '--json');
    expect(openRun).toHaveBeenCalledWith('elsewhere');
    const names = ['decays.svg', 'decays.csv', 'decays.caption.txt', 'decays.caption.tex'];
    expect(JSON.parse(output)).toEqual({
      schema: 'lengthwise/plot@1',
      experiment: 'decays',
      from: 'runs/decays-1',
      size: 'smoke',
      state: 'finished',
      files: names.map((name) => join(folder, name)),
    });
  });

  it('warns that a run is not finished', async () => {
    vi.mocked(openRun).mockReturnValue({ ...RUN, state: 'running' } as StoredRun);
    await plot('--format', 'csv');
    expect(warnings).toBe('warning: the run in runs/decays-1 is running; its figures show what there is\n');
    expect(readdirSync(folder)).toContain('decays.csv');
  });

  it.each([
    [['--format', 'svg,gif'], '--format is "svg,gif"; it must be a list, with commas, of some of svg, pdf'],
    [['--format', ''], '--format is ""'],
  ])('refuses %j', async (options, complaint) => {
    await expect(plot(...options)).rejects.toThrow(complaint);
    await expect(plot(...options)).rejects.toThrow(UsageError);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('names the experiments that there are', async () => {
    const unknown = plotCommand([experiment]).parseAsync(['decoys'], { from: 'user' });
    await expect(unknown).rejects.toThrow('the experiment is "decoys"; it must be one of decays');
    await expect(unknown).rejects.toThrow(UsageError);
  });

  it('names the command that makes a run', async () => {
    vi.mocked(newestRun).mockReturnValue(null);
    await expect(plot()).rejects.toThrow(
      'there is no finished run of decays in runs/; make one by: lengthwise run decays',
    );
  });

  it('refuses a run of another experiment, and a folder without a run', async () => {
    vi.mocked(openRun).mockReturnValue({ ...RUN, experiment: 'other' });
    await expect(plot('--from', 'f')).rejects.toThrow('--from is "f", a run of other; it must be one of decays');
    vi.mocked(openRun).mockImplementation(() => {
      throw new Error('f has no run.json');
    });
    await expect(plot('--from', 'f')).rejects.toThrow(
      '--from is "f"; it must be the folder of a run: f has no run.json',
    );
    await expect(plot('--from', 'f')).rejects.toThrow(UsageError);
  });
});
