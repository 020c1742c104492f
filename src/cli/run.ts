import { Command, Option } from 'commander';
import { EXPERIMENTS } from '../../experiments/index.js';
import {
  type Check,
  type Configuration,
  type ConfigurationRequest,
  configurationOf,
  configure,
  defaultDirectory,
  describeSettings,
  type Experiment,
  hasRun,
  openRun,
  type Ran,
  RunFolderError,
  type RunOutcome,
  requireSettings,
  runExperiment,
  SIZES,
  type Size,
} from '../runs/index.js';
import { checksText } from './checks-output.js';
import { addRunEngineOptions, chosenEngine, type RunEngineFlags, workersOption } from './engine-options.js';
import { experimentNamed } from './experiment-named.js';
import { INTERRUPTED_EXIT, Interrupted, type Invocation } from './invocation.js';
import { choice, folderName, integer, jsonOption } from './options.js';
import { print, printJson, table } from './output.js';
import { Progress } from './progress.js';
import { TimeLeft } from './time-left.js';
import { usage } from './usage-error.js';

interface RunFlags extends RunEngineFlags {
  readonly size?: Size;
  readonly seeds?: number;
  readonly seed?: number;
  readonly set: readonly string[];
  readonly out?: string;
  readonly resume?: boolean;
  readonly json?: boolean;
}

const EXAMPLE = `
Examples:
  lengthwise run --help threshold                   its question, settings and columns
  lengthwise run                                    the experiments, their questions and times
  lengthwise run threshold                          into runs/threshold/default
  lengthwise run threshold --resume                 goes on after Ctrl-C, a kill or a crash
  lengthwise run threshold --size smoke --set d=8,12 --seeds 3 --out runs/small`;

export function runCommand(invocation: Invocation): Command {
  const command = new Command('run')
    .description('one experiment into a run folder; it exits with 0 if what was expected was found, with 1 if not')
    .argument('[name]', 'the experiment; without it, they are listed')
    .addOption(
      new Option('--size <name>', 'smoke, default or full (default: default)').argParser(choice('--size', SIZES)),
    )
    .addOption(
      new Option('--seeds <n>', 'how many seeds (default: those of the size)').argParser(integer('--seeds', 1, 10_000)),
    )
    .addOption(
      new Option('--seed <integer>', 'the first of them (default: 1)').argParser(
        integer('--seed', 0, Number.MAX_SAFE_INTEGER),
      ),
    )
    .addOption(new Option('--set <key=value>', 'a setting; again for another').argParser(collected).default([], 'none'))
    .addOption(new Option('--out <folder>', 'the run folder (default: runs/NAME/SIZE)').argParser(folderName('--out')))
    .addOption(new Option('--resume', 'go on with what the folder holds, if anything'));
  return addRunEngineOptions(command)
    .addOption(workersOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      () =>
        process.argv
          .slice(2)
          .map(experimentHelp)
          .find((text) => text !== undefined) ?? EXAMPLE,
    )
    .action((name: string | undefined, flags: RunFlags) =>
      name === undefined ? listExperiments(flags) : run(experimentNamed(name), flags, invocation),
    );
}

/** What an experiment is about and what can be set; undefined without one. */
function experimentHelp(name: string | undefined): string | undefined {
  const found = EXPERIMENTS.find((experiment) => experiment.name === name);
  if (!found) return undefined;
  const { question, expected, sizes, columns } = found;
  const size = (each: Size) => `  ${each.padEnd(8)} ${sizes[each].time}; ${sizes[each].seeds || 'no'} seeds`;
  return [
    `\n${found.name}: ${question}\n${expected}\n`,
    ...['Sizes:', ...SIZES.map(size)],
    ...['\nSettings, with their values at the default size:', ...describeSettings(found, 'default').map(indented)],
    ...['\nColumns:', ...columns.map((column) => indented(`${column.name}: ${column.meaning}`))],
  ].join('\n');
}

const indented = (line: string) => `  ${line}`;

const collected = (text: string, before: readonly string[]) => [...before, text];

async function listExperiments({ json, size = 'default' }: RunFlags): Promise<void> {
  if (json) {
    const experiments = EXPERIMENTS.map(({ name, question, expected, sizes, columns }) => {
      return { name, question, expected, sizes, columns };
    });
    return printJson({ schema: 'lengthwise/experiments@1', experiments });
  }
  const rows = EXPERIMENTS.map(({ name, question, sizes }) => [name, sizes[size].time, question]);
  await print(table(['experiment', `time (${size})`, 'question'], rows, []));
}

