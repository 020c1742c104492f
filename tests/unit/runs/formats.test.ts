import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { crc32c, EventFile, formatTable, parseTable, type Row } from '../../../src/runs/index.js';
import { asRow } from '../../../src/runs/table.js';
import { SEED } from '../../fixtures/seed.js';

const root = mkdtempSync(join(tmpdir(), 'lengthwise-test-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('a table as CSV', () => {
  const columns = [{ name: 'a' }, { name: 'b' }];
  const cell = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => (Object.is(x, -0) ? 0 : x)),
    fc.boolean(),
    fc.constant(null),
    fc.constantFrom('cot', 'a, "b"', 'two\nlines', ' 1'),
  );

  it('gives back every cell', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ a: cell, b: cell })), (rows: Row[]) => {
        expect(parseTable(formatTable(columns, rows))).toEqual(rows);
      }),
      { seed: SEED },
    );
  });

  it('has a header, the shortest digits, and nothing for null', () => {
    expect(
      formatTable(columns, [
        { a: 0.1, b: null },
        { a: 1e-9, b: true },
      ]),
    ).toBe('a,b\n0.1,\n1e-9,true\n');
  });

  it('takes no cell without a column and no number that is not finite', () => {
    expect(asRow(columns, { b: 1 })).toEqual({ a: null, b: 1 });
    expect(() => asRow(columns, { c: 1 })).toThrow('a row has the cell c; the columns are a, b');
    expect(() => asRow(columns, { a: Number.NaN })).toThrow('a is NaN; it must be finite');
  });
});

describe('an event file', () => {
  // RFC 3720, appendix B.4, and the check value of the catalogue of CRCs.
  it.each([
    ['123456789', 0xe3069283],
    ['\0'.repeat(32), 0x8a9136aa],
    ['', 0],
  ])('has the checksum CRC-32C of %j', (text, expected) => {
    expect(crc32c(Buffer.from(text))).toBe(expected);
  });

  it('holds each scalar with its step, framed with checksums', () => {
    const folder = join(root, 'events');
    const file = new EventFile(folder);
    file.add(300, [
      { tag: 'accuracy', value: 0.5 },
      { tag: 'length', value: 50 },
    ]);
    file.add(2 ** 40, [{ tag: 'accuracy', value: 1 }]);
    file.close();
    const [name] = readdirSync(folder);
    expect(name).toMatch(/^events\.out\.tfevents\.\d{10}\./);
    const events = readEvents(readFileSync(join(folder, name!)));
    expect(events.map(({ step, version, scalars }) => ({ step, version, scalars }))).toEqual([
      { step: 0, version: 'brain.Event:2', scalars: {} },
      { step: 300, version: '', scalars: { accuracy: 0.5, length: 50 } },
      { step: 2 ** 40, version: '', scalars: { accuracy: 1 } },
    ]);
    for (const { wallTime } of events) expect(Math.abs(wallTime - Date.now() / 1000)).toBeLessThan(60);
  });
});

/** A second route: reads the frames and fields of events, and checks the checksums bit by bit. */
function readEvents(bytes: Buffer) {
  const events = [];
  for (let at = 0; at < bytes.length; ) {
    const length = Number(bytes.readBigUInt64LE(at));
    const data = bytes.subarray(at + 12, at + 12 + length);
    expect(bytes.readUInt32LE(at + 8)).toBe(masked(bytes.subarray(at, at + 8)));
    expect(bytes.readUInt32LE(at + 12 + length)).toBe(masked(data));
    events.push(readEvent(data));
    at += 16 + length;
  }
  return events;
}

function readEvent(data: Buffer) {
  const event = { wallTime: 0, step: 0, version: '', scalars: {} as Record<string, number> };
  for (const [field, value] of fieldsOf(data)) {
    if (field === 1) event.wallTime = (value as Buffer).readDoubleLE();
    else if (field === 2) event.step = value as number;
    else if (field === 3) event.version = String(value);
    else if (field === 5) {
      for (const [, scalar] of fieldsOf(value as Buffer)) {
        const parts = new Map(fieldsOf(scalar as Buffer));
        event.scalars[String(parts.get(1))] = (parts.get(2) as Buffer).readFloatLE();
      }
    }
  }
  return event;
}

function fieldsOf(data: Buffer): [field: number, value: Buffer | number][] {
  const fields: [number, Buffer | number][] = [];
  let at = 0;
  const varint = () => {
    let [value, scale] = [0, 1];
    for (;;) {
      const byte = data[at++]!;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
  };
  while (at < data.length) {
    const key = data[at++]!;
    const type = key & 7;
    if (type === 0) fields.push([key >> 3, varint()]);
    else {
      const length = type === 1 ? 8 : type === 5 ? 4 : varint();
      fields.push([key >> 3, data.subarray(at, at + length)]);
      at += length;
    }
  }
  return fields;
}

/** The checksum by polynomial division, from the high bit down, on reflected bytes. */
function masked(data: Buffer): number {
  const reflect = (value: number, bits: number) =>
    Array.from({ length: bits }, (_, i) => ((value >>> i) & 1) * 2 ** (bits - 1 - i)).reduce((a, b) => a + b, 0);
  let crc = 0xffffffff;
  for (const byte of data) {
    crc = (crc ^ (reflect(byte, 8) << 24)) >>> 0;
    for (let i = 0; i < 8; i++) crc = ((crc << 1) ^ (crc >= 2 ** 31 ? 0x1edc6f41 : 0)) >>> 0;
  }
  const value = reflect(~crc >>> 0, 32);
  return (((value >>> 15) | (value << 17)) + 0xa282ead8) >>> 0;
}
