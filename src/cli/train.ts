import { Command, Option } from 'commander';
import {
  type BatchEvents,
  type BatchReport,
  chooseEngine,
  type Program,
  type Replicate,
  type Stage,
  trainBatch,
} from '../engines/index.js';
import type { Watch } from '../progress/index.js';
import { type AlgorithmFlags, addAlgorithmOptions, policyGradientOf, requireOwnOptions } from './algorithm-options.js';
import { addEngineOptions, type EngineFlags, workersOption } from './engine-options.js';
import { INTERRUPTED_EXIT, Interrupted, type Invocation } from './invocation.js';
import {
  answerNoiseOption,
  averageOption,
  dOption,
  freeConstantOption,
  integer,
  jointLossOption,
  jsonOption,
  lambdaOption,
  pGridOption,
  real,
  rewardOption,
  seedOption,
  stepNoiseOption,
  type TypedProbability,
} from './options.js';
import { print, printJson } from './output.js';
import { Progress } from './progress.js';
import { CONFIDENCE, type Replica, replicaDocument, spreadOf, type TrainDocument, trainText } from './train-output.js';
import { UsageError, usage } from './usage-error.js';

interface TrainFlags extends EngineFlags, AlgorithmFlags {
  readonly d: number;
  readonly p: readonly number[];
  readonly stepNoise: TypedProbability;
  readonly answerNoise: TypedProbability;
  readonly lambda: number;
  readonly samples: number;
  readonly average: 'tail' | 'all';
  readonly freeConstant: boolean;
  readonly jointLoss: boolean;
  readonly reward: 'cot' | 'e2e';
  readonly temperature: number;
  readonly evaluate: number;
  readonly replicates: number;
  readonly workers?: number;
  readonly seed: number;
  readonly json?: boolean;
}

const EXAMPLE = `
Examples:
  lengthwise train --d 50 --p 0.25 --lambda 1e-3 --samples 100000 --star-rounds 5
  lengthwise train --d 50 --p 0.25 --lambda 1e-3 --samples 100000 --algorithm grpo --prompts 128 --updates 100
  lengthwise train --d 20 --p .05:.45:25 --replicates 40 --lambda 1e-3 --samples 100000 --json > sweep.json`;

const count = (name: string, high = 0xffffffff) => integer(name, 1, high);

/** Chains of one command; their stages are kept and printed together. */
const MOST_CHAINS = 100_000;

export function trainCommand(invocation: Invocation): Command {
  const command = new Command('train')
    .description(
      'next-token pre-training by SGD, then STaR, REINFORCE or GRPO, on finitely many samples: one chain, or a grid of them',
    )
    .addOption(dOption(2000))
    .addOption(pGridOption())
    .addOption(stepNoiseOption())
    .addOption(answerNoiseOption())
    .addOption(lambdaOption(1e-100))
    .addOption(
      new Option('--samples <n>', 'T, sequences of pre-training').argParser(count('--samples')).makeOptionMandatory(),
    )
    .addOption(
      new Option('--replicates <n>', 'chains for each p, with the seeds --seed, --seed + 1, ...')
        .argParser(count('--replicates', MOST_CHAINS))
        .default(1),
    )
    .addOption(averageOption())
    .addOption(freeConstantOption())
    .addOption(jointLossOption());
  return addEngineOptions(addAlgorithmOptions(command))
    .addOption(rewardOption())
    .addOption(
      new Option('--temperature <x>', 'of sampling: divides every logit, the stop logit too')
        .argParser(real('--temperature', 1e-3, 1e3))
        .default(1),
    )
    .addOption(
      new Option('--evaluate <n>', 'fresh inputs for each evaluation').argParser(count('--evaluate')).default(20_000),
    )
    .addOption(workersOption())
    .addOption(seedOption())
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLE)
    .action((flags: TrainFlags, self: Command) => {
      requireOwnOptions(self, flags.algorithm);
      return train(flags, invocation);
    });
}

async function train(flags: TrainFlags, invocation: Invocation): Promise<void> {
  const replicates = replicatesOf(flags);
  const program = programOf(flags);
  const stages: Stage[][] = replicates.map(() => []);
  const progress = new Progress();
  let [interrupted, engine]: [boolean, BatchReport | null] = [false, null];
  let begun = 0;
  const events: BatchEvents = {
    onEngine: (report) => {
      engine = report;
    },
    onStage: (replicate, stage) => {
      if (stages[replicate]!.push(stage) === 1) begun++;
    },
  };
  const label = () =>
    replicates.length > 1 ? `${begun} of ${replicates.length} chains pre-trained` : stageLabel(program, stages[0]!);
  const onProgress = (done: number) => progress.update(done, label());
  try {
    await usage(() => run(flags, replicates, program, events, { signal: invocation.signal, onProgress }));
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    interrupted = true;
  } finally {
    progress.stop();
  }
  const document = documentOf(flags, program, engine, interrupted, replicates, stages);
  if (flags.json) await printJson(document);
  else await print(trainText(document));
  if (!interrupted) return;
  invocation.exitCode = INTERRUPTED_EXIT;
  const finished = stages.reduce((sum, list) => sum + list.length, 0);
  process.stderr.write(
    `interrupted after ${finished} of ${replicates.length * stagesOf(program)} stages; the same command with --seed ${flags.seed}${engineText(engine)} repeats them exactly and goes on\n`,
  );
}

