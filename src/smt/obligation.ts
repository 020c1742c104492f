import { type Formula, not, print, variablesOf } from './term.js';

/** A formula with what it says, in words. */
export interface Hypothesis {
  readonly says: string;
  readonly formula: Formula;
}

/** A wrong goal, or hypotheses of which one is dropped or false: what is left must have a counterexample. */
export interface Falsehood {
  readonly id: string;
  /** The falsehood, as a sentence. */
  readonly description: string;
  readonly hypotheses?: readonly Hypothesis[];
  readonly goal?: Formula;
}

/** A statement for all real numbers: the goal follows from the hypotheses. */
export interface Obligation {
  /** Names its files: letters, digits and dashes. */
  readonly id: string;
  /** What is proved, as one sentence without a full stop. */
  readonly title: string;
  /** Theorem or lemma. */
  readonly source: string;
  readonly hypotheses: readonly Hypothesis[];
  readonly goal: Formula;
  /** At least one, each of which a solver must refute. */
  readonly falsehoods: readonly Falsehood[];
}

/** The obligation with a falsehood in the place of what it says. */
export function falsified(obligation: Obligation, { hypotheses, goal, description }: Falsehood): Obligation {
  return {
    ...obligation,
    title: `FALSE: ${description}`,
    hypotheses: hypotheses ?? obligation.hypotheses,
    goal: goal ?? obligation.goal,
  };
}

/** What a solver is asked, and the answer that bears the obligation out. */
export interface Question {
  /** Of the file that holds it. */
  readonly file: string;
  readonly text: string;
  readonly expected: 'sat' | 'unsat';
}

/** Do the hypotheses contradict the negated goal? Unsat iff the obligation is proved. */
export function proofQuestion(obligation: Obligation): Question {
  const { id, title, source, hypotheses, goal } = obligation;
  const comment = [
    `${title}.`,
    `Source: ${source}.`,
    'Proved iff the answer is unsat: no real numbers satisfy all hypotheses and the negated goal.',
  ];
  const negated: Hypothesis = { says: 'the goal, negated', formula: not(goal) };
  return { file: `${id}.smt2`, text: scriptOf(comment, [...hypotheses, negated], goal), expected: 'unsat' };
}

/** Do any numbers satisfy the hypotheses? If not, whatever follows from them says nothing. */
export function vacuityQuestion(obligation: Obligation): Question {
  const { id, title, hypotheses, goal } = obligation;
  const comment = [`The hypotheses alone of: ${title}.`, 'They say something iff the answer is sat.'];
  return { file: `${id}.sat.smt2`, text: scriptOf(comment, hypotheses, goal), expected: 'sat' };
}

/** The names of the variables of hypotheses and goal, in the order in which they occur. */
export function variablesOfObligation({ hypotheses, goal }: Obligation): string[] {
  return namesIn([...hypotheses.map(({ formula }) => formula), goal]);
}

function namesIn(formulas: readonly Formula[]): string[] {
  return [...new Set(formulas.flatMap((formula) => [...variablesOf(formula)]))];
}

/** A script of SMT-LIB 2.6 in the logic of polynomials over the reals. */
function scriptOf(comment: readonly string[], hypotheses: readonly Hypothesis[], goal: Formula): string {
  const names = namesIn([...hypotheses.map(({ formula }) => formula), goal]);
  return [
    ...comment.map((line) => `; ${line}`),
    '(set-info :smt-lib-version 2.6)',
    '(set-logic QF_NRA)',
    ...names.map((name) => `(declare-const ${name} Real)`),
    ...hypotheses.flatMap(({ says, formula }) => [`; ${says}`, `(assert ${print(formula)})`]),
    '(check-sat)',
    '',
  ].join('\n');
}
