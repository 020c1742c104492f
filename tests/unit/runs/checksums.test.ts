import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CHECKSUMS, damagedFiles, formatChecksums } from '../../../src/runs/index.js';

/** SHA-256 of the three bytes abc (FIPS 180-4, example B.1). */
const ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

let root: string;
const write = (path: string, text: string) => writeFileSync(join(root, path), text);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lengthwise-test-'));
  for (const folder of ['run', 'run-2']) {
    mkdirSync(join(root, folder));
    for (const name of ['a b.csv', 'run.json']) write(`${folder}/${name}`, 'abc');
  }
  write(CHECKSUMS, formatChecksums(root, ['run/a b.csv', 'run/run.json', 'run-2/a b.csv', 'run-2/run.json']));
});
afterEach(() => rmSync(root, { recursive: true }));

it('checksums have the form of sha256sum', () => {
  expect(formatChecksums(root, ['run/a b.csv', 'run/run.json'])).toBe(`${ABC}  run/a b.csv\n${ABC}  run/run.json\n`);
});

describe('damaged files', () => {
  it('are none where all is as it was', () => {
    expect(damagedFiles(root, 'run')).toEqual([]);
  });

  it('are those of the folder alone', () => {
    write('run-2/run.json', 'abd');
    expect(damagedFiles(root, 'run')).toEqual([]);
    expect(damagedFiles(root, 'run-2')).toEqual(['run-2/run.json']);
  });

  it('are those that were changed, lost or added', () => {
    write('run/a b.csv', 'ab');
    rmSync(join(root, 'run/run.json'));
    write('run/z', '');
    expect(damagedFiles(root, 'run')).toEqual(['run/a b.csv', 'run/run.json', 'run/z']);
  });

  it.each<[string, (text: string) => string]>([
    ['another digit', (text) => text.replace('b', 'c')],
    ['a digit too few', (text) => text.slice(1)],
    ['nothing', () => ''],
  ])('are told where the checksums have %s', (_, change) => {
    write(CHECKSUMS, change(formatChecksums(root, ['run/a b.csv'])) + formatChecksums(root, ['run/run.json']));
    expect(damagedFiles(root, 'run')).toEqual(['run/a b.csv']);
  });

  it('are all where there are no checksums', () => {
    rmSync(join(root, CHECKSUMS));
    expect(damagedFiles(root, 'run')).toEqual(['run/a b.csv', 'run/run.json']);
  });

  it('may be listed as binary ones', () => {
    write(CHECKSUMS, formatChecksums(root, ['run/a b.csv', 'run/run.json']).replaceAll('  ', ' *'));
    expect(damagedFiles(root, 'run')).toEqual([]);
  });
});
