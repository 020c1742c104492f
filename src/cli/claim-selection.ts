import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Claim, EVIDENCE_KINDS, type Evidence } from '../claims/index.js';
import { UsageError } from './usage-error.js';

/** The claims whose id is, or begins with, one of the given texts, in their own order; all for no text. */
export function selectClaims(claims: readonly Claim[], ids: readonly string[]): readonly Claim[] {
  for (const id of ids) {
    if (id !== '' && claims.some((claim) => claim.id.startsWith(id))) continue;
    throw new UsageError(`no claim is called or begins with "${id}"; lengthwise verify --list shows them`);
  }
  return ids.length === 0 ? claims : claims.filter((claim) => ids.some((id) => claim.id.startsWith(id)));
}

/** The claims that a user's module exports as `claims`, or as its default. */
export async function claimsFromFile(file: string): Promise<readonly Claim[]> {
  const path = resolve(file);
  if (!existsSync(path)) throw new UsageError(`--claims is "${file}"; there is no such file`);
  const module = await import(pathToFileURL(path).href).catch((error: unknown) => {
    throw new UsageError(`--claims is "${file}"; it cannot be loaded as a JavaScript module: ${firstLine(error)}`);
  });
  const claims: unknown = module.claims ?? module.default;
  const defect = defectOf(claims);
  if (defect) throw new UsageError(`--claims is "${file}"; ${defect}`);
  return claims as readonly Claim[];
}

/** What keeps a module's export from being a list of claims, or null. */
function defectOf(claims: unknown): string | null {
  if (!Array.isArray(claims) || claims.length === 0) return 'it must export `claims`, a list of at least one claim';
  for (const [i, claim] of claims.entries()) {
    if (!isClaim(claim)) {
      return `claim ${i + 1} must have an id, a title, a source and a statement (texts), assumptions, and at least one piece of evidence (or notChecked, a text that says why there is none), each with an id of its own, one of the kinds ${EVIDENCE_KINDS.join(', ')}, falsifiers and run(); expected, if given, is holds or refuted`;
    }
  }
  const ids = claims.map(({ id }) => id);
  return distinct(ids) ? null : 'two of its claims have the same id';
}

function isClaim(value: unknown): value is Claim {
  if (typeof value !== 'object' || value === null) return false;
  const {
    id,
    title,
    source,
    statement,
    assumptions,
    evidence,
    notChecked,
    expected = 'holds',
  } = value as Record<string, unknown>;
  if (![id, title, source, statement].every((text) => typeof text === 'string' && text !== '')) return false;
  if (expected !== 'holds' && expected !== 'refuted') return false;
  if (!Array.isArray(assumptions) || !Array.isArray(evidence)) return false;
  if (evidence.length === 0 && (typeof notChecked !== 'string' || notChecked === '')) return false;
  return evidence.every(isEvidence) && distinct(evidence.map((item) => item.id));
}

function isEvidence(value: unknown): value is Evidence {
  if (typeof value !== 'object' || value === null) return false;
  const { id, kind, run, falsifiers } = value as Record<string, unknown>;
  const known = EVIDENCE_KINDS.some((name) => name === kind);
  return typeof id === 'string' && known && typeof run === 'function' && Array.isArray(falsifiers);
}

const distinct = (ids: readonly string[]): boolean => new Set(ids).size === ids.length;

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]!;
}
