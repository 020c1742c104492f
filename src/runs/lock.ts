import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { startOfProcess } from './process-start.js';
import { RunFolderError, storing } from './storage.js';

/** Who works in a folder. */
const Holder = z.object({
  host: z.string(),
  pid: z.number().int(),
  /** When the process began, as its system tells it: another process of the same number began at another time. */
  processStart: z.string(),
  /** When the lock was taken. */
  since: z.string(),
});
type Holder = z.infer<typeof Holder>;

export const LOCK = 'lock';

/** The right to write to a folder. Only one process of all has it. */
export class FolderLock {
  private constructor(
    readonly path: string,
    readonly text: string,
  ) {}

  /** @throws RunFolderError if another process has it; the lock of a process that is gone counts for nothing */
  static take(directory: string): FolderLock {
    const path = join(directory, LOCK);
    const text = `${JSON.stringify(thisProcess())}\n`;
    const own = `${path}.${process.pid}.tmp`;
    storing(path, () => writeFileSync(own, text));
    try {
      // A link appears with its content, and fails if there is one: no process ever sees an empty lock.
      while (!linked(own, path)) removeStale(path, `${own}.stale`, directory);
    } finally {
      rmSync(own, { force: true });
    }
    return new FolderLock(path, text);
  }

  release(): void {
    if (readText(this.path) === this.text) rmSync(this.path, { force: true });
  }
}

/** Who holds the lock of a folder and is alive as far as can be known; null if nobody. */
export function holderOf(directory: string): Holder | null {
  const holder = parse(readText(join(directory, LOCK)));
  return holder && isAlive(holder) ? holder : null;
}

function thisProcess(): Holder {
  const { pid } = process;
  return { host: hostname(), pid, processStart: startOfProcess(pid) ?? '', since: new Date().toISOString() };
}

function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    return storing(to, () => {
      throw error;
    });
  }
}

/** @throws RunFolderError if its holder may be alive */
function removeStale(path: string, aside: string, directory: string): void {
  const seen = readText(path);
  if (seen === null) return;
  const holder = parse(seen);
  if (!holder) throw new RunFolderError(`${path} is damaged; delete it if nothing runs in ${directory}`);
  if (isAlive(holder)) throw new RunFolderError(inUse(directory, path, holder));
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  // Another process may have been faster, and what was moved aside is its fresh lock: it goes back.
  if (readText(aside) !== seen) linked(aside, path);
  rmSync(aside, { force: true });
}

function isAlive({ host, pid, processStart }: Holder): boolean {
  return host !== hostname() || startOfProcess(pid) === processStart;
}

function inUse(directory: string, path: string, { host, pid, since }: Holder): string {
  const elsewhere = host === hostname() ? '' : `. If that process is gone, delete ${path}`;
  return `${directory} is in use by process ${pid} on ${host} since ${since}${elsewhere}`;
}

/** null if it is not there. */
function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new RunFolderError(`${path} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

function parse(text: string | null): Holder | null {
  try {
    return Holder.parse(JSON.parse(text ?? ''));
  } catch {
    return null;
  }
}
