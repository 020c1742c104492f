// Compiles the package into dist/. Old output is removed first, so that a deleted source leaves nothing behind.
import { spawnSync } from 'node:child_process';
import { chmodSync, rmSync } from 'node:fs';

rmSync('dist', { recursive: true, force: true });
const { status } = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json'], {
  stdio: 'inherit',
});
if (status === 0) chmodSync('dist/src/cli/main.js', 0o755);
else process.exitCode = 1;
