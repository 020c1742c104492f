import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Row } from './experiment.js';
import { readJsonLines } from './json-lines.js';
import { hasManifest, type Manifest, readManifest } from './manifest.js';
import { FILES } from './run.js';
import { type RunState, readStatus, stateOf } from './status.js';
import { parseTable } from './table.js';

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
  return {
    ...readManifest(directory),
    directory,
    state: stateOf(directory),
    rows: readRows(directory),
    seconds: readSeconds(directory),
  };
}

function readRows(directory: string): Row[] {
  const [metrics, table] = [join(directory, FILES.metrics), join(directory, FILES.table)];
  if (existsSync(metrics) || !existsSync(table)) return readJsonLines(metrics) as Row[];
  return parseTable(readFileSync(table, 'utf8'));
}

function readSeconds(directory: string): number | null {
  const path = join(directory, FILES.timings);
  if (!existsSync(path)) return null;
  const entries = readJsonLines(path) as { readonly seconds?: number }[];
  return entries.reduce((sum, { seconds = 0 }) => sum + seconds, 0);
}

/** Folders of runs below `root`, to any depth, in alphabetical order. */
export function findRuns(root: string): string[] {
  if (!existsSync(root) || !statSync(root).isDirectory()) return [];
  if (hasManifest(root)) return [root];
  return readdirSync(root)
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
