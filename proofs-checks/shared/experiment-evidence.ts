/** What a run of an experiment, stored or new, says about the claim on it. */
import { clopperPearsonLower, type Experiment, type Falsifier, type Outcome, type Row } from '../../src/index.js';

/** The probability with which the declared bound over seeds misses. */
const MISS = 0.05;

/** What the bound over seeds is, for descriptions. */
export const BOUND_TEXT = `Declared error: if k of n seeds are as expected, each by its own rows, another seed of their kind is so with probability at least the lower bound of Clopper and Pearson at level ${1 - MISS}: ${MISS}^(1/n) if all of them are.`;

/** What the checks of an experiment expect with these settings, with their tolerances. */
export function expectationsOf(experiment: Experiment, settings: object): string {
  return experiment
    .checks([], settings)
    .map(({ expected }) => expected)
    .join('; ');
}

/** The experiment's own planted errors, as falsehoods about what was observed. */
export function observedFalsely({ name, falsifiers }: Experiment): Falsifier[] {
  return Object.entries(falsifiers).map(([error, wrong]) => ({
    id: `${name}-${error.replaceAll(' ', '-')}`,
    description: `in the rows of ${name} ${error}`,
    plant: (world) => ({
      ...world,
      observed: (experiment, rows) => {
        const seen = world.observed(experiment, rows);
        return experiment === name ? seen.map(wrong) : seen;
      },
    }),
  }));
}

/** What was run: its settings and seeds, and in words how. */
export interface RunMade {
  readonly settings: object;
  readonly seeds: readonly number[];
  readonly made: string;
}

/** The verdict of the experiment's own checks: one that fails refutes, and without one that holds nothing is known. */
export function outcomeOf(experiment: Experiment, run: RunMade, rows: readonly Row[]): Outcome {
  const { settings, seeds, made } = run;
  const checks = experiment.checks(rows, settings);
  const failed = checks.find(({ holds }) => holds === false);
  const held = checks.filter(({ holds }) => holds).length;
  const undecided = checks.filter(({ holds }) => holds === null).length;
  const { margin, text } = overSeeds(seeds, seedsAsExpected(experiment, run, rows));
  const count = `${held} of ${checks.length} checks as expected${undecided > 0 ? `, ${undecided} undecided` : ''}`;
  const detail = `${count}; ${text}; ${made}`;
  if (failed) {
    const { expected, found } = failed;
    const counterexample = { expected, found };
    return { verdict: 'refuted', detail: `${expected}: found ${found}; ${detail}`, margin, counterexample };
  }
  return { verdict: held > 0 ? 'holds' : 'inconclusive', detail, margin };
}

/** How many seeds are as expected by their own rows: a check holds, and none fails. */
export function seedsAsExpected(
  experiment: Experiment,
  { settings, seeds }: Omit<RunMade, 'made'>,
  rows: readonly Row[],
): number {
  return seeds.filter((seed) => {
    const own = rows.filter((row) => row.seed === seed);
    const found = experiment.checks(own, settings).map(({ holds }) => holds);
    return found.includes(true) && !found.includes(false);
  }).length;
}

function overSeeds(seeds: readonly number[], successes: number): { readonly margin: string; readonly text: string } {
  const trials = seeds.length;
  const bound = clopperPearsonLower({ successes, trials, alpha: MISS });
  // Rounded down, to remain a bound.
  const shown = (Math.floor(1000 * bound) / 1000).toFixed(3);
  return {
    margin: `${successes} of ${trials} seeds, >= ${shown}`,
    text:
      `seeds ${seeds[0]} to ${seeds.at(-1)}, of which ${successes} of ${trials} are as expected: another seed of their kind is so with ` +
      `probability at least ${shown}, at level ${1 - MISS} (Clopper and Pearson)`,
  };
}
