import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Experiment, Row } from './experiment.js';
import { readJsonLines } from './json-lines.js';
import { hasManifest, type Manifest, readManifest } from './manifest.js';
import { FILES } from './run.js';
import { type RunState, readStatus, stateOf } from './status.js';
import { RunFolderError } from './storage.js';
import { asRow, type Header, parseTable } from './table.js';

/** A run as its folder holds it. */
export interface StoredRun extends Manifest {
  readonly directory: string;
  readonly state: RunState;
  readonly rows: readonly Row[];
  /** Time spent on trials that have ended; null if no times are stored. */
  readonly seconds: number | null;
}

/**
 * Reads a run, finished or not. A folder with run.json and metrics.csv alone is one, too.
 *
 * @throws RunFolderError if it holds none, or a damaged one
 */
export function openRun(directory: string): StoredRun {
  const manifest = readManifest(directory);
  return {
    ...manifest,
    directory,
    state: stateOf(directory),
    rows: readRows(directory, manifest.columns),
    seconds: readSeconds(directory),
  };
}

function readRows(directory: string, columns: Header): Row[] {
  const [metrics, table] = [join(directory, FILES.metrics), join(directory, FILES.table)];
  const path = existsSync(metrics) || !existsSync(table) ? metrics : table;
  const rows = path === metrics ? readJsonLines(metrics) : parseTable(readFileSync(table, 'utf8'));
  return rows.map((row, i) => {
    const { success, data } = Cells.safeParse(row);
    try {
      if (success) return asRow(columns, data);
    } catch {}
    throw new RunFolderError(`${path} is damaged: row ${i + 1} does not have the run's columns`);
  });
}

const Cells = z.record(z.string(), z.union([z.number(), z.string(), z.boolean(), z.null()]));
const Timing = z.object({ seconds: z.number().optional() });

function readSeconds(directory: string): number | null {
  const path = join(directory, FILES.timings);
  if (!existsSync(path)) return null;
  return readJsonLines(path).reduce((sum: number, entry) => sum + (Timing.safeParse(entry).data?.seconds ?? 0), 0);
}

/** @throws RunFolderError if the run's settings are not those of the experiment, as this version has them */
export function requireSettings({ name, schema }: Experiment, { directory, settings }: StoredRun): void {
  const { success, error } = schema.safeParse(settings);
  if (success) return;
  const { path, message } = error.issues[0]!;
  throw new RunFolderError(`${directory} has settings that ${name} does not take: ${path.join('.')}: ${message}`);
}

/** Folders of runs below `root`, to any depth, in alphabetical order. Links are not followed. */
export function findRuns(root: string): string[] {
  if (hasManifest(root)) return [root];
  if (!existsSync(root) || !statSync(root).isDirectory()) return [];
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
    .flatMap((name) => findRuns(join(root, name)));
}

/** null if what is run is not to be read. */
function experimentOf(directory: string): string | null {
  try {
    return readManifest(directory).experiment;
  } catch {
    return null;
  }
}

/** The run of an experiment below `root` that ended last, or the one written to last if none has ended; null: there is none. */
export function newestRun(root: string, experiment: string): string | null {
  const runs = findRuns(root)
    .filter((directory) => experimentOf(directory) === experiment)
    .map((directory) => ({ directory, state: stateOf(directory), at: readStatus(directory)?.heartbeat ?? '' }))
    .sort((a, b) => a.at.localeCompare(b.at));
  return (runs.findLast(({ state }) => state === 'finished') ?? runs.at(-1))?.directory ?? null;
}
