import type { Executor, LoadedProgram } from '../executors/index.js';
import type { Program } from '../graph/index.js';
import type { Parameters } from '../models/index.js';
import { type OptimiserSettings, samplingProgram, scoringProgram, trainingProgram } from '../programs/index.js';
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

type PolicyProgram = 'training' | 'scoring' | 'sampling';

/** A program of a policy. @param sequences that it takes */
export function parityProgram(
  { model, task, optimiser }: Omit<ParityPrograms, 'executor'>,
  kind: PolicyProgram,
  sequences: number,
): Program {
  const batch = { sequences, prompt: promptLength(task), response: longestResponse(task) };
  if (kind === 'training') return trainingProgram(model, batch, optimiser);
  return kind === 'scoring' ? scoringProgram(model, batch) : samplingProgram(model, batch, EOS);
}

/** What an executor has made ready, by all that a program is made of: policies that differ in their state only share programs. */
const READY = new WeakMap<Executor, Map<string, Promise<LoadedProgram>>>();

/** A program of a policy, made ready when it is needed first. @param sequences a padded size */
export function readyProgram(programs: ParityPrograms, kind: PolicyProgram, sequences: number): Promise<LoadedProgram> {
  const { executor, model, task, optimiser } = programs;
  const ready = READY.get(executor) ?? new Map<string, Promise<LoadedProgram>>();
  READY.set(executor, ready);
  const key = JSON.stringify([kind, sequences, model.shape, task, kind === 'training' ? optimiser : null]);
  const loading = ready.get(key) ?? executor.load(parityProgram(programs, kind, sequences));
  ready.set(key, loading);
  return loading;
}
