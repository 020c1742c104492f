import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import {
  type Configuration,
  compareRuns,
  configurationOf,
  executorOf,
  findRuns,
  openRun,
  type RunComparison,
  RunFolderError,
  readStatus,
  requireSettings,
  runExperiment,
  type StoredRun,
} from '../runs/index.js';
import { checksText } from './checks-output.js';
import { addRunEngineOptions, chosenEngine, type RunEngineFlags, workersOption } from './engine-options.js';
import { experimentNamed } from './experiment-named.js';
import { INTERRUPTED_EXIT, Interrupted, type Invocation } from './invocation.js';
import { folderName, jsonOption } from './options.js';
import { colour, print, printJson, table } from './output.js';
import { Progress } from './progress.js';
import { enginesText, resumeText } from './run.js';
import { duration, TimeLeft } from './time-left.js';
import { usage } from './usage-error.js';

interface JsonFlag {
  readonly json?: boolean;
}

const EXAMPLE = `
Examples:
  lengthwise runs list
  lengthwise runs show runs/threshold/default
  lengthwise runs reproduce runs/threshold/default`;

export function runsCommand(invocation: Invocation): Command {
  return new Command('runs')
    .description('the runs that are stored: list them, show or compare them, or reproduce one')
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(compareCommand(invocation))
    .addCommand(reproduceCommand(invocation))
    .addHelpText('after', EXAMPLE);
}

function listCommand(): Command {
  return new Command('list')
    .description('the run folders below a folder')
    .argument('[folder]', 'where to look', 'runs')
    .addOption(jsonOption())
    .action(async (folder: string, { json }: JsonFlag) => {
      const { runs, damaged } = openAll(findRuns(folder));
      if (json) return printJson({ schema: 'lengthwise/runs@1', runs: runs.map(summary), damaged });
      for (const reason of damaged) process.stderr.write(`warning: ${reason}\n`);
      if (runs.length === 0) return print(`no runs below ${folder}; lengthwise run NAME makes one`);
      const header = ['folder', 'experiment', 'size', 'seeds', 'state', 'rows', 'time', 'last written'];
      await print(table(header, runs.map(listRow), [3, 5, 6]));
    });
}

/** Those that can be read, and why the others cannot. */
function openAll(directories: readonly string[]): { readonly runs: StoredRun[]; readonly damaged: string[] } {
  const [runs, damaged]: [StoredRun[], string[]] = [[], []];
  for (const directory of directories) {
    try {
      runs.push(openRun(directory));
    } catch (error) {
      if (!(error instanceof RunFolderError)) throw error;
      damaged.push(error.message);
    }
  }
  return { runs, damaged };
}

function showCommand(): Command {
  return new Command('show')
    .description('what a run folder holds, and whether it is what was expected')
    .argument('<folder>')
    .addOption(jsonOption())
    .action(async (folder: string, { json }: JsonFlag) => {
      const run = openRun(folder);
      requireSettings(experimentNamed(run.experiment), run);
      const checks = isWhole(run) ? experimentNamed(run.experiment).checks(run.rows, run.settings) : [];
      if (json)
        return printJson({ schema: 'lengthwise/stored-run@1', ...summary(run), settings: run.settings, checks });
      await print(`${showText(run)}\n\n${checks.length > 0 ? checksText(checks) : 'unfinished: nothing is checked'}`);
    });
}

function compareCommand(invocation: Invocation): Command {
  return new Command('compare')
    .description('whether two runs found the same: bitwise, statistically, or not (exit code 1)')
    .argument('<first>')
    .argument('<second>')
    .addOption(jsonOption())
    .action(async (first: string, second: string, { json }: JsonFlag) => {
      await tell(compareRuns(openRun(first), openRun(second)), json, invocation);
    });
}

interface ReproduceFlags extends RunEngineFlags, JsonFlag {
  readonly out?: string;
}

function reproduceCommand(invocation: Invocation): Command {
  const command = new Command('reproduce')
    .description('run a stored run again and compare: bitwise, statistical, or no (exit code 1)')
    .argument('<folder>')
    .addOption(
      new Option('--out <folder>', 'keep the new run there (default: it is deleted)').argParser(folderName('--out')),
    );
  return addRunEngineOptions(command)
    .addOption(workersOption())
    .addOption(jsonOption())
    .action((folder: string, flags: ReproduceFlags) => reproduce(folder, flags, invocation));
}

