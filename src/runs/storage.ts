import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** Something about a run folder that its user must know; the message is one or two sentences. */
export class RunFolderError extends Error {
  override readonly name = 'RunFolderError';
}

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'no space is left on the device',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file would be larger than this system allows',
  EROFS: 'the file system is read-only',
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  EIO: 'the device reports an error',
  EMFILE: 'too many files are open',
  EEXIST: 'it is there, and it is not a folder',
  ELOOP: 'its links lead in a circle',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is not a folder',
  ENAMETOOLONG: 'the name is too long',
};

/** Runs what writes to `path`, and says in words what went wrong. What was written before stays as it was. */
export function storing<T>(path: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    if (error instanceof RunFolderError) throw error;
    throw new RunFolderError(`${path} cannot be written: ${REASONS[code] ?? message}`, { cause: error });
  }
}

/** Makes a folder and those above it, one by one: Node's recursive way hides why it failed. */
export function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  storing(path, () => {
    try {
      mkdirSync(path);
    } catch (error) {
      // Another process may have been faster.
      if (!existsSync(path)) throw error;
    }
  });
}

/** Writes all of it: a single call may write less. */
export function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}

/** Replaces a file whole: whoever reads it sees the old one or the new one. */
export function replaceFile(path: string, content: string | Uint8Array): void {
  storing(path, () => {
    const temporary = `${path}.${process.pid}.tmp`;
    try {
      const file = openSync(temporary, 'w');
      try {
        writeAll(file, typeof content === 'string' ? Buffer.from(content) : content);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      renameSync(temporary, path);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
  });
}

/** A JSON document for people and programs. */
export function replaceJson(path: string, document: unknown): void {
  replaceFile(path, `${JSON.stringify(document, null, 2)}\n`);
}
