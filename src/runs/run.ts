import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type OpenEngine, openEngine, trainBatch } from '../engines/index.js';
import type { Watch } from '../progress/index.js';
import { type Executor, openExecutor, type Program } from '../transformer/index.js';
import { type Configuration, executorOf } from './configuration.js';
import { environmentHere } from './environment.js';
import { TrialEvents } from './event-file.js';
import type { Experiment, Row, Trial, TrialContext, TrialState } from './experiment.js';
import { Journal, type Reached } from './journal.js';
import { JsonLines } from './json-lines.js';
import { FolderLock, LOCK } from './lock.js';
import { configurationOf, hasManifest, ManifestFile, type Ran, readManifest } from './manifest.js';
import { readStatus, StatusFile } from './status.js';
import { makeFolder, RunFolderError, replaceFile, storing } from './storage.js';
import { asRow, formatTable } from './table.js';

/** The files of a run folder that hold what was found, and how long it took. */
export const FILES = {
  metrics: 'metrics.jsonl',
  table: 'metrics.csv',
  samples: 'samples.jsonl',
  timings: 'timings.jsonl',
} as const;

/** How a run is done, without any influence on what it finds. */
export interface RunExecution extends Watch {
  /** Whether to go on with what the folder holds. Otherwise it must be empty or absent. */
  readonly resume?: boolean;
  /** Threads. Default: as many as the machine runs at once. */
  readonly workers?: number | undefined;
  /** Called when what runs transformers is ready: its name, and why what is usually faster does not run. */
  readonly onExecutor?: (name: string, reasons: readonly string[]) => void;
  /** Called when a trial begins: its name, how many have ended, how many there are. */
  readonly onTrial?: (name: string, finished: number, all: number) => void;
}

export interface RunOutcome {
  /** Whether the folder held the whole run before. */
  readonly wasFinished: boolean;
  readonly rows: readonly Row[];
  /** What trained; nothing where nothing was trained. */
  readonly ran: readonly Ran[];
}

/**
 * Runs an experiment into a folder. At any point it may be killed: with `resume` it goes on, and the rows are those of a run that
 * was never interrupted, byte for byte. An abort by the watch's signal rejects with its reason.
 *
 * @throws RunFolderError if the folder is in use, holds something else, is damaged or cannot be written
 */
export async function runExperiment(
  experiment: Experiment,
  configuration: Configuration,
  directory: string,
  execution: RunExecution = {},
): Promise<RunOutcome> {
  requireFolder(directory, configuration, execution.resume ?? false);
  makeFolder(directory);
  const lock = FolderLock.take(directory);
  try {
    // Once more: another process may have been here before the lock was taken.
    requireFolder(directory, configuration, execution.resume ?? false);
    const trials = experiment.trials(configuration.settings, configuration.seeds);
    const run = new Run(experiment, configuration, directory, trials);
    try {
      return await run.complete(execution);
    } finally {
      await run.close();
    }
  } finally {
    lock.release();
  }
}

/** The trials of a run, each into the same files. */
class Run {
  readonly #manifest: ManifestFile;
  readonly #journal: Journal;
  readonly #metrics: JsonLines;
  readonly #samples: JsonLines;
  readonly #timings: JsonLines;
  readonly #rows: Row[];
  /** Rows that there were when the current trial began. */
  #trialStart: number;
  #engine: OpenEngine | null = null;
  #executor: Executor | null = null;

