import type { Watch } from '../progress/index.js';
import { ErrorBudget } from '../statistics/index.js';
import type { Kernels } from '../training/index.js';
import type { Claim, Effort, Evidence, EvidenceContext, Falsifier, Outcome, Verdict } from './claim.js';
import { keyedSeed } from './seeds.js';
import { actualWorld, type Choices, type World } from './world.js';

export interface RunOptions extends Watch {
  readonly effort: Effort;
  readonly seed: number;
  readonly choices: Choices;
  /** What trains and decodes on finite samples. Default: the float64 loops. */
  readonly kernels?: Kernels;
  /** Also run every evidence in the world of each of its falsifiers. */
  readonly falsify: boolean;
  /** Probability that any sampled verdict of the run is a false alarm. */
  readonly falseAlarmBudget: number;
  /** Called before each piece of evidence with its position among all. */
  readonly onEvidence?: (claim: Claim, evidence: Evidence, index: number, count: number) => void;
  /** Called with each finished claim. */
  readonly onClaim?: (result: ClaimResult) => void;
}

export interface FalsifierResult {
  readonly falsifier: Falsifier;
  readonly refuted: boolean;
  readonly outcome: Outcome;
  readonly seconds: number;
}

export interface EvidenceResult {
  readonly evidence: Evidence;
  readonly outcome: Outcome;
  /** The false-alarm probability that it was given; 0 unless it is sampled. */
  readonly alpha: number;
  readonly seconds: number;
  /** Empty unless falsifiers were run. */
  readonly falsifiers: readonly FalsifierResult[];
}

export interface ClaimResult {
  readonly claim: Claim;
  readonly verdict: Verdict;
  readonly expected: Verdict;
  readonly evidence: readonly EvidenceResult[];
}

/** Whether the run bears a claim out: the expected verdict, or not checked. */
export function asExpected({ verdict, expected }: ClaimResult): boolean {
  return verdict === expected || verdict === 'not checked';
}

/**
 * Gathers the evidence of the claims, one after the other. The false-alarm budget is split equally over the sampled
 * evidence of these claims that is run.
 *
 * @throws the signal's reason if aborted; the claims that were finished have been reported through `onClaim`
 */
export async function runClaims(claims: readonly Claim[], options: RunOptions): Promise<ClaimResult[]> {
  options.signal?.throwIfAborted();
  const budget = alphas(claims, options);
  const count = claims.reduce((sum, claim) => sum + claim.evidence.length, 0);
  const world = actualWorld(options.choices, options.kernels);
  const results: ClaimResult[] = [];
  let index = 0;
  for (const claim of claims) {
    const evidence: EvidenceResult[] = [];
    const excluded = excludedChoice(claim, options.choices);
    for (const item of claim.evidence) {
      options.onEvidence?.(claim, item, index++, count);
      const alpha = budget?.shares.get(evidenceName(claim, item)) ?? 0;
      const context: EvidenceContext = { ...options, alpha, seed: evidenceSeed(claim, item, options.seed) };
      const left = excluded ?? excludedEffort(item, options.effort);
      evidence.push(left ? notChecked(item, left) : await gather(item, world, context, options.falsify));
    }
    const verdict = combine(evidence.map(({ outcome }) => outcome.verdict));
    const result: ClaimResult = { claim, verdict, expected: claim.expected ?? 'holds', evidence };
    results.push(result);
    options.onClaim?.(result);
  }
  return results;
}

/** Shares for the sampled evidence that is run. */
function alphas(
  claims: readonly Claim[],
  { effort, choices, falseAlarmBudget: total }: Pick<RunOptions, 'effort' | 'choices' | 'falseAlarmBudget'>,
): ErrorBudget | null {
  const checks = claims
    .filter((claim) => excludedChoice(claim, choices) === null)
    .flatMap((claim) =>
      claim.evidence
        .filter((evidence) => evidence.kind === 'sampled' && excludedEffort(evidence, effort) === null)
        .map((evidence) => evidenceName(claim, evidence)),
    );
  return checks.length === 0 ? null : new ErrorBudget({ checks, total });
}

/** The name of a piece of evidence across claims. */
export function evidenceName(claim: Claim, evidence: Evidence): string {
  return `${claim.id}/${evidence.id}`;
}

/** The seed that keys one piece of evidence in a run: no two pieces share their draws. */
export function evidenceSeed(claim: Claim, evidence: Evidence, seed: number): number {
  return keyedSeed(seed, evidenceName(claim, evidence), 0);
}

/** Why a claim cannot be checked under these choices, or null. */
export function excludedChoice(claim: Claim, choices: Choices): string | null {
  for (const [key, value] of Object.entries(claim.assumes ?? {})) {
    if (choices[key as keyof Choices] !== value) return `the claim is stated for ${key} = ${value}`;
  }
  return null;
}

/** Why a piece of evidence is not run at this effort, or null. */
export function excludedEffort({ thoroughOnly = false }: Evidence, effort: Effort): string | null {
  return thoroughOnly && effort !== 'thorough' ? 'thorough only' : null;
}

function notChecked(evidence: Evidence, reason: string): EvidenceResult {
  const outcome: Outcome = { verdict: 'not checked', detail: reason, margin: '' };
  return { evidence, outcome, alpha: 0, seconds: 0, falsifiers: [] };
}

async function gather(
  evidence: Evidence,
  world: World,
  context: EvidenceContext,
  falsify: boolean,
): Promise<EvidenceResult> {
  const { outcome, seconds } = await timed(evidence, world, context);
  const falsifiers: FalsifierResult[] = [];
  // What is not there to be checked cannot be falsified either.
  for (const falsifier of falsify && outcome.verdict !== 'not checked' ? evidence.falsifiers : []) {
    const planted = await timed(evidence, falsifier.plant(world), context);
    falsifiers.push({ falsifier, refuted: planted.outcome.verdict === 'refuted', ...planted });
  }
  return { evidence, outcome, alpha: context.alpha, seconds, falsifiers };
}

/** Runs evidence in a world. An error inside it is reported as such: it neither bears the claim out nor refutes it. */
async function timed(
  evidence: Evidence,
  world: World,
  context: EvidenceContext,
): Promise<{ outcome: Outcome; seconds: number }> {
  const start = performance.now();
  const outcome = await attempt(evidence, world, context);
  return { outcome, seconds: (performance.now() - start) / 1000 };
}

async function attempt(evidence: Evidence, world: World, context: EvidenceContext): Promise<Outcome> {
  try {
    const outcome = await evidence.run(world, context);
    if (!VERDICTS.includes(outcome?.verdict)) throw new Error('its outcome has no verdict');
    return outcome;
  } catch (error) {
    context.signal?.throwIfAborted();
    const message = error instanceof Error ? error.message : String(error);
    return { verdict: 'inconclusive', detail: `the check failed to run: ${message}`, margin: 'error' };
  }
}

const VERDICTS: readonly Verdict[] = ['holds', 'refuted', 'inconclusive', 'not checked'];

/** One refutation refutes; one undecided piece leaves the claim undecided; a claim needs at least one that holds. */
function combine(verdicts: readonly Verdict[]): Verdict {
  for (const verdict of ['refuted', 'inconclusive', 'holds'] as const) if (verdicts.includes(verdict)) return verdict;
  return 'not checked';
}
