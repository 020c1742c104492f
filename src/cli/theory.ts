import { Command, Option } from 'commander';
import { limitRounds } from '../theory/index.js';
import { ascentDocument, ascentText } from './ascent-output.js';
import type { Invocation } from './invocation.js';
import {
  answerNoiseOption,
  averageOption,
  choice,
  dOption,
  freeConstantOption,
  integer,
  jointLossOption,
  jsonOption,
  lambdaOption,
  pOption,
  real,
  rewardOption,
  stepNoiseOption,
  temperatureOption,
} from './options.js';
import { decimals, greedyText, print, printJson, table } from './output.js';
import { Progress } from './progress.js';
import { certifiedAnswer, certifiedText } from './theory-certified.js';
import {
  closedAnswer,
  enumeratedAnswer,
  exactNoise,
  type PrintedRound,
  type TheoryAnswer,
  type TheoryQuestion,
} from './theory-rounds.js';
import { type AscentQuestion, closedSteps, enumeratedSteps } from './theory-steps.js';
import { UsageError, usage } from './usage-error.js';

interface TheoryFlags extends TheoryQuestion {
  readonly method: 'closed' | 'enumerate';
  readonly average: 'tail' | 'all';
  readonly algorithm?: AscentQuestion['algorithm'];
  readonly baseline?: AscentQuestion['baseline'];
  readonly steps?: number;
  readonly learningRate?: number;
  readonly certified?: boolean;
  readonly json?: boolean;
}

/** Numbers in the printed weights of all steps. */
const MOST_WEIGHTS = 5_000_000;

const EXAMPLE = `
Example:
  lengthwise theory --d 4 --p 0.2 --lambda 0.01 --rounds 5
  lengthwise theory --d 4 --p 1/9 --lambda 0.01 --rounds 5 --method enumerate --json
  lengthwise theory --d 50 --p 0.25 --lambda 1e-3 --rounds 9 --certified
  lengthwise theory --d 10 --p 0.4 --lambda 1e-3 --rounds 3 --step-noise 0.1
  lengthwise theory --d 50 --p 0.25 --lambda 1e-3 --algorithm grpo --steps 20 --learning-rate 1`;

export function theoryCommand(invocation: Invocation): Command {
  return new Command('theory')
    .description('exact numbers of pre-training, STaR and policy gradient with infinitely many samples')
    .addOption(dOption())
    .addOption(pOption())
    .addOption(stepNoiseOption())
    .addOption(answerNoiseOption())
    .addOption(lambdaOption())
    .addOption(
      new Option('--rounds <n>', 'rounds of STaR after pre-training')
        .argParser(integer('--rounds', 0, 100_000))
        .default(0),
    )
    .addOption(rewardOption())
    .addOption(temperatureOption())
    .addOption(
      new Option(
        '--algorithm <name>',
        'policy gradient from the optimum: reinforce, or grpo with infinite groups',
      ).argParser(choice('--algorithm', ['reinforce', 'grpo'])),
    )
    .addOption(
      new Option(
        '--baseline <name>',
        'subtracted from the reward: none, mean or prompt-mean (default: none; grpo: prompt-mean); no expectation depends on it',
      ).argParser(choice('--baseline', ['none', 'mean', 'prompt-mean'])),
    )
    .addOption(
      new Option('--steps <n>', 'steps of plain gradient ascent (default: 50)').argParser(
        integer('--steps', 0, 1_000_000),
      ),
    )
    .addOption(
      new Option('--learning-rate <x>', 'of the ascent (default: 1)').argParser(real('--learning-rate', 1e-12, 1e6)),
    )
    .addOption(
      new Option('--method <name>', 'closed: the closed forms, d >= 3; enumerate: all inputs and responses, small d')
        .argParser(choice('--method', ['closed', 'enumerate']))
        .default('closed'),
    )
    .addOption(
      new Option(
        '--certified',
        'rigorous bounds, too: --method closed, --reward cot, the default loss and temperature',
      ),
    )
    .addOption(freeConstantOption())
    .addOption(jointLossOption())
    .addOption(averageOption('; recorded only, since the optimum has no iterates'))
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLE)
    .action((flags: TheoryFlags) => theory(flags, invocation));
}

async function theory(flags: TheoryFlags, { signal }: Invocation): Promise<void> {
  const { d, method } = flags;
  if (method === 'closed' && d < 3) {
    throw new UsageError(`--d is ${d}; --method closed needs d of at least 3, so use --method enumerate`);
  }
  const ascent = ascentOf(flags);
  const certified = flags.certified ? await usage(() => certifiedAnswer(flags)) : null;
  // Refused before anything is computed.
  const roundsLimit = await usage(() => limitOf(flags));
  const progress = new Progress();
  const watch = { signal, onProgress: (done: number) => progress.update(done, 'computing') };
  const answer = await usage(() => (method === 'closed' ? closedAnswer(flags) : enumeratedAnswer(flags, watch)));
  const stepsOf = method === 'closed' ? closedSteps : enumeratedSteps;
  const steps = ascent && (await usage(() => stepsOf(flags, ascent, watch)));
  progress.stop();
  const document = {
    ...theoryDocument(flags, answer, roundsLimit),
    ...(steps ? { ...ascentDocument(ascent, steps) } : {}),
    ...(certified ? { certified } : {}),
  };
  if (flags.json) return printJson(document);
  const sections = [
    theoryText(document, flags.p.text, limitText(roundsLimit)),
    ...(certified ? [certifiedText(certified)] : []),
    ...(steps ? [ascentText(ascent, steps)] : []),
  ];
  await print(sections.join('\n\n'));
}

