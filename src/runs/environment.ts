import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, availableParallelism, cpus, platform, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';

/** What a run ran on. */
export const Environment = z.object({
  /** Of this package, of Node, and of what engines compute with. */
  versions: z.record(z.string(), z.string()),
  /** Of this package's repository; null outside of one. */
  commit: z.string().nullable(),
  /** Whether code or packages differ from that commit; null without one. */
  modified: z.boolean().nullable(),
  hardware: z.object({
    processor: z.string(),
    cores: z.number().int(),
    memoryGiB: z.number(),
    platform: z.string(),
  }),
});
export type Environment = z.infer<typeof Environment>;

/** The folder of this package: a clone, or what was installed. */
export function packageRoot(): string {
  return dirname(createRequire(import.meta.url).resolve('lengthwise/package.json'));
}

export function environmentHere(): Environment {
  const root = packageRoot();
  const { version, dependencies, optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return {
    versions: {
      lengthwise: version,
      node: process.versions.node,
      'gpu.js': dependencies['gpu.js'],
      webgpu: dependencies.webgpu,
      'onnxruntime-node': optionalDependencies['onnxruntime-node'],
    },
    ...repository(root),
    hardware: {
      processor: cpus()[0]?.model ?? 'unknown',
      cores: availableParallelism(),
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      platform: `${platform()} ${arch()}`,
    },
  };
}

/** What a run depends on. */
const RAN = ['src', 'experiments', ':!experiments/results', 'package.json', 'package-lock.json'];

function repository(root: string): Pick<Environment, 'commit' | 'modified'> {
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', root, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    // Installed as a dependency, the package lies in somebody else's repository.
    if (git('rev-parse', '--show-prefix') !== '') return { commit: null, modified: null };
    return { commit: git('rev-parse', 'HEAD'), modified: git('status', '--porcelain', '--', ...RAN) !== '' };
  } catch {
    return { commit: null, modified: null };
  }
}
