import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { decodeTensors, encodeTensors } from '../formats/index.js';
import type { TrialState } from './experiment.js';
import { JsonLines, readJsonLines } from './json-lines.js';
import { makeFolder, RunFolderError, replaceFile } from './storage.js';

const Entry = z.object({
  trial: z.string(),
  /** Rows and samples of the whole run when it was written. */
  rows: z.number().int().min(0),
  samples: z.number().int().min(0),
  /** SHA-256 of their lines. */
  digests: z.object({ rows: z.string(), samples: z.string() }),
  /** What the trial goes on from; null: it has ended. */
  checkpoint: z.object({ file: z.string(), sha256: z.string() }).nullable(),
});
type Entry = z.infer<typeof Entry>;

/** Rows and samples of the whole run so far. */
export type Reached = Pick<Entry, 'rows' | 'samples' | 'digests'>;

/** Where a run goes on. */
export interface Resumption {
  /** Trials that have ended. */
  readonly finished: number;
  readonly reached: Reached;
  /** Rows of the trials that have ended. */
  readonly finishedRows: number;
  /** Of the trial that comes next; null: from its beginning. */
  readonly state: TrialState | null;
}

const FOLDER = 'checkpoints';
const JOURNAL = join(FOLDER, 'journal.jsonl');

/**
 * Which trials have ended, and the checkpoints of the one that has not. An entry is written after what it speaks of, so a kill
 * leaves work to be repeated, never an entry without its rows.
 */
export class Journal {
  readonly resumption: Resumption;
  readonly #lines: JsonLines;
  /** The last checkpoint of the trial that runs. */
  #last: string | null = null;

  /**
   * @param trials names of all trials of the run, in order
   * @throws RunFolderError if the journal is not that of these trials, or its last checkpoint is damaged
   */
  constructor(
    readonly directory: string,
    trials: readonly string[],
  ) {
    makeFolder(join(directory, FOLDER));
    const entries = readEntries(directory);
    const ended = entries.filter(({ checkpoint }) => checkpoint === null);
    requireTrials(join(directory, JOURNAL), entries, ended, trials);
    this.#lines = new JsonLines(join(directory, JOURNAL), entries.length);
    this.resumption = this.#resumption(entries, ended);
  }

  save(trial: string, reached: Reached, state: TrialState): void {
    const bytes = encodeTensors({ metadata: { values: JSON.stringify(state.values) }, arrays: state.arrays });
    const file = join(FOLDER, `${trial}-${reached.rows}.safetensors`);
    replaceFile(join(this.directory, file), bytes);
    this.#record({ trial, ...reached, checkpoint: { file, sha256: sha256(bytes) } });
    if (this.#last !== null && this.#last !== file) rmSync(join(this.directory, this.#last), { force: true });
    this.#last = file;
  }

  /** Says that the trial has ended. Its last checkpoint stays. */
  finish(trial: string, reached: Reached): void {
    this.#record({ trial, ...reached, checkpoint: null });
    this.#last = null;
  }

  close(): void {
    this.#lines.close();
  }

  #record(entry: Entry): void {
    this.#lines.record(entry);
    this.#lines.sync();
  }

  /** From the last checkpoint that is there: one that was deleted leaves those before it, and the trial's beginning. */
  #resumption(entries: readonly Entry[], ended: readonly Entry[]): Resumption {
    const begin = ended.at(-1) ?? NOTHING;
    const [finished, finishedRows] = [ended.length, begin.rows];
    const saved = entries.slice(entries.lastIndexOf(ended.at(-1)!) + 1).reverse();
    const last = saved.find(({ checkpoint }) => existsSync(join(this.directory, checkpoint!.file)));
    if (!last) return { finished, finishedRows, reached: begin, state: null };
    const { file, sha256: expected } = last.checkpoint!;
    this.#last = file;
    return { finished, finishedRows, reached: last, state: readState(join(this.directory, file), expected) };
  }
}

/** SHA-256 of no lines. */
const EMPTY = createHash('sha256').digest('hex');
const NOTHING: Reached = { rows: 0, samples: 0, digests: { rows: EMPTY, samples: EMPTY } };

function readEntries(directory: string): Entry[] {
  const path = join(directory, JOURNAL);
  return readJsonLines(path).map((document, i) => {
    const { success, data } = Entry.safeParse(document);
    if (!success) throw new RunFolderError(`${path} is damaged: line ${i + 1} is not an entry`);
    return data;
  });
}

function requireTrials(
  path: string,
  entries: readonly Entry[],
  ended: readonly Entry[],
  trials: readonly string[],
): void {
  const right = ended.every(({ trial }, i) => trial === trials[i]);
  const current = entries.at(-1)?.checkpoint ? entries.at(-1)!.trial : undefined;
  if (right && (current === undefined || current === trials[ended.length])) return;
  throw new RunFolderError(`${path} tells of other trials than this version of the experiment has; begin another run`);
}

function readState(path: string, expected: string): TrialState {
  const bytes = readFileSync(path);
  if (sha256(bytes) !== expected) {
    throw new RunFolderError(
      `${path} is damaged: its checksum differs. Delete it, and --resume begins its trial again; no row is lost`,
    );
  }
  const { metadata, arrays } = decodeTensors(bytes);
  return { values: JSON.parse(metadata.values!), arrays };
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
