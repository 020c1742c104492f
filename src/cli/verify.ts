import { Command, Option } from 'commander';
import { claims as builtIn } from '../../proofs-checks/index.js';
import { asExpected, type Claim, type ClaimResult, EFFORTS, type Effort, runClaims } from '../claims/index.js';
import { DEFAULT_FALSE_ALARM } from '../statistics/index.js';
import { claimsFromFile, selectClaims } from './claim-selection.js';
import { emitSmt } from './emit-smt.js';
import { addEngineOptions, type ClaimsEngine, type EngineFlags, openForClaims } from './engine-options.js';
import { INTERRUPTED_EXIT, Interrupted, type Invocation } from './invocation.js';
import {
  averageOption,
  choice,
  folderName,
  freeConstantOption,
  jointLossOption,
  jsonOption,
  seedOption,
} from './options.js';
import { print, printJson } from './output.js';
import { Progress } from './progress.js';
import { replay } from './replay.js';
import { flagOf, usage } from './usage-error.js';
import { listText, type VerifySettings, verifyDocument, verifyText } from './verify-output.js';

interface VerifyFlags extends EngineFlags {
  readonly effort: Effort;
  readonly seed: number;
  readonly freeConstant: boolean;
  readonly jointLoss: boolean;
  readonly average: 'tail' | 'all';
  readonly list?: boolean;
  readonly falsify?: boolean;
  readonly replay?: string;
  readonly claims?: string;
  readonly emitSmt?: string;
  readonly json?: boolean;
}

const EXAMPLE = `
Exit codes: 0 every verdict as expected, 1 a claim refuted (or a counter-claim not), 2 bad usage, 3 inconclusive.
With --falsify: 1 also if a falsifier was not refuted.

Examples:
  lengthwise verify --effort quick
  lengthwise verify theorem-1 lemma.scalars --falsify
  lengthwise verify --json > verdicts.json; lengthwise verify --replay verdicts.json
  lengthwise verify theorem-1 --emit-smt proofs; z3 proofs/greedy-threshold.smt2`;

export function verifyCommand(invocation: Invocation): Command {
  const command = new Command('verify')
    .description('gather the evidence for the claims of the paper: the main job')
    .argument('[claims...]', 'ids or their beginnings; all if none is given')
    .addOption(
      new Option('--effort <level>', 'quick: about half a minute; standard: two to three; thorough: about twenty')
        .argParser(choice('--effort', EFFORTS))
        .default('standard'),
    )
    .addOption(seedOption())
    .addOption(freeConstantOption())
    .addOption(jointLossOption())
    .addOption(averageOption());
  return addEngineOptions(command)
    .addOption(new Option('--list', 'list the claims and stop').conflicts(['falsify', 'replay', 'emitSmt']))
    .addOption(new Option('--falsify', 'also run the evidence in worlds with one planted falsehood each'))
    .addOption(
      new Option('--replay <file>', 'run the stored counterexamples of a --json document again').conflicts([
        'falsify',
        'emitSmt',
      ]),
    )
    .addOption(new Option('--claims <file>', "check the claims exported by a JavaScript module instead of the paper's"))
    .addOption(
      new Option(
        '--emit-smt <folder>',
        'write what the claims have proved by an SMT solver to files for any such solver, and stop',
      )
        .argParser(folderName('--emit-smt'))
        .conflicts('falsify'),
    )
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLE)
    .action((ids: string[], flags: VerifyFlags) => verify(ids, flags, invocation));
}

