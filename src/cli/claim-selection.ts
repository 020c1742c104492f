import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Claim } from '../claims/index.js';
import { UsageError } from './usage-error.js';

/** The claims whose id is, or begins with, one of the given texts, in their own order; all for no text. */
export function selectClaims(claims: readonly Claim[], ids: readonly string[]): readonly Claim[] {
  for (const id of ids) {
    if (claims.some((claim) => claim.id.startsWith(id))) continue;
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
  if (!Array.isArray(claims) || claims.length === 0 || !claims.every(isClaim)) {
    throw new UsageError(
      `--claims is "${file}"; it must export \`claims\`, a list of claims with an id, a title, a source, a statement, assumptions and evidence that can be run`,
    );
  }
  return claims;
}

function isClaim(value: unknown): value is Claim {
  if (typeof value !== 'object' || value === null) return false;
  const { id, title, source, statement, assumptions, evidence } = value as Record<string, unknown>;
  const texts = [id, title, source, statement].every((text) => typeof text === 'string');
  return texts && Array.isArray(assumptions) && Array.isArray(evidence) && evidence.every(isEvidence);
}

function isEvidence(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { id, kind, run, falsifiers } = value as Record<string, unknown>;
  return typeof id === 'string' && typeof kind === 'string' && typeof run === 'function' && Array.isArray(falsifiers);
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]!;
}