/** The engine that was asked for, or the executor that was chosen. */
function madeWith({ engine }: Configuration, { ran }: StoredRun): Configuration['engine'] {
  return 'engine' in engine ? engine : (executorOf(ran) ?? engine);
}

async function reproduce(folder: string, flags: ReproduceFlags, invocation: Invocation): Promise<void> {
  const stored = openRun(folder);
  const experiment = experimentNamed(stored.experiment);
  requireSettings(experiment, stored);
  if (!isWhole(stored)) throw new RunFolderError(`${folder} is ${stored.state}; only a finished run can be reproduced`);
  const configuration = configurationOf(stored);
  const engine = (await usage(() => chosenEngine(experiment, flags))) ?? madeWith(configuration, stored);
  const directory = flags.out ?? mkdtempSync(join(tmpdir(), 'lengthwise-'));
  const progress = new Progress();
  const left = new TimeLeft();
  const execution = {
    workers: flags.workers,
    signal: invocation.signal,
    onProgress: (done: number) => progress.update(done, `${stored.experiment}${left.after(done)}`),
  };
  try {
    await usage(() => runExperiment(experiment, { ...configuration, engine }, directory, execution));
    progress.stop();
    await tell(compareRuns(stored, openRun(directory)), flags.json, invocation);
  } catch (error) {
    if (!(error instanceof Interrupted) || flags.out === undefined) throw error;
    progress.stop();
    invocation.exitCode = INTERRUPTED_EXIT;
    const go = resumeText(experiment, { out: flags.out }, flags.out);
    process.stderr.write(`interrupted; ${go} goes on, and lengthwise runs compare then compares\n`);
  } finally {
    progress.stop();
    if (flags.out === undefined) rmSync(directory, { recursive: true, force: true });
  }
}

async function tell(comparison: RunComparison, json: boolean | undefined, invocation: Invocation): Promise<void> {
  const { verdict, reason, differences } = comparison;
  if (verdict === 'no') invocation.exitCode = 1;
  if (json) return printJson({ schema: 'lengthwise/comparison@1', ...comparison });
  const lines = differences.map((difference) => `differs in ${difference}`);
  await print([`${colour(verdict === 'no' ? 31 : 32, verdict)}: ${reason}`, ...lines].join('\n'));
}

const isWhole = ({ state }: StoredRun) => state === 'finished' || state === 'stored';

/** What a list says of a run. */
function summary(run: StoredRun) {
  const { directory, experiment, size, seeds, state, rows, seconds, environments, ran } = run;
  const { done = null, heartbeat = null, error = null } = readStatus(directory) ?? {};
  return {
    directory,
    experiment,
    size,
    seeds,
    state,
    rows: rows.length,
    seconds,
    done,
    heartbeat,
    error,
    ran,
    environments,
  };
}

function listRow(run: StoredRun): string[] {
  const { directory, experiment, size, seeds, state, rows, seconds, done, heartbeat } = summary(run);
  const share = done === null || done === 1 ? '' : ` at ${Math.floor(100 * done)}%`;
  const time = seconds === null ? '-' : duration(seconds);
  return [directory, experiment, size, String(seeds.length), `${state}${share}`, String(rows), time, heartbeat ?? '-'];
}

function showText(run: StoredRun): string {
  const { seeds, state, seconds, error, environments, ran } = summary(run);
  const settings = Object.entries(run.settings).map(([key, value]) => [`  ${key}`, String(value)]);
  const places = environments.map(({ fromRow, commit, modified, versions, hardware }) => {
    const code = commit === null ? versions.lengthwise : `${commit.slice(0, 12)}${modified ? ' with changes' : ''}`;
    return `from row ${fromRow}: ${code}, Node ${versions.node}, ${hardware.processor}, ${hardware.cores} cores`;
  });
  const lines = [
    ['experiment', `${run.experiment}, size ${run.size}`],
    ['state', error === null ? state : `${state}: ${error}`],
    ['rows', String(run.rows.length)],
    ['time', seconds === null ? '-' : duration(seconds)],
    ['seeds', seeds.length === 0 ? 'none' : seeds.join(', ')],
    ['engine', enginesText(ran) || 'none: nothing was trained'],
    ...places.map((place) => ['ran', place]),
    ['settings', ''],
    ...settings,
  ];
  const width = Math.max(...lines.map(([name]) => name!.length));
  return lines.map(([name, value]) => `${name!.padEnd(width)}  ${value}`.trimEnd()).join('\n');
}
