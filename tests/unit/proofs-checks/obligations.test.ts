import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { claims } from '../../../proofs-checks/index.js';
import { obligations } from '../../../proofs-checks/obligations/index.js';
import type { Obligation } from '../../../src/index.js';

const all = [...new Set<Obligation>(Object.values(obligations).flat())];

it('has obligations with ids of their own, each with falsehoods with ids of their own', () => {
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  for (const { id, falsehoods } of all) {
    expect(falsehoods.length, id).toBeGreaterThan(0);
    expect(new Set(falsehoods.map((falsehood) => falsehood.id)).size, id).toBe(falsehoods.length);
  }
});

it('gives every obligation to a claim, and names it in docs/proofs.md', () => {
  const used = new Set(claims.flatMap(({ evidence }) => evidence.flatMap((item) => item.obligations ?? [])));
  expect(all.filter((obligation) => !used.has(obligation)).map(({ id }) => id)).toEqual([]);
  const table = readFileSync('docs/proofs.md', 'utf8').split('## What is proved')[1]!.split('\n## ')[0]!;
  const named = [...table.matchAll(/^\| (`.*?) +\|/gm)].flatMap(([, cell]) => [...cell!.matchAll(/`([^`]+)`/g)]);
  expect(named.map(([, id]) => id).sort()).toEqual(all.map(({ id }) => id).sort());
});
