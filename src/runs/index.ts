export {
  type Cell,
  type Check,
  type Column,
  type Experiment,
  type Row,
  type Sample,
  SIZES,
  type Size,
  type SizeSettings,
  type Trial,
  type TrialContext,
  type TrialState,
} from './experiment.js';
export { newestRun, openRun, type StoredRun } from './stored-run.js';
