import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** In a folder of stored runs: their files with their SHA-256, as `sha256sum -c` reads them. */
export const CHECKSUMS = 'SHA256SUMS';

/**
 * The text of a file of checksums.
 *
 * @param paths of files, from the folder `root` that the file is to lie in
 */
export function formatChecksums(root: string, paths: readonly string[]): string {
  return paths.map((path) => `${sha256(join(root, path))}  ${path}\n`).join('');
}

/**
 * The files of a stored run that are not those whose checksums were stored with it: changed, missing, or without a checksum.
 *
 * @param root where the checksums lie
 * @param folder of the run, from there
 * @returns their paths from `root`
 */
export function damagedFiles(root: string, folder: string): string[] {
  const sums = readChecksums(join(root, CHECKSUMS));
  const listed = [...sums.keys()].filter((path) => path.startsWith(`${folder}/`));
  const found = readdirSync(join(root, folder)).map((name) => `${folder}/${name}`);
  const paths = [...new Set([...listed, ...found])].sort();
  return paths.filter((path) => !existsSync(join(root, path)) || sums.get(path) !== sha256(join(root, path)));
}

/** The checksum of each path. A line of another form is of none, and a file that is absent has none. */
function readChecksums(path: string): Map<string, string> {
  if (!existsSync(path)) return new Map();
  const lines = readFileSync(path, 'utf8').matchAll(/^([0-9a-f]{64}) [ *](.+)$/gm);
  return new Map([...lines].map(([, sum, file]) => [file!, sum!]));
}

const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');
