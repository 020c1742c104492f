import { type Command, Option } from 'commander';
import type { PolicyGradientProgram } from '../engines/index.js';
import {
  grpoSettings,
  LOSS_TYPES,
  type LossType,
  reinforceSettings,
  requirePolicyGradient,
} from '../training/index.js';
import { choice, integer, real } from './options.js';
import { flagOf, UsageError } from './usage-error.js';

const ALGORITHMS = ['star', 'reinforce', 'grpo'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

/** How the chain is trained after pre-training. What a policy gradient was not told, its algorithm has a default for. */
export interface AlgorithmFlags {
  readonly algorithm: Algorithm;
  readonly starRounds: number;
  readonly starSamples?: number;
  readonly warmStart: boolean;
  readonly rejectDuplicates: boolean;
  readonly updates: number;
  readonly evaluateEvery: number;
  readonly prompts?: number;
  readonly numGenerations?: number;
  readonly baseline?: 'none' | 'mean' | 'prompt-mean';
  readonly learningRate?: number;
  readonly lossType?: LossType;
  readonly excludeEos: boolean;
  readonly beta?: number;
  readonly epsilon?: number | 'none';
  readonly numIterations?: number;
  readonly maxCompletionLength?: number;
}

const count = (name: string, high = 0xffffffff) => integer(name, 1, high);

/** Not null for none: Commander makes '' of a parser's null. */
function parseEpsilon(text: string): number | 'none' {
  if (text === 'none') return text;
  try {
    return real('--epsilon', 1e-9, 1e9)(text);
  } catch (error) {
    throw new UsageError(`${(error as UsageError).message}, or none`, { cause: error });
  }
}

const starOptions = () => [
  new Option('--star-rounds <n>', 'rounds of STaR').argParser(integer('--star-rounds', 0, 100_000)).default(0),
  new Option('--star-samples <n>', 'responses drawn in each round (default: --samples)').argParser(
    count('--star-samples'),
  ),
  new Option('--warm-start', 'STaR goes on from the current weights instead of 0').default(false),
  new Option('--reject-duplicates', 'STaR keeps equal pairs of input and response once a round').default(false),
];

const gradientOptions = () => [
  new Option('--updates <n>', 'updates of reinforce or grpo').argParser(integer('--updates', 0, 100_000)).default(100),
  new Option('--evaluate-every <n>', 'updates from one evaluation to the next')
    .argParser(count('--evaluate-every'))
    .default(10),
  new Option('--prompts <n>', 'inputs of each update (default: 1024)').argParser(count('--prompts', 1e7)),
  new Option('--num-generations <n>', 'responses to each input (default: grpo 8, reinforce 1, or 2)').argParser(
    count('--num-generations', 1e5),
  ),
  new Option('--baseline <name>', 'of reinforce: none, mean or prompt-mean (default: none)').argParser(
    choice('--baseline', ['none', 'mean', 'prompt-mean']),
  ),
  new Option('--learning-rate <x>', 'of plain gradient ascent (default: grpo 10, reinforce 1)').argParser(
    real('--learning-rate', 1e-12, 1e12),
  ),
  new Option(
    '--loss-type <name>',
    'sequence: 1/|y| each; token: 1/sum |y|; none (default: grpo token, reinforce none)',
  ).argParser(choice('--loss-type', LOSS_TYPES)),
  new Option('--exclude-eos', '|y| in the loss does not count EOS').default(false),
  new Option('--beta <x>', 'weight of the KL to the pre-trained chain (default: 0)').argParser(real('--beta', 0, 1e6)),
  new Option('--epsilon <x>', 'clips ratios to 1 +- x; or none (default: grpo 0.2, reinforce none)').argParser(
    parseEpsilon,
  ),
  new Option('--num-iterations <n>', 'steps on each batch (default: 1)').argParser(count('--num-iterations', 1000)),
  new Option('--max-completion-length <n>', 'tokens of a response at most, EOS included (default: d + 1)').argParser(
    count('--max-completion-length'),
  ),
];

export function addAlgorithmOptions(command: Command): Command {
  const algorithm = new Option('--algorithm <name>', 'after pre-training: star, reinforce or grpo')
    .argParser(choice('--algorithm', ALGORITHMS))
    .default('star');
  return [algorithm, ...starOptions(), ...gradientOptions()].reduce((all, option) => all.addOption(option), command);
}

/** @throws UsageError if an option was given that another algorithm has */
export function requireOwnOptions(command: Command, algorithm: Algorithm): void {
  const others = algorithm === 'star' ? gradientOptions() : starOptions();
  if (algorithm === 'grpo') others.push(...gradientOptions().filter(({ long }) => long === '--baseline'));
  const given = others.find((option) => command.getOptionValueSource(option.attributeName()) === 'cli');
  if (!given) return;
  const owner = algorithm === 'star' ? 'reinforce or grpo' : given.long === '--baseline' ? 'reinforce' : 'star';
  throw new UsageError(`${given.long} is given with --algorithm ${algorithm}; it is an option of ${owner}`);
}

/**
 * The updates that were asked for; null with STaR.
 *
 * @throws UsageError if a value is outside its range for the others
 */
export function policyGradientOf(
  flags: AlgorithmFlags & { readonly d: number; readonly reward: 'cot' | 'e2e'; readonly temperature: number },
): PolicyGradientProgram | null {
  const { algorithm, updates, evaluateEvery, reward, temperature } = flags;
  if (algorithm === 'star') return null;
  const { prompts, numGenerations, learningRate, lossType, beta, numIterations, maxCompletionLength } = flags;
  const epsilon = flags.epsilon === 'none' ? null : flags.epsilon;
  const given = { prompts, numGenerations, learningRate, lossType, beta, epsilon, numIterations, maxCompletionLength };
  const told = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const common = { ...told, reward, temperature, countEos: !flags.excludeEos };
  const settings =
    algorithm === 'grpo'
      ? grpoSettings(common)
      : reinforceSettings({ ...common, advantages: flags.baseline ?? 'none' });
  try {
    requirePolicyGradient(settings, flags.d + 1);
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(inFlags(error.message), { cause: error });
    throw error;
  }
  const { temperature: _, ...rest } = settings;
  return { ...rest, updates, evaluateEvery };
}

/** A sentence about settings of a policy gradient, with the names that their options have here. */
export function inFlags(message: string): string {
  return message
    .replace("advantages 'group'", '--algorithm grpo')
    .replace(/advantages '([a-z-]+)'/, '--baseline $1')
    .replace(/\b(prompts|numGenerations|learningRate|beta|maxCompletionLength)\b/g, (name) => `--${flagOf(name)}`);
}
