export { decide, evaluate, type Interval, type Truth, type Values } from './evaluate.js';
export {
  type Falsehood,
  falsified,
  type Hypothesis,
  type Obligation,
  proofQuestion,
  type Question,
  vacuityQuestion,
  variablesOfObligation,
} from './obligation.js';
export { type ProofResult, prove } from './proof.js';
export { type Answer, ask } from './solver.js';
export type { Formula, Real } from './term.js';
export * as terms from './term.js';
