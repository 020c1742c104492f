import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { StoredResult } from '../../experiments/index.js';
import {
  commandOf,
  configure,
  damagedFiles,
  type Evidence,
  type Experiment,
  type Outcome,
  openRun,
  requireSettings,
  type StoredRun,
} from '../../src/index.js';
import { BOUND_TEXT, expectationsOf, observedFalsely, outcomeOf } from './experiment-evidence.js';

/**
 * Evidence by a run that is stored with this package. One that is absent is not checked; one that is damaged is inconclusive, since a
 * file that was changed says nothing about what was run.
 *
 * @param root of the stored runs, where their checksums are
 */
export function storedRunEvidence(root: string, { experiment, size, folder }: StoredResult): Evidence {
  const { settings, seeds } = experiment.sizes[size];
  return {
    id: size === 'default' ? 'stored-run' : `stored-run-${size}`,
    kind: 'experiment',
    description:
      `Rows of the run in experiments/results/${folder} (size ${size}, ${seeds} seeds), whose files have the SHA-256 that was stored with them, ` +
      `by the checks of the experiment: ${expectationsOf(experiment, settings)}. ${BOUND_TEXT}`,
    falsifiers: observedFalsely(experiment),
    run: async (world) => {
      const directory = join(root, folder);
      if (!existsSync(directory)) return notStored({ experiment, size, folder });
      const damaged = damagedFiles(root, folder);
      if (damaged.length > 0) return undecided(`not what was stored, by its SHA-256: ${damaged.join(', ')}`);
      const run = openRun(directory);
      if (run.experiment !== experiment.name || run.size !== size) {
        return undecided(`${folder} holds a run of ${run.experiment}, size ${run.size}`);
      }
      requireSettings(experiment, run);
      const other = Object.entries(settings).find(([name, value]) => !isDeepStrictEqual(run.settings[name], value));
      if (other) {
        const [name, value] = other;
        return undecided(`${folder} was run with ${name} ${run.settings[name]}, not ${value} as size ${size}`);
      }
      const missing = run.seeds.filter((seed) => !run.rows.some((row) => row.seed === seed));
      if (missing.length > 0) return undecided(`${folder} has no rows of seed ${missing.join(', ')}`);
      const made = madeBy(experiment, run);
      return outcomeOf(experiment, { seeds: run.seeds, settings, made }, world.observed(experiment.name, run.rows));
    },
  };
}

function notStored({ experiment, size, folder }: StoredResult): Outcome {
  const command = commandOf(experiment, configure(experiment, { size }));
  const detail = `experiments/results/${folder} is not there; \`${command}\` makes such a run`;
  return { verdict: 'not checked', detail, margin: 'no stored run' };
}

const undecided = (detail: string): Outcome => ({ verdict: 'inconclusive', detail, margin: 'damaged' });

/** How the run was made, and what it took. */
function madeBy(experiment: Experiment, run: StoredRun): string {
  const { seconds, ran, environments } = run;
  const time = seconds === null ? 'in unknown time' : `in ${(seconds / 60).toFixed(1)} min`;
  const engines = ran.map(({ name, backend, precision }) => `${name} on ${backend}, ${precision}`);
  const places = environments.map(({ hardware, versions, commit }) => {
    const { cores, processor } = hardware;
    const names = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
    return `${cores} cores of ${processor}, ${names.join(', ')}, commit ${commit?.slice(0, 12) ?? 'unknown'}`;
  });
  return [`\`${commandOf(experiment, run, ran)}\` ${time}`, ...engines, ...places].join('; ');
}
