import { readFile } from 'node:fs/promises';
import { actualWorld, type Claim, EFFORTS, type Evidence, evidenceSeed, type Outcome } from '../claims/index.js';
import { BACKENDS, type BatchReport } from '../engines/index.js';
import { type ClaimsEngine, type EngineFlags, openForClaims } from './engine-options.js';
import type { Invocation } from './invocation.js';
import { print, printJson, table } from './output.js';
import { UsageError, usage } from './usage-error.js';
import type { ReplayDocument } from './verify-output.js';

/** Runs the refutations stored in a file again, each from its counterexample, or from its seed where it has none. */
export async function replay(
  file: string,
  claims: readonly Claim[],
  flags: EngineFlags & { readonly json?: boolean },
  invocation: Invocation,
): Promise<void> {
  const documents = storedReplays(await readJson(file));
  if (documents.length === 0) throw new UsageError(`--replay is "${file}"; it holds no stored refutation`);
  const results = [];
  for (const document of documents) results.push({ document, ...(await again(document, claims, flags, invocation)) });
  const shown = results.map(({ document, outcome, engine }) => ({
    claim: document.claim,
    evidence: document.evidence,
    falsifier: document.falsifier,
    counterexample: document.counterexample,
    verdict: outcome.verdict,
    detail: outcome.detail,
    engine,
  }));
  if (flags.json) await printJson({ schema: 'lengthwise/replayed@1', results: shown });
  else {
    const rows = shown.map((row) => [row.claim, row.evidence, row.falsifier ?? '-', row.verdict, row.detail]);
    await print(table(['claim', 'evidence', 'planted', 'verdict', 'detail'], rows, []));
  }
  const broken = results.some(({ document, outcome }) => {
    const expected = claims.find(({ id }) => id === document.claim)?.expected ?? 'holds';
    return document.falsifier === null && outcome.verdict === 'refuted' && expected === 'holds';
  });
  if (broken) invocation.exitCode = 1;
}

async function readJson(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new UsageError(`--replay is "${file}"; it cannot be read as a file`);
  });
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(`--replay is "${file}"; it is not a JSON document`);
  }
}

/** Every replay document inside a JSON value, however deep: a whole `verify --json` document, or one row of it. */
function storedReplays(value: unknown): ReplayDocument[] {
  if (typeof value !== 'object' || value === null) return [];
  if ((value as Partial<ReplayDocument>).schema === 'lengthwise/replay@1') return [value as ReplayDocument];
  return Object.values(value).flatMap(storedReplays);
}

/** The outcome, and what trained for it. */
async function again(
  document: ReplayDocument,
  claims: readonly Claim[],
  flags: EngineFlags,
  { signal }: Invocation,
): Promise<{ outcome: Outcome; engine: BatchReport }> {
  const claim = claims.find(({ id }) => id === document.claim);
  const evidence = claim?.evidence.find(({ id }: Evidence) => id === document.evidence);
  if (!claim || !evidence) {
    throw new UsageError(`--replay names "${document.claim}/${document.evidence}", which is not known here`);
  }
  const falsifier = evidence.falsifiers.find(({ id }) => id === document.falsifier);
  if (document.falsifier !== null && !falsifier) {
    throw new UsageError(`--replay names the falsifier "${document.falsifier}", which is not known here`);
  }
  const { effort, alpha, counterexample } = document;
  if (!EFFORTS.includes(effort)) {
    throw new UsageError(`--replay holds the effort "${effort}"; it must be one of ${EFFORTS.join(', ')}`);
  }
  const engine = await engineOf(document, flags);
  try {
    const actual = actualWorld(document.choices, engine.kernels);
    const world = falsifier ? falsifier.plant(actual) : actual;
    const context = { effort, seed: evidenceSeed(claim, evidence, document.seed), alpha, signal };
    const outcome =
      !evidence.replay || counterexample === null || counterexample === undefined
        ? await evidence.run(world, context)
        : await evidence.replay(world, context, counterexample);
    return { outcome, engine: engine.report };
  } catch (error) {
    signal.throwIfAborted();
    const message = error instanceof Error ? error.message : String(error);
    throw new UsageError(
      `--replay holds a case of "${document.claim}/${document.evidence}" that cannot be run: ${message}`,
    );
  } finally {
    await engine.close();
  }
}

/** The engine that is asked for, else the one under which the refutation was found. */
async function engineOf({ engine, choices }: ReplayDocument, flags: EngineFlags): Promise<ClaimsEngine> {
  if (flags.engine !== undefined || flags.backend !== undefined || flags.precision !== undefined) {
    return usage(() => openForClaims(flags, choices));
  }
  const { name, backend, precision } = engine ?? {};
  const gpuBackend = BACKENDS.find((known) => known === backend);
  try {
    return await openForClaims({ engine: name, backend: gpuBackend, precision }, choices);
  } catch (error) {
    throw new UsageError(`--replay was found with an engine that cannot run here: ${(error as Error).message}`);
  }
}
