import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CHECKSUMS, damagedFiles } from '../../src/index.js';

test('the packed tarball installs, imports and runs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lengthwise-pack-'));
  const run = (command: string, args: readonly string[]) =>
    execFileSync(command, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  execFileSync('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { stdio: 'ignore' });
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'))!;
  writeFileSync(join(folder, 'package.json'), '{ "name": "user", "private": true, "type": "module" }');
  run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', `./${tarball}`]);

  const script = `
    import { greedyThreshold, packageRoot } from 'lengthwise';
    import { arbitraryP } from 'lengthwise/arbitraries';
    console.log(greedyThreshold({ lambda: 0.01 }), typeof arbitraryP().generate);
    console.log(packageRoot());`;
  const [values, root] = run(process.execPath, ['--input-type=module', '-e', script]).trim().split('\n');
  expect(values).toBe(`${1 / 3} function`);
  // The claims on stored runs find them, and all of their files.
  const results = join(root!, 'experiments/results');
  expect(realpathSync(results)).toBe(realpathSync(join(folder, 'node_modules/lengthwise/experiments/results')));
  const names = readdirSync(results).filter((name) => name !== CHECKSUMS);
  expect(names.length).toBeGreaterThan(7);
  expect(names.flatMap((name) => damagedFiles(results, name))).toEqual([]);
  const version = run('npx', ['--no-install', 'lengthwise', '--version']).trim();
  expect(version).toMatch(/^\d+\.\d+\.\d+$/);
}, 300_000);
