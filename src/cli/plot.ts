import { Argument, Command, Option } from 'commander';
import { EXPERIMENTS } from '../../experiments/index.js';
import { FIGURE_FORMATS, type FigureFormat, type IllustratedExperiment, writeFigure } from '../figures/index.js';
import { newestRun, openRun, requireSettings, type StoredRun } from '../runs/index.js';
import { experimentNamed } from './experiment-named.js';
import { folderName, jsonOption } from './options.js';
import { print, printJson } from './output.js';
import { UsageError } from './usage-error.js';

const RUNS = 'runs';

const EXAMPLE = `
Formats: svg; pdf with its fonts in it; png at 300 dots per inch; tikz, for \\input in a document that loads pgfplots; csv, the
numbers; vl, a specification for Vega-Lite. A figure's caption is written with it, as text and for LaTeX. The same run gives
the same bytes.

Example:
  lengthwise plot NAME --to paper/figures --format pdf,tikz`;

interface PlotFlags {
  readonly from?: string;
  readonly to: string;
  readonly format: readonly FigureFormat[];
  readonly json?: boolean;
}

/** @param experiments that have figures */
export function plotCommand(experiments: readonly IllustratedExperiment[] = EXPERIMENTS): Command {
  return new Command('plot')
    .description('the figures of an experiment, from a run that was stored')
    .addArgument(new Argument('<name>', 'of the experiment'))
    .addOption(
      new Option('--from <folder>', `of the run; default: the newest finished one of the experiment in ${RUNS}/`),
    )
    .addOption(new Option('--to <folder>', 'for the figures').argParser(folderName('--to')).default('figures'))
    .addOption(
      new Option('--format <names>', `some of ${FIGURE_FORMATS.join(',')}`)
        .argParser(parseFormats)
        .default(FIGURE_FORMATS, 'all'),
    )
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLE)
    .action((name: string, flags: PlotFlags) => plot(experimentNamed(name, experiments), flags));
}

async function plot(experiment: IllustratedExperiment, { from, to, format, json }: PlotFlags): Promise<void> {
  const run = storedRun(experiment.name, from);
  requireSettings(experiment, run);
  if (run.state !== 'finished' && run.state !== 'stored') {
    process.stderr.write(`warning: the run in ${run.directory} is ${run.state}; its figures show what there is\n`);
  }
  const files: string[] = [];
  for (const figure of experiment.figures(run.rows, run.settings))
    files.push(...(await writeFigure(figure, to, format)));
  const { directory, size, state } = run;
  const document = { schema: 'lengthwise/plot@1', experiment: experiment.name, from: directory, size, state, files };
  if (json) await printJson(document);
  else await print([`from ${directory}, size ${size}:`, ...files].join('\n'));
}

/** Some formats, each once, in any order. */
function parseFormats(text: string): FigureFormat[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !FIGURE_FORMATS.some((format) => format === name));
  if (unknown === undefined) return FIGURE_FORMATS.filter((format) => names.includes(format));
  throw new UsageError(
    `--format is "${text}"; it must be a list, with commas, of some of ${FIGURE_FORMATS.join(', ')}`,
  );
}

function storedRun(name: string, from: string | undefined): StoredRun {
  const directory = from ?? newestRun(RUNS, name);
  if (directory === null) {
    throw new UsageError(`there is no finished run of ${name} in ${RUNS}/; make one by: lengthwise run ${name}`);
  }
  const run = opened(directory);
  if (run.experiment === name) return run;
  throw new UsageError(`--from is "${directory}", a run of ${run.experiment}; it must be one of ${name}`);
}

function opened(directory: string): StoredRun {
  try {
    return openRun(directory);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`--from is "${directory}"; it must be the folder of a run: ${reason}`, { cause: error });
  }
}
