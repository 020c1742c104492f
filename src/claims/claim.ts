import type { Watch } from '../progress/index.js';
import type { Obligation } from '../smt/index.js';
import type { Choices, World } from './world.js';

/** How much work evidence does: quick (about half a minute in all), standard (two to three minutes), thorough (about twenty). */
export const EFFORTS = ['quick', 'standard', 'thorough'] as const;
export type Effort = (typeof EFFORTS)[number];

/**
 * What was found. 'refuted' comes with a counterexample; 'inconclusive' means that the budget was spent before a decision;
 * 'not checked' that the hypotheses exclude this run's choices, that the effort is too low, or that a stored run is not there.
 */
export type Verdict = 'holds' | 'refuted' | 'inconclusive' | 'not checked';

/**
 * The kinds of evidence: an SMT solver or exact arithmetic for all parameters, enumeration against closed form, random parameters,
 * Monte Carlo with a declared error, a stored run.
 */
export const EVIDENCE_KINDS = ['proof', 'exact', 'property', 'sampled', 'experiment'] as const;
export type EvidenceKind = (typeof EVIDENCE_KINDS)[number];

/** A value that survives JSON. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export interface Outcome {
  readonly verdict: Verdict;
  /** One line: what was done and how it came out. */
  readonly detail: string;
  /** Short form for the table: the worst error as a share of its tolerance, or the estimate with its bounds. */
  readonly margin: string;
  /** The parameters at which the claim fails, shrunk where that can be done. */
  readonly counterexample?: Json;
  /** fast-check's path to the counterexample. */
  readonly path?: string;
}

export interface EvidenceContext extends Watch {
  readonly effort: Effort;
  /** Keys all random choices of this evidence. */
  readonly seed: number;
  /** False-alarm probability that this evidence may spend; sampled evidence only. */
  readonly alpha: number;
}

/** What a sampled check can see at its share of the false-alarm budget. */
export interface Sensitivity {
  /** What is compared, such as a success probability with its threshold. */
  readonly what: string;
  /** Probability that it is refuted although it is just true, at most. */
  readonly falseAlarm: number;
  /** The smallest distance from the truth, on the false side, that is refuted with probability POWER; null: none is. */
  readonly refuted: number | null;
  /** The smallest distance, on the true side, at which it is found to hold with probability POWER; null: none is. */
  readonly confirmed: number | null;
}

export const POWER = 0.99;

/** A World with one planted falsehood, or with one hypothesis dropped; the evidence that lists it must refute the claim. */
export interface Falsifier {
  readonly id: string;
  /** The falsehood, as a sentence. */
  readonly description: string;
  plant(world: World): World;
}

export interface Evidence {
  /** Unique within its claim. */
  readonly id: string;
  readonly kind: EvidenceKind;
  /** What is compared with what, and the tolerance with its derivation. */
  readonly description: string;
  readonly falsifiers: readonly Falsifier[];
  /** What it has proved by an SMT solver, if that is what it does; `verify --emit-smt` writes it to files. */
  readonly obligations?: readonly Obligation[];
  /** At lower effort it is not checked. */
  readonly thoroughOnly?: boolean;
  run(world: World, context: EvidenceContext): Promise<Outcome>;
  /** Absent unless it is sampled, and where it depends on what is drawn. */
  sensitivity?(world: World, context: EvidenceContext): Promise<Sensitivity>;
  /** Runs one stored case alone; absent where a case is not a meaningful unit (sampled evidence). */
  replay?(world: World, context: EvidenceContext, counterexample: Json): Promise<Outcome>;
}

export interface Claim {
  /** Such as `theorem-1.greedy-threshold`: the source, a dot, the statement. */
  readonly id: string;
  readonly title: string;
  /** Theorem, section or lemma. */
  readonly source: string;
  /** LaTeX, without dollar signs around the whole. */
  readonly statement: string;
  /** The hypotheses in full. */
  readonly assumptions: readonly string[];
  /** The verdict that this project expects; 'refuted' for a statement that is false as often quoted. Default 'holds'. */
  readonly expected?: 'holds' | 'refuted';
  /** Choices under which the claim is stated; under others its verdict is 'not checked'. Absent: under all. */
  readonly assumes?: Partial<Choices>;
  readonly evidence: readonly Evidence[];
  /** Why it is not checked; then it has no evidence, and its row says this. */
  readonly notChecked?: string;
}