  constructor(
    readonly experiment: Experiment,
    readonly configuration: Configuration,
    readonly directory: string,
    readonly trials: readonly Trial[],
  ) {
    this.#manifest = new ManifestFile(directory, configuration, experiment.columns);
    removeTemporary(directory);
    this.#journal = new Journal(
      directory,
      trials.map(({ name }) => name),
    );
    const { reached, finishedRows } = this.#journal.resumption;
    this.#trialStart = finishedRows;
    this.#metrics = new JsonLines(join(directory, FILES.metrics), reached.rows);
    this.#samples = new JsonLines(join(directory, FILES.samples), reached.samples);
    requireDigest(this.#metrics, reached.digests.rows);
    requireDigest(this.#samples, reached.digests.samples);
    this.#timings = JsonLines.atEnd(join(directory, FILES.timings));
    this.#rows = this.#metrics.documents() as Row[];
  }

  async complete(execution: RunExecution): Promise<RunOutcome> {
    const { finished, reached } = this.#journal.resumption;
    const { rows } = reached;
    const all = this.trials.length;
    const ended = readStatus(this.directory)?.state === 'finished' && existsSync(join(this.directory, FILES.table));
    if (finished === all && ended) return { wasFinished: true, rows: this.#rows, ran: this.#manifest.ran };
    this.#manifest.continueIn(environmentHere(), rows);
    const status = new StatusFile(this.directory, { finished, all });
    this.#time({ event: rows === 0 && finished === 0 ? 'begin' : 'resume' });
    try {
      await this.#runTrials(execution, status);
      this.#writeTable();
      status.end('finished');
      this.#time({ event: 'end' });
    } catch (error) {
      this.#failed(status, error, execution.signal?.aborted ?? false);
      throw error;
    }
    return { wasFinished: false, rows: this.#rows, ran: this.#manifest.ran };
  }

  async close(): Promise<void> {
    for (const lines of [this.#journal, this.#metrics, this.#samples, this.#timings]) lines.close();
    await this.#engine?.close();
  }

  /** An executor keeps every program that it made ready: those of one trial are enough. */
  async #closeExecutor(): Promise<void> {
    await this.#executor?.close();
    this.#executor = null;
  }

  async #runTrials(execution: RunExecution, status: StatusFile): Promise<void> {
    const total = this.trials.reduce((sum, { work }) => sum + work, 0);
    let before = 0;
    for (const [i, trial] of this.trials.entries()) {
      if (i >= this.#journal.resumption.finished) {
        const counts = { finished: i, all: this.trials.length };
        execution.onTrial?.(trial.name, counts.finished, counts.all);
        status.update({ trials: counts, trial: trial.name });
        const onProgress = (done: number) => {
          const fraction = (before + done * trial.work) / total;
          status.update({ done: fraction });
          execution.onProgress?.(fraction);
        };
        const state = i === this.#journal.resumption.finished ? this.#journal.resumption.state : null;
        await this.#runTrial(trial, state, { ...execution, onProgress });
      }
      before += trial.work;
    }
    status.update({ done: 1, trials: { finished: this.trials.length, all: this.trials.length } });
  }

  async #runTrial(trial: Trial, state: TrialState | null, execution: RunExecution): Promise<void> {
    const begun = performance.now();
    const known = this.#rows.slice(this.#trialStart, this.#metrics.count);
    const events = new TrialEvents(join(this.directory, 'tensorboard', trial.name), this.experiment.columns, known);
    try {
      await trial.run(this.#context(trial, state, execution, events));
    } finally {
      events.close();
      await this.#closeExecutor();
    }
    this.#sync();
    this.#journal.finish(trial.name, this.#reached());
    this.#trialStart = this.#metrics.count;
    this.#time({ event: 'trial', trial: trial.name, seconds: (performance.now() - begun) / 1000 });
  }

  #context(trial: Trial, state: TrialState | null, execution: RunExecution, events: TrialEvents): TrialContext {
    const { signal, onProgress, workers } = execution;
    const watch = { signal, onProgress };
    return {
      watch,
      state,
      train: async (replicates, program, onStage = () => {}, watching = watch) => {
        const onEngine = (report: OpenEngine['report']) => this.#manifest.engineRan(report);
        return trainBatch(replicates, program, { ...this.#chainEngine, workers }, { onEngine, onStage }, watching);
      },
      kernels: () => this.#kernels(),
      executor: (trial) => this.#openExecutor(trial, execution),
      record: (cells) => {
        const row = asRow(this.experiment.columns, cells);
        if (this.#metrics.record(row)) this.#rows.push(row);
        events.add(row);
      },
      sample: (sample) => void this.#samples.record({ trial: trial.name, ...sample }),
      save: (saved) => {
        signal?.throwIfAborted();
        this.#sync();
        this.#journal.save(trial.name, this.#reached(), saved);
      },
    };
  }

  async #kernels(): Promise<OpenEngine> {
    const { engine, precision, backend } = this.#chainEngine;
    this.#engine ??= await openEngine(engine, { precision, backend });
    this.#manifest.engineRan(this.#engine.report);
    return this.#engine;
  }

  get #chainEngine() {
    const { engine } = this.configuration;
    if ('engine' in engine) return engine;
    throw new Error(`${this.experiment.name} trains transformers: it has executor(), not train() and kernels()`);
  }

  /** A run goes on with the executor that it began with. */
  async #openExecutor(trial: Program, { onExecutor }: RunExecution): Promise<Executor> {
    const { engine } = this.configuration;
    if ('engine' in engine) throw new Error(`${this.experiment.name} trains chains: it has no executor()`);
    if (this.#executor) return this.#executor;
    const reasons: string[] = [];
    const request = {
      ...(executorOf(this.#manifest.ran) ?? engine),
      onRefused: (reason: string) => reasons.push(reason),
    };
    this.#executor = await openExecutor(request, trial);
    const { executor: name, backend, executorKind, adapter } = this.#executor.report;
    this.#manifest.engineRan({ name, backend, executorKind, precision: 'f32', adapter });
    onExecutor?.(`${name} on ${backend}`, reasons);
    return this.#executor;
  }

  /** What an entry of the journal speaks of reaches the disk before it. */
  #sync(): void {
    this.#metrics.sync();
    this.#samples.sync();
  }

  #reached(): Reached {
    const [metrics, samples] = [this.#metrics, this.#samples];
    return {
      rows: metrics.count,
      samples: samples.count,
      digests: { rows: metrics.digest, samples: samples.digest },
    };
  }

  #writeTable(): void {
    replaceFile(join(this.directory, FILES.table), formatTable(this.experiment.columns, this.#rows));
  }

  /** Leaves what there is in good order; if that fails, too, the first error is the one to be told. */
  #failed(status: StatusFile, error: unknown, aborted: boolean): void {
    const message = error instanceof Error ? error.message : String(error);
    for (const last of [
      () => this.#writeTable(),
      () => (aborted ? status.end('interrupted') : status.end('failed', message)),
      () => this.#time({ event: aborted ? 'interrupted' : 'failed' }),
    ]) {
      try {
        last();
      } catch {}
    }
  }

  #time(entry: { readonly event: string; readonly trial?: string; readonly seconds?: number }): void {
    this.#timings.record({ at: new Date().toISOString(), ...entry });
  }
}

/** @throws RunFolderError if the folder holds what this run must not touch */
function requireFolder(directory: string, configuration: Configuration, resume: boolean): void {
  if (!existsSync(directory)) return;
  if (hasManifest(directory)) requireSameRun(directory, configuration, resume);
  else {
    const others = storing(directory, () => readdirSync(directory)).filter((name) => !isOwn(name));
    if (others.length > 0) {
      throw new RunFolderError(`${directory} holds ${others[0]} and no run; a run needs an empty folder or a new one`);
    }
  }
}

/** What a kill before run.json was written can leave behind. */
const isOwn = (name: string) => name === LOCK || name.startsWith(`${LOCK}.`) || name.endsWith('.tmp');

/** What kills in the middle of a replacement have left. */
function removeTemporary(directory: string): void {
  for (const folder of [directory, join(directory, 'checkpoints')]) {
    if (!existsSync(folder)) continue;
    for (const name of readdirSync(folder)) if (name.endsWith('.tmp')) rmSync(join(folder, name), { force: true });
  }
}

/** @throws RunFolderError if the lines up to the last entry of the journal are not those that were recorded */
function requireDigest(lines: JsonLines, digest: string): void {
  if (lines.digest === digest) return;
  throw new RunFolderError(`${lines.path} is damaged: its first ${lines.count} lines are not those that were recorded`);
}

function requireSameRun(directory: string, configuration: Configuration, resume: boolean): void {
  const found = configurationOf(readManifest(directory));
  if (!resume) {
    const what = found.experiment === configuration.experiment ? 'this experiment' : found.experiment;
    throw new RunFolderError(
      `${directory} holds a run of ${what}; --resume goes on with it, --out takes another folder`,
    );
  }
  for (const key of ['experiment', 'size', 'seeds', 'settings', 'engine'] as const) {
    const [stored, asked] = [found[key], configuration[key]].map((value) => JSON.stringify(value));
    if (stored !== asked) throw new RunFolderError(`${directory} holds a run with ${key} ${stored}, not ${asked}`);
  }
}
