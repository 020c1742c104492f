import {
  asExpected,
  type Choices,
  type ClaimResult,
  type Effort,
  type EvidenceResult,
  excludedEffort,
  type FalsifierResult,
  type Outcome,
  type Verdict,
} from '../claims/index.js';
import type { BatchReport } from '../engines/index.js';
import { colour, table } from './output.js';

/** What a run of the claims was asked to do. */
export interface VerifySettings {
  readonly effort: Effort;
  readonly seed: number;
  readonly choices: Choices;
  readonly falsify: boolean;
  readonly falseAlarmBudget: number;
  /** What trained the chains of sampled evidence. */
  readonly engine: BatchReport;
}

/** What it takes to run one refutation again. */
export interface ReplayDocument {
  readonly schema: 'lengthwise/replay@1';
  readonly claim: string;
  readonly evidence: string;
  /** The falsehood that was planted; null for the claim itself. */
  readonly falsifier: string | null;
  readonly effort: Effort;
  readonly seed: number;
  readonly choices: Choices;
  /** What trained, if it was recorded. */
  readonly engine?: Partial<BatchReport>;
  readonly alpha: number;
  readonly counterexample: Outcome['counterexample'] | null;
  /** fast-check's path from the seed to the counterexample. */
  readonly path: string | null;
}

/** The versioned document of `verify --json`. */
export function verifyDocument(results: readonly ClaimResult[], settings: VerifySettings) {
  const { effort, seed, choices, falsify, falseAlarmBudget, engine } = settings;
  const replayOf = (claim: ClaimResult, item: EvidenceResult, falsifier: FalsifierResult | null) => {
    const outcome = falsifier ? falsifier.outcome : item.outcome;
    if (outcome.verdict !== 'refuted') return {};
    const replay: ReplayDocument = {
      schema: 'lengthwise/replay@1',
      claim: claim.claim.id,
      evidence: item.evidence.id,
      falsifier: falsifier?.falsifier.id ?? null,
      effort,
      seed,
      choices,
      engine,
      alpha: item.alpha,
      counterexample: outcome.counterexample ?? null,
      path: outcome.path ?? null,
    };
    return { replay };
  };
  return {
    schema: 'lengthwise/verify@1',
    effort,
    seed,
    choices,
    falsify,
    falseAlarmBudget,
    engine,
    claims: results.map((result) => ({
      id: result.claim.id,
      source: result.claim.source,
      verdict: result.verdict,
      expected: result.expected,
      ...(result.claim.notChecked ? { reason: result.claim.notChecked } : {}),
      evidence: result.evidence.map((item) => ({
        id: item.evidence.id,
        kind: item.evidence.kind,
        verdict: item.outcome.verdict,
        detail: item.outcome.detail,
        margin: item.outcome.margin,
        ...(item.evidence.kind === 'sampled' ? { alpha: item.alpha } : {}),
        seconds: item.seconds,
        ...replayOf(result, item, null),
        falsifiers: item.falsifiers.map((falsified) => ({
          id: falsified.falsifier.id,
          refuted: falsified.refuted,
          detail: falsified.outcome.detail,
          seconds: falsified.seconds,
          ...replayOf(result, item, falsified),
        })),
      })),
    })),
  };
}

export function listText(
  claims: readonly {
    readonly id: string;
    readonly expected: string;
    readonly source: string;
    readonly title: string;
  }[],
): string {
  const rows = claims.map(({ id, expected, source, title }) => [id, expected, source, title]);
  return table(['claim', 'expected', 'source', 'title'], rows, []);
}

/** The readable table, the details of what was not as expected, and a summary. */
export function verifyText(results: readonly ClaimResult[], settings: VerifySettings, seconds: number): string {
  const header = ['claim', 'kind', 'evidence', 'verdict', 'closest to failing', 'seconds'];
  const rows = results.flatMap((result) => rowsOf(result, settings.effort));
  const parts = [table(header, rows, [5])];
  const details = results.flatMap((result) => detailsOf(result, settings.effort));
  if (details.length > 0) parts.push(details.join('\n'));
  parts.push(summary(results, settings, seconds));
  return parts.join('\n\n');
}

