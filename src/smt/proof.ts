import type { Watch } from '../progress/index.js';
import { type Obligation, proofQuestion, vacuityQuestion, variablesOfObligation } from './obligation.js';
import { ask } from './solver.js';

/** How the proof of an obligation came out. */
export type ProofResult =
  | { readonly status: 'proved' }
  /** Numbers, as decimals, that satisfy the hypotheses and not the goal. */
  | { readonly status: 'refuted'; readonly counterexample: Readonly<Record<string, string>> }
  /** The solver gave up, or the hypotheses contradict each other. */
  | { readonly status: 'open'; readonly reason: string };

/**
 * Asks both questions of an obligation.
 *
 * @throws the signal's reason if aborted
 */
export async function prove(obligation: Obligation, watch: Watch = {}): Promise<ProofResult> {
  const names = variablesOfObligation(obligation);
  const goal = await ask(proofQuestion(obligation).text, names, watch);
  if (goal.satisfiable === 'sat') return { status: 'refuted', counterexample: goal.model };
  if (goal.satisfiable === 'unknown') return { status: 'open', reason: `the solver gave up (${goal.reason})` };
  const { satisfiable, reason } = await ask(vacuityQuestion(obligation).text, names, watch);
  if (satisfiable === 'sat') return { status: 'proved' };
  if (satisfiable === 'unsat') return { status: 'open', reason: 'the hypotheses contradict each other' };
  return { status: 'open', reason: `no numbers were found that satisfy the hypotheses (${reason})` };
}
