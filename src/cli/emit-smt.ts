import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Claim } from '../claims/index.js';
import { makeFolder, replaceFile } from '../runs/index.js';
import { type Obligation, proofQuestion, vacuityQuestion } from '../smt/index.js';
import { print, printJson, table } from './output.js';
import { UsageError } from './usage-error.js';

/** One file, and what a solver has to answer. */
interface EmittedFile {
  readonly file: string;
  readonly expected: 'sat' | 'unsat';
  readonly obligation: string;
  readonly title: string;
  /** The claims that rest on it. */
  readonly claims: readonly string[];
}

/**
 * Writes what the claims have proved by a solver into a folder, for any solver that reads SMT-LIB. Files of the same names
 * are replaced, others are left alone.
 *
 * @throws UsageError if nothing of the claims is proved by a solver, or two obligations would share their files
 */
export async function emitSmt(selected: readonly Claim[], directory: string, json: boolean): Promise<void> {
  const claimsOf = new Map<Obligation, string[]>();
  for (const { id, evidence } of selected) {
    for (const obligation of evidence.flatMap(({ obligations }) => obligations ?? [])) {
      claimsOf.set(obligation, [...(claimsOf.get(obligation) ?? []), id]);
    }
  }
  if (claimsOf.size === 0) {
    throw new UsageError(`--emit-smt is "${directory}"; none of the claims asked for has a proof by an SMT solver`);
  }
  const ids = [...claimsOf.keys()].map(({ id }) => id);
  const twice = ids.find((id, i) => ids.indexOf(id) < i);
  if (twice !== undefined) {
    throw new UsageError(`--emit-smt is "${directory}"; two different obligations are called "${twice}"`);
  }
  if (existsSync(directory) && !statSync(directory).isDirectory()) {
    throw new UsageError(`--emit-smt is "${directory}"; it must be a folder, or not be there yet`);
  }
  makeFolder(directory);
  const files = [...claimsOf].flatMap(([obligation, claims]) =>
    [proofQuestion(obligation), vacuityQuestion(obligation)].map(({ file, text, expected }): EmittedFile => {
      replaceFile(join(directory, file), text);
      return { file, expected, obligation: obligation.id, title: obligation.title, claims };
    }),
  );
  if (json) await printJson({ schema: 'lengthwise/smt@1', directory, files });
  else await print(emittedText(directory, files));
}

function emittedText(directory: string, files: readonly EmittedFile[]): string {
  const rows = files.map(({ file, expected, claims }) => [file, expected, claims.join(' ')]);
  return [
    table(['file', 'must answer', 'claims'], rows, []),
    `${files.length} files in ${directory}. A goal that answers unsat is proved, if its hypotheses (.sat-smt2) answer sat.`,
    `Any solver for SMT-LIB 2.6 with QF_NRA will do: z3 -smt2 ${join(directory, files[0]!.file)}, or cvc5 --lang=smt2 ${join(directory, files[0]!.file)}.`,
  ].join('\n\n');
}
