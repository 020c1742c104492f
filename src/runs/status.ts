import { existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { holderOf } from './lock.js';
import { replaceJson } from './storage.js';

const Status = z.object({
  state: z.enum(['running', 'interrupted', 'failed', 'finished']),
  /** Of all work, in [0, 1]. */
  done: z.number(),
  /** Trials that have ended, and all of them. */
  trials: z.object({ finished: z.number().int(), all: z.number().int() }),
  /** The trial that runs. */
  trial: z.string().nullable(),
  error: z.string().nullable(),
  host: z.string(),
  pid: z.number().int(),
  /** When this was written, ISO 8601. */
  heartbeat: z.string(),
});
export type Status = z.infer<typeof Status>;

const PATH = 'status.json';
const HEARTBEAT_MS = 1000;

/** The status of a run folder as its file says; null if it has none that can be read. */
export function readStatus(directory: string): Status | null {
  const path = join(directory, PATH);
  if (!existsSync(path)) return null;
  try {
    return Status.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return null;
  }
}

/** What is the case, whatever the file says: `killed` is what says that it runs and is gone, `stored` has no status. */
export type RunState = Status['state'] | 'killed' | 'stored';

export function stateOf(directory: string): RunState {
  const status = readStatus(directory);
  if (!status) return 'stored';
  return status.state === 'running' && holderOf(directory) === null ? 'killed' : status.state;
}

/** Keeps status.json true while a run goes on. */
export class StatusFile {
  #status: Status;
  readonly #timer: NodeJS.Timeout;

  constructor(
    readonly directory: string,
    trials: Status['trials'],
  ) {
    this.#status = {
      state: 'running',
      done: 0,
      trials,
      trial: null,
      error: null,
      host: hostname(),
      pid: process.pid,
      heartbeat: '',
    };
    this.#write();
    this.#timer = setInterval(() => this.#beat(), HEARTBEAT_MS);
    this.#timer.unref();
  }

  /** Takes note of what the next heartbeat says. */
  update(change: Partial<Pick<Status, 'done' | 'trials' | 'trial'>>): void {
    this.#status = { ...this.#status, ...change };
  }

  /** The last word. */
  end(state: 'interrupted' | 'failed' | 'finished', error: string | null = null): void {
    clearInterval(this.#timer);
    this.#status = { ...this.#status, state, error, trial: null };
    this.#write();
  }

  #beat(): void {
    try {
      this.#write();
    } catch {
      // A full disk is the business of whoever writes rows; a heartbeat may be missed.
    }
  }

  #write(): void {
    this.#status = { ...this.#status, heartbeat: new Date().toISOString() };
    replaceJson(join(this.directory, PATH), this.#status);
  }
}
