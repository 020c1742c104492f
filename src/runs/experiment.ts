import type { z } from 'zod';
import type { Batch, OpenEngine, Program, Replicate, StageVisitor } from '../engines/index.js';
import type { Watch } from '../progress/index.js';
import type { Executor, Program as TensorProgram } from '../transformer/index.js';

/** How much of an experiment is run: seconds, as a test; minutes, for the figure; as long as it takes, for a paper. */
export const SIZES = ['smoke', 'default', 'full'] as const;
export type Size = (typeof SIZES)[number];

/** A cell of a run's table. A number is finite; null is a cell without a value. */
export type Cell = number | string | boolean | null;

/** A row of a run's table, with a cell for each column. */
export type Row = Readonly<Record<string, Cell>>;

/** A column of a run's table. */
export interface Column {
  readonly name: string;
  /** A `key` tells rows apart, a `step` is the time within a trial (an integer), a `value` is what was found. */
  readonly role: 'key' | 'step' | 'value';
  /** With unit and range. */
  readonly meaning: string;
}

/** One prompt with the response to it. */
export interface Sample {
  /** Bits as +1 and -1, separated by blanks. */
  readonly prompt: string;
  /** As `formatResponse` writes it, or `formatTokens`. */
  readonly response: string;
  /** Of r_cot, 0 or 1. */
  readonly reward: number;
  /** What was asked, and how: the keys of the row that it belongs to, the decoding. */
  readonly [key: string]: Cell;
}

/** What a trial needs to go on from where it was: JSON values, and arrays with their own names. */
export interface TrialState {
  readonly values: Readonly<Record<string, Cell>>;
  readonly arrays: Readonly<Record<string, Float64Array | Float32Array>>;
}

/** What a trial is given by the run that it is part of. */
export interface TrialContext {
  readonly watch: Watch;
  /** Where an interrupted run of this trial was, or null: it begins. */
  readonly state: TrialState | null;
  /** Trains chains together by the run's engine, on its threads. */
  train(replicates: readonly Replicate[], program: Program, onStage?: StageVisitor, watch?: Watch): Promise<Batch>;
  /** The kernels of the run's engine in this thread. The run closes them. */
  kernels(): Promise<OpenEngine>;
  /**
   * What runs the programs of transformers in this run. The run closes it.
   *
   * @param trial what executors are timed with, if none was asked for and several run
   */
  executor(trial: TensorProgram): Promise<Executor>;
  /** Appends a row to the run's table. Given the same state, a trial records the same rows in the same order. */
  record(row: Row): void;
  sample(sample: Sample): void;
  /** From here an interrupted run goes on; what was recorded before is not recorded again. */
  save(state: TrialState): void;
}

/** A part of an experiment whose random numbers depend on no other part. */
export interface Trial {
  /** Of letters, digits, `.`, `=`, `,` and `-`; unique in its run. */
  readonly name: string;
  /** Its share of the run's time, in any unit, > 0. */
  readonly work: number;
  run(context: TrialContext): Promise<void>;
}

/** Whether the rows of a run are what was expected. */
export interface Check {
  /** The expectation in one sentence, with its tolerance. */
  readonly expected: string;
  /** null: undecided, since the settings are not those that it speaks of or the seeds are too few to tell; `found` says which. */
  readonly holds: boolean | null;
  /** What was measured. */
  readonly found: string;
}

/** The settings of an experiment and how many seeds it has, at one size. */
export interface SizeSettings<S> {
  /** 0: nothing is drawn. */
  readonly seeds: number;
  readonly settings: S;
  /** How long it takes on two cores, in words. */
  readonly time: string;
}

/** What an experiment trains: chains of linear models, or transformers. */
export type ModelKind = 'chain' | 'transformer';

/** A question, how it is answered, and what is expected. */
export interface Experiment<S extends object = object> {
  /** That of its file. */
  readonly name: string;
  /** Default 'chain'. */
  readonly model?: ModelKind;
  /** One sentence that ends with a question mark. */
  readonly question: string;
  /** The answer, with its tolerance, and where it is from. */
  readonly expected: string;
  readonly columns: readonly Column[];
  /** The ranges of the settings: an object of numbers, choices, and lists of them. */
  readonly schema: z.ZodType<S>;
  readonly sizes: Readonly<Record<Size, SizeSettings<S>>>;
  /** @param seeds empty if nothing is drawn */
  trials(settings: S, seeds: readonly number[]): readonly Trial[];
  /** @param rows all rows of a finished run */
  checks(rows: readonly Row[], settings: S): readonly Check[];
  /**
   * Planted errors: each turns the rows of a finished run into wrong ones, of which a check must say so. Every check of the smoke
   * size is broken by one of them.
   */
  readonly falsifiers: Readonly<Record<string, (row: Row) => Row>>;
}
