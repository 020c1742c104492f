import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Configuration,
  commandOf,
  configure,
  type Evidence,
  type Experiment,
  type Falsifier,
  keyedSeed,
  type Outcome,
  type Row,
  runExperiment,
  type Watch,
  type World,
} from '../../src/index.js';
import { BOUND_TEXT, expectationsOf, outcomeOf, type RunMade, seedsAsExpected } from './experiment-evidence.js';

/** Seeds of new runs; those of stored ones are far below. */
const SEEDS = 2 ** 32;

export interface ReRunOptions {
  readonly falsifiers: readonly Falsifier[];
  /** What is trained in a world, where that is not what the size says. It is judged by the size's settings. */
  readonly settingsIn?: (world: World) => object;
}

/** Evidence by a new run of the smoke size, with fresh seeds. */
export function reRunEvidence(experiment: Experiment, { falsifiers, settingsIn }: ReRunOptions): Evidence {
  const { settings, seeds } = experiment.sizes.smoke;
  const rowsOf = remembered((configuration, watch) => runOnce(experiment, configuration, watch));
  return {
    id: 're-run',
    kind: 'experiment',
    thoroughOnly: true,
    description:
      `A new run of size smoke with ${seeds} fresh seeds, keyed by that of this evidence, by onnxruntime on the processor, judged by the checks of the experiment: ` +
      `${expectationsOf(experiment, settings)}. Refuted if no seed is as expected, inconclusive if some are and the checks do not hold. ${BOUND_TEXT}`,
    falsifiers,
    run: async (world, context) => {
      const seed = 1 + (keyedSeed(context.seed, experiment.name, 0) % SEEDS);
      const asked = configure(experiment, { size: 'smoke', seed, engine: { executor: 'onnx', backend: 'cpu' } });
      const configuration = { ...asked, settings: { ...asked.settings, ...settingsIn?.(world) } };
      const rows = await rowsOf(configuration, context);
      const run = { ...asked, made: `\`${commandOf(experiment, configuration)}\`` };
      return outcomeOfFew(experiment, run, world.observed(experiment.name, rows));
    },
  };
}

/** Few seeds do not tell a failure that is rare from a claim that is false: only if all of them fail, it is refuted. */
function outcomeOfFew(experiment: Experiment, run: RunMade, rows: readonly Row[]): Outcome {
  const outcome = outcomeOf(experiment, run, rows);
  if (outcome.verdict !== 'refuted' || seedsAsExpected(experiment, run, rows) === 0) return outcome;
  const { detail, margin } = outcome;
  return { verdict: 'inconclusive', detail, margin };
}

type RowsOf = (configuration: Configuration, watch: Watch) => Promise<readonly Row[]>;

/** The rows of the last run are kept: a world in which something else is observed has trained the same. */
function remembered(run: RowsOf): RowsOf {
  let last: { readonly key: string; readonly rows: readonly Row[] } | null = null;
  return async (configuration, watch) => {
    const key = JSON.stringify(configuration);
    if (last?.key !== key) last = { key, rows: await run(configuration, watch) };
    return last.rows;
  };
}

async function runOnce(
  experiment: Experiment,
  configuration: Configuration,
  { signal, onProgress }: Watch,
): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'lengthwise-re-run-'));
  try {
    const { rows } = await runExperiment(experiment, configuration, folder, { signal, onProgress });
    return rows;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