async function run(experiment: Experiment, flags: RunFlags, invocation: Invocation): Promise<void> {
  const { configuration, directory } = await usage(() => planOf(experiment, flags));
  const progress = new Progress();
  const left = new TimeLeft();
  let label = '';
  const onProgress = (done: number) => progress.update(done, `${label}${left.after(done)}`);
  const onTrial = (name: string, finished: number, all: number) => {
    label = `trial ${finished + 1} of ${all}: ${name}`;
  };
  const onExecutor = (name: string, reasons: readonly string[]) => {
    for (const reason of reasons) process.stderr.write(`${reason}; ${name} runs instead\n`);
  };
  let outcome: RunOutcome;
  try {
    const { resume = false, workers } = flags;
    const execution = { resume, workers, onExecutor, onTrial, onProgress, signal: invocation.signal };
    outcome = await usage(() => runExperiment(experiment, configuration, directory, execution));
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    progress.stop();
    invocation.exitCode = INTERRUPTED_EXIT;
    process.stderr.write(`interrupted; ${resumeText(experiment, flags, directory)} goes on\n`);
    return;
  } finally {
    progress.stop();
  }
  const checks = experiment.checks(outcome.rows, configuration.settings);
  if (checks.some(({ holds }) => holds === false) && !outcome.wasFinished) invocation.exitCode = 1;
  if (flags.json) await printJson(documentOf(configuration, directory, outcome, checks));
  else await print(outcomeText(directory, outcome, checks));
}

/** What is to be run, and where. A folder to go on with has said so itself. */
function planOf(
  experiment: Experiment,
  flags: RunFlags,
): { readonly configuration: Configuration; readonly directory: string } {
  const asked = configure(experiment, requestOf(experiment, flags));
  const directory = flags.out ?? defaultDirectory(experiment, asked);
  if (!flags.resume || !hasRun(directory)) return { configuration: asked, directory };
  const run = openRun(directory);
  if (run.experiment !== experiment.name) {
    throw new RunFolderError(`${directory} holds a run of ${run.experiment}, not of ${experiment.name}`);
  }
  requireSettings(experiment, run);
  const size = flags.size ?? run.size;
  const again = configure(experiment, requestOf(experiment, { ...flags, size }));
  return { configuration: overlaid(configurationOf(run), again, flags), directory };
}

/** What the folder says, and in its place what was asked for: a difference is an error of the run. */
function overlaid(stored: Configuration, asked: Configuration, flags: RunFlags): Configuration {
  const { size, seeds, seed, set, engine, backend, precision } = flags;
  return {
    ...stored,
    ...(size === undefined ? {} : { size: asked.size }),
    ...(seeds === undefined && seed === undefined ? {} : { seeds: asked.seeds }),
    ...(set.length === 0 ? {} : { settings: asked.settings }),
    ...([engine, backend, precision].every((flag) => flag === undefined) ? {} : { engine: asked.engine }),
  };
}

function requestOf(experiment: Experiment, { size, seeds, seed, set, ...flags }: RunFlags): ConfigurationRequest {
  return { size, seeds, seed, set, engine: chosenEngine(experiment, flags) };
}

/** For a shell. */
const quoted = (path: string) => (/^[\w./=,@%+-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`);

export function resumeText(
  { name }: Experiment,
  { size, out }: Pick<RunFlags, 'size' | 'out'>,
  directory: string,
): string {
  const standard = out === undefined && directory === `runs/${name}/${size ?? 'default'}`;
  const where = standard ? (size ? ` --size ${size}` : '') : ` --out ${quoted(directory)}`;
  return `lengthwise run ${name}${where} --resume`;
}

function documentOf(
  configuration: Configuration,
  directory: string,
  { wasFinished, rows, ran }: RunOutcome,
  checks: readonly Check[],
) {
  const schema = 'lengthwise/run-outcome@1';
  return { schema, ...configuration, directory, wasFinished, rows: rows.length, ran, checks };
}

function outcomeText(directory: string, { wasFinished, rows, ran }: RunOutcome, checks: readonly Check[]): string {
  const head = wasFinished ? `${directory} was finished before: ` : `${directory}: `;
  const engines = ran.length > 0 ? `\nengine: ${enginesText(ran)}` : '';
  return `${head}${rows.length} rows${engines}\n\n${checksText(checks)}`;
}

/** What trained. */
export const enginesText = (ran: readonly Ran[]): string =>
  ran.map(({ name, backend, precision }) => `${name} on ${backend}, ${precision}`).join('; ');
