import type { Row, TransformerPolicy, TrialContext } from '../../src/index.js';
import { integerOf } from './chain-state.js';
import { answersOf, recordResponses } from './transformer-answers.js';
import {
  type Mixture,
  type PostTraining,
  portion,
  postTrained,
  pretrainedTransformer,
  savedTransformer,
  stageOf,
  type TransformerSettings,
  transformerPolicy,
  transformerState,
} from './transformers.js';

/** One of several ways to go on from the same pre-trained transformer. */
export interface Branch {
  /** Cells that tell its rows from those of others. */
  readonly keys: Row;
  readonly training: PostTraining;
}

/** Parts of pre-training, after each of which it is saved: of an interrupted one, no more than the last is done again. */
const PARTS = 4;

/**
 * Pre-trains once and goes on in every way, with a row after pre-training for each of them and one after each of its rounds. What is
 * saved is the transformer in pre-training and after it, and how many ways are done.
 */
export async function runBranches(
  context: TrialContext,
  settings: TransformerSettings,
  mixture: Mixture,
  branches: readonly Branch[],
): Promise<void> {
  const { watch, state } = context;
  const shares = [
    settings.steps * settings.batch,
    ...branches.map(({ training }) => 3 * training.rounds * settings.rollouts),
  ];
  const ends = shares.map((_, i) => sum(shares.slice(0, i + 1)) / sum(shares));
  const resumed = state && stageOf(state) === 'rl' ? state : null;
  const start = resumed
    ? await transformerPolicy(context, settings, mixture, transformerState(resumed))
    : await pretrainedTransformer(context, settings, mixture, PARTS, async () => {}, portion(watch, 0, ends[0]!));
  for (const [i, branch] of branches.entries()) {
    if (resumed && i < integerOf(resumed, 'done')) continue;
    await runBranch({ ...context, watch: portion(watch, ends[i]!, ends[i + 1]!) }, settings, start, branch);
    context.save(savedTransformer('rl', start, { done: i + 1 }));
  }
}

async function runBranch(
  context: TrialContext,
  settings: TransformerSettings,
  start: TransformerPolicy,
  { keys, training }: Branch,
): Promise<void> {
  const { seed } = start.options;
  const seen = settings.steps * settings.batch;
  const policy = start.frozen();
  const record = async (cells: Row) =>
    context.record({ ...keys, seed, ...cells, ...(await answersOf(policy, settings.inputs, context.watch)) });
  await record({ stage: 'pretraining', sequences: seen, round: 0 });
  await postTrained(
    policy,
    settings,
    training,
    (round, done) => record({ stage: 'rl', sequences: seen + done.sequences, round }),
    context.watch,
  );
  // A response has a reward of its own.
  const { reward: trainedOn = null, ...others } = keys;
  await recordResponses(context, policy, { ...others, trained_on: trainedOn, seed, stage: 'rl' }, 1);
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