async function verify(ids: readonly string[], flags: VerifyFlags, invocation: Invocation): Promise<void> {
  const known = flags.claims === undefined ? builtIn : await claimsFromFile(flags.claims);
  const selected = selectClaims(known, ids);
  if (flags.list) {
    const listed = selected.map(({ id, title, source, notChecked, expected = 'holds' }) => ({
      id,
      expected: notChecked === undefined ? expected : 'not checked',
      source,
      title,
    }));
    await (flags.json ? printJson({ schema: 'lengthwise/claims@1', claims: listed }) : print(listText(listed)));
  } else if (flags.emitSmt !== undefined) {
    await emitSmt(selected, flags.emitSmt, flags.json ?? false);
  } else if (flags.replay !== undefined) {
    await replay(flags.replay, known, flags, invocation);
  } else {
    await runAndReport(selected, flags, invocation);
  }
}

async function runAndReport(selected: readonly Claim[], flags: VerifyFlags, invocation: Invocation): Promise<void> {
  const { effort, seed, freeConstant, jointLoss, average, falsify = false } = flags;
  const choices = { freeConstant, jointLoss, average };
  const engine = await usage(() => openForClaims(flags, choices));
  const falseAlarmBudget = DEFAULT_FALSE_ALARM;
  const settings: VerifySettings = { effort, seed, choices, falsify, falseAlarmBudget, engine: engine.report };
  const start = performance.now();
  const results: ClaimResult[] = [];
  const interrupted = await gather(selected, settings, engine, results, invocation.signal).finally(engine.close);
  const seconds = (performance.now() - start) / 1000;
  const peakMegabytes = Math.round(process.resourceUsage().maxRSS / 1024);
  if (flags.json) await printJson({ ...verifyDocument(results, settings), interrupted, seconds, peakMegabytes });
  else await print(verifyText(results, settings, seconds));
  invocation.exitCode = interrupted ? INTERRUPTED_EXIT : exitCode(results, falsify);
  if (!interrupted) return;
  const left = selected.slice(results.length).map(({ id }) => id);
  process.stderr.write(`interrupted; to go on: lengthwise verify ${left.join(' ')} ${flagsText(flags)}\n`);
}

/** What a run of the same kind is asked for with. */
function flagsText(flags: VerifyFlags): string {
  const { effort, seed, average, engine, backend, precision, claims } = flags;
  const texts = [
    `--effort ${effort} --seed ${seed}`,
    ...(['freeConstant', 'jointLoss', 'falsify'] as const).flatMap((name) =>
      flags[name] ? [`--${flagOf(name)}`] : [],
    ),
    average === 'tail' ? '' : `--average ${average}`,
    ...Object.entries({ engine, backend, precision, claims }).map(([name, value]) =>
      value ? `--${name} ${value}` : '',
    ),
  ];
  return texts.filter((text) => text !== '').join(' ');
}

/** Runs the claims with progress; finished ones are appended to `results`. Returns whether the user interrupted it. */
async function gather(
  selected: readonly Claim[],
  settings: VerifySettings,
  { kernels }: ClaimsEngine,
  results: ClaimResult[],
  signal: AbortSignal,
): Promise<boolean> {
  const progress = new Progress();
  let [label, index, count] = ['', 0, 1];
  try {
    await runClaims(selected, {
      ...settings,
      kernels,
      signal,
      onProgress: (done) => progress.update((index + done) / count, label),
      onEvidence: (claim, evidence, position, all) => {
        [label, index, count] = [`${claim.id} ${evidence.id}`, position, all];
        progress.update(index / count, label);
      },
      onClaim: (result) => results.push(result),
    });
    return false;
  } catch (error) {
    if (error instanceof Interrupted) return true;
    throw error;
  } finally {
    progress.stop();
  }
}

function exitCode(results: readonly ClaimResult[], falsify: boolean): number {
  if (falsify) {
    const falsifiers = results.flatMap(({ evidence }) => evidence.flatMap((item) => item.falsifiers));
    if (falsifiers.some(({ refuted }) => !refuted)) return 1;
  }
  const unexpected = results.filter((result) => !asExpected(result));
  if (unexpected.some(({ verdict }) => verdict !== 'inconclusive')) return 1;
  return unexpected.length > 0 ? 3 : 0;
}
