export { CHECKSUMS, damagedFiles, formatChecksums } from './checksums.js';
export { commandOf } from './command.js';
export { compareRows, compareRuns, type Reproduction, type RunComparison } from './comparison.js';
export {
  Configuration,
  type ConfigurationRequest,
  configure,
  defaultDirectory,
  describeSettings,
  executorOf,
} from './configuration.js';
export { packageRoot } from './environment.js';
export { crc32c, EventFile } from './event-file.js';
export {
  type Cell,
  type Check,
  type Column,
  type Experiment,
  type ModelKind,
  type Row,
  type Sample,
  SIZES,
  type Size,
  type SizeSettings,
  type Trial,
  type TrialContext,
  type TrialState,
} from './experiment.js';
export { configurationOf, hasManifest as hasRun, type Ran } from './manifest.js';
export { type RunExecution, type RunOutcome, runExperiment } from './run.js';
export { type RunState, readStatus } from './status.js';
export { makeFolder, RunFolderError, replaceFile } from './storage.js';
export { findRuns, newestRun, openRun, requireSettings, type StoredRun } from './stored-run.js';
export { formatTable, parseTable } from './table.js';
