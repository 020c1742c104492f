import type { Executor, LoadedProgram } from '../executors/executor.js';
import type { Program } from '../graph/index.js';
import type { Parameters } from '../models/index.js';
import {
  type BatchShape,
  type OptimiserSettings,
  samplingProgram,
  scoringProgram,
  trainingProgram,
} from '../programs/index.js';
import { longestResponse, type ParityTask, promptLength } from './token-responses.js';
import { EOS } from './tokens.js';

/** What the programs of a policy are made of. */
export interface ParityPrograms {
  readonly executor: Executor;
  readonly model: Parameters;
  readonly task: ParityTask;
  readonly optimiser: OptimiserSettings;
}

/** Sequences of a program from which on their numbers are multiples of it; below, they are powers of two. */
const COMMON_SIZE = 64;

/** The sequences of the program that takes so many responses: few numbers, since each needs another program. */
export function paddedSize(count: number): number {
  return count > COMMON_SIZE ? COMMON_SIZE * Math.ceil(count / COMMON_SIZE) : 2 ** Math.ceil(Math.log2(count));
}

/** What an executor has made ready, by all that a program is made of: policies that differ in their state only share programs. */
const READY = new WeakMap<Executor, Map<string, Promise<LoadedProgram>>>();

/** A program of a policy, made ready when it is needed first. @param sequences a padded size */
export function readyProgram(
  { executor, model, task, optimiser }: ParityPrograms,
  kind: 'training' | 'scoring' | 'sampling',
  sequences: number,
): Promise<LoadedProgram> {
  const batch: BatchShape = { sequences, prompt: promptLength(task), response: longestResponse(task) };
  const key = JSON.stringify([kind, model.shape, batch, kind === 'training' ? optimiser : null]);
  const ready = READY.get(executor) ?? new Map<string, Promise<LoadedProgram>>();
  READY.set(executor, ready);
  const make: Record<typeof kind, () => Program> = {
    training: () => trainingProgram(model, batch, optimiser),
    scoring: () => scoringProgram(model, batch),
    sampling: () => samplingProgram(model, batch, EOS),
  };
  const loading = ready.get(key) ?? executor.load(make[kind]());
  ready.set(key, loading);
  return loading;
}