function rowsOf(result: ClaimResult, effort: Effort): string[][] {
  if (result.evidence.length === 0)
    return [[result.claim.id, '-', '-', verdictText(result.verdict, result.expected), '', '0.0']];
  return result.evidence.flatMap((item, i) => [
    [
      i === 0 ? result.claim.id : '',
      item.evidence.kind,
      item.evidence.id,
      verdictText(item.outcome.verdict, result.expected),
      excludedEffort(item.evidence, effort) ?? item.outcome.margin,
      item.seconds.toFixed(1),
    ],
    ...item.falsifiers.map(({ falsifier, refuted, seconds }) => {
      const found = refuted ? colour(32, 'refuted') : colour(31, 'NOT REFUTED');
      return ['', '', `  if ${falsifier.id}`, found, '', seconds.toFixed(1)];
    }),
  ]);
}

function verdictText(verdict: Verdict, expected: Verdict): string {
  if (verdict === expected) return colour(32, verdict === 'refuted' ? 'refuted, as expected' : verdict);
  return verdict === 'not checked' ? colour(33, verdict) : colour(31, verdict);
}

/** Why a verdict is not the expected one, the counterexamples of counter-claims, what runs found, and what was not checked. */
function detailsOf(result: ClaimResult, effort: Effort): string[] {
  const { claim, expected, evidence } = result;
  if (result.verdict === 'not checked')
    return [`${claim.id} not checked: ${claim.notChecked ?? evidence[0]?.outcome.detail ?? 'no evidence'}`];
  // The work behind a run was not done before the reader's eyes.
  const telling = evidence.filter(
    ({ evidence: item, outcome }) =>
      (outcome.verdict !== 'holds' || item.kind === 'experiment') && excludedEffort(item, effort) === null,
  );
  const lines = telling.map(
    ({ evidence: item, outcome }) => `${claim.id} (${item.id}) ${outcome.verdict}: ${outcome.detail}`,
  );
  const missed = evidence.flatMap((item) =>
    item.falsifiers
      .filter(({ refuted }) => !refuted)
      .map(({ falsifier, outcome }) => `${claim.id} (${item.evidence.id}) if ${falsifier.id}: ${outcome.detail}`),
  );
  if (!asExpected(result) && expected === 'refuted') lines.push(`${claim.id}: expected to be refuted, and was not`);
  return [...lines, ...missed];
}

function summary(results: readonly ClaimResult[], settings: VerifySettings, seconds: number): string {
  const of = (expected: Verdict) => results.filter((result) => result.expected === expected);
  const found = (list: readonly ClaimResult[], verdict: Verdict) => list.filter((r) => r.verdict === verdict).length;
  const [claims, counterClaims] = [of('holds'), of('refuted')];
  const falsifiers = results.flatMap(({ evidence }) => evidence.flatMap((item) => item.falsifiers));
  const refuted = falsifiers.filter((falsifier) => falsifier.refuted).length;
  const sampled = results.flatMap(({ evidence }) => evidence.filter(({ alpha }) => alpha > 0)).length;
  const verdicts = [
    [claims.length, `${found(claims, 'holds')} of ${claims.length} claims hold`],
    [
      counterClaims.length,
      `${found(counterClaims, 'refuted')} of ${counterClaims.length} counter-claims refuted, as expected`,
    ],
    [found(claims, 'refuted'), `${found(claims, 'refuted')} refuted against expectation`],
    [found(results, 'inconclusive'), `${found(results, 'inconclusive')} inconclusive`],
    [found(results, 'not checked'), `${found(results, 'not checked')} not checked`],
    [settings.falsify ? 1 : 0, `${refuted} of ${falsifiers.length} falsifiers refuted`],
  ] as const;
  const run = [
    [1, `${settings.effort} effort, seed ${settings.seed}`],
    [sampled, `engine ${settings.engine.name} (${settings.engine.precision})`],
    [sampled, `false-alarm budget ${settings.falseAlarmBudget} over ${sampled} sampled checks`],
    [1, `${seconds.toFixed(1)} s`],
  ] as const;
  const shown = (parts: readonly (readonly [number, string])[]) => parts.filter(([n]) => n > 0).map(([, text]) => text);
  return `${shown(verdicts).join('; ')}.\n${shown(run).join(', ')}.`;
}
