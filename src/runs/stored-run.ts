import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type Row, SIZES, type Size } from './experiment.js';

/** A run as it was stored in a folder. */
export interface StoredRun {
  readonly directory: string;
  /** The experiment's name. */
  readonly experiment: string;
  readonly size: Size;
  readonly settings: object;
  readonly seeds: readonly number[];
  /** `finished`, or what else became of it. */
  readonly state: string;
  readonly rows: readonly Row[];
}

const HEAD = z.object({
  experiment: z.string(),
  size: z.enum(SIZES),
  settings: z.record(z.string(), z.unknown()),
  seeds: z.array(z.number()),
  state: z.string().default('unfinished'),
});

/** @throws Error saying what is missing in the folder */
export function openRun(directory: string): StoredRun {
  const path = join(directory, 'run.json');
  if (!existsSync(path)) throw new Error(`${directory} holds no run: it has no run.json`);
  const head = HEAD.parse(JSON.parse(readFileSync(path, 'utf8')));
  const table = join(directory, 'metrics.jsonl');
  const lines = existsSync(table) ? readFileSync(table, 'utf8').split('\n') : [];
  return { directory, ...head, rows: lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Row) };
}

/** The folder of the newest finished run of an experiment below a root, or null. */
export function newestRun(root: string, name: string): string | null {
  if (!existsSync(root)) return null;
  const found = readdirSync(root, { withFileTypes: true })
    .map((entry) => join(root, entry.name))
    .filter((directory) => existsSync(join(directory, 'run.json')))
    .map(openRun)
    .filter(({ experiment, state }) => experiment === name && state === 'finished')
    .map(({ directory }) => ({ directory, time: statSync(join(directory, 'run.json')).mtimeMs }));
  return found.sort((a, b) => b.time - a.time)[0]?.directory ?? null;
}
