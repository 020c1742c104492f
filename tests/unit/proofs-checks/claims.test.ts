import { beforeAll, describe, expect, it, test } from 'vitest';
import { claims } from '../../../proofs-checks/index.js';
import {
  type Claim,
  type ClaimResult,
  type Evidence,
  evidenceName,
  type Kernels,
  openEngine,
  type RunOptions,
  runClaims,
  type Verdict,
} from '../../../src/index.js';
import { SEED, seedNote } from '../../fixtures/seed.js';

const OPTIONS: RunOptions = {
  effort: 'quick',
  falsify: true,
  seed: SEED,
  choices: { freeConstant: false, jointLoss: false, average: 'tail' },
  falseAlarmBudget: 1e-6,
};

/** Statements of the paper and of docs/theory.md that must have their row. */
const REQUIRED = [
  'theorem-1.length-calibration',
  'theorem-1.greedy-threshold',
  'theorem-1.sgd',
  'theorem-2.odds-doubling',
  'theorem-2.rounds',
  'theorem-2.length-growth',
  'theorem-2.perfect-accuracy',
  'theorem-2.polynomial-samples',
  'theorem-2.paper-polynomial',
  'other-tasks.multiplication',
  'other-tasks.language-models',
  'theorem-2.rarity-needed',
  'mechanism.long-beats-short',
  'lemma.support',
  'lemma.scalars',
  'lemma.calibration-identity',
  'lemma.calibration-bounds',
  'lemma.star-cot-map',
  'lemma.star-dichotomy',
  'lemma.star-e2e-map',
  'lemma.e2e-collapse',
  'lemma.reinforce-invariance',
  'lemma.reinforce-baselines',
  'lemma.reinforce-k-half',
  'lemma.reinforce-time',
  'lemma.grpo-support',
  'lemma.grpo-objective',
  'post-training.all-algorithms',
  'post-training.temperature',
  'post-training.length-growth-is-not-an-artifact',
  'post-training.too-early',
  'variant.free-constant',
  'variant.joint-loss',
  'variant.d-2',
  'noise.optimum',
  'noise.greedy-threshold',
  'noise.answer-noise',
  'noise.star-map',
  'noise.sgd',
  'empirical.parity',
  'empirical.threshold',
  'empirical.algorithms',
  'empirical.temperature',
  'empirical.timing',
  'empirical.capacity',
  'empirical.partial-chains',
  'empirical.small-p',
  'empirical.star-map',
];

const isExpectedToHold = ({ expected = 'holds', notChecked }: Claim) =>
  expected === 'holds' && notChecked === undefined;

/** Everything that a run of a claim is blamed for. That runs are stored at all is demanded by tests/unit/docs. */
function complaints({ claim, verdict, expected, evidence }: ClaimResult): string[] {
  const found: string[] = [];
  const isOpen = ({ kind, thoroughOnly }: Evidence, found: Verdict) =>
    (kind === 'experiment' || thoroughOnly === true) && found === 'not checked';
  const open = evidence.every((item) => isOpen(item.evidence, item.outcome.verdict));
  if (evidence.length === 0) return claim.notChecked ? [] : [`${claim.id} has no evidence and no reason`];
  if (verdict !== expected && !open) found.push(`${claim.id} is ${verdict}, expected ${expected}`);
  for (const { evidence: piece, outcome, falsifiers } of evidence) {
    const name = evidenceName(claim, piece);
    if (isOpen(piece, outcome.verdict)) continue;
    if (outcome.verdict !== expected) found.push(`${name} is ${outcome.verdict}: ${outcome.detail}`);
    for (const { falsifier, refuted, outcome: planted } of falsifiers) {
      if (!refuted) found.push(`${name} does not refute ${falsifier.id}: ${planted.verdict}, ${planted.detail}`);
    }
  }
  return found;
}

describe('the list of claims', () => {
  it('has a row for every statement, and each id once', () => {
    const ids = claims.map(({ id }) => id);
    expect(REQUIRED.filter((id) => !ids.includes(id))).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('names evidence uniquely within a claim, and falsifiers within a piece of evidence', () => {
    const repeated = (ids: readonly string[]) => ids.filter((id, i) => ids.indexOf(id) !== i);
    for (const claim of claims) {
      expect(repeated(claim.evidence.map(({ id }) => id)), claim.id).toEqual([]);
      for (const { id, falsifiers } of claim.evidence) {
        expect(repeated(falsifiers.map((falsifier) => falsifier.id)), `${claim.id}/${id}`).toEqual([]);
      }
    }
  });

  it('states source, statement and hypotheses, and what each piece of evidence compares', () => {
    for (const { id, title, source, statement, assumptions, evidence } of claims) {
      for (const text of [title, source, statement, ...assumptions]) expect(text.trim(), id).not.toBe('');
      expect(assumptions.length, id).toBeGreaterThan(0);
      for (const piece of evidence) expect(piece.description.length, `${id}/${piece.id}`).toBeGreaterThan(20);
    }
  });

  it('gives every claim that should hold two pieces of evidence of different kinds, or a stored run and a new one', () => {
    for (const { id, evidence } of claims.filter(isExpectedToHold)) {
      const kinds = evidence.map((piece) => (piece.kind === 'experiment' ? piece.id : piece.kind));
      expect(new Set(kinds).size, id).toBeGreaterThanOrEqual(2);
      if (evidence.every(({ kind }) => kind === 'experiment')) expect(kinds, id).toContain('re-run');
    }
  });

  it('gives every piece of evidence for a claim that should hold something to refute', () => {
    const idle = claims
      .filter(isExpectedToHold)
      .flatMap((claim) =>
        claim.evidence.filter(({ falsifiers }) => falsifiers.length === 0).map((piece) => evidenceName(claim, piece)),
      );
    expect(idle).toEqual([]);
  });

  it('has counterexamples among them: statements that are expected to be refuted', () => {
    expect(claims.filter((claim) => !isExpectedToHold(claim)).map(({ id }) => id)).toContain(
      'counter.length-grows-every-round',
    );
  });
});

describe('at quick effort, with every falsifier planted', () => {
  // What verify runs by default.
  let kernels: Kernels;
  beforeAll(async () => {
    kernels = await openEngine('wasm', { precision: 'f64' });
  });

  // Each claim is a run of its own here, so all of them together raise a false alarm with probability 1e-6 a claim.
  test.each(claims.map((claim) => [claim.id, claim] as const))(
    '%s is as expected, and each falsifier is refuted',
    async (_, claim) => {
      const [result] = await runClaims([claim], { ...OPTIONS, kernels });
      expect(complaints(result!), seedNote).toEqual([]);
    },
    120_000,
  );

  it('a piece of evidence that refutes nothing would be blamed', async () => {
    const [sharp] = claims.filter(({ id }) => id === 'theorem-1.greedy-threshold');
    const [piece] = sharp!.evidence;
    const harmless = { id: 'harmless', description: 'nothing is changed', plant: (world: never) => world };
    const blunt: Claim = { ...sharp!, evidence: [{ ...piece!, falsifiers: [harmless] }] };
    const [result] = await runClaims([blunt], { ...OPTIONS, kernels });
    expect(complaints(result!)).toHaveLength(1);
    expect(complaints(result!)[0]).toContain('does not refute harmless');
  });
});