/**
 * Rounds to greedy long as lambda -> 0, Infinity for never; null where they are not derived: at d = 2, at other temperatures
 * than 1, and with r_e2e after noisy chains, which it lets through if an even number of steps is wrong.
 */
function limitOf(question: TheoryQuestion): number | null {
  const { d, p, reward, temperature, stepNoise } = question;
  const isDerived = d >= 3 && temperature === 1 && (reward === 'cot' || stepNoise.value === 0);
  return isDerived ? limitRounds(p.exact, { d, ...exactNoise(question) }) : null;
}

function limitText(roundsLimit: number | null): string {
  if (roundsLimit === null)
    return 'not derived: it needs --d of at least 3, --temperature 1, and --reward cot or --step-noise 0';
  return Number.isFinite(roundsLimit) ? String(roundsLimit) : 'never';
}

/** The ascent that is asked for, or null. */
function ascentOf({ d, algorithm, baseline, steps, learningRate }: TheoryFlags): AscentQuestion | null {
  if (!algorithm) {
    for (const [flag, value] of Object.entries({ baseline, steps, 'learning-rate': learningRate })) {
      if (value !== undefined) throw new UsageError(`--${flag} is ${value}; it needs --algorithm reinforce or grpo`);
    }
    return null;
  }
  const count = steps ?? 50;
  if (d * (count + 1) > MOST_WEIGHTS) {
    throw new UsageError(`--steps is ${count}; with --d ${d} it must be at most ${Math.floor(MOST_WEIGHTS / d) - 1}`);
  }
  return {
    algorithm,
    baseline: baseline ?? (algorithm === 'grpo' ? 'prompt-mean' : 'none'),
    steps: count,
    learningRate: learningRate ?? 1,
  };
}

function theoryDocument(flags: TheoryFlags, answer: TheoryAnswer, roundsLimit: number | null) {
  const { d, p, lambda, reward, temperature, method, average, freeConstant, jointLoss } = flags;
  const { stepNoise, answerNoise } = flags;
  const firstLong = answer.rounds.find(({ greedy }) => greedy.longFraction === 1);
  return {
    schema: 'lengthwise/theory@1',
    d,
    p: p.value,
    pExact: p.exact.toFraction(),
    stepNoise: stepNoise.value,
    answerNoise: answerNoise.value,
    lambda,
    reward,
    temperature,
    method,
    average,
    freeConstant,
    jointLoss,
    greedyThreshold: answer.greedyThreshold,
    rounds: answer.rounds,
    roundsToGreedyLong: firstLong?.round ?? null,
    // No number of rounds undoes chains that are all wrong.
    roundsLimit: roundsLimit === Number.POSITIVE_INFINITY ? null : roundsLimit,
  };
}

function theoryText(document: ReturnType<typeof theoryDocument>, typed: string, limit: string): string {
  const { rounds, greedyThreshold, roundsToGreedyLong, reward } = document;
  const e2e = reward === 'e2e';
  const header = ['round', 'q', 'rho', ...(e2e ? ['alpha', 'P(e1=+|long)'] : [])];
  header.push('c1', 'bias', 'weight', 'c', 'P(long)', 'acc. cot', 'acc. e2e', 'greedy');
  const cells = (r: PrintedRound) => [
    String(r.round),
    ...[r.q, r.rho, ...(e2e ? [r.alpha ?? null, r.firstStep ?? null] : [])].map(decimals),
    ...[r.c1, r.bias, r.weight, r.c, r.pLong, r.accuracyCot, r.accuracyE2e].map(decimals),
    greedyText(r.greedy),
  ];
  const numeric = header.map((_, column) => column).slice(0, -1);
  const variants = [
    document.stepNoise === 0 ? '' : `step noise ${document.stepNoise}`,
    document.answerNoise === 0 ? '' : `answer noise ${document.answerNoise}`,
    document.temperature === 1 ? '' : `temperature ${document.temperature}`,
    document.freeConstant ? 'free constant' : '',
    document.jointLoss ? 'joint loss' : '',
  ].filter(Boolean);
  return [
    `d = ${document.d}, p = ${typed}, lambda = ${document.lambda}, reward ${reward}, ${document.method}${variants.map((v) => `, ${v}`).join('')}`,
    '',
    table(header, rounds.map(cells), numeric),
    '',
    `greedy threshold in p      ${greedyThreshold === null ? 'none' : greedyThreshold}`,
    `rounds to greedy long      ${roundsToGreedyLong ?? `more than ${rounds.length - 1}`}`,
    `the same as lambda -> 0    ${limit}`,
  ].join('\n');
}
