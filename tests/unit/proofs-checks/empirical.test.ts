import { appendFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { STORED } from '../../../experiments/index.js';
import { empiricalClaims } from '../../../proofs-checks/empirical.js';
import { outcomeOf, seedsAsExpected } from '../../../proofs-checks/shared/experiment-evidence.js';
import { actualWorld, type ClaimResult, type Outcome, type Row, runClaims } from '../../../src/index.js';
import { SEED } from '../../fixtures/seed.js';
import { type StoredChange, storeChecksums, storeResult } from '../../fixtures/stored-results.js';
import { idealRows, TRANSFORMER_EXPERIMENTS } from '../../fixtures/transformer-rows.js';

const CHOICES = { freeConstant: false, jointLoss: false, average: 'tail' } as const;
const OPTIONS = { effort: 'quick', seed: SEED, choices: CHOICES, falsify: true, falseAlarmBudget: 1e-6 } as const;
const RESULTS = STORED.filter(({ experiment }) => experiment.model === 'transformer');
const PARITY = RESULTS.find(({ folder }) => folder === 'transformer-parity')!;

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lengthwise-test-'));
});
afterEach(() => rmSync(root, { recursive: true }));

async function verified(name: string): Promise<ClaimResult> {
  const [result] = await runClaims(
    empiricalClaims(root).filter(({ id }) => id === `empirical.${name}`),
    OPTIONS,
  );
  return result!;
}

/** What the stored run of parity says after a change. */
async function parityAfter(change: StoredChange, damage = () => {}): Promise<Outcome> {
  storeResult(root, PARITY, change);
  storeChecksums(root, [PARITY]);
  damage();
  return (await verified('parity')).evidence[0]!.outcome;
}

it('there is a claim on each experiment with transformers, and one stored run of size full', () => {
  const names = empiricalClaims(root).map(({ id }) => id.replace('empirical.', 'transformer-'));
  expect(names.sort()).toEqual(TRANSFORMER_EXPERIMENTS.map(({ name }) => name).sort());
  expect(STORED.filter(({ size }) => size !== 'default').map(({ folder }) => folder)).toEqual([
    'transformer-parity-full',
  ]);
});

describe.each(TRANSFORMER_EXPERIMENTS.map(({ name }) => name.replace('transformer-', '')))('empirical.%s', (name) => {
  const own = RESULTS.filter(({ experiment }) => experiment.name === `transformer-${name}`);

  it('holds by stored rows that are as expected, and each planted error refutes it', async () => {
    for (const result of own) storeResult(root, result);
    storeChecksums(root, own);
    const { verdict, expected, evidence } = await verified(name);
    expect(verdict).toBe(expected);
    for (const { outcome, falsifiers } of evidence.slice(0, own.length)) {
      expect(outcome.verdict, outcome.detail).toBe('holds');
      expect(falsifiers.filter(({ refuted }) => !refuted).map(({ falsifier }) => falsifier.id)).toEqual([]);
      expect(falsifiers.length).toBeGreaterThan(0);
    }
  });

  it('is run again at thorough effort only, where no seed is as expected under a planted error', () => {
    const { evidence } = empiricalClaims(root).find(({ id }) => id === `empirical.${name}`)!;
    const { thoroughOnly, falsifiers } = evidence.at(-1)!;
    expect(thoroughOnly).toBe(true);
    const { experiment } = own[0]!;
    const { settings } = experiment.sizes.smoke;
    const rows = idealRows(experiment, settings, [1, 2]);
    const right = (seen: readonly Row[]) => seedsAsExpected(experiment, { settings, seeds: [1, 2] }, seen);
    expect(right(rows)).toBe(2);
    for (const { id, plant } of falsifiers.filter((falsifier) => falsifier.id !== 'p-above-third')) {
      const { observed } = plant(actualWorld(CHOICES));
      expect(right(observed(experiment.name, rows)), id).toBe(0);
      expect(observed('another', rows)).toBe(rows);
    }
    expect(falsifiers.length).toBeGreaterThan(0);
  });
});

it('checks that are all undecided are no evidence', () => {
  const { experiment } = PARITY;
  const settings = { ...experiment.sizes.default.settings, pCot: 0.3 };
  const rows = idealRows(experiment, settings, [1, 2, 3]);
  const { verdict, detail } = outcomeOf(experiment, { settings, seeds: [1, 2, 3], made: 'by hand' }, rows);
  expect(verdict).toBe('inconclusive');
  expect(detail).toContain('0 of 5 checks as expected, 5 undecided');
  expect(detail).toContain('0 of 3 are as expected');
});

