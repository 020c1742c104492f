import { Command, Option } from 'commander';
import type { LinearChain } from '../chain/index.js';
import { clopperPearson } from '../statistics/index.js';
import { evaluate, pretrain, type ResponseCounts, starRound } from '../training/index.js';
import { INTERRUPTED_EXIT, Interrupted, type Invocation } from './invocation.js';
import {
  averageOption,
  dOption,
  freeConstantOption,
  integer,
  jointLossOption,
  jsonOption,
  lambdaOption,
  pOption,
  real,
  rewardOption,
  seedOption,
  type TypedProbability,
} from './options.js';
import { digits, print, printJson, table } from './output.js';
import { Progress } from './progress.js';
import { usage } from './usage-error.js';

interface TrainFlags {
  readonly d: number;
  readonly p: TypedProbability;
  readonly lambda: number;
  readonly samples: number;
  readonly average: 'tail' | 'all';
  readonly freeConstant: boolean;
  readonly jointLoss: boolean;
  readonly starRounds: number;
  readonly starSamples?: number;
  readonly warmStart: boolean;
  readonly reward: 'cot' | 'e2e';
  readonly temperature: number;
  readonly evaluate: number;
  readonly seed: number;
  readonly json?: boolean;
}

/** Two-sided coverage of the Clopper-Pearson bounds, for each estimate by itself. */
const CONFIDENCE = 0.99;

interface Estimate {
  readonly value: number;
  readonly bounds: readonly [number, number];
}

interface Stage {
  readonly stage: 'pretraining' | 'star';
  readonly round: number;
  /** Responses drawn. */
  readonly samples: number;
  /** Responses trained on. */
  readonly accepted: number;
  readonly greedy: ReturnType<typeof estimates>;
  readonly sampled: ReturnType<typeof estimates> & { readonly longAccuracy: Estimate | null };
}

const EXAMPLE = `
Example:
  lengthwise train --d 50 --p 0.25 --lambda 1e-3 --samples 100000 --star-rounds 5`;

const count = (name: string) => integer(name, 1, 0xffffffff);

export function trainCommand(invocation: Invocation): Command {
  return new Command('train')
    .description('next-token pre-training by SGD, then STaR, on finitely many samples')
    .addOption(dOption(2000))
    .addOption(pOption())
    .addOption(lambdaOption(1e-100))
    .addOption(
      new Option('--samples <n>', 'T, sequences of pre-training').argParser(count('--samples')).makeOptionMandatory(),
    )
    .addOption(averageOption())
    .addOption(freeConstantOption())
    .addOption(jointLossOption())
    .addOption(
      new Option('--star-rounds <n>', 'rounds of STaR').argParser(integer('--star-rounds', 0, 100_000)).default(0),
    )
    .addOption(
      new Option('--star-samples <n>', 'responses drawn in each round (default: --samples)').argParser(
        count('--star-samples'),
      ),
    )
    .addOption(new Option('--warm-start', 'STaR goes on from the current weights instead of 0').default(false))
    .addOption(rewardOption())
    .addOption(
      new Option('--temperature <x>', 'of sampling in STaR: divides every logit, the stop logit too')
        .argParser(real('--temperature', 1e-3, 1e3))
        .default(1),
    )
    .addOption(
      new Option('--evaluate <n>', 'fresh inputs for each evaluation').argParser(count('--evaluate')).default(20_000),
    )
    .addOption(seedOption())
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLE)
    .action((flags: TrainFlags) => train(flags, invocation));
}

async function train(flags: TrainFlags, invocation: Invocation): Promise<void> {
  const stages: Stage[] = [];
  const progress = new Progress();
  let interrupted = false;
  try {
    await usage(() => runStages(flags, invocation, progress, stages));
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    interrupted = true;
  } finally {
    progress.stop();
  }
  const document = { ...settings(flags), interrupted, stages };
  if (flags.json) await printJson(document);
  else await print(trainText(document));
  if (!interrupted) return;
  invocation.exitCode = INTERRUPTED_EXIT;
  process.stderr.write(
    `interrupted after ${stages.length} of ${flags.starRounds + 1} stages; the same command with --seed ${flags.seed} repeats them exactly and goes on\n`,
  );
}

