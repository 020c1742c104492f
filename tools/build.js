// Compiles the package into dist/. Old output is removed first, so that a deleted source leaves nothing behind.
import { spawnSync } from 'node:child_process';
import { chmodSync, rmSync } from 'node:fs';

/** Runs one of the packages' programs; ends the build with its exit code if it fails. */
function run(program, ...options) {
  const { status } = spawnSync(process.execPath, [`node_modules/${program}`, ...options], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

rmSync('dist', { recursive: true, force: true });
run('typescript/bin/tsc', '-p', 'tsconfig.json');
chmodSync('dist/src/cli/main.js', 0o755);
run(
  'assemblyscript/bin/asc.js',
  'src/engines/wasm/assembly/index.ts',
  ...['--outFile', 'dist/src/engines/wasm/chain.wasm'],
  // The memory is the host's, nothing is allocated by the code, and no check is compiled into the inner loops.
  ...['-O3', '--runtime', 'stub', '--enable', 'simd', '--importMemory', '--initialMemory', '2', '--noAssert'],
  // Vectors are passed between the code's own functions only.
  ...['--disableWarning', '112'],
);
