import { part, type Watch } from '../progress/index.js';
import {
  type Claim,
  EVIDENCE_KINDS,
  type EvidenceContext,
  type EvidenceKind,
  type Sensitivity,
  type Verdict,
} from './claim.js';
import { type ClaimResult, evidenceName, excludedEffort, type RunOptions, runClaims } from './runner.js';
import { actualWorld } from './world.js';

export interface AuditOptions extends Omit<RunOptions, 'falsify' | 'onEvidence' | 'onClaim'> {
  /** Runs of all sampled checks, with the seeds seed + 1, seed + 2, ...; >= 1. */
  readonly seeds: number;
}

/** Planted falsehoods of one kind of evidence. */
export interface FalsifierAudit {
  readonly kind: EvidenceKind;
  readonly planted: number;
  /** Refuted, by evidence that does not refute the actual world: one that refutes everything catches nothing. */
  readonly caught: number;
  /** `claim/evidence if falsifier` of those that were not caught. */
  readonly missed: readonly string[];
  /** Falsehoods that were not planted, as their evidence is not checked at this effort or under these choices. */
  readonly leftOut: number;
}

/** The opposite of what is expected; inconclusive is no alarm. */
export function falseAlarms({ expected, verdicts }: SampledAudit): number {
  return expected === 'holds' ? verdicts.refuted : verdicts.holds;
}

/** One sampled check over many seeds. */
export interface SampledAudit {
  /** `claim/evidence`. */
  readonly name: string;
  /** Its share of the false-alarm budget. */
  readonly alpha: number;
  /** null where it depends on what is drawn. */
  readonly sensitivity: Sensitivity | null;
  /** Of the claim: 'holds', and 'refuted' of a counter-claim. */
  readonly expected: Verdict;
  /** How many of the seeds gave which. */
  readonly verdicts: Readonly<Record<Verdict, number>>;
}

export interface Audit {
  /** One for each kind of evidence that has falsehoods. */
  readonly falsifiers: readonly FalsifierAudit[];
  readonly sampled: readonly SampledAudit[];
}

/**
 * Checks the checker: plants every falsehood, runs the sampled checks of the claims on many seeds, where a refutation is a
 * false alarm, and works out what each of them can see.
 *
 * @throws the signal's reason if aborted
 */
export async function auditClaims(claims: readonly Claim[], options: AuditOptions): Promise<Audit> {
  const { seeds, seed } = options;
  const sampled = claims.map(sampledAlone).filter(({ evidence }) => evidence.length > 0);
  // For progress alone: the falsehoods take about as long as three seeds.
  const parts = seeds + 3;
  const falsified = await run(claims, options, { falsify: true, seed }, watchOf(options, 0, 3, parts));
  const runs: ClaimResult[][] = [];
  for (let i = 1; i <= seeds; i++) {
    runs.push(await run(sampled, options, { falsify: false, seed: seed + i }, watchOf(options, 2 + i, 1, parts)));
  }
  return { falsifiers: falsifierAudits(falsified), sampled: await sampledAudits(runs, options) };
}

/** The watch of `share` parts from `index` on. */
function watchOf(watch: Watch, index: number, share: number, count: number): Watch {
  return part(watch, index / share, count / share);
}

function sampledAlone(claim: Claim): Claim {
  return { ...claim, evidence: claim.evidence.filter(({ kind }) => kind === 'sampled') };
}

async function run(
  claims: readonly Claim[],
  options: AuditOptions,
  { falsify, seed }: { readonly falsify: boolean; readonly seed: number },
  { signal, onProgress }: Watch,
): Promise<ClaimResult[]> {
  let [begun, count] = [0, 1];
  return runClaims(claims, {
    ...options,
    falsify,
    seed,
    signal,
    onEvidence: (_, __, index, all) => {
      [begun, count] = [index, all];
      onProgress?.(begun / count);
    },
    onProgress: (done) => onProgress?.((begun + done) / count),
  });
}

function falsifierAudits(results: readonly ClaimResult[]): FalsifierAudit[] {
  return EVIDENCE_KINDS.map((kind) => falsifierAudit(kind, results)).filter(
    ({ planted, leftOut }) => planted + leftOut > 0,
  );
}

function falsifierAudit(kind: EvidenceKind, results: readonly ClaimResult[]): FalsifierAudit {
  const pieces = results
    .flatMap(({ claim, evidence }) => evidence.map((item) => ({ claim, ...item })))
    .filter(({ evidence }) => evidence.kind === kind);
  const planted = pieces.flatMap(({ claim, evidence, outcome, falsifiers }) =>
    falsifiers.map(({ falsifier, refuted }) => ({
      name: `${evidenceName(claim, evidence)} if ${falsifier.id}`,
      caught: refuted && outcome.verdict !== 'refuted',
    })),
  );
  const missed = planted.filter(({ caught }) => !caught).map(({ name }) => name);
  const known = pieces.reduce((sum, { evidence }) => sum + evidence.falsifiers.length, 0);
  return {
    kind,
    planted: planted.length,
    caught: planted.length - missed.length,
    missed,
    leftOut: known - planted.length,
  };
}

async function sampledAudits(
  runs: readonly (readonly ClaimResult[])[],
  options: AuditOptions,
): Promise<SampledAudit[]> {
  const world = actualWorld(options.choices, options.kernels);
  const audits: SampledAudit[] = [];
  for (const [c, { claim, evidence }] of (runs[0] ?? []).entries()) {
    for (const [e, { evidence: piece, alpha }] of evidence.entries()) {
      if (excludedEffort(piece, options.effort)) continue;
      const context: EvidenceContext = { effort: options.effort, seed: options.seed, alpha, signal: options.signal };
      const verdicts = { holds: 0, refuted: 0, inconclusive: 0, 'not checked': 0 };
      for (const results of runs) verdicts[results[c]!.evidence[e]!.outcome.verdict]++;
      const sensitivity = alpha > 0 ? ((await piece.sensitivity?.(world, context)) ?? null) : null;
      audits.push({
        name: evidenceName(claim, piece),
        alpha,
        sensitivity,
        expected: claim.expected ?? 'holds',
        verdicts,
      });
    }
  }
  return audits;
}