/** What repeats a run on the same engine. */
function engineText(engine: BatchReport | null): string {
  if (engine === null) return '';
  const backend = engine.name === 'gpujs' ? ` --backend ${engine.backend}` : '';
  return ` --engine ${engine.name}${backend} --precision ${engine.precision}`;
}

/** All p, and for each the seeds in their order. */
function replicatesOf({ d, p, stepNoise, answerNoise, lambda, seed, replicates }: TrainFlags): Replicate[] {
  if (p.length * replicates > MOST_CHAINS) {
    throw new UsageError(
      `--replicates is ${replicates} for ${p.length} values of --p; at most ${MOST_CHAINS} chains are trained at once`,
    );
  }
  if (seed + replicates - 1 > Number.MAX_SAFE_INTEGER) {
    throw new UsageError(`--seed is ${seed}; with --replicates ${replicates} it must leave room below 2^53`);
  }
  const shared = { d, stepNoise: stepNoise.value, answerNoise: answerNoise.value, lambda };
  return p.flatMap((pCot) => Array.from({ length: replicates }, (_, i) => ({ ...shared, pCot, seed: seed + i })));
}

function programOf(flags: TrainFlags): Program {
  const { average, freeConstant, jointLoss, samples, evaluate, temperature, starRounds, reward, starSamples } = flags;
  const start = flags.warmStart ? ('warm' as const) : ('fresh' as const);
  const duplicates = flags.rejectDuplicates ? ('reject' as const) : ('keep' as const);
  const star =
    starRounds > 0 ? { rounds: starRounds, samples: starSamples ?? samples, reward, start, duplicates } : null;
  const policyGradient = policyGradientOf(flags);
  return { average, freeConstant, jointLoss, samples, star, policyGradient, evaluate, temperature };
}

async function run(
  { engine, backend, precision, workers }: TrainFlags,
  replicates: readonly Replicate[],
  program: Program,
  events: BatchEvents,
  watch: Watch,
): Promise<void> {
  const choice = await chooseEngine({ engine, backend, precision, workers }, replicates, program, watch);
  await trainBatch(replicates, program, choice, events, watch);
}

/** Stages of each chain. */
function stagesOf({ star, policyGradient }: Program): number {
  const { updates = 0, evaluateEvery = 1 } = policyGradient ?? {};
  return 1 + (star?.rounds ?? 0) + Math.ceil(updates / evaluateEvery);
}

/** What a chain is doing after the stages that it has finished. */
function stageLabel({ policyGradient }: Program, stages: readonly Stage[]): string {
  if (stages.length === 0) return 'pre-training';
  return policyGradient
    ? `${stages.at(-1)!.round} of ${policyGradient.updates} updates`
    : `STaR round ${stages.length}`;
}

function documentOf(
  flags: TrainFlags,
  { policyGradient = null }: Program,
  engine: BatchReport | null,
  interrupted: boolean,
  replicates: readonly Replicate[],
  stages: readonly (readonly Stage[])[],
): TrainDocument {
  const { d, p, lambda, samples, average, freeConstant, jointLoss, starRounds, reward, temperature, seed } = flags;
  const replicas: Replica[] = replicates.map((replicate, i) => replicaDocument(replicate, stages[i]!));
  return {
    schema: 'lengthwise/train@1',
    d,
    p: p.length === 1 ? p[0]! : p,
    stepNoise: flags.stepNoise.value,
    answerNoise: flags.answerNoise.value,
    lambda,
    samples,
    average,
    freeConstant,
    jointLoss,
    algorithm: flags.algorithm,
    starRounds,
    starSamples: flags.starSamples ?? samples,
    warmStart: flags.warmStart,
    rejectDuplicates: flags.rejectDuplicates,
    policyGradient,
    reward,
    temperature,
    evaluate: flags.evaluate,
    seed,
    replicatesPerP: flags.replicates,
    confidence: CONFIDENCE,
    engine,
    interrupted,
    ...(replicas.length === 1 ? { stages: replicas[0]!.stages } : {}),
    replicates: replicas,
    spread: spreadOf(replicas, flags.replicates),
  };
}
