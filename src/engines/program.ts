import { part, type Watch } from '../progress/index.js';
import type { RewardName } from '../task/index.js';
import {
  type Evaluation,
  evaluateAll,
  type Kernels,
  type SgdSettings,
  starRoundAll,
  type TrainedChain,
} from '../training/index.js';

/** One chain to train. */
export interface Replicate {
  /** Bits, an integer >= 2. */
  readonly d: number;
  /** p in (0, 1): fraction of long demonstrations. */
  readonly pCot: number;
  /** lambda, in [1e-100, 1e6]. */
  readonly lambda: number;
  /** Keys every random number. */
  readonly seed: number;
}

/** Rounds of STaR after pre-training. */
export interface StarProgram {
  readonly rounds: number;
  /** Responses drawn in each round. */
  readonly samples: number;
  readonly reward: RewardName;
  readonly start: 'fresh' | 'warm';
}

/** What is done with each replicate. */
export interface Program extends SgdSettings {
  /** T, sequences of pre-training. */
  readonly samples: number;
  /** null: pre-training only. */
  readonly star: StarProgram | null;
  /** Fresh inputs for the evaluation after each stage; 0: none. */
  readonly evaluate: number;
  /** Of sampling, in STaR and in evaluation. */
  readonly temperature: number;
}

/** What a stage has led to. */
export interface Stage {
  readonly stage: 'pretraining' | 'star';
  /** 0 for pre-training. */
  readonly round: number;
  /** Responses drawn. */
  readonly samples: number;
  /** Responses trained on. */
  readonly accepted: number;
  /** null if none was asked for. */
  readonly evaluation: Evaluation | null;
}

/** Called with each stage of each replicate when it has ended. */
export type StageVisitor = (replicate: number, stage: Stage) => void;

/** Takes replicates through a program together, with the kernels of one engine, in this thread. */
export async function runProgram(
  kernels: Kernels,
  replicates: readonly Replicate[],
  program: Program,
  onStage: StageVisitor,
  watch: Watch,
): Promise<TrainedChain[]> {
  const { samples, star, temperature } = program;
  const rounds = star?.rounds ?? 0;
  // A stage is training, then evaluation.
  const trainingOf = (round: number) => part(watch, 2 * round, 2 * (rounds + 1));
  const evaluationOf = (round: number) => part(watch, 2 * round + 1, 2 * (rounds + 1));

  const mixtures = replicates.map(({ lambda, ...mixture }) => ({ data: { ...mixture, samples }, lambda }));
  let chains = await kernels.train(mixtures, program, trainingOf(0));
  const finish = async (stage: Stage['stage'], round: number, drawn: number, accepted: readonly number[]) => {
    const evaluations = await evaluated(kernels, replicates, chains, program, evaluationOf(round));
    for (const [i, count] of accepted.entries()) {
      onStage(i, { stage, round, samples: drawn, accepted: count, evaluation: evaluations?.[i] ?? null });
    }
  };
  await finish(
    'pretraining',
    0,
    samples,
    replicates.map(() => samples),
  );
  for (let round = 1; star && round <= rounds; round++) {
    const tasks = replicates.map(({ seed, lambda }, i) => ({ current: chains[i]!, seed, lambda }));
    const settings = { ...star, round, temperature };
    const found = await starRoundAll(kernels, tasks, settings, program, trainingOf(round));
    chains = found.map(({ trained }) => trained);
    await finish(
      'star',
      round,
      star.samples,
      found.map(({ accepted }) => accepted),
    );
  }
  return chains;
}

async function evaluated(
  kernels: Kernels,
  replicates: readonly Replicate[],
  chains: readonly TrainedChain[],
  { evaluate, temperature }: Program,
  watch: Watch,
): Promise<Evaluation[] | null> {
  if (evaluate === 0) return null;
  const models = replicates.map(({ seed }, i) => ({ model: chains[i]!.model, seed }));
  return evaluateAll(kernels, models, { samples: evaluate, temperature }, watch);
}
