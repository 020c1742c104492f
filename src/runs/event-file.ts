import { closeSync, openSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Column, Row } from './experiment.js';
import { makeFolder, storing, writeAll } from './storage.js';

/** A scalar that TensorBoard draws. */
export interface Scalar {
  readonly tag: string;
  readonly value: number;
}

/**
 * A TensorBoard event file: records of length, checksum, event, checksum. An event is the protocol buffer `Event` with its fields
 * wall_time (1), step (2), file_version (3) and summary (5).
 */
export class EventFile {
  readonly #path: string;
  readonly #file: number;

  /** Begins the only event file of the folder. */
  constructor(directory: string) {
    const seconds = String(Math.floor(Date.now() / 1000)).padStart(10, '0');
    this.#path = join(directory, `events.out.tfevents.${seconds}.${hostname()}.${process.pid}`);
    storing(directory, () => rmSync(directory, { recursive: true, force: true }));
    makeFolder(directory);
    this.#file = storing(this.#path, () => openSync(this.#path, 'w'));
    this.#write(text(3, 'brain.Event:2'));
  }

  /** @param step an integer >= 0 */
  add(step: number, scalars: readonly Scalar[]): void {
    const summary = scalars.map(({ tag, value }) => bytes(1, Buffer.concat([text(1, tag), float(2, value)])));
    this.#write(Buffer.concat([integer(2, step), bytes(5, Buffer.concat(summary))]));
  }

  close(): void {
    closeSync(this.#file);
  }

  #write(fields: Uint8Array): void {
    const event = Buffer.concat([double(1, Date.now() / 1000), fields]);
    storing(this.#path, () => writeAll(this.#file, eventRecord(event)));
  }
}

/** The scalars of a trial, each a column that holds values; steps are those of the column `step`, or the rows are counted. */
export class TrialEvents {
  readonly #file: EventFile;
  #rows = 0;

  /** @param rows that the trial has recorded so far */
  constructor(
    directory: string,
    readonly columns: readonly Column[],
    rows: readonly Row[],
  ) {
    this.#file = new EventFile(directory);
    for (const row of rows) this.add(row);
  }

  add(row: Row): void {
    const step = this.columns.find(({ role }) => role === 'step');
    const at = step === undefined ? this.#rows : Number(row[step.name]);
    const scalars = this.columns
      .filter(({ name, role }) => role === 'value' && typeof row[name] === 'number')
      .map(({ name }) => ({ tag: name, value: row[name] as number }));
    this.#file.add(at, scalars);
    this.#rows++;
  }

  close(): void {
    this.#file.close();
  }
}

/** The frame of an event: its length and its bytes, each followed by a masked checksum. */
function eventRecord(event: Uint8Array): Uint8Array {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(event.length));
  return Buffer.concat([length, maskedChecksum(length), event, maskedChecksum(event)]);
}

function maskedChecksum(data: Uint8Array): Buffer {
  const crc = crc32c(data);
  const masked = Buffer.alloc(4);
  masked.writeUInt32LE((((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0);
  return masked;
}

/** CRC-32C (Castagnoli), reflected polynomial 0x82f63b78; RFC 3720, appendix B.4. */
export function crc32c(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return ~crc >>> 0;
}

// Fields of a protocol buffer: the number and the wire type, then the value.
const VARINT = 0;
const FIXED64 = 1;
const DELIMITED = 2;
const FIXED32 = 5;

const key = (field: number, type: number) => Buffer.from([(field << 3) | type]);

function varint(value: number): Buffer {
  const out: number[] = [];
  let rest = value;
  while (rest >= 128) {
    out.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return Buffer.from([...out, rest]);
}

function integer(field: number, value: number): Buffer {
  return Buffer.concat([key(field, VARINT), varint(value)]);
}

function double(field: number, value: number): Buffer {
  const data = Buffer.alloc(8);
  data.writeDoubleLE(value);
  return Buffer.concat([key(field, FIXED64), data]);
}

function float(field: number, value: number): Buffer {
  const data = Buffer.alloc(4);
  data.writeFloatLE(value);
  return Buffer.concat([key(field, FIXED32), data]);
}

function bytes(field: number, data: Uint8Array): Buffer {
  return Buffer.concat([key(field, DELIMITED), varint(data.length), data]);
}

function text(field: number, value: string): Buffer {
  return bytes(field, Buffer.from(value));
}
