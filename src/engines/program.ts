import { part, type Watch } from '../progress/index.js';
import type { DemonstrationNoise, RewardName } from '../task/index.js';
import {
  ChainPolicy,
  type Evaluation,
  evaluate,
  type Kernels,
  loops,
  type PackedResponses,
  PolicyGradient,
  type PolicyGradientSettings,
  type SgdSettings,
  starRound,
  type TrainedChain,
  type Update,
  type UpdateMetrics,
} from '../training/index.js';
import { together } from './together.js';

/** One chain to train. */
export interface Replicate extends DemonstrationNoise {
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
  /** Whether a pair of prompt and response is kept again in its round. Default 'keep'. */
  readonly duplicates?: 'keep' | 'reject';
}

/** Updates by REINFORCE or GRPO after pre-training. Every engine makes them in float64, each chain by itself. */
export interface PolicyGradientProgram extends Omit<PolicyGradientSettings, 'temperature' | 'accept'> {
  readonly updates: number;
  /** Updates of a stage; the last stage may have fewer. */
  readonly evaluateEvery: number;
}

/** What is done with each replicate. */
export interface Program extends SgdSettings {
  /** T, sequences of pre-training. */
  readonly samples: number;
  /** null: no STaR. */
  readonly star: StarProgram | null;
  /** Instead of STaR. Default: none. */
  readonly policyGradient?: PolicyGradientProgram | null;
  /** Fresh inputs for the evaluation after each stage; 0: none. */
  readonly evaluate: number;
  /** Of sampling, in post-training and in evaluation. */
  readonly temperature: number;
}

/** What a stage has led to. */
export interface Stage {
  readonly stage: 'pretraining' | 'star' | 'reinforce' | 'grpo';
  /** 0 for pre-training; the round of STaR; the updates so far. */
  readonly round: number;
  /** Responses drawn. */
  readonly samples: number;
  /** Responses trained on. */
  readonly accepted: number;
  /** What each update of the stage recorded, and what was to be warned of. Of REINFORCE and GRPO only. */
  readonly updates?: readonly UpdateMetrics[];
  readonly warnings?: readonly string[];
  /** null if none was asked for. */
  readonly evaluation: Evaluation | null;
}

/** Called with each stage of each replicate when it has ended. */
export type StageVisitor = (replicate: number, stage: Stage) => void;

/** A stage without its evaluation: from the chains before it to those after it. */
interface Training {
  readonly stage: Stage['stage'];
  readonly round: number;
  run(chains: readonly TrainedChain[], watch: Watch): Promise<readonly Trained[]>;
}

type Trained = Omit<Stage, 'stage' | 'round' | 'evaluation'> & { readonly chain: TrainedChain };

/** Takes replicates through a program together, with the kernels of one engine, in this thread. */
export async function runProgram(
  kernels: Kernels,
  replicates: readonly Replicate[],
  program: Program,
  onStage: StageVisitor,
  watch: Watch,
): Promise<TrainedChain[]> {
  const stages = trainings(kernels, replicates, program);
  let chains: TrainedChain[] = [];
  for (const [i, { stage, round, run }] of stages.entries()) {
    const trained = await run(chains, part(watch, 2 * i, 2 * stages.length));
    chains = trained.map(({ chain }) => chain);
    const watchEvaluation = part(watch, 2 * i + 1, 2 * stages.length);
    const evaluations = await evaluated(kernels, replicates, chains, program, watchEvaluation);
    for (const [replicate, { chain, ...found }] of trained.entries()) {
      onStage(replicate, { stage, round, ...found, evaluation: evaluations?.[replicate] ?? null });
    }
  }
  return chains;
}

function trainings(kernels: Kernels, replicates: readonly Replicate[], program: Program): Training[] {
  return [
    pretraining(kernels, replicates, program),
    ...starRounds(kernels, replicates, program),
    ...policyGradients(replicates, program),
  ];
}

