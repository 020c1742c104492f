import { availableParallelism, cpus, totalmem } from 'node:os';
import { Command } from 'commander';
import { type Diagnosis, diagnoseEngines, findAdapter } from '../engines/index.js';
import type { Invocation } from './invocation.js';
import { jsonOption } from './options.js';
import { colour, digits, print, printJson, table } from './output.js';
import { Progress } from './progress.js';

const EXAMPLE = `
Each engine and back end trains a small chain, which is compared with the engine plain, and is then timed for a second or
two at d = 20 and 50. Exit code 1 if any of them gives wrong weights; one that cannot run here is no error.

Example:
  lengthwise doctor --json`;

export function doctorCommand(invocation: Invocation): Command {
  return new Command('doctor')
    .description('what this machine trains with: adapters, engines and back ends, their throughput, what would help')
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLE)
    .action((flags: { readonly json?: boolean }) => doctor(flags.json === true, invocation));
}

async function doctor(json: boolean, invocation: Invocation): Promise<void> {
  const progress = new Progress();
  const engines: Diagnosis[] = [];
  const adapter = await findAdapter();
  try {
    const onProgress = (done: number) => progress.update(done, `engine ${engines.length + 1}`);
    await diagnoseEngines((diagnosis) => engines.push(diagnosis), { signal: invocation.signal, onProgress });
  } finally {
    progress.stop();
  }
  const document = { schema: 'lengthwise/doctor@1' as const, machine: machine(), adapter, engines };
  if (json) await printJson(document);
  else await print(doctorText(document));
  if (engines.some((found) => !isRight(found))) invocation.exitCode = 1;
}

interface DoctorDocument {
  readonly machine: ReturnType<typeof machine>;
  readonly adapter: Awaited<ReturnType<typeof findAdapter>>;
  readonly engines: readonly Diagnosis[];
}

function machine() {
  return {
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    threads: availableParallelism(),
    memory: totalmem(),
  };
}

/** An engine that did not run has given no wrong number. */
function isRight({ distance, allowed }: Diagnosis): boolean {
  return distance === null || allowed === null || distance <= allowed;
}

function doctorText({ machine: found, adapter, engines }: DoctorDocument): string {
  const sizes = engines.find(({ throughput }) => throughput.length > 0)?.throughput.map(({ d }) => d) ?? [];
  const header = ['engine', 'back end', 'precision', 'executor', 'threads', 'weights', ...sizes.map((d) => `d = ${d}`)];
  const rows = engines.map((diagnosis) => row(diagnosis, sizes));
  const problems = engines.flatMap(({ asked, problem }) =>
    problem === null
      ? []
      : [`${asked.engine}${asked.backend ? ` on ${asked.backend}` : ''} does not run here: ${problem}`],
  );
  const parts = [
    [
      `Node ${found.node} on ${found.platform}, ${found.processor}`,
      `${found.threads} threads at once, ${(found.memory / 2 ** 30).toFixed(0)} GiB of memory`,
      `graphics adapter: ${adapter ? `${adapter.description}${adapter.software ? ' (software)' : ''}` : 'none answers'}`,
    ].join('\n'),
    table(header, rows, [4, ...sizes.map((_, i) => 6 + i)]),
    'The last columns are millions of weight updates a second of wall time, on all threads together.',
    ...problems,
    ...advice(adapter, engines),
  ];
  return parts.join('\n\n');
}

function row(diagnosis: Diagnosis, sizes: readonly number[]): string[] {
  const { asked, ran, distance, throughput } = diagnosis;
  if (!ran) return [asked.engine, asked.backend ?? '', '', colour(33, 'does not run'), '', '', ...sizes.map(() => '')];
  const agrees = isRight(diagnosis) ? colour(32, 'agree') : colour(31, `WRONG by ${digits(distance)}`);
  const rates = throughput.map(({ updatesPerSecond }) => (updatesPerSecond / 1e6).toFixed(0));
  return [ran.name, ran.backend, ran.precision, ran.executorKind ?? '', String(ran.workers), agrees, ...rates];
}

/** What to install, or to do, to get more. */
function advice(adapter: DoctorDocument['adapter'], engines: readonly Diagnosis[]): string[] {
  const best = (name: string) =>
    Math.max(
      0,
      ...engines
        .filter(({ asked }) => asked.engine === name)
        .map(({ throughput }) => throughput.at(-1)?.updatesPerSecond ?? 0),
    );
  const lines: string[] = [];
  if (adapter === null) {
    lines.push(
      "To use a graphics card, install its Vulkan driver and loader (Debian: mesa-vulkan-drivers, or the vendor's driver, and libvulkan1).",
    );
  } else if (adapter.software) {
    lines.push(
      'The adapter is computed in software: right, and slow. A card with a Vulkan driver would be used in its place.',
    );
  }
  if (best('wasm') > 0) {
    lines.push(
      `A batch trains ${(best('wasm') / best('plain')).toFixed(0)} times as fast with wasm as with plain here.`,
    );
  }
  return lines;
}
