import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { claims } from '../../../proofs-checks/index.js';

const { machine, claims: costs } = JSON.parse(readFileSync('docs/claims-costs.json', 'utf8'));

describe('docs/claims-costs.json', () => {
  it('was measured, not made up: all claims that are checked, with the verdicts that they must have', () => {
    const checked = claims.filter(({ notChecked }) => notChecked === undefined);
    const verdicts = Object.fromEntries(checked.map(({ id, expected = 'holds' }) => [id, expected]));
    const found = Object.entries<{ verdict: string }>(costs).map(([id, { verdict }]) => [id, verdict]);
    expect(Object.fromEntries(found)).toEqual(verdicts);
    expect(machine).toMatch(/^\d+ cores of .+, Node \d+/);
  });
});
