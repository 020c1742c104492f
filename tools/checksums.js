// Writes the checksums of the stored results (run after `npm run build`); `sha256sum -c SHA256SUMS` in their folder compares them.
import { readdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CHECKSUMS, formatChecksums } from '../dist/src/runs/index.js';

/** Of all files in the folders of `root`. */
export function writeChecksums(root) {
  const paths = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((path) => path !== CHECKSUMS)
    .sort();
  writeFileSync(join(root, CHECKSUMS), formatChecksums(root, paths));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeChecksums('experiments/results');
