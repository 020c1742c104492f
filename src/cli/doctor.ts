import { availableParallelism, cpus, totalmem } from 'node:os';
import { Command } from 'commander';
import { type Diagnosis, diagnoseEngines, findAdapter } from '../engines/index.js';
import { diagnoseExecutors, type ExecutorDiagnosis } from '../transformer/index.js';
import type { Invocation } from './invocation.js';
import { jsonOption } from './options.js';
import { colour, digits, print, printJson, table } from './output.js';
import { Progress } from './progress.js';

const EXAMPLE = `
Each engine and back end trains a small chain, which is compared with the engine plain, and is then timed for a second or
two in one thread at d = 20 and 50. Each executor trains tiny transformers, whose losses over three steps are compared with
float64, and is timed. Exit code 1 if any of them gives wrong numbers; one that cannot run here is no error.

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
  const executors: ExecutorDiagnosis[] = [];
  const adapter = await findAdapter();
  try {
    const { signal } = invocation;
    const ofEngines = (done: number) => progress.update(0.7 * done, `engine ${engines.length + 1}`);
    await diagnoseEngines((diagnosis) => engines.push(diagnosis), { signal, onProgress: ofEngines });
    const ofExecutors = (done: number) => progress.update(0.7 + 0.3 * done, `executor ${executors.length + 1}`);
    await diagnoseExecutors((diagnosis) => executors.push(diagnosis), { signal, onProgress: ofExecutors });
  } finally {
    progress.stop();
  }
  const document = { schema: 'lengthwise/doctor@2' as const, machine: machine(), adapter, engines, executors };
  if (json) await printJson(document);
  else await print(doctorText(document));
  if ([...engines, ...executors].some((found) => !isRight(found))) invocation.exitCode = 1;
}

interface DoctorDocument {
  readonly machine: ReturnType<typeof machine>;
  readonly adapter: Awaited<ReturnType<typeof findAdapter>>;
  readonly engines: readonly Diagnosis[];
  readonly executors: readonly ExecutorDiagnosis[];
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
function isRight({ distance, allowed }: Pick<Diagnosis, 'distance' | 'allowed'>): boolean {
  return distance === null || allowed === null || distance <= allowed;
}

function doctorText({ machine: found, adapter, engines, executors }: DoctorDocument): string {
  const sizes = engines.find(({ throughput }) => throughput.length > 0)?.throughput.map(({ d }) => d) ?? [];
  const header = ['engine', 'back end', 'precision', 'executor', 'weights', ...sizes.map((d) => `d = ${d}`)];
  const rows = engines.map((diagnosis) => row(diagnosis, sizes));
  const problems = [
    ...engines.map(({ asked, problem }) => ({ name: nameOf(asked), problem })),
    ...executors.map(({ asked, problem }) => ({ name: `${asked.executor} on ${asked.backend}`, problem })),
  ].flatMap(({ name, problem }) => (problem === null ? [] : [`${name} does not run here: ${problem}`]));
  return [
    [
      `Node ${found.node} on ${found.platform}, ${found.processor}`,
      `${found.threads} threads at once, ${(found.memory / 2 ** 30).toFixed(0)} GiB of memory`,
      `graphics adapter: ${adapter ? `${adapter.description}${adapter.software ? ' (software)' : ''}` : 'none answers'}`,
    ].join('\n'),
    table(header, rows, [5, 6]),
    'Last columns: millions of weight updates a second of wall time, in one thread (a software adapter uses all of them).',
    table(['transformers', 'back end', 'version', 'threads', 'losses', 'step'], executors.map(executorRow), [3, 5]),
    'Last column: milliseconds of a step of training, GPT-2 with 2 blocks of width 64 on 64 sequences of 10 bits.',
    ...[...new Set(problems)],
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

function executorRow(diagnosis: ExecutorDiagnosis): string[] {
  const { asked, ran, distance, milliseconds } = diagnosis;
  if (!ran) return [asked.executor, asked.backend, '', '', colour(33, 'does not run'), ''];
  const agrees = isRight(diagnosis) ? colour(32, 'agree') : colour(31, `WRONG by ${digits(distance)}`);
  return [
    ran.executor,
    ran.backend,
    ran.version,
    String(ran.threads),
    agrees,
    milliseconds === null ? 'slow' : digits(Number(milliseconds.toPrecision(3))),
  ];
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
