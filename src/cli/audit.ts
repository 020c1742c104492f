import { Command, Option } from 'commander';
import { claims as builtIn } from '../../proofs-checks/index.js';
import { type Audit, auditClaims, EFFORTS, type Effort, falseAlarms, POWER } from '../claims/index.js';
import { clopperPearsonUpper, DEFAULT_FALSE_ALARM } from '../statistics/index.js';
import { claimsFromFile, selectClaims } from './claim-selection.js';
import { addEngineOptions, type EngineFlags, openForClaims } from './engine-options.js';
import type { Invocation } from './invocation.js';
import {
  averageOption,
  choice,
  freeConstantOption,
  integer,
  jointLossOption,
  jsonOption,
  seedOption,
} from './options.js';
import { colour, print, printJson, table } from './output.js';
import { Progress } from './progress.js';
import { UsageError, usage } from './usage-error.js';

interface AuditFlags extends EngineFlags {
  readonly effort: Effort;
  readonly seed: number;
  readonly seeds: number;
  readonly freeConstant: boolean;
  readonly jointLoss: boolean;
  readonly average: 'tail' | 'all';
  readonly claims?: string;
  readonly json?: boolean;
}

const EXAMPLE = `
Plants every falsehood of the evidence that the effort and the choices leave in (as verify --falsify does), runs every sampled check on many seeds, where a refutation is a false alarm,
and works out exactly what each of them can see with probability ${POWER} at its share of the false-alarm budget.
A falsehood is caught if it is refuted and the actual world is not.
Exit codes: 0 every planted falsehood caught and no false alarm, 1 otherwise, 2 bad usage.

Examples:
  lengthwise audit theorem-1
  lengthwise audit --seeds 50 --json`;

export function auditCommand(invocation: Invocation): Command {
  const command = new Command('audit')
    .description('check the checker: falsehoods caught, false alarms, the power of sampled checks')
    .argument('[claims...]', 'ids or their beginnings; all if none is given')
    .addOption(new Option('--effort <level>', 'as for verify').argParser(choice('--effort', EFFORTS)).default('quick'))
    .addOption(seedOption())
    .addOption(
      new Option('--seeds <n>', 'runs of each sampled check, with the seeds that follow --seed')
        .argParser(integer('--seeds', 1, 100_000))
        .default(20),
    )
    .addOption(freeConstantOption())
    .addOption(jointLossOption())
    .addOption(averageOption());
  return addEngineOptions(command)
    .addOption(new Option('--claims <file>', "audit the claims exported by a JavaScript module instead of the paper's"))
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLE)
    .action((ids: string[], flags: AuditFlags) => audit(ids, flags, invocation));
}

async function audit(ids: readonly string[], flags: AuditFlags, invocation: Invocation): Promise<void> {
  const { effort, seed, seeds, freeConstant, jointLoss, average } = flags;
  const lastSeed = Number.MAX_SAFE_INTEGER - seeds;
  if (seed > lastSeed) throw new UsageError(`--seed is ${seed}; with --seeds ${seeds} it must be at most ${lastSeed}`);
  const known = flags.claims === undefined ? builtIn : await claimsFromFile(flags.claims);
  const selected = selectClaims(known, ids);
  const choices = { freeConstant, jointLoss, average };
  const engine = await usage(() => openForClaims(flags, choices));
  const progress = new Progress();
  const start = performance.now();
  const settings = { effort, seed, seeds, choices, falseAlarmBudget: DEFAULT_FALSE_ALARM };
  const found = await auditClaims(selected, {
    ...settings,
    kernels: engine.kernels,
    signal: invocation.signal,
    onProgress: (done) => progress.update(done, 'auditing'),
  }).finally(() => {
    progress.stop();
    return engine.close();
  });
  if (found.sampled.length === 0 && !found.falsifiers.some(({ planted }) => planted > 0)) {
    throw new UsageError(`nothing to audit: no claim asked for has evidence that is checked at ${effort} effort`);
  }
  const seconds = (performance.now() - start) / 1000;
  if (flags.json) {
    await printJson({ schema: 'lengthwise/audit@1', ...settings, engine: engine.report, ...found, seconds });
  } else {
    await print(auditText(found, settings, seconds));
  }
  const missed = found.falsifiers.some((one) => one.missed.length > 0);
  if (missed || found.sampled.some((check) => falseAlarms(check) > 0)) invocation.exitCode = 1;
}

interface Settings {
  readonly effort: Effort;
  readonly seed: number;
  readonly seeds: number;
  readonly falseAlarmBudget: number;
}

function auditText(found: Audit, settings: Settings, seconds: number): string {
  const planted = found.falsifiers.map(({ kind, planted, caught, missed, leftOut }) => [
    kind,
    String(planted),
    missed.length > 0 ? colour(31, String(caught)) : String(caught),
    String(leftOut),
    missed.join(', '),
  ]);
  return [
    table(['kind', 'planted', 'caught', 'left out', 'missed'], planted, [1, 2, 3]),
    ...(found.sampled.length > 0 ? [sampledText(found, settings)] : []),
    `${caughtText(found)}${settings.effort} effort, seed ${settings.seed}, ${seconds.toFixed(1)} s.`,
  ].join('\n\n');
}

function caughtText({ falsifiers }: Audit): string {
  const sum = (key: 'planted' | 'caught' | 'leftOut') => falsifiers.reduce((total, one) => total + one[key], 0);
  const leftOut = sum('leftOut') > 0 ? `, ${sum('leftOut')} left out as their evidence is not checked here` : '';
  return `${sum('caught')} of ${sum('planted')} falsehoods caught${leftOut}; `;
}

function sampledText({ sampled }: Audit, { seeds, seed, falseAlarmBudget }: Settings): string {
  const rows = sampled.map(({ name, alpha, sensitivity, verdicts, ...check }) => [
    name,
    sensitivity?.what ?? 'what is seen depends on the draws',
    alpha.toExponential(1),
    sensitivity ? sensitivity.falseAlarm.toExponential(1) : '-',
    distance(sensitivity?.refuted),
    distance(sensitivity?.confirmed),
    `${verdicts.holds}/${verdicts.refuted}/${verdicts.inconclusive}`,
    String(falseAlarms({ name, alpha, sensitivity, verdicts, ...check })),
  ]);
  const header = ['sampled check', 'compares', 'alpha', 'false alarm', 'refutes', 'confirms', 'seeds', 'alarms'];
  return [
    table(header, rows, [2, 3, 4, 5, 6, 7]),
    `False alarm: probability of a refutation where the claim is just true, exact for a comparison with a threshold. Refutes, confirms: smallest distance
from it at which that is the verdict with probability ${POWER}. Seeds: verdicts holds/refuted/inconclusive.`,
    alarmsText(
      sampled.reduce((sum, check) => sum + falseAlarms(check), 0),
      sampled.length * seeds,
      seeds,
      seed,
      falseAlarmBudget,
    ),
  ].join('\n\n');
}

const distance = (value: number | null | undefined): string =>
  value === undefined ? '-' : value === null ? 'never' : value.toFixed(4);

function alarmsText(alarms: number, verdicts: number, seeds: number, seed: number, budget: number): string {
  const bound = clopperPearsonUpper({ successes: alarms, trials: verdicts, alpha: 0.05 });
  return (
    `${alarms} false alarms in ${verdicts} verdicts of ${seeds} seeds from ${seed + 1}: at most ${bound.toExponential(1)} a verdict, at level .95 ` +
    `(Clopper and Pearson); declared: ${budget} for all checks of a run together.`
  );
}
