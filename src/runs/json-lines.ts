import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, ftruncateSync, openSync, readFileSync } from 'node:fs';
import { RunFolderError, storing, writeAll } from './storage.js';

/**
 * The whole lines of a file; a last one that was torn off by a kill is none. No file is an empty one.
 *
 * @throws RunFolderError if it is not a text
 */
function readLines(path: string): string[] {
  if (!existsSync(path)) return [];
  const bytes = readFileSync(path);
  const whole = bytes.subarray(0, bytes.lastIndexOf(NEWLINE) + 1);
  if (!isUtf8(whole)) throw new RunFolderError(`${path} is damaged: it is not a text in UTF-8`);
  return whole.toString('utf8').split('\n').slice(0, -1);
}

const NEWLINE = 10;

/**
 * The documents of a file of JSON lines.
 *
 * @throws RunFolderError if a line is not JSON
 */
export function readJsonLines(path: string): unknown[] {
  return readLines(path).map((line, i) => parseLine(path, line, i));
}

function parseLine(path: string, line: string, index: number): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw new RunFolderError(`${path} is damaged: line ${index + 1} is not JSON`, { cause: error });
  }
}

/** A file of JSON lines that only grows. Opening it takes off a torn last line. */
export class JsonLines {
  readonly #file: number;
  readonly #lines: string[];
  readonly #hash = createHash('sha256');
  #bytes: number;
  #next: number;

  /** @param next index of the line that is recorded next; those from there on must be recorded again as they are */
  constructor(
    readonly path: string,
    next: number,
  ) {
    this.#lines = readLines(path);
    if (next > this.#lines.length) {
      throw new RunFolderError(`${path} is damaged: it has ${this.#lines.length} lines, and ${next} were recorded`);
    }
    this.#next = next;
    for (const line of this.#lines.slice(0, next)) this.#hash.update(`${line}\n`);
    this.#bytes = Buffer.byteLength(this.#lines.map((line) => `${line}\n`).join(''));
    this.#file = storing(path, () => {
      const file = openSync(path, 'a');
      ftruncateSync(file, this.#bytes);
      return file;
    });
  }

  /** For what is only appended: every line that there is stands. */
  static atEnd(path: string): JsonLines {
    return new JsonLines(path, readLines(path).length);
  }

  /** All lines, those too that are yet to be recorded again. */
  documents(): unknown[] {
    return this.#lines.map((line, i) => parseLine(this.path, line, i));
  }

  /** SHA-256 of the lines recorded so far. */
  get digest(): string {
    return this.#hash.copy().digest('hex');
  }

  /** Lines recorded so far. */
  get count(): number {
    return this.#next;
  }

  /**
   * Appends a document, or finds that it stands there already.
   *
   * @returns whether it was appended
   * @throws RunFolderError if another one stands there, or if it cannot be written; nothing is lost
   */
  record(document: unknown): boolean {
    const line = JSON.stringify(document);
    const found = this.#lines[this.#next];
    if (found === undefined) this.#append(line);
    else if (found !== line) throw this.#different(found, line);
    this.#hash.update(`${line}\n`);
    this.#next++;
    return found === undefined;
  }

  /** Waits until the disk has it. */
  sync(): void {
    storing(this.path, () => fsyncSync(this.#file));
  }

  close(): void {
    closeSync(this.#file);
  }

  #append(line: string): void {
    const bytes = Buffer.from(`${line}\n`);
    try {
      storing(this.path, () => writeAll(this.#file, bytes));
    } catch (error) {
      // Half a line on a full disk is taken off again.
      ftruncateSync(this.#file, this.#bytes);
      throw error;
    }
    this.#bytes += bytes.length;
    this.#lines.push(line);
  }

  #different(found: string, line: string): RunFolderError {
    return new RunFolderError(
      `${this.path}, line ${this.#next + 1}, is ${found}, but now ${line} is computed: this machine, engine or version does not repeat the run. No row was changed`,
    );
  }
}