describe('a stored run', () => {
  it('tells the command, the cost, what ran, and the bound over seeds', async () => {
    const { verdict, detail, margin } = await parityAfter({});
    expect(verdict).toBe('holds');
    expect(detail).toContain(
      '`lengthwise run transformer-parity --size default --seeds 3 --seed 1 --engine onnx --backend cpu` in 2.5 min; onnx on cpu, f32; 2 cores of Abacus, lengthwise 0.1.0, node 20.20.2, commit 0123456789ab',
    );
    // .05^(1/3) = .36840...
    expect(detail).toContain(
      'seeds 1 to 3, of which 3 of 3 are as expected: another seed of their kind is so with probability at least 0.368, at level 0.95',
    );
    expect(margin).toBe('3 of 3 seeds, >= 0.368');
  });

  it('is refuted by one seed that is not as expected, with what was expected and found', async () => {
    const wrong = (row: Row): Row => (row.seed === 2 && row.stage === 'rl' ? { ...row, greedy_accuracy: 0.9 } : row);
    const { verdict, detail, margin, counterexample } = await parityAfter({ rows: (rows) => rows.map(wrong) });
    expect(verdict).toBe('refuted');
    expect(detail).toContain('found 0.9 to 1; 4 of 5 checks as expected');
    // The lower bound for 2 of 3: 1 - q where q^3 + 3 q^2 (1 - q) = .95.
    expect(margin).toBe('2 of 3 seeds, >= 0.135');
    expect(counterexample).toEqual({
      expected: expect.stringContaining('greedy accuracy is at least'),
      found: '0.9 to 1',
    });
  });

  it('that is absent is not checked, with the command that makes it, and falsifies nothing', async () => {
    const { verdict, evidence } = await verified('parity');
    expect(verdict).toBe('not checked');
    for (const { outcome, falsifiers } of evidence) expect([outcome.verdict, falsifiers]).toEqual(['not checked', []]);
    const full = '`lengthwise run transformer-parity --size full --seeds 3 --seed 1` makes such a run';
    expect(evidence[1]!.outcome.detail).toBe(`experiments/results/transformer-parity-full is not there; ${full}`);
  });

  it('without its larger one still bears the claim out', async () => {
    await parityAfter({});
    const { verdict, evidence } = await verified('parity');
    expect(evidence.map(({ outcome }) => outcome.verdict)).toEqual(['holds', 'not checked', 'not checked']);
    expect(verdict).toBe('holds');
  });

  it.each<[string, () => void, string]>([
    ['a changed row', () => appendFileSync(join(root, 'transformer-parity/metrics.csv'), ' '), 'metrics.csv'],
    ['a changed time', () => writeFileSync(join(root, 'transformer-parity/timings.jsonl'), ''), 'timings.jsonl'],
    ['a lost description', () => rmSync(join(root, 'transformer-parity/run.json')), 'run.json'],
    ['another file', () => writeFileSync(join(root, 'transformer-parity/metrics.jsonl'), ''), 'metrics.jsonl'],
    ['no checksums', () => rmSync(join(root, 'SHA256SUMS')), 'metrics.csv, transformer-parity/run.json'],
  ])('with %s is inconclusive and names the file: damage is no counterexample', async (_, damage, file) => {
    const { verdict, detail } = await parityAfter({}, damage);
    expect(verdict).toBe('inconclusive');
    expect(detail).toContain(`by its SHA-256: transformer-parity/${file}`);
  });

  it('with other settings than those of its size is inconclusive and names one', async () => {
    const { verdict, detail } = await parityAfter({ set: ['pCot=0.2111'] });
    expect(verdict).toBe('inconclusive');
    expect(detail).toBe('transformer-parity was run with pCot 0.2111, not 0.25 as size default');
  });

  it('that lacks a seed of its description is inconclusive', async () => {
    const { verdict, detail } = await parityAfter({ rows: (rows) => rows.filter(({ seed }) => seed !== 3) });
    expect([verdict, detail]).toEqual(['inconclusive', 'transformer-parity has no rows of seed 3']);
  });

  it('of something else in its folder is inconclusive', async () => {
    const other = RESULTS.find(({ folder }) => folder === 'transformer-timing')!;
    const { verdict, detail } = await parityAfter({}, () => {
      storeResult(root, { ...other, folder: PARITY.folder });
      storeChecksums(root, [PARITY]);
    });
    expect([verdict, detail]).toEqual([
      'inconclusive',
      'transformer-parity holds a run of transformer-timing, size default',
    ]);
    expect(existsSync(join(root, PARITY.folder))).toBe(true);
  });
});
