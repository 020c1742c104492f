import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { obligations } from '../../proofs-checks/obligations/index.js';
import { falsified, type Obligation, proofQuestion, type Question, vacuityQuestion } from '../../src/index.js';

const folder = mkdtempSync(join(tmpdir(), 'lengthwise-smt-'));
const all = [...new Set<Obligation>(Object.values(obligations).flat())];
const questions = all.flatMap((obligation) => [proofQuestion(obligation), vacuityQuestion(obligation)]);
const falsehoods = all.flatMap((obligation) =>
  obligation.falsehoods.map((falsehood): Question => {
    const file = `${obligation.id}.${falsehood.id}.smt2`;
    return { ...proofQuestion(falsified(obligation, falsehood)), file, expected: 'sat' };
  }),
);

interface Program {
  readonly name: string;
  /** Steps, counted by the solver, after which it says unknown. */
  readonly limit: (steps: number) => string;
  /** What it leaves unknown. */
  readonly open: readonly string[];
}

/** Debian's cvc5 is built without libpoly: it knows products by linear approximations alone. Nothing here says sat for unsat. */
const OPEN_FOR_CVC5 = [
  'calibration-identity.sat.smt2',
  'closed-form-step.smt2',
  'dichotomy-above-half.sat.smt2',
  'dichotomy-at-half.sat.smt2',
  'dichotomy-below-half.sat.smt2',
  'e2e-once-long.smt2',
  'filter-odds.smt2',
  'first-token-stays.sat.smt2',
  'greedy-threshold.sat.smt2',
  'odds-doubling.smt2',
  'odds-of-round.smt2',
  'rounds-end.smt2',
  'rounds-step.sat.smt2',
  'rounds-step.smt2',
  'stop-between.sat.smt2',
  'stop-flow.sat.smt2',
  'stop-flow.smt2',
  'stop-sign.smt2',
];

const PROGRAMS: readonly Program[] = [
  { name: 'z3', limit: (steps) => `rlimit=${steps}`, open: [] },
  { name: 'cvc5', limit: (steps) => `--rlimit=${steps}`, open: OPEN_FOR_CVC5 },
];

/** Far more than what is settled takes, and few where no answer is waited for. */
const [ENOUGH, FEW] = [1_500_000, 20_000];

function answerOf({ name, limit }: Program, { file, text }: Question, steps: number): string {
  const path = join(folder, file);
  writeFileSync(path, text);
  const { stdout } = spawnSync(name, [limit(steps), path], { encoding: 'utf8' });
  return stdout.trim();
}

const isThere = ({ name }: Program) => spawnSync(name, ['--version']).status === 0;

for (const program of PROGRAMS) {
  const { name, open } = program;
  if (!isThere(program)) {
    it.skip(`${name} reads the proofs (skipped: there is no ${name} on the path)`, () => {});
    continue;
  }
  const settled = questions.filter(({ file }) => !open.includes(file));
  const unsettled = questions.filter(({ file }) => open.includes(file));

  describe(name, () => {
    it.each(settled.map((question) => [question.expected, question.file, question] as const))(
      'answers %s to %s',
      (expected, _, question) => {
        expect(answerOf(program, question, ENOUGH)).toBe(expected);
      },
    );

    it.each(unsettled.map((question) => [question.file, question] as const))(
      `does not contradict %s, which ${name} may leave unknown`,
      (_, question) => {
        expect(['unknown', question.expected]).toContain(answerOf(program, question, FEW));
      },
    );

    it.each(falsehoods.map((question) => [question.file, question] as const))('does not prove %s', (_, question) => {
      const answer = answerOf(program, question, open.length > 0 ? FEW : ENOUGH);
      expect(open.length > 0 ? ['sat', 'unknown'] : ['sat']).toContain(answer);
    });
  });
}

it('lists as open what there is', () => {
  expect(questions.map(({ file }) => file)).toEqual(expect.arrayContaining(OPEN_FOR_CVC5));
});
