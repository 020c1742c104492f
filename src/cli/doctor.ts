import { availableParallelism, cpus, totalmem } from 'node:os';
import { Command } from 'commander';
import { type Diagnosis, diagnoseEngines, findAdapter } from '../engines/index.js';
import type { Invocation } from './invocation.js';
import { jsonOption } from './options.js';
import { colour, digits, print, printJson, table } from './output.js';
import { Progress } from './progress.js';

const EXAMPLE = `
Each engine and back end trains a small chain, which is compared with the engine plain, and is then timed for a second or
two in one thread at d = 20 and 50. Exit code 1 if any of them gives wrong weights; one that cannot run here is no error.

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
  const header = ['engine', 'back end', 'precision', 'executor', 'weights', ...sizes.map((d) => `d = ${d}`)];
  const rows = engines.map((diagnosis) => row(diagnosis, sizes));
  const problems = engines.flatMap(({ asked, problem }) =>
    problem === null ? [] : [`${nameOf(asked)} does not run here: ${problem}`],
  );
  return [
    [
      `Node ${found.node} on ${found.platform}, ${found.processor}`,
      `${found.threads} threads at once, ${(found.memory / 2 ** 30).toFixed(0)} GiB of memory`,
      `graphics adapter: ${adapter ? `${adapter.description}${adapter.software ? ' (software)' : ''}` : 'none answers'}`,
    ].join('\n'),
    table(header, rows, [5, 6]),
    'Last columns: millions of weight updates a second of wall time, in one thread (a software adapter uses all of them).',
    ...problems,
    ...advice(engines),
  ].join('\n\n');
}

function nameOf({ engine, backend }: Diagnosis['asked']): string {
  return backend ? `${engine} on ${backend}` : engine;
}

function row(diagnosis: Diagnosis, sizes: readonly number[]): string[] {
  const { asked, ran, distance, throughput } = diagnosis;
  const missing = [asked.engine, asked.backend ?? '', asked.precision, colour(33, 'does not run'), ''];
  if (!ran) return [...missing, ...sizes.map(() => '')];
  const agrees = isRight(diagnosis) ? colour(32, 'agree') : colour(31, `WRONG by ${digits(distance)}`);
  const rates = throughput.map(({ updatesPerSecond }) => digits(Number((updatesPerSecond / 1e6).toPrecision(3))));
  return [ran.name, ran.backend, ran.precision, ran.executorKind ?? '', agrees, ...rates];
}

/** What the measurements come to. */
function advice(engines: readonly Diagnosis[]): string[] {
  const rate = ({ throughput }: Diagnosis) => throughput.at(-1)?.updatesPerSecond ?? 0;
  const fastest = engines.toSorted((a, b) => rate(b) - rate(a))[0]!;
  const plain = engines.find(({ asked }) => asked.engine === 'plain')!;
  if (fastest === plain || rate(plain) === 0) return [];
  const { precision } = fastest.asked;
  return [
    `Fastest at d = ${fastest.throughput.at(-1)!.d}: ${nameOf(fastest.asked)} in ${precision}, ${(rate(fastest) / rate(plain)).toFixed(0)} times plain.`,
  ];
}