/** Pre-training and the rounds of STaR, each followed by an evaluation; finished stages are appended to `stages`. */
async function runStages(
  flags: TrainFlags,
  { signal }: Invocation,
  progress: Progress,
  stages: Stage[],
): Promise<void> {
  const { d, lambda, average, freeConstant, jointLoss, seed, samples, reward, temperature, starRounds } = flags;
  const { starSamples = samples } = flags;
  const watch = (label: string) => ({
    signal,
    onProgress: (done: number) => progress.update((stages.length + done) / (starRounds + 1), label),
  });
  const sgd = { lambda, average, freeConstant, jointLoss };
  let chain = await pretrain({ ...sgd, ...watch('pre-training'), d, pCot: flags.p.value, samples, seed });
  stages.push(await stageOf('pretraining', 0, samples, samples, chain.model, flags, signal));
  for (let round = 1; round <= starRounds; round++) {
    const options = { ...sgd, ...watch(`STaR round ${round} of ${starRounds}`), seed, reward, temperature, round };
    const start = flags.warmStart ? 'warm' : 'fresh';
    const { trained, accepted } = await starRound(chain, { ...options, samples: starSamples, start });
    chain = trained;
    stages.push(await stageOf('star', round, starSamples, accepted, chain.model, flags, signal));
  }
}

async function stageOf(
  stage: Stage['stage'],
  round: number,
  samples: number,
  accepted: number,
  model: LinearChain,
  flags: TrainFlags,
  signal: AbortSignal,
): Promise<Stage> {
  const { evaluate: inputs, seed, temperature } = flags;
  const { greedy, sampled } = await evaluate(model, { samples: inputs, seed, temperature, signal });
  const longAccuracy = sampled.long > 0 ? estimate(sampled.longCorrect, sampled.long) : null;
  return {
    stage,
    round,
    samples,
    accepted,
    greedy: estimates(greedy),
    sampled: { ...estimates(sampled), longAccuracy },
  };
}

function estimates({ samples, long, correct, correctCot }: ResponseCounts) {
  return {
    longFraction: estimate(long, samples),
    accuracy: estimate(correct, samples),
    accuracyCot: estimate(correctCot, samples),
  };
}

function estimate(successes: number, trials: number): Estimate {
  return clopperPearson({ successes, trials, alpha: 1 - CONFIDENCE });
}

function settings(flags: TrainFlags) {
  const { d, p, lambda, samples, average, freeConstant, jointLoss, starRounds, reward, temperature, seed } = flags;
  return {
    schema: 'lengthwise/train@1',
    d,
    p: p.value,
    lambda,
    samples,
    average,
    freeConstant,
    jointLoss,
    starRounds,
    starSamples: flags.starSamples ?? samples,
    warmStart: flags.warmStart,
    reward,
    temperature,
    evaluate: flags.evaluate,
    seed,
    confidence: CONFIDENCE,
  };
}

function trainText(document: ReturnType<typeof settings> & { readonly stages: readonly Stage[] }): string {
  const { d, p, lambda, samples, average, reward, evaluate: inputs, seed } = document;
  const header = [
    'stage',
    'drawn',
    'kept',
    'greedy long',
    'greedy acc.',
    'sampled long',
    'sampled acc.',
    'P(right|long)',
  ];
  const rows = document.stages.map((stage) => [
    stage.stage === 'star' ? `STaR ${stage.round}` : 'pre-training',
    String(stage.samples),
    String(stage.accepted),
    shown(stage.greedy.longFraction),
    shown(stage.greedy.accuracy),
    shown(stage.sampled.longFraction),
    shown(stage.sampled.accuracy),
    shown(stage.sampled.longAccuracy),
  ]);
  return [
    `d = ${d}, p = ${p}, lambda = ${lambda}, T = ${samples}, average ${average}, reward ${reward}, seed ${seed}`,
    '',
    table(header, rows, [1, 2, 3, 4, 5, 6, 7]),
    '',
    `Accuracy is r_e2e on ${inputs} fresh inputs; +- is the wider half of the ${100 * CONFIDENCE}% Clopper-Pearson bounds.`,
  ].join('\n');
}

function shown(found: Estimate | null): string {
  if (!found) return '-';
  const [low, high] = found.bounds;
  return `${digits(Number(found.value.toFixed(4)))} +- ${Math.max(found.value - low, high - found.value).toFixed(4)}`;
}
