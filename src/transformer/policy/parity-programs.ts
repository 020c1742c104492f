import type { Executor, LoadedProgram } from '../executors/index.js';
import type { Model } from '../models/index.js';
import {
  type BatchShape,
  type OptimiserSettings,
  type ProgramKind,
  samplingProgram,
  scoringProgram,
  trainingProgram,
} from '../programs/index.js';
import { longestResponse, type ParityTask, promptLength } from './token-responses.js';

/** What the programs of a policy are made of. */
export interface ParityPrograms {
  readonly executor: Executor;
  readonly model: Model;
  readonly task: ParityTask;
  readonly optimiser: OptimiserSettings;
}

/** Sequences of a program beyond which sizes are multiples of it, and powers of two up to it. */
const COMMON_SIZE = 64;

/** The sequences of the program that takes so many responses: few sizes, since each is another program. */
export function paddedSize(count: number): number {
  return count > COMMON_SIZE ? COMMON_SIZE * Math.ceil(count / COMMON_SIZE) : 2 ** Math.ceil(Math.log2(count));
}

/** The programs of a policy, each made ready when it is first needed. */
export class ProgramShelf {
  readonly #loaded = new Map<string, Promise<LoadedProgram>>();

  constructor(readonly options: ParityPrograms) {}

  /** @param sequences a padded size */
  program(kind: ProgramKind, sequences: number): Promise<LoadedProgram> {
    const key = `${kind} ${sequences}`;
    const loading = this.#loaded.get(key) ?? this.#load(kind, sequences);
    this.#loaded.set(key, loading);
    return loading;
  }

  #load(kind: ProgramKind, sequences: number): Promise<LoadedProgram> {
    const { executor, model, task, optimiser } = this.options;
    const batch: BatchShape = { sequences, prompt: promptLength(task), response: longestResponse(task) };
    if (kind === 'training') return executor.load(trainingProgram(model, batch, optimiser));
    return executor.load(kind === 'scoring' ? scoringProgram(model, batch) : samplingProgram(model, batch));
  }
}