function pretraining(kernels: Kernels, replicates: readonly Replicate[], program: Program): Training {
  const { samples } = program;
  const tasks = replicates.map(({ lambda, ...mixture }) => ({ data: { ...mixture, samples }, lambda }));
  const run: Training['run'] = async (_, watch) =>
    (await kernels.train(tasks, program, watch)).map((chain) => ({ chain, samples, accepted: samples }));
  return { stage: 'pretraining', round: 0, run };
}

function starRounds(kernels: Kernels, replicates: readonly Replicate[], program: Program): Training[] {
  const { star, temperature } = program;
  if (!star) return [];
  return Array.from({ length: star.rounds }, (_, i): Training => {
    const round = i + 1;
    const run: Training['run'] = (chains, watch) =>
      Promise.all(
        policies(together(kernels, chains.length), replicates, chains, program).map(async (policy) => {
          const { accepted } = await starRound(policy, { ...star, round, temperature }, watch);
          return { chain: policy.chain, samples: star.samples, accepted };
        }),
      );
    return { stage: 'star', round, run };
  });
}

/** Stages of updates, one replicate after the other. A replicate's trainer lives through all of them. */
function policyGradients(replicates: readonly Replicate[], program: Program): Training[] {
  const { policyGradient, temperature } = program;
  if (!policyGradient) return [];
  const { updates, evaluateEvery } = policyGradient;
  const stage = policyGradient.advantages === 'group' ? 'grpo' : 'reinforce';
  let trainers: ChainTrainer[] | undefined;
  return Array.from({ length: Math.ceil(updates / evaluateEvery) }, (_, i): Training => {
    const round = Math.min(updates, (i + 1) * evaluateEvery);
    const run: Training['run'] = async (chains, watch) => {
      trainers ??= policies(loops(), replicates, chains, program).map(
        (policy) => new ChainTrainer(policy, { ...policyGradient, temperature }),
      );
      const trained: Trained[] = [];
      for (const [replicate, trainer] of trainers.entries()) {
        trained.push(await trainer.run(round - i * evaluateEvery, part(watch, replicate, trainers.length)));
      }
      return trained;
    };
    return { stage, round, run };
  });
}

/** The updates of one chain. */
class ChainTrainer {
  readonly #trainer: PolicyGradient<PackedResponses>;

  constructor(
    readonly policy: ChainPolicy,
    settings: PolicyGradientSettings,
  ) {
    this.#trainer = new PolicyGradient(policy, settings);
  }

  async run(count: number, watch: Watch): Promise<Trained> {
    const { prompts, numGenerations } = this.#trainer.settings;
    const done: Update[] = [];
    for (let i = 0; i < count; i++) done.push(await this.#trainer.update(part(watch, i, count)));
    const samples = count * prompts * numGenerations;
    const warnings = done.flatMap(({ warning }) => warning ?? []);
    return {
      chain: this.policy.chain,
      samples,
      accepted: samples,
      updates: done.map(({ metrics }) => metrics),
      warnings,
    };
  }
}

function policies(
  kernels: Kernels,
  replicates: readonly Replicate[],
  chains: readonly TrainedChain[],
  { average, freeConstant, jointLoss }: Program,
): ChainPolicy[] {
  const shared = { average, freeConstant, jointLoss, kernels };
  return chains.map(
    (chain, i) => new ChainPolicy(chain, { ...shared, seed: replicates[i]!.seed, lambda: replicates[i]!.lambda }),
  );
}

async function evaluated(
  kernels: Kernels,
  replicates: readonly Replicate[],
  chains: readonly TrainedChain[],
  program: Program,
  watch: Watch,
): Promise<Evaluation[] | null> {
  if (program.evaluate === 0) return null;
  const settings = { samples: program.evaluate, temperature: program.temperature };
  const inStep = policies(together(kernels, chains.length), replicates, chains, program);
  return Promise.all(inStep.map((policy) => evaluate(policy, settings, watch)));
}
